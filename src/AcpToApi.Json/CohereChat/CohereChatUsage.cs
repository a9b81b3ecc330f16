using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.CohereChat;

/// <summary>The <c>usage</c> object: <c>tokens</c> are what the model read and wrote, <c>billed_units</c> leave the provider's own prompt out.</summary>
static class CohereChatUsage
{
    /// <summary>Reads the object that the reader stands on; the reader then stands on its last token. Null when it tells no counts.</summary>
    public static TokenUsage? Read(ref Utf8JsonReader reader)
    {
        TokenUsage? tokens = null, billed = null;
        long cached = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("tokens"u8)) tokens = ReadCounts(ref reader);
            else if (reader.ValueTextEquals("billed_units"u8)) billed = ReadCounts(ref reader);
            else if (reader.ValueTextEquals("cached_tokens"u8)) cached = reader.ReadCount() ?? 0;
            else reader.SkipValue();
        }
        return (tokens ?? billed) is { } counts ? counts with { CacheRead = Math.Min(cached, counts.Input) } : null;
    }

    static TokenUsage? ReadCounts(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject) return null;
        long? input = null, output = null;
        long reasoning = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("input_tokens"u8)) input = reader.ReadCount() ?? input;
            else if (reader.ValueTextEquals("output_tokens"u8)) output = reader.ReadCount() ?? output;
            else if (reader.ValueTextEquals("reasoning_tokens"u8)) reasoning = reader.ReadCount() ?? reasoning;
            else reader.SkipValue();
        }
        return input is null && output is null ? null : new TokenUsage(input ?? 0, output ?? 0, Reasoning: Math.Min(reasoning, output ?? 0));
    }
}
