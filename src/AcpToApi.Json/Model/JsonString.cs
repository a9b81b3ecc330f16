using System.Text;
using System.Text.Json;

namespace AcpToApi.Json.Model;

/// <summary>
/// Text that is kept: usually a slice of the client's body, so that a 5 MB image is neither decoded nor copied.
/// <paramref name="IsEscaped"/> tells whether <paramref name="Bytes"/> are the inside of a JSON string literal or plain UTF-8.
/// </summary>
public readonly record struct JsonString(ReadOnlyMemory<byte> Bytes, bool IsEscaped)
{
    /// <summary>The text as it is handed to writers.</summary>
    public JsonText Text => IsEscaped ? JsonText.Escaped(Bytes.Span) : JsonText.Plain(Bytes.Span);

    /// <summary>Whether there is nothing in it.</summary>
    public bool IsEmpty => Bytes.IsEmpty;

    /// <summary>Plain text of our own.</summary>
    public static JsonString Of(string text) => new(Encoding.UTF8.GetBytes(text), IsEscaped: false);

    /// <summary>The string that the reader stands on, as a slice of <paramref name="body"/>, which the reader must read whole.</summary>
    public static JsonString Slice(ReadOnlyMemory<byte> body, ref Utf8JsonReader reader) =>
        new(body.Slice((int)reader.TokenStartIndex + 1, reader.ValueSpan.Length), reader.ValueIsEscaped);

    /// <summary>The decoded text.</summary>
    public override string ToString() => Text.ToString();
}
