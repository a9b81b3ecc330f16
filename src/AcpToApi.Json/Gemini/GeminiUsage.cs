using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Gemini;

/// <summary>
/// The <c>usageMetadata</c> object. Thoughts are not among the candidates' tokens, nor is what tools of the provider put into the prompt among the
/// prompt's: total = prompt + tool use prompt + candidates + thoughts.
/// </summary>
static class GeminiUsage
{
    /// <summary>Reads the object that the reader stands on; the reader then stands on its last token. False when it tells no counts.</summary>
    public static bool TryRead(ref Utf8JsonReader reader, out TokenUsage usage)
    {
        usage = default;
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return false;
        }
        long? prompt = null, candidates = null;
        long thoughts = 0, cached = 0, toolUse = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("promptTokenCount"u8)) prompt = reader.ReadCount() ?? prompt;
            else if (reader.ValueTextEquals("candidatesTokenCount"u8)) candidates = reader.ReadCount() ?? candidates;
            else if (reader.ValueTextEquals("thoughtsTokenCount"u8)) thoughts = reader.ReadCount() ?? thoughts;
            else if (reader.ValueTextEquals("cachedContentTokenCount"u8)) cached = reader.ReadCount() ?? cached;
            else if (reader.ValueTextEquals("toolUsePromptTokenCount"u8)) toolUse = reader.ReadCount() ?? toolUse;
            else reader.SkipValue();
        }
        if (prompt is null && candidates is null) return false;
        var input = (prompt ?? 0) + toolUse;
        usage = new TokenUsage(input, (candidates ?? 0) + thoughts, Math.Min(cached, input), Reasoning: thoughts);
        return true;
    }

    /// <summary>Appends the object.</summary>
    public static void Write(in TokenUsage usage, PooledBuffer output)
    {
        output.Write("{\"promptTokenCount\":"u8);
        output.Write(usage.Input);
        output.Write(",\"candidatesTokenCount\":"u8);
        output.Write(Math.Max(usage.Output - usage.Reasoning, 0));
        output.Write(",\"totalTokenCount\":"u8);
        output.Write(usage.Input + usage.Output);
        if (usage.CacheRead > 0)
        {
            output.Write(",\"cachedContentTokenCount\":"u8);
            output.Write(usage.CacheRead);
        }
        if (usage.Reasoning > 0)
        {
            output.Write(",\"thoughtsTokenCount\":"u8);
            output.Write(usage.Reasoning);
        }
        output.Write((byte)'}');
    }
}
