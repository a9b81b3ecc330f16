using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Gemini;

/// <summary>
/// Writes <c>thinkingConfig</c>. Models of the third generation take levels, those before it budgets (0: off, -1: the model decides), older ones
/// nothing at all. The budgets of efforts are those of Google's own OpenAI-compatible endpoint.
/// </summary>
static class GeminiThinking
{
    const long LeastProBudget = 128;
    const long LeastLiteBudget = 512;
    const long MostFlashBudget = 24576;
    const long MostProBudget = 32768;

    /// <summary>Appends the fields to the object that is open.</summary>
    public static void Write(ChatRequest request, GeminiModel model, PooledBuffer output, IgnoredFields ignored)
    {
        var isOwn = request.Format is GeminiFormat;
        var asked = request.Reasoning;
        if (!model.Thinks && !isOwn)
        {
            ignored.AddIf(asked is { Mode: not ReasoningMode.Disabled, Effort: not "none" }, "reasoning_effort");
            return;
        }
        if (isOwn && asked is not null) WriteOwn(asked, output);
        else if (asked is not null && model.IsThree) WriteLevel(asked, model, output);
        else if (asked is not null) WriteBudget(request, asked, model, output, ignored);
        if (IsShown(request) is not { } isShown) return;
        GeminiExtras.Separate(output);
        output.Write("\"includeThoughts\":"u8);
        output.WriteBool(isShown);
    }

    // Chat clients show reasoning wherever it comes; Anthropic's ask for it.
    static bool? IsShown(ChatRequest request)
    {
        if (request.Format is GeminiFormat) return request.Reasoning?.IsShown;
        if (request.Reasoning is { } asked) return IsOff(asked) ? null : true;
        return request.Format == WireFormat.AnthropicMessages ? null : true;
    }

    static bool IsOff(ReasoningRequest asked) => asked.Mode == ReasoningMode.Disabled || (asked.Mode == ReasoningMode.Default && asked.Effort == "none");

    static void WriteOwn(ReasoningRequest asked, PooledBuffer output)
    {
        if (asked.Effort is { } effort) WriteName(effort.ToUpperInvariant(), output);
        switch (asked.Mode)
        {
            case ReasoningMode.Disabled:
                Write(0, output);
                break;
            case ReasoningMode.Adaptive:
                Write(-1, output);
                break;
            case ReasoningMode.Enabled when asked.BudgetTokens is { } budget:
                Write(budget, output);
                break;
        }
    }

    static void WriteLevel(ReasoningRequest asked, GeminiModel model, PooledBuffer output)
    {
        var level = IsOff(asked) ? "minimal" : asked.Effort ?? asked.BudgetTokens switch
        {
            null => null,
            <= 2048 => "low",
            <= 8192 => "medium",
            _ => "high",
        };
        level = level switch
        {
            null => null,
            // These cannot be turned off, and the large ones know fewer levels.
            "minimal" or "none" => model.IsFlash ? "MINIMAL" : "LOW",
            "low" => "LOW",
            "medium" => model.IsFlash || model.Version > 30 ? "MEDIUM" : "HIGH",
            _ => "HIGH",
        };
        if (level is not null) WriteName(level, output);
    }

    static void WriteBudget(ChatRequest request, ReasoningRequest asked, GeminiModel model, PooledBuffer output, IgnoredFields ignored)
    {
        var wanted = asked.BudgetTokens ?? (asked.Effort is { } effort ? BudgetOf(effort) : null);
        if (IsOff(asked)) Write(LeastOf(model), output);
        else if (wanted is { } budget)
        {
            var fitted = Fit(budget, request.Sampling.MaxOutputTokens, model);
            ignored.AddIf(fitted == 0, "reasoning_effort");
            Write(fitted, output);
        }
        else if (asked.Mode != ReasoningMode.Default) Write(-1, output);
    }

    // The limit counts thoughts too, so a budget that leaves no room for the answer is cut; small models then rather do not think.
    static long Fit(long budget, long? limit, GeminiModel model)
    {
        var clamped = Clamp(budget, model);
        if (limit is not { } most || clamped < most - most / 4) return clamped;
        var fitted = Clamp(most - most / 4, model);
        return fitted < most ? Math.Min(fitted, clamped) : LeastOf(model);
    }

    static long LeastOf(GeminiModel model) => model.IsFlash ? 0 : LeastProBudget;

    static long BudgetOf(string effort) => effort switch
    {
        "minimal" or "low" => 1024,
        "medium" => 8192,
        "high" => 24576,
        _ => MostProBudget,
    };

    static long Clamp(long budget, GeminiModel model) =>
        model.IsFlash ? Math.Clamp(budget, model.IsLite ? LeastLiteBudget : 1, MostFlashBudget) : Math.Clamp(budget, LeastProBudget, MostProBudget);

    static void WriteName(string level, PooledBuffer output)
    {
        GeminiExtras.Separate(output);
        output.Write("\"thinkingLevel\":"u8);
        output.WriteString(level);
    }

    static void Write(long budget, PooledBuffer output)
    {
        GeminiExtras.Separate(output);
        output.Write("\"thinkingBudget\":"u8);
        output.Write(budget);
    }
}
