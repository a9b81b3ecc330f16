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

    /// <summary>Whether there is any in a body, so that it must be rewritten; an unescaped quotation mark cannot stand inside a text.</summary>
    public static bool IsIn(ReadOnlySpan<byte> body) =>
        HasValue(body, "\"input_text\""u8) || HasValue(body, "\"output_text\""u8) || HasValue(body, "\"input_image\""u8)
        || HasValue(body, "\"tool_use\""u8) || HasValue(body, "\"tool_result\""u8) || HasFlatTools(body);

    static bool HasValue(ReadOnlySpan<byte> body, ReadOnlySpan<byte> quoted)
    {
        while (body.IndexOf(quoted) is >= 0 and var at)
        {
            body = body[(at + quoted.Length)..];
            if (body.TrimStart(" \t\r\n"u8) is not [(byte)':', ..]) return true;
        }
        return false;
    }

    static bool HasFlatTools(ReadOnlySpan<byte> body)
    {
        var name = "\"tools\""u8;
        while (body.IndexOf(name) is >= 0 and var at)
        {
            body = body[(at + name.Length)..];
            if (body.TrimStart(" \t\r\n"u8) is [(byte)':', .. var value] && value.TrimStart(" \t\r\n"u8) is [(byte)'[', ..] tools && IsFlat(tools)) return true;
        }
        return false;
    }

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
