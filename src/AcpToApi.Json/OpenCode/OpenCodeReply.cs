using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.OpenCode;

/// <summary>The reply to a prompt, <c>{"info":{…},"parts":[…]}</c>: how the last message of the turn ended.</summary>
ref struct OpenCodeReply
{
    public JsonText Id;
    public JsonText Finish;
    public BridgeError? Error;
    public TokenUsage Usage;
    public ReadOnlySpan<byte> Structured;
    public Utf8JsonReader Parts;

    public void ReadInfo(scoped ref Utf8JsonReader reader, ReadOnlySpan<byte> body)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject) return;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("id"u8)) Id = reader.ReadText();
            else if (reader.ValueTextEquals("finish"u8)) Finish = reader.ReadText();
            else if (reader.ValueTextEquals("tokens"u8)) Usage = OpenCodeUsage.Read(ref reader) ?? default;
            else if (reader.ValueTextEquals("structured"u8)) Structured = reader.ReadRaw(body);
            else if (!reader.ValueTextEquals("error"u8)) reader.SkipValue();
            else
            {
                reader.Read();
                if (reader.TokenType == JsonTokenType.StartObject) Error = OpenCodeErrors.Of(ref reader);
            }
        }
    }
}

/// <summary>Reads <c>{"input":…,"output":…,"reasoning":…,"cache":{"read":…,"write":…}}</c>: there, input is without what was cached, and output without reasoning.</summary>
static class OpenCodeUsage
{
    /// <summary>From the name to past the object; null when it is none.</summary>
    public static TokenUsage? Read(scoped ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject) return null;
        long input = 0, output = 0, reasoning = 0, cacheRead = 0, cacheWrite = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("input"u8)) input = reader.ReadCount() ?? 0;
            else if (reader.ValueTextEquals("output"u8)) output = reader.ReadCount() ?? 0;
            else if (reader.ValueTextEquals("reasoning"u8)) reasoning = reader.ReadCount() ?? 0;
            else if (!reader.ValueTextEquals("cache"u8)) reader.SkipValue();
            else
            {
                reader.Read();
                if (reader.TokenType != JsonTokenType.StartObject) continue;
                while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
                {
                    if (reader.ValueTextEquals("read"u8)) cacheRead = reader.ReadCount() ?? 0;
                    else if (reader.ValueTextEquals("write"u8)) cacheWrite = reader.ReadCount() ?? 0;
                    else reader.SkipValue();
                }
            }
        }
        return new TokenUsage(input + cacheRead + cacheWrite, output + reasoning, cacheRead, cacheWrite, reasoning);
    }
}
