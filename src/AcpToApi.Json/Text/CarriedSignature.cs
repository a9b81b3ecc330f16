using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using AcpToApi.Json.Model;

namespace AcpToApi.Json.Text;

/// <summary>
/// Carries a provider's signature over a tool call (Gemini's <c>thoughtSignature</c>, without which the next turn is refused) inside the call's
/// id, since other dialects have no place for it and any replica must be able to serve the next turn: <c>id__tsig_s…</c>. Payloads use the
/// charset of ids. Whatever goes to another provider must be stripped of it, calls and results alike.
/// </summary>
public static class CarriedSignature
{
    /// <summary>Longest id that a client is given; beyond it the signature is dropped, and the id says so.</summary>
    public const int MaxIdLength = 4096;

    // After the marker: 's' standard base64 made URL-safe, 'x' any other text in base64, 'd' a signature that was dropped.
    const byte Base64Kind = (byte)'s';
    const byte TextKind = (byte)'x';
    const byte DroppedKind = (byte)'d';

    static readonly SearchValues<byte> Base64Digits = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"u8);
    static readonly SearchValues<byte> PayloadDigits = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"u8);

    static ReadOnlySpan<byte> Marker => "__tsig_"u8;

    /// <summary>Whether a body holds an id with a signature, so that it must not be passed through to another provider as it is.</summary>
    public static bool IsIn(ReadOnlySpan<byte> body) => body.IndexOf(Marker) >= 0;

    /// <summary>
    /// Appends the id with the signature in it. A call without an id gets one by its signature and number, since a marker alone is no name.
    /// </summary>
    public static void Write(JsonText id, JsonText signature, int index, int maxLength, PooledBuffer output)
    {
        var start = output.Length;
        if (id.IsEmpty) WriteNewId(signature.Bytes, index, output);
        else id.WriteDecoded(output);
        output.Write(Marker);
        var kindAt = output.Length;
        using var plain = new PooledBuffer();
        signature.WriteDecoded(plain);
        WritePayload(plain.Written, output);
        if (output.Length - start <= maxLength) return;
        output.Truncate(kindAt);
        output.Write(DroppedKind);
    }

    /// <summary>Whether the id says that its signature was too long to be carried.</summary>
    public static bool WasDropped(JsonText id) => Find(id.Bytes) is >= 0 and var at && id.Bytes[at + Marker.Length] == DroppedKind;

    /// <summary>The id as the provider gave it.</summary>
    public static JsonString Strip(JsonString id) => Find(id.Bytes.Span) is var at && at < 0 ? id : id with { Bytes = id.Bytes[..at] };

    /// <summary>The id as the provider gave it.</summary>
    public static JsonText Strip(JsonText id)
    {
        var at = Find(id.Bytes);
        if (at < 0) return id;
        return id.IsEscaped ? JsonText.Escaped(id.Bytes[..at]) : JsonText.Plain(id.Bytes[..at]);
    }

    /// <summary>The signature that an id carries, in base64 made URL-safe; empty when it carries none.</summary>
    public static ReadOnlySpan<byte> PayloadOf(JsonString id) => Find(id.Bytes.Span) is >= 0 and var at ? id.Bytes.Span[(at + Marker.Length + 1)..] : default;

    /// <summary>Appends the signature that an id carries. False when it carries none; <paramref name="wasDropped"/> tells whether it once did.</summary>
    public static bool TryWriteSignature(JsonText id, PooledBuffer output, out bool wasDropped)
    {
        wasDropped = false;
        var at = Find(id.Bytes);
        if (at < 0) return false;
        var kind = id.Bytes[at + Marker.Length];
        var payload = id.Bytes[(at + Marker.Length + 1)..];
        wasDropped = kind == DroppedKind;
        if (kind == Base64Kind) WriteBase64(payload, output);
        return kind == Base64Kind || (kind == TextKind && TryWriteText(payload, output));
    }

    // The first marker counts: a payload may hold the same letters by chance, a provider's id hardly.
    static int Find(ReadOnlySpan<byte> id)
    {
        var at = id.IndexOf(Marker);
        var kindAt = at + Marker.Length;
        if (at < 0 || kindAt >= id.Length || id[(kindAt + 1)..].ContainsAnyExcept(PayloadDigits)) return -1;
        return id[kindAt] is Base64Kind or TextKind or DroppedKind ? at : -1;
    }

    static void WriteNewId(ReadOnlySpan<byte> signature, int index, PooledBuffer output)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(signature, hash);
        output.Write("call_"u8);
        foreach (var value in hash[..6])
        {
            Utf8Formatter.TryFormat(value, output.GetSpan(2), out var written, new StandardFormat('x', 2));
            output.Advance(written);
        }
        output.Write((byte)'_');
        output.Write(index);
    }

    static void WritePayload(ReadOnlySpan<byte> signature, PooledBuffer output)
    {
        if (IsBase64(signature))
        {
            output.Write(Base64Kind);
            var digits = signature.TrimEnd((byte)'=');
            var room = output.GetSpan(digits.Length)[..digits.Length];
            digits.CopyTo(room);
            room.Replace((byte)'+', (byte)'-');
            room.Replace((byte)'/', (byte)'_');
            output.Advance(digits.Length);
            return;
        }
        output.Write(TextKind);
        var size = Base64Url.GetEncodedLength(signature.Length);
        Base64Url.EncodeToUtf8(signature, output.GetSpan(size), out _, out var written);
        output.Advance(written);
    }

    // Only what comes back byte for byte when it is padded again.
    static bool IsBase64(ReadOnlySpan<byte> text)
    {
        var digits = text.TrimEnd((byte)'=');
        return !digits.IsEmpty && text.Length % 4 == 0 && text.Length - digits.Length <= 2 && !digits.ContainsAnyExcept(Base64Digits);
    }

    static void WriteBase64(ReadOnlySpan<byte> payload, PooledBuffer output)
    {
        var room = output.GetSpan(payload.Length)[..payload.Length];
        payload.CopyTo(room);
        room.Replace((byte)'-', (byte)'+');
        room.Replace((byte)'_', (byte)'/');
        output.Advance(payload.Length);
        for (var length = payload.Length; length % 4 != 0; length++) output.Write((byte)'=');
    }

    static bool TryWriteText(ReadOnlySpan<byte> payload, PooledBuffer output)
    {
        var room = output.GetSpan(payload.Length + 4);
        if (Base64Url.DecodeFromUtf8(payload, room, out _, out var written) != OperationStatus.Done) return false;
        output.Advance(written);
        return true;
    }
}
