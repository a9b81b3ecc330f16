using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.OpenAiChat;

/// <summary>The <c>logprobs</c> of a choice: an object whose <c>content</c> lists the tokens of the text beside it.</summary>
static class OpenAiChatLogprobs
{
    /// <summary>Whether a chunk may hold any; without them its text need not wait for what comes after it.</summary>
    public static bool MayBeIn(ReadOnlySpan<byte> chunk)
    {
        var at = chunk.IndexOf("\"logprobs\":"u8);
        return at >= 0 && !chunk[(at + "\"logprobs\":"u8.Length)..].TrimStart((byte)' ').StartsWith("null"u8);
    }

    /// <summary>Says the tokens of a <c>logprobs</c> object.</summary>
    public static void Say(ReadOnlySpan<byte> json, IEventSink sink)
    {
        var reader = new Utf8JsonReader(json, BodyReader.Options);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isContent = reader.ValueTextEquals("content"u8);
            var value = reader.ReadRaw(json);
            if (isContent) SayList(value, sink);
        }
    }

    /// <summary>Says the tokens of a raw array.</summary>
    public static void SayList(ReadOnlySpan<byte> list, IEventSink sink)
    {
        if (list is not [(byte)'[', .., (byte)']']) return;
        var tokens = list[1..^1].Trim(" \t\r\n"u8);
        if (!tokens.IsEmpty) sink.Logprobs(tokens);
    }
}
