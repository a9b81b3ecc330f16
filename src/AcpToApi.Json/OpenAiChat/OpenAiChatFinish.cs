using AcpToApi.Json.Model;

namespace AcpToApi.Json.OpenAiChat;

/// <summary>Between finish reasons and <see cref="StopReason"/>.</summary>
static class OpenAiChatFinish
{
    /// <summary>Reads a finish reason, those included that only some providers use. False when there is none (Snowflake sends <c>""</c>).</summary>
    public static bool TryRead(JsonText finish, out StopReason reason, out bool failed)
    {
        reason = StopReason.EndTurn;
        failed = false;
        if (finish.IsEmpty) return false;
        failed = finish.Is("error"u8) || finish.Is("network_error"u8) || finish.Is("insufficient_system_resource"u8); // OpenRouter, Z.ai, DeepSeek
        reason = finish switch
        {
            _ when finish.Is("stop"u8) => StopReason.EndTurn,
            _ when finish.Is("tool_calls"u8) || finish.Is("function_call"u8) || finish.Is("tool_use"u8) => StopReason.ToolCalls,
            _ when finish.Is("length"u8) || finish.Is("max_tokens"u8) => StopReason.MaxTokens,
            _ when finish.Is("model_length"u8) => StopReason.ContextWindow, // Mistral
            _ when finish.Is("content_filter"u8) || finish.Is("sensitive"u8) || finish.Is("refusal"u8) => StopReason.ContentFilter,
            _ => StopReason.EndTurn, // eos (Together), end_turn, stop_sequence and whatever is to come
        };
        return true;
    }

    /// <summary>The finish reason as OpenAI names it.</summary>
    public static ReadOnlySpan<byte> Name(StopReason reason) => reason switch
    {
        StopReason.MaxTokens or StopReason.ContextWindow => "length"u8,
        StopReason.ToolCalls => "tool_calls"u8,
        StopReason.ContentFilter => "content_filter"u8,
        _ => "stop"u8,
    };
}
