namespace AcpToApi.Json.Model;

/// <summary>How much to reason, in the ways that clients ask for it.</summary>
/// <param name="Mode">Whether reasoning is wanted at all.</param>
/// <param name="Effort">The named effort (<c>minimal</c>, <c>low</c>, <c>medium</c>, <c>high</c>, <c>xhigh</c>, <c>max</c>, <c>none</c>), if given.</param>
/// <param name="BudgetTokens">Most tokens to spend on reasoning, if given.</param>
public sealed record ReasoningRequest(ReasoningMode Mode, string? Effort = null, long? BudgetTokens = null)
{
    /// <summary>Whether the client wants to see the reasoning (Gemini's <c>includeThoughts</c>); null where it did not say.</summary>
    public bool? IsShown { get; init; }
}

/// <summary>Whether an answer is to be reasoned about.</summary>
public enum ReasoningMode
{
    /// <summary>The client named an effort only; the model's default decides.</summary>
    Default,

    /// <summary>Reason, within the budget if one is given.</summary>
    Enabled,

    /// <summary>The model decides when and how much.</summary>
    Adaptive,

    /// <summary>Do not reason.</summary>
    Disabled,
}
