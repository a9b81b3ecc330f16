using AcpToApi.Json.Model;

namespace AcpToApi.Json.AnthropicMessages;

/// <summary>
/// Whether a request is sent with thinking, and the output limit that goes with it: thinking counts as output, and goes neither with a forced
/// tool nor with a tool turn that has lost its own thinking.
/// </summary>
readonly struct AnthropicThinking
{
    // Required by Anthropic, optional elsewhere: room for an answer of usual length.
    const long DefaultLimit = 8192;

    const long LeastBudget = 1024;
    const long MediumBudget = 8192;

    readonly AnthropicModel _model;

    AnthropicThinking(AnthropicModel model, ReasoningMode? mode, long limit, long budget = 0, string? effort = null)
    {
        _model = model;
        Mode = mode;
        Budget = budget;
        Limit = limit;
        Effort = effort;
    }

    /// <summary>Enabled, adaptive or disabled; null when nothing is to be said.</summary>
    public ReasoningMode? Mode { get; }

    /// <summary>The budget, when enabled.</summary>
    public long Budget { get; }

    /// <summary>The request's <c>max_tokens</c>.</summary>
    public long Limit { get; }

    /// <summary>The request's <c>output_config.effort</c>; null when none is to be named.</summary>
    public string? Effort { get; }

    /// <summary>Whether the model may think.</summary>
    public bool IsOn => Mode is ReasoningMode.Enabled or ReasoningMode.Adaptive;

    /// <summary>Whether the model takes no temperature but 1 and no <c>top_k</c>: while it thinks, and the newest ones always.</summary>
    public bool FixesTemperature => IsOn || _model.TakesEffortsOnly;

    /// <summary>Whether thoughts must be asked for, because the model keeps them to itself otherwise.</summary>
    public bool HidesThoughts => _model.TakesEffortsOnly;

    /// <summary>
    /// The temperature and the <c>top_p</c> that the model takes, and names what it does not. A <c>top_p</c>: while it thinks none below 0.95, the
    /// newest ones none at all, and those before them none beside a temperature.
    /// </summary>
    public (double? Temperature, double? TopP) SamplingOf(Sampling asked, IgnoredFields ignored)
    {
        // Elsewhere the scale ends at 2.
        double? temperature = asked.Temperature is { } degree ? Math.Clamp(degree, 0, 1) : null;
        if (FixesTemperature && temperature < 1)
        {
            ignored.Add("temperature");
            temperature = null;
        }
        if (asked.TopP is not { } topP) return (temperature, null);
        if (_model.TakesOneRandomness && temperature == 1) temperature = null; // what it is anyway
        if (!_model.TakesEffortsOnly && (!IsOn || topP >= 0.95) && !(_model.TakesOneRandomness && temperature is not null)) return (temperature, topP);
        ignored.AddIf(topP < 1, "top_p");
        return (temperature, null);
    }

    /// <summary>Decides for a request.</summary>
    public static AnthropicThinking Of(ChatRequest request, AnthropicConversation conversation, JsonString name, IgnoredFields ignored)
    {
        var model = new AnthropicModel(name);
        var isOwn = request.Format == WireFormat.AnthropicMessages;
        var limit = request.Sampling.MaxOutputTokens ?? Math.Min(DefaultLimit, model.MostOutput);
        if (request.Reasoning is not { } asked) return new AnthropicThinking(model, null, limit);
        var ownEffort = isOwn ? asked.Effort : null;
        var mode = ModeOf(request, asked);
        if (mode is null) return new AnthropicThinking(model, null, limit, effort: ownEffort);
        if (mode == ReasoningMode.Disabled) return Off(model, isOwn, limit, ownEffort, ignored);
        if (model.TakesEffortsOnly) mode = ReasoningMode.Adaptive;
        else if (model.TakesBudgetsOnly && !isOwn) mode = ReasoningMode.Enabled;
        // Room for thoughts that nobody limits.
        if (model.TakesEffortsOnly && request.Sampling.MaxOutputTokens is null) limit = Math.Min(limit + (asked.BudgetTokens ?? BudgetOf(asked.Effort)), model.MostOutput);
        var budget = mode == ReasoningMode.Enabled ? BudgetOf(request, asked, model, ref limit) : 0;
        // An Anthropic client that asks a model without thinking for it is told so by Anthropic.
        var cannotThink = !isOwn && model.CannotThink;
        var isLost = mode == ReasoningMode.Enabled && (budget == 0 || LacksThinking(conversation));
        if (IsForced(request.ToolChoice) || cannotThink || isLost)
        {
            ignored.Add("reasoning_effort");
            return new AnthropicThinking(model, null, request.Sampling.MaxOutputTokens ?? Math.Min(DefaultLimit, model.MostOutput), effort: ownEffort);
        }
        var effort = ownEffort ?? (model.TakesEffortsOnly ? EffortOf(asked) : null);
        return new AnthropicThinking(model, mode, limit, budget, effort);
    }

    // The newest models refuse to be told to: some do not think unless asked, the others always do.
    static AnthropicThinking Off(AnthropicModel model, bool isOwn, long limit, string? ownEffort, IgnoredFields ignored)
    {
        if (!model.TakesEffortsOnly || (isOwn && model.AlwaysThinks)) return new AnthropicThinking(model, ReasoningMode.Disabled, limit, effort: ownEffort);
        ignored.AddIf(model.AlwaysThinks, "reasoning_effort");
        return new AnthropicThinking(model, null, limit, effort: ownEffort ?? (model.AlwaysThinks ? "low" : null));
    }

    // Effort alone: Anthropic's clients mean output_config.effort, others have no other word for thinking.
    static ReasoningMode? ModeOf(ChatRequest request, ReasoningRequest asked) => asked switch
    {
        { Mode: not ReasoningMode.Default } => asked.Mode,
        { Effort: "none" } => ReasoningMode.Disabled,
        { Effort: not null } or { BudgetTokens: not null } when request.Format != WireFormat.AnthropicMessages => ReasoningMode.Enabled,
        _ => null,
    };

    // A limit counts thinking everywhere, so a budget that leaves no room for the answer is cut; 0 when the limit has no room for the least one.
    static long BudgetOf(ChatRequest request, ReasoningRequest asked, AnthropicModel model, ref long limit)
    {
        var budget = Math.Max(asked.BudgetTokens ?? BudgetOf(asked.Effort), LeastBudget);
        if (request.Sampling.MaxOutputTokens is null) limit = Math.Min(limit + budget, model.MostOutput);
        if (limit <= LeastBudget) return 0;
        var most = Math.Max(limit - limit / 4, LeastBudget);
        return asked.BudgetTokens is not null && budget < limit ? budget : Math.Min(budget, most);
    }

    static long BudgetOf(string? effort) => effort switch
    {
        "minimal" => LeastBudget,
        "low" => 2 * LeastBudget,
        "high" => 3 * MediumBudget,
        "xhigh" or "max" => 4 * MediumBudget,
        _ => MediumBudget,
    };

    static string? EffortOf(ReasoningRequest asked) => asked switch
    {
        { Effort: "minimal" or "none" } => "low",
        { Effort: { } effort } => effort,
        { BudgetTokens: { } budget } => budget <= 2 * LeastBudget ? "low" : budget <= MediumBudget ? "medium" : "high",
        _ => null,
    };

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
