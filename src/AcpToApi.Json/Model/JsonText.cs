using System.Text;
using System.Text.Json;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Model;

/// <summary>
/// Text on its way through: the content of a JSON string without its quotes, still escaped as it stood on the wire, or plain UTF-8.
/// It lives only as long as the buffer it points into; <see cref="JsonString"/> is the form that can be kept.
/// </summary>
public readonly ref struct JsonText
{
    JsonText(ReadOnlySpan<byte> bytes, bool escaped)
    {
        Bytes = bytes;
        IsEscaped = escaped;
    }

    /// <summary>The bytes as they are: escaped when <see cref="IsEscaped"/>, else plain UTF-8.</summary>
    public ReadOnlySpan<byte> Bytes { get; }

    /// <summary>Whether <see cref="Bytes"/> are the inside of a JSON string literal.</summary>
    public bool IsEscaped { get; }

    /// <summary>Whether there is nothing in it.</summary>
    public bool IsEmpty => Bytes.IsEmpty;

    /// <summary>The inside of a JSON string literal, without the quotes.</summary>
    public static JsonText Escaped(ReadOnlySpan<byte> bytes) => new(bytes, escaped: true);

    /// <summary>Plain UTF-8, to be escaped when it is written into JSON.</summary>
    public static JsonText Plain(ReadOnlySpan<byte> bytes) => new(bytes, escaped: false);

    /// <summary>The string or property name that the reader stands on; the reader must read from one span.</summary>
    public static JsonText Of(scoped ref Utf8JsonReader reader) => new(reader.ValueSpan, reader.ValueIsEscaped);

    /// <summary>Appends the text as the inside of a JSON string literal (no quotes).</summary>
    public void WriteEscaped(PooledBuffer output)
    {
        if (IsEscaped) output.Write(Bytes);
        else JsonEscaping.Escape(Bytes, output);
    }

    /// <summary>Appends the text as plain UTF-8; a lone surrogate becomes U+FFFD.</summary>
    public void WriteDecoded(PooledBuffer output)
    {
        if (IsEscaped) JsonEscaping.Unescape(Bytes, output);
        else output.Write(Bytes);
    }

    /// <summary>Whether the text, once decoded, is <paramref name="utf8"/>.</summary>
    public bool Is(scoped ReadOnlySpan<byte> utf8)
    {
        if (!IsEscaped || !Bytes.Contains((byte)'\\')) return Bytes.SequenceEqual(utf8);
        using var decoded = new PooledBuffer();
        WriteDecoded(decoded);
        return decoded.Written.SequenceEqual(utf8);
    }

    /// <summary>Number of characters (code points) of the text once decoded.</summary>
    public long CharacterCount => IsEscaped ? JsonEscaping.CountCharacters(Bytes) : JsonEscaping.CountPlainCharacters(Bytes);

    /// <summary>A copy that can outlive the buffer.</summary>
    public JsonString Keep() => new(Bytes.ToArray(), IsEscaped);

    /// <summary>The decoded text.</summary>
    public override string ToString()
    {
        if (!IsEscaped || !Bytes.Contains((byte)'\\')) return Encoding.UTF8.GetString(Bytes);
        using var decoded = new PooledBuffer();
        WriteDecoded(decoded);
        return Encoding.UTF8.GetString(decoded.Written);
    }
}
