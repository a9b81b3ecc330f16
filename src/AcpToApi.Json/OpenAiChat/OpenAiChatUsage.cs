using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.OpenAiChat;

/// <summary>The <c>usage</c> object.</summary>
static class OpenAiChatUsage
{
    /// <summary>Reads the object that the reader stands on; the reader then stands on its last token. False when it tells no counts.</summary>
    public static bool TryRead(ref Utf8JsonReader reader, Quirks quirks, out TokenUsage usage)
    {
        usage = default;
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return false;
        }
        long? input = null, output = null;
        long cacheRead = 0, cacheWrite = 0, reasoning = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("prompt_tokens"u8)) input = reader.ReadCount() ?? input;
            else if (reader.ValueTextEquals("completion_tokens"u8)) output = reader.ReadCount() ?? output;
            else if (reader.ValueTextEquals("input_tokens"u8)) input ??= reader.ReadCount();
            else if (reader.ValueTextEquals("output_tokens"u8)) output ??= reader.ReadCount();
            else if (reader.ValueTextEquals("prompt_tokens_details"u8) || reader.ValueTextEquals("input_tokens_details"u8)) ReadDetails(ref reader, ref cacheRead, ref cacheWrite, ref reasoning);
            else if (reader.ValueTextEquals("completion_tokens_details"u8) || reader.ValueTextEquals("output_tokens_details"u8)) ReadDetails(ref reader, ref cacheRead, ref cacheWrite, ref reasoning);
            else ReadDetail(ref reader, ref cacheRead, ref cacheWrite, ref reasoning);
        }
        if (input is null && output is null) return false;
        if ((quirks & Quirks.OutputExcludesReasoning) != 0) output = (output ?? 0) + reasoning;
        // Azure's Grok tells more cached tokens than prompt tokens; a part cannot be larger than the whole.
        cacheRead = Math.Min(cacheRead, input ?? 0);
        cacheWrite = Math.Min(cacheWrite, (input ?? 0) - cacheRead);
        usage = new TokenUsage(input ?? 0, output ?? 0, cacheRead, cacheWrite, reasoning);
        return true;
    }

    /// <summary>Appends the object.</summary>
    public static void Write(in TokenUsage usage, PooledBuffer output)
    {
        output.Write("{\"prompt_tokens\":"u8);
        output.Write(usage.Input);
        output.Write(",\"completion_tokens\":"u8);
        output.Write(usage.Output);
        output.Write(",\"total_tokens\":"u8);
        output.Write(usage.Input + usage.Output);
        output.Write(",\"prompt_tokens_details\":{\"cached_tokens\":"u8);
        output.Write(usage.CacheRead);
        if (usage.CacheWrite > 0)
        {
            output.Write(",\"cache_write_tokens\":"u8); // OpenRouter's name; OpenAI has none
            output.Write(usage.CacheWrite);
        }
        output.Write("},\"completion_tokens_details\":{\"reasoning_tokens\":"u8);
        output.Write(usage.Reasoning);
        output.Write("}}"u8);
    }

    static void ReadDetails(ref Utf8JsonReader reader, ref long cacheRead, ref long cacheWrite, ref long reasoning)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return;
        }
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName) ReadDetail(ref reader, ref cacheRead, ref cacheWrite, ref reasoning);
    }

    // Beside OpenAI's names: DeepSeek counts cache hits at the top, Moonshot and Together write cached_tokens there.
    static void ReadDetail(ref Utf8JsonReader reader, ref long cacheRead, ref long cacheWrite, ref long reasoning)
    {
        if (reader.ValueTextEquals("cached_tokens"u8) || reader.ValueTextEquals("prompt_cache_hit_tokens"u8) || reader.ValueTextEquals("num_cached_tokens"u8)
            || reader.ValueTextEquals("cache_read_input_tokens"u8)) cacheRead = Math.Max(cacheRead, reader.ReadCount() ?? 0);
        else if (reader.ValueTextEquals("cache_write_tokens"u8) || reader.ValueTextEquals("cache_creation_input_tokens"u8))
        {
            cacheWrite = Math.Max(cacheWrite, reader.ReadCount() ?? 0);
        }
        else if (reader.ValueTextEquals("reasoning_tokens"u8)) reasoning = Math.Max(reasoning, reader.ReadCount() ?? 0);
        else reader.SkipValue();
    }
}
