using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.OpenAiChat;

/// <summary>Fields beside the conversation that chat completions and Responses have in common, and what Anthropic's tiers are there.</summary>
static class OpenAiSharedFields
{
    /// <summary>Appends a field of another dialect with a leading comma; false if it has no counterpart.</summary>
    public static bool TryWrite(in ExtraField extra, WireFormat from, PooledBuffer output)
    {
        var (name, json) = (extra.Name, extra.Json);
        if (name == "service_tier" && from == WireFormat.AnthropicMessages)
        {
            if (json.Span.SequenceEqual("\"standard_only\""u8)) json = "\"default\""u8.ToArray();
        }
        else if (!IsOpenAi(from) || name is not ("service_tier" or "prompt_cache_key" or "prompt_cache_retention" or "prompt_cache_options" or "metadata" or "verbosity")) return false;
        output.Write((byte)',');
        output.WriteString(name);
        output.Write((byte)':');
        output.Write(json.Span);
        return true;
    }

    /// <summary>Whether the field is OpenAI's and those' who took its whole list over, so that a stricter server refuses it.</summary>
    public static bool IsOpenAiOnly(string name) => name is "store" or "service_tier" or "verbosity" or "logit_bias" or "modalities" or "audio" or "moderation"
        or "web_search_options" or "prompt_cache_retention" or "prompt_cache_options";

    static bool IsOpenAi(WireFormat format) => format == WireFormat.OpenAiChat || format == WireFormat.OpenAiResponses || format == WireFormat.OpenAiChatInput;
}
