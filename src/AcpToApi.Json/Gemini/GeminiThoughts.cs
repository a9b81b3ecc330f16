using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Gemini;

/// <summary>
/// Joins the thought parts of a content: clients keep them as they were streamed, in pieces, and another provider's signature over them (see
/// <see cref="GeminiSignatures"/>) is only right over the whole.
/// </summary>
sealed class GeminiThoughts(List<Part> parts)
{
    readonly List<JsonString> _pieces = [];

    /// <summary>Takes a part if it is a thought; anything else ends the thoughts before it.</summary>
    public bool TryAdd(in GeminiRequestPart part)
    {
        if (!part.IsThought || part.Text is not { } text)
        {
            End();
            return false;
        }
        if (part.Signature is not { } signature) _pieces.Add(text);
        else if (GeminiSignatures.TryReadForeign(signature, out var foreign))
        {
            if (!text.IsEmpty) _pieces.Add(text);
            End(foreign);
        }
        else if (GeminiSignatures.TryReadRedacted(signature, out var data))
        {
            End();
            parts.Add(new RedactedReasoningPart(data));
        }
        else
        {
            // Google's own signature, which nobody else may get.
            End();
            parts.Add(new OpaquePart("thought", part.Json));
        }
        return true;
    }

    /// <summary>What has come is whole.</summary>
    public void End(JsonString? signature = null)
    {
        if (_pieces.Count > 0 || signature is not null) parts.Add(new ReasoningPart(Joined()) { Signature = signature });
        _pieces.Clear();
    }

    JsonString Joined()
    {
        if (_pieces.Count == 1) return _pieces[0];
        using var joined = new PooledBuffer();
        foreach (var piece in _pieces) piece.Text.WriteEscaped(joined);
        return new JsonString(joined.Written.ToArray(), IsEscaped: true);
    }
}
