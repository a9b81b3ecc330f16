using System.Text.Json;
using AcpToApi.Json.AnthropicMessages;
using AcpToApi.Json.Model;
using AcpToApi.Json.OpenAiResponses;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.OpenAiChat;

/// <summary>What some editors mix into chats: parts and tools as Responses has them, or as Anthropic has.</summary>
static class OpenAiChatMixture
{
    /// <summary>Reads the part of this type that the reader stands on; null when it is none of theirs.</summary>
    public static Part? TryRead(string type, ref BodyReader reader) => type switch
    {
        "input_text" or "output_text" or "input_image" => OpenAiResponsesPartReader.ReadPart(ref reader),
        "tool_use" or "tool_result" => AnthropicBlockReader.ReadBlock(ref reader),
        _ => null,
    };

    /// <summary>
    /// Whether there is any in a body, so that it must be rewritten: an unescaped quotation mark cannot stand inside a text. Two searches tell, since
    /// every chat is looked at.
    /// </summary>
    public static bool IsIn(ReadOnlySpan<byte> body) => HasPart(body) || HasTool(body);

    static bool HasPart(ReadOnlySpan<byte> body)
    {
        for (var at = body.IndexOf("put_"u8); at >= 0; at = body.IndexOf("put_"u8))
        {
            var before = body[..at];
            body = body[(at + 4)..];
            var isInput = before.EndsWith("\"in"u8);
            if (!isInput && !before.EndsWith("\"out"u8)) continue;
            if (IsValue(body, "text\""u8) || (isInput && IsValue(body, "image\""u8))) return true;
        }
        return false;
    }

    static bool HasTool(ReadOnlySpan<byte> body)
    {
        for (var at = body.IndexOf("\"tool"u8); at >= 0; at = body.IndexOf("\"tool"u8))
        {
            body = body[(at + 5)..];
            if (IsValue(body, "_use\""u8) || IsValue(body, "_result\""u8)) return true;
            if (body.StartsWith("s\""u8) && Skip(body[2..]) is [(byte)':', .. var value] && Skip(value) is [(byte)'[', ..] tools && IsFlat(tools)) return true;
        }
        return false;
    }

    static bool IsValue(ReadOnlySpan<byte> text, ReadOnlySpan<byte> end) => text.StartsWith(end) && Skip(text[end.Length..]) is not [(byte)':', ..];

    static ReadOnlySpan<byte> Skip(ReadOnlySpan<byte> text) => text.TrimStart(" \t\r\n"u8);

    // The first tells: its name stands beside its type, not in an object of its own.
    static bool IsFlat(ReadOnlySpan<byte> tools)
    {
        var reader = new Utf8JsonReader(tools, isFinalBlock: false, new JsonReaderState(BodyReader.Options));
        reader.Read();
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return false;
        var hasName = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("function"u8) || reader.ValueTextEquals("custom"u8)) return false;
            hasName |= reader.ValueTextEquals("name"u8);
            if (!reader.Read() || !reader.TrySkip()) return false;
        }
        return hasName;
    }
}
