using AcpToApi.Json.Model;

namespace AcpToApi.Json.AnthropicMessages;

/// <summary>
/// Whether a request is sent with thinking, and the output limit that goes with it: thinking counts as output, and goes neither with a forced
/// tool nor with a tool turn that has lost its own thinking.
/// </summary>
readonly struct AnthropicThinking
{
    // Required by Anthropic, optional elsewhere: what every model since Claude 3.5 can answer, and the older ones' greatest.
    const long DefaultLimit = 8192;
    const long OldDefaultLimit = 4096;

    const long LeastBudget = 1024;
    const long MediumBudget = 8192;

    AnthropicThinking(ReasoningMode? mode, long budget, long limit)
    {
        Mode = mode;
        Budget = budget;
        Limit = limit;
    }

    /// <summary>Enabled, adaptive or disabled; null when nothing is to be said.</summary>
    public ReasoningMode? Mode { get; }

    /// <summary>The budget, when enabled.</summary>
    public long Budget { get; }

    /// <summary>The request's <c>max_tokens</c>.</summary>
    public long Limit { get; }

    /// <summary>Whether the model may think.</summary>
    public bool IsOn => Mode is ReasoningMode.Enabled or ReasoningMode.Adaptive;

    /// <summary>Decides for a request.</summary>
    public static AnthropicThinking Of(ChatRequest request, AnthropicConversation conversation, JsonString model, IgnoredFields ignored)
    {
        var limit = request.Sampling.MaxOutputTokens ?? (IsOld(model) && !Is(model, "claude-3-5"u8) ? OldDefaultLimit : DefaultLimit);
        if (request.Reasoning is not { } asked) return new AnthropicThinking(null, 0, limit);
        var mode = ModeOf(request, asked);
        if (mode is null or ReasoningMode.Disabled) return new AnthropicThinking(mode, 0, limit);
        if (IsForced(request.ToolChoice) || CannotThink(request, model) || (mode == ReasoningMode.Enabled && LacksThinking(conversation)))
        {
            ignored.Add("reasoning_effort");
            return new AnthropicThinking(null, 0, limit);
        }
        if (mode == ReasoningMode.Adaptive) return new AnthropicThinking(mode, 0, limit);
        var budget = Math.Max(asked.BudgetTokens ?? BudgetOf(asked.Effort), LeastBudget);
        // A client that names an effort counts the answer only; one that names a budget may have set it above its limit.
        var isRaised = asked.BudgetTokens is null || budget >= limit;
        return new AnthropicThinking(mode, budget, isRaised ? limit + budget : limit);
    }

    // Effort alone: Anthropic's clients mean output_config.effort, others have no other word for thinking.
    static ReasoningMode? ModeOf(ChatRequest request, ReasoningRequest asked) => asked switch
    {
        { Mode: not ReasoningMode.Default } => asked.Mode,
        { Effort: "none" } => ReasoningMode.Disabled,
        { Effort: not null } or { BudgetTokens: not null } when request.Format != WireFormat.AnthropicMessages => ReasoningMode.Enabled,
        _ => null,
    };

    static long BudgetOf(string? effort) => effort switch
    {
        "minimal" => LeastBudget,
        "low" => 2 * LeastBudget,
        "high" => 3 * MediumBudget,
        "xhigh" or "max" => 4 * MediumBudget,
        _ => MediumBudget,
    };

    // Claude 3 and 3.5 know no thinking; an Anthropic client that asks them for it is told so by Anthropic.
    static bool CannotThink(ChatRequest request, JsonString model) => request.Format != WireFormat.AnthropicMessages && IsOld(model);

    /// <summary>Whether a model is of the generations that know no thinking.</summary>
    public static bool IsOld(JsonString model) => Is(model, "claude-3-"u8) && !Is(model, "claude-3-7"u8);

    static bool Is(JsonString model, ReadOnlySpan<byte> family) => model.Bytes.Span.IndexOf(family) >= 0;

    static bool IsForced(ToolChoice? choice) => choice is { Kind: ToolChoiceKind.Required or ToolChoiceKind.Tool };

    // With thinking enabled, the last assistant turn must begin with its thinking if it calls tools, and must not be a beginning to go on from.
    static bool LacksThinking(AnthropicConversation conversation)
    {
        var last = conversation.Turns.FindLast(turn => turn.Role == Role.Assistant);
        if (last is null) return false;
        if (ReferenceEquals(last, conversation.Turns[^1])) return true;
        return last.Calls.Count > 0 && last.Parts[0] is not (ReasoningPart or RedactedReasoningPart);
    }
}
