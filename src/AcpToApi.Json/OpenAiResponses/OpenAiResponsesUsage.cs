using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.OpenAiResponses;

/// <summary>The <c>usage</c> object; it is read as chat completions read theirs.</summary>
static class OpenAiResponsesUsage
{
    /// <summary>Appends the field with a leading comma.</summary>
    public static void Write(in TokenUsage usage, PooledBuffer output)
    {
        output.Write(",\"usage\":{\"input_tokens\":"u8);
        output.Write(usage.Input);
        output.Write(",\"input_tokens_details\":{\"cached_tokens\":"u8);
        output.Write(usage.CacheRead);
        output.Write(",\"cache_write_tokens\":"u8);
        output.Write(usage.CacheWrite);
        output.Write("},\"output_tokens\":"u8);
        output.Write(usage.Output);
        output.Write(",\"output_tokens_details\":{\"reasoning_tokens\":"u8);
        output.Write(usage.Reasoning);
        output.Write("},\"total_tokens\":"u8);
        output.Write(usage.Input + usage.Output);
        output.Write((byte)'}');
    }
}
