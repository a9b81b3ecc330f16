using System.Buffers;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Gemini;

/// <summary>
/// What stands in <c>thoughtSignature</c>. Reasoning that another provider signed is carried there on thought parts, behind a marker, so that
/// it finds back to that provider and is never sent to Google. The markers are whole groups of base64, because SDKs decode and encode the field.
/// </summary>
static class GeminiSignatures
{
    static readonly SearchValues<byte> Base64 = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=-_"u8);

    /// <summary>What Google takes for a call that has no signature (a call of another model, say).</summary>
    public static ReadOnlySpan<byte> Skip => "skip_thought_signature_validator"u8;

    static ReadOnlySpan<byte> ForeignMarker => "acptoapi"u8;

    static ReadOnlySpan<byte> RedactedMarker => "acptoapr"u8;

    /// <summary>Whether another provider's signature can be carried.</summary>
    public static bool CanCarry(JsonText signature) => !signature.IsEmpty && !signature.Bytes.ContainsAnyExcept(Base64);

    /// <summary>Appends a thought part that carries another provider's signature over the thoughts before it.</summary>
    public static void WriteForeign(JsonText signature, PooledBuffer output) => WriteCarrier(ForeignMarker, signature, output);

    /// <summary>Appends <c>,"thoughtSignature":"…"</c> with another provider's signature, to the last of the thoughts that it is over.</summary>
    public static void WriteForeignField(JsonText signature, PooledBuffer output) => WriteField(ForeignMarker, signature, output);

    /// <summary>Appends a thought part that carries another provider's encrypted reasoning.</summary>
    public static void WriteRedacted(JsonText data, PooledBuffer output) => WriteCarrier(RedactedMarker, data, output);

    /// <summary>Takes another provider's signature out of a <c>thoughtSignature</c>.</summary>
    public static bool TryReadForeign(JsonString field, out JsonString signature) => TryRead(ForeignMarker, field, out signature);

    /// <summary>Takes another provider's encrypted reasoning out of a <c>thoughtSignature</c>.</summary>
    public static bool TryReadRedacted(JsonString field, out JsonString data) => TryRead(RedactedMarker, field, out data);

    /// <summary>What Google itself signed; null for what only stands in the place of that.</summary>
    public static JsonString? OwnOf(JsonString? field) =>
        field is { } told && !told.Text.Is(Skip) && !TryReadForeign(told, out _) && !TryReadRedacted(told, out _) ? told : null;

    /// <summary>Appends <c>,"thoughtSignature":"…"</c>, if the call's id carries one.</summary>
    public static void WriteCarried(JsonText callId, PooledBuffer output)
    {
        if (!CarriedSignature.IsIn(callId.Bytes)) return;
        using var signature = new PooledBuffer();
        if (!CarriedSignature.TryWriteSignature(callId, signature, out _)) return;
        output.Write(",\"thoughtSignature\":"u8);
        output.WriteString(JsonText.Plain(signature.Written));
    }

    static void WriteCarrier(ReadOnlySpan<byte> marker, JsonText payload, PooledBuffer output)
    {
        output.Write("{\"text\":\"\",\"thought\":true"u8);
        WriteField(marker, payload, output);
        output.Write((byte)'}');
    }

    static void WriteField(ReadOnlySpan<byte> marker, JsonText payload, PooledBuffer output)
    {
        output.Write(",\"thoughtSignature\":\""u8);
        output.Write(marker);
        payload.WriteEscaped(output);
        output.Write((byte)'"');
    }

    // Python's SDK writes bytes in the URL-safe alphabet; the providers' own is the standard one.
    static bool TryRead(ReadOnlySpan<byte> marker, JsonString field, out JsonString payload)
    {
        payload = default;
        using var plain = new PooledBuffer();
        field.Text.WriteDecoded(plain);
        if (!plain.Written.StartsWith(marker)) return false;
        var bytes = plain.Written[marker.Length..].ToArray();
        bytes.AsSpan().Replace((byte)'-', (byte)'+');
        bytes.AsSpan().Replace((byte)'_', (byte)'/');
        payload = new JsonString(bytes, IsEscaped: false);
        return true;
    }
}
