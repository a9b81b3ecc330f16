using AcpToApi.Json.Model;

namespace AcpToApi.Json.AnthropicMessages;

/// <summary>Anthropic's <c>stop_reason</c> and the neutral one.</summary>
static class AnthropicStopReasons
{
    /// <summary>What a reason on the wire means; reasons that are yet to be invented end the turn.</summary>
    public static StopReason Read(JsonText reason)
    {
        if (reason.Is("tool_use"u8)) return StopReason.ToolCalls;
        if (reason.Is("max_tokens"u8)) return StopReason.MaxTokens;
        if (reason.Is("stop_sequence"u8)) return StopReason.StopSequence;
        if (reason.Is("refusal"u8)) return StopReason.ContentFilter;
        if (reason.Is("pause_turn"u8)) return StopReason.PauseTurn;
        return reason.Is("model_context_window_exceeded"u8) ? StopReason.ContextWindow : StopReason.EndTurn;
    }

    /// <summary>The reason as it stands on the wire; OpenAI ends a refusal, which has no block of its own here, like any other answer.</summary>
    public static ReadOnlySpan<byte> Write(StopReason reason, bool isRefused) => reason switch
    {
        StopReason.EndTurn when isRefused => "refusal"u8,
        StopReason.ToolCalls => "tool_use"u8,
        StopReason.MaxTokens => "max_tokens"u8,
        StopReason.StopSequence => "stop_sequence"u8,
        StopReason.ContentFilter => "refusal"u8,
        StopReason.PauseTurn => "pause_turn"u8,
        StopReason.ContextWindow => "model_context_window_exceeded"u8,
        _ => "end_turn"u8,
    };
}
