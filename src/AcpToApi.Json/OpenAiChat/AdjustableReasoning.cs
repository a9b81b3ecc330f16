using AcpToApi.Json.Model;

namespace AcpToApi.Json.OpenAiChat;

/// <summary>
/// Mistral's <c>reasoning_effort</c>: some models take it, of which most know <c>high</c> and <c>none</c> only. The others refuse it, whether they
/// always reason or never do.
/// </summary>
static class AdjustableReasoning
{
    static readonly string[] Switched = ["mistral-small-latest", "mistral-small-2603", "mistral-small-4", "mistral-medium-3-5", "mistral-medium-3.5"];

    static readonly string[] Graded = ["mistral-large-4"];

    /// <summary>What to say to the model; null when it cannot be told.</summary>
    public static string? EffortOf(JsonString model, ReasoningRequest reasoning)
    {
        var name = model.ToString();
        var isGraded = IsOneOf(Graded, name);
        if (!isGraded && !IsOneOf(Switched, name)) return null;
        if (reasoning.Mode == ReasoningMode.Disabled || reasoning.Effort is "none") return "none";
        var effort = OpenAiChatRequestWriter.UsualEffortOf(reasoning);
        if (isGraded) return effort is "minimal" ? "low" : effort;
        return effort switch { null => null, "minimal" => "none", _ => "high" };
    }

    static bool IsOneOf(string[] models, string name) => Array.Exists(models, model => name.StartsWith(model, StringComparison.Ordinal));
}
