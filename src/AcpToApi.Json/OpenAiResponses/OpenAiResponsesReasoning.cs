using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.OpenAiResponses;

/// <summary>
/// Who made a piece of encrypted reasoning, told by a marker in front of it, so that any replica can serve the next turn. OpenAI checks that
/// its <c>encrypted_content</c> comes back with the id of its item, which no other dialect has a place for: both make the signature.
/// </summary>
static class OpenAiResponsesReasoning
{
    // All begin with SignatureMarks.Prefix.
    static ReadOnlySpan<byte> OwnMark => "acptoapi:responses:"u8;

    static ReadOnlySpan<byte> ForeignMark => "acptoapi:signature:"u8;

    static ReadOnlySpan<byte> RedactedMark => "acptoapi:redacted:"u8;

    /// <summary>Appends the signature that stands for an upstream's reasoning item.</summary>
    public static void WriteSignature(JsonText itemId, JsonText encrypted, PooledBuffer output)
    {
        output.Write(OwnMark);
        itemId.WriteEscaped(output);
        output.Write((byte)':');
        encrypted.WriteEscaped(output);
    }

    /// <summary>The reasoning item that a signature stands for; false when another provider made it.</summary>
    public static bool TryReadSignature(JsonString signature, out JsonString itemId, out JsonString encrypted)
    {
        (itemId, encrypted) = (default, default);
        if (!signature.Bytes.Span.StartsWith(OwnMark)) return false;
        var rest = signature.Bytes[OwnMark.Length..];
        var colon = rest.Span.IndexOf((byte)':');
        if (colon < 0) return false;
        itemId = signature with { Bytes = rest[..colon] };
        encrypted = signature with { Bytes = rest[(colon + 1)..] };
        return true;
    }

    /// <summary>Appends a signature as a client of this dialect keeps it: as <c>encrypted_content</c>, which it sends back unread.</summary>
    public static void WriteEncryptedContent(JsonText signature, PooledBuffer output)
    {
        if (!signature.Bytes.StartsWith(OwnMark)) output.Write(ForeignMark);
        signature.WriteEscaped(output);
    }

    /// <summary>Appends another provider's redacted reasoning as <c>encrypted_content</c>.</summary>
    public static void WriteRedacted(JsonText data, PooledBuffer output)
    {
        output.Write(RedactedMark);
        data.WriteEscaped(output);
    }

    /// <summary>What a client's <c>encrypted_content</c> is: without a marker it is OpenAI's own, which the client got from there.</summary>
    public static Part ReadEncryptedContent(JsonString encrypted, JsonString itemId, JsonString text)
    {
        var bytes = encrypted.Bytes.Span;
        if (bytes.StartsWith(RedactedMark)) return new RedactedReasoningPart(encrypted with { Bytes = encrypted.Bytes[RedactedMark.Length..] });
        if (bytes.StartsWith(ForeignMark)) return new ReasoningPart(text) { Signature = encrypted with { Bytes = encrypted.Bytes[ForeignMark.Length..] } };
        if (bytes.StartsWith(OwnMark)) return new ReasoningPart(text) { Signature = encrypted };
        using var signature = new PooledBuffer();
        WriteSignature(itemId.Text, encrypted.Text, signature);
        return new ReasoningPart(text) { Signature = new JsonString(signature.Written.ToArray(), IsEscaped: true) };
    }
}
