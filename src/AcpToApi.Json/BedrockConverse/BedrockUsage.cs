using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.BedrockConverse;

/// <summary>Token counts: <c>inputTokens</c> excludes both cache counts, <c>outputTokens</c> includes reasoning.</summary>
static class BedrockUsage
{
    /// <summary>Reads a <c>usage</c> object.</summary>
    public static TokenUsage Read(ReadOnlySpan<byte> raw)
    {
        long input = 0, output = 0, cacheRead = 0, cacheWrite = 0;
        var json = new Utf8JsonReader(raw);
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("inputTokens"u8)) input = json.ReadCount() ?? 0;
            else if (json.ValueTextEquals("outputTokens"u8)) output = json.ReadCount() ?? 0;
            else if (json.ValueTextEquals("cacheReadInputTokens"u8)) cacheRead = json.ReadCount() ?? 0;
            else if (json.ValueTextEquals("cacheWriteInputTokens"u8)) cacheWrite = json.ReadCount() ?? 0;
            else json.SkipValue();
        }
        return new TokenUsage(input + cacheRead + cacheWrite, output, cacheRead, cacheWrite);
    }
}
