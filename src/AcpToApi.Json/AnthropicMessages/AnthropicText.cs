using System.Buffers;
using AcpToApi.Json.Model;

namespace AcpToApi.Json.AnthropicMessages;

/// <summary>What Anthropic demands of texts, decided on the bytes as they came.</summary>
static class AnthropicText
{
    /// <summary>Base64 in both its alphabets.</summary>
    public static readonly SearchValues<byte> Base64 =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_="u8);

    /// <summary>Whether a text holds nothing but white space: Anthropic refuses such blocks and stop sequences.</summary>
    public static bool IsBlank(JsonString text)
    {
        var rest = text.Bytes.Span;
        while (!rest.IsEmpty)
        {
            var length = rest[0] is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t' ? 1 : 0;
            if (text.IsEscaped && rest.Length > 1 && rest[0] == '\\' && rest[1] is (byte)'n' or (byte)'r' or (byte)'t') length = 2;
            if (length == 0) return false;
            rest = rest[length..];
        }
        return true;
    }

    /// <summary>A text without white space at its end, which is refused of an answer that was begun for the model.</summary>
    public static JsonString TrimEnd(JsonString text)
    {
        var rest = text.Bytes;
        while (SpaceAtEnd(rest.Span, text.IsEscaped) is > 0 and var length) rest = rest[..^length];
        return text with { Bytes = rest };
    }

    static int SpaceAtEnd(ReadOnlySpan<byte> text, bool isEscaped)
    {
        if (text is [.., (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t']) return 1;
        if (!isEscaped || text is not [.., (byte)'\\', (byte)'n' or (byte)'r' or (byte)'t']) return 0;
        var backslashes = text.Length - 1 - text[..^1].TrimEnd((byte)'\\').Length;
        return backslashes % 2 == 1 ? 2 : 0;
    }
}
