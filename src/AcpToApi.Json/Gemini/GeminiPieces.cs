using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Gemini;

/// <summary>
/// Joins the pieces of a turn: clients keep its texts and thoughts as they were streamed, and another provider's signature over thoughts (see
/// <see cref="GeminiSignatures"/>) is only right over the whole. What the user sent in pieces stays in them.
/// </summary>
sealed class GeminiPieces(Message message)
{
    readonly List<JsonString> _pieces = [];
    bool _areThoughts;

    /// <summary>The turn; its last piece is there once <see cref="End()"/> was called.</summary>
    public Message Message { get; } = message;

    /// <summary>Takes a part if it is a piece; anything else ends the pieces before it.</summary>
    public bool TryAdd(GeminiRequestPart part)
    {
        if (part is { IsThought: true, Text: { } thought }) AddThought(part, thought);
        else if (part is { IsPlainText: true, Text: { } text } && Message.Role == Role.Assistant) Add(text, isThought: false);
        else
        {
            End();
            return false;
        }
        return true;
    }

    /// <summary>What has come is whole.</summary>
    public void End()
    {
        if (_pieces.Count == 0) return;
        Message.Parts.Add(_areThoughts ? new ReasoningPart(Joined()) : new TextPart(Joined()));
        _pieces.Clear();
    }

    void AddThought(GeminiRequestPart part, JsonString text)
    {
        if (part.Signature is not { } signature) Add(text, isThought: true);
        else if (GeminiSignatures.TryReadForeign(signature, out var foreign))
        {
            Add(text, isThought: true);
            if (!_areThoughts) End();
            Message.Parts.Add(new ReasoningPart(Joined()) { Signature = foreign });
            _pieces.Clear();
        }
        else if (GeminiSignatures.TryReadRedacted(signature, out var data))
        {
            End();
            Message.Parts.Add(new RedactedReasoningPart(data));
        }
        else
        {
            // Google's own signature, which nobody else may get.
            End();
            Message.Parts.Add(new OpaquePart("thought", part.Json));
        }
    }

    // An empty piece says nothing, so it does not part what stands around it.
    void Add(JsonString text, bool isThought)
    {
        if (text.IsEmpty) return;
        if (_areThoughts != isThought) End();
        _areThoughts = isThought;
        _pieces.Add(text);
    }

    JsonString Joined()
    {
        if (_pieces.Count == 0) return default;
        if (_pieces.Count == 1) return _pieces[0];
        using var joined = new PooledBuffer();
        foreach (var piece in _pieces) piece.Text.WriteEscaped(joined);
        return new JsonString(joined.Written.ToArray(), IsEscaped: true);
    }
}
