using AcpToApi.Json.Model;

namespace AcpToApi.Json.OpenAiChat;

/// <summary>The words that a model knows for <c>reasoning_effort</c>, at providers whose other models refuse the field (Mistral, Groq, xAI).</summary>
static class EffortTable
{
    static readonly string[] OnOrOff = ["none", "high"];

    static readonly string[] Levels = ["low", "medium", "high"];

    static readonly (string Beginning, string[] Efforts)[] Rows =
    [
        ("mistral-small-latest", OnOrOff),
        ("mistral-small-2603", OnOrOff),
        ("mistral-small-4", OnOrOff),
        ("mistral-medium-3-5", OnOrOff),
        ("mistral-medium-3.5", OnOrOff),
        ("mistral-large-4", ["none", .. Levels]),
        ("gpt-oss", Levels),
        ("qwen3", ["none", "default"]),
        ("grok-3-mini", ["low", "high"]),
        ("grok-4.", Levels),
    ];

    /// <summary>What to say to the model, which is the nearest that it knows; null when it cannot be told.</summary>
    public static string? EffortOf(JsonString model, ReasoningRequest reasoning)
    {
        var name = model.ToString();
        name = name[(name.LastIndexOf('/') + 1)..];
        var (_, efforts) = Array.Find(Rows, row => name.StartsWith(row.Beginning, StringComparison.Ordinal));
        if (efforts is null) return null;
        if (reasoning.Mode == ReasoningMode.Disabled) return efforts[0] == "none" ? "none" : null;
        return OpenAiChatRequestWriter.UsualEffortOf(reasoning) switch
        {
            null => null,
            "minimal" => Array.IndexOf(efforts, "low") >= 0 ? "low" : efforts[0],
            var effort => Array.IndexOf(efforts, effort) >= 0 ? effort : efforts[^1],
        };
    }
}
