using AcpToApi.Json.AnthropicMessages;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.BedrockConverse;

/// <summary>How a model is asked to reason: each vendor has fields of its own for it, which Converse passes on.</summary>
readonly struct BedrockReasoning
{
    readonly BedrockModel _model;
    readonly AnthropicThinking? _thinking;

    // Nova and OpenAI's models: low, medium or high; "none" turns Nova's off.
    readonly string? _effort;

    readonly bool _isShown;

    BedrockReasoning(BedrockModel model, AnthropicThinking? thinking, string? effort, bool isShown = false)
    {
        (_model, _thinking, _effort, _isShown) = (model, thinking, effort, isShown);
    }

    /// <summary>The <c>outputConfig.effort</c> of Claude.</summary>
    public string? OutputEffort => _thinking?.Effort;

    /// <summary>Whether Claude takes no temperature but 1, and no <c>top_k</c>.</summary>
    public bool FixesTemperature => _thinking is { FixesTemperature: true };

    /// <summary>Whether Nova reasons as long as it likes, which rules out limits and sampling.</summary>
    public bool IsFree => _model.IsNova2 && _effort == "high";

    /// <summary>The output limit that leaves room for a thinking budget; null when the client's own counts.</summary>
    public long? Limit => _thinking is { Mode: ReasoningMode.Enabled } thinking ? thinking.Limit : null;

    /// <summary>The temperature and the <c>topP</c> that the model takes, and names what it does not. Elsewhere the temperature's scale ends at 2.</summary>
    public (double? Temperature, double? TopP) SamplingOf(Sampling asked, IgnoredFields ignored) =>
        _thinking?.SamplingOf(asked, ignored) ?? (asked.Temperature is { } temperature ? Math.Clamp(temperature, 0, 1) : null, asked.TopP);

    /// <summary>Decides for a request.</summary>
    public static BedrockReasoning Of(ChatRequest request, AnthropicConversation conversation, JsonString id, IgnoredFields ignored)
    {
        var model = new BedrockModel(id);
        var asked = request.Reasoning;
        if (model.IsClaude)
        {
            var thinking = AnthropicThinking.Of(request, conversation, id, ignored);
            var isShown = thinking.HidesThoughts && request.Format != WireFormat.AnthropicMessages && asked?.IsShown != false;
            return new BedrockReasoning(model, thinking, null, isShown);
        }
        if (asked is null) return new BedrockReasoning(model, null, null);
        var effort = EffortOf(asked);
        if (model.IsNova2 || (model.IsOpenAi && effort != "none")) return new BedrockReasoning(model, null, effort);
        // OpenAI's always reason; others that are not known here never do.
        ignored.AddIf(effort is not null && (effort != "none" || model.IsOpenAi), "reasoning_effort");
        return new BedrockReasoning(model, null, null);
    }

    /// <summary>Appends the fields to <c>additionalModelRequestFields</c>, which is open.</summary>
    public void Write(PooledBuffer output)
    {
        if (_thinking is { Mode: { } mode } thinking) WriteThinking(mode, thinking.Budget, _isShown && thinking.IsOn, output);
        if (_effort is not { } effort) return;
        if (_model.IsOpenAi)
        {
            BedrockObject.Begin("\"reasoning_effort\":"u8, output);
            output.WriteString(effort);
            return;
        }
        BedrockObject.Begin("\"reasoningConfig\":{\"type\":"u8, output);
        output.Write(effort == "none" ? "\"disabled\""u8 : "\"enabled\",\"maxReasoningEffort\":"u8);
        if (effort != "none") output.WriteString(effort);
        output.Write((byte)'}');
    }

    static void WriteThinking(ReasoningMode mode, long budget, bool isShown, PooledBuffer output)
    {
        BedrockObject.Begin("\"thinking\":{\"type\":"u8, output);
        output.Write(mode switch
        {
            ReasoningMode.Enabled => "\"enabled\",\"budget_tokens\":"u8,
            ReasoningMode.Disabled => "\"disabled\""u8,
            _ => "\"adaptive\""u8,
        });
        if (mode == ReasoningMode.Enabled) output.Write(budget);
        if (isShown) output.Write(",\"display\":\"summarized\""u8);
        output.Write((byte)'}');
    }

    static string? EffortOf(ReasoningRequest asked)
    {
        if (asked.Mode == ReasoningMode.Disabled || asked.Effort == "none") return "none";
        return asked.Effort switch
        {
            "minimal" or "low" => "low",
            "medium" => "medium",
            not null => "high",
            null when asked.BudgetTokens is { } budget => budget <= 2048 ? "low" : budget <= 8192 ? "medium" : "high",
            _ => asked.Mode == ReasoningMode.Default ? null : "medium",
        };
    }
}
