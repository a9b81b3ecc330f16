using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.AnthropicMessages;

/// <summary>The pieces of a message that streamed and whole answers share.</summary>
static class AnthropicMessageHead
{
    /// <summary>The inside of the id's string: the upstream's, else one of our own.</summary>
    public static void WriteId(JsonText id, ResponseContext context, PooledBuffer output)
    {
        if (!id.IsEmpty)
        {
            id.WriteEscaped(output);
            return;
        }
        output.Write("msg_"u8);
        JsonString.Of(context.Id).Text.WriteEscaped(output);
    }

    /// <summary>The inside of a call's id: the upstream's; one of our own where it gave none (Ollama), since results refer to it.</summary>
    public static void WriteCallId(JsonText id, int index, ResponseContext context, PooledBuffer output)
    {
        if (!id.IsEmpty)
        {
            id.WriteEscaped(output);
            return;
        }
        output.Write("toolu_"u8);
        JsonString.Of(context.Id).Text.WriteEscaped(output);
        output.Write((byte)'_');
        output.Write((long)index);
    }

    /// <summary>The <c>usage</c> object; <c>input_tokens</c> excludes what the caches gave and took.</summary>
    public static void WriteUsage(TokenUsage usage, PooledBuffer output)
    {
        output.Write("{\"input_tokens\":"u8);
        output.Write(Math.Max(usage.Input - usage.CacheRead - usage.CacheWrite, 0));
        output.Write(",\"cache_creation_input_tokens\":"u8);
        output.Write(usage.CacheWrite);
        output.Write(",\"cache_read_input_tokens\":"u8);
        output.Write(usage.CacheRead);
        output.Write(",\"output_tokens\":"u8);
        output.Write(usage.Output);
        if (usage.Reasoning > 0)
        {
            output.Write(",\"output_tokens_details\":{\"thinking_tokens\":"u8);
            output.Write(usage.Reasoning);
            output.Write((byte)'}');
        }
        output.Write((byte)'}');
    }

    /// <summary>A string, or null when it is empty.</summary>
    public static void WriteStringOrNull(JsonText text, PooledBuffer output)
    {
        if (text.IsEmpty)
        {
            output.Write("null"u8);
            return;
        }
        output.Write((byte)'"');
        text.WriteEscaped(output);
        output.Write((byte)'"');
    }
}
