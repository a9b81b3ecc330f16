using System.Text.Json;

namespace AcpToApi.Backends;

/// <summary>
/// A model that can be asked for by <paramref name="Id"/>, with what its provider's list tells of it. <paramref name="Created"/> is Unix time in
/// seconds, 0 when the provider does not tell.
/// </summary>
sealed record ListedModel(string Id, string Provider, long Created)
{
    /// <summary>The name for people; null when there is none but the id.</summary>
    public string? Label { get; init; }

    /// <summary>The most tokens of a request.</summary>
    public long? InputLimit { get; init; }

    /// <summary>The most tokens of an answer.</summary>
    public long? OutputLimit { get; init; }

    /// <summary>Whether it makes vectors and no answers.</summary>
    public bool Embeds { get; init; } = EmbedsByName(Id);

    /// <summary>Whether it calls tools, shows its thinking, and sees pictures; null where nobody tells.</summary>
    public bool? Tools { get; init; }

    public bool? Thinks { get; init; }

    public bool? Sees { get; init; }

    /// <summary>Whether a name tells that the model makes vectors.</summary>
    public static bool EmbedsByName(string id) => id.Contains("embed", StringComparison.OrdinalIgnoreCase);

    /// <summary>The same model with what an entry of its provider's list tells; every provider has its own words.</summary>
    public ListedModel With(JsonElement entry)
    {
        // Gemini, Anthropic, Together, Bedrock; OpenRouter's "name" is for people where there is an "id".
        var label = Text(entry, "displayName") ?? Text(entry, "display_name") ?? Text(entry, "modelName") ?? (Text(entry, "id") is null ? null : Text(entry, "name"));
        var (parameters, known) = (Member(entry, "supported_parameters", JsonValueKind.Array), Member(entry, "capabilities", JsonValueKind.Object));
        var architecture = Member(entry, "architecture", JsonValueKind.Object);
        return this with
        {
            Label = string.IsNullOrWhiteSpace(label) ? null : label,
            // Gemini, Anthropic, Groq, Mistral, vLLM, and most others.
            InputLimit = Number(entry, "inputTokenLimit") ?? Number(entry, "max_input_tokens") ?? Number(entry, "context_window") ?? Number(entry, "max_context_length")
                ?? Number(entry, "max_model_len") ?? Number(entry, "context_length"),
            OutputLimit = Number(entry, "outputTokenLimit") ?? Number(entry, "max_completion_tokens") ?? Number(entry, "max_tokens") ?? Number(Member(entry, "top_provider", JsonValueKind.Object), "max_completion_tokens"),
            Embeds = Holds(entry, "supportedGenerationMethods", "embedContent") ?? Holds(entry, "endpoints", "embed") ?? Holds(entry, "outputModalities", "EMBEDDING") ?? (Text(entry, "type") == "embedding" || Embeds),
            Tools = parameters is null ? Flag(known, "function_calling") : Holds(entry, "supported_parameters", "tools"),
            Thinks = parameters is null ? Flag(entry, "thinking") : Holds(entry, "supported_parameters", "reasoning"),
            Sees = Holds(architecture, "input_modalities", "image") ?? Flag(known, "vision"),
        };
    }

    static JsonElement? Member(JsonElement? entry, string name, JsonValueKind kind) =>
        entry is { ValueKind: JsonValueKind.Object } whole && whole.TryGetProperty(name, out var value) && value.ValueKind == kind ? value : null;

    static string? Text(JsonElement? entry, string name) => Member(entry, name, JsonValueKind.String)?.GetString();

    static long? Number(JsonElement? entry, string name) => Member(entry, name, JsonValueKind.Number) is { } value && value.TryGetInt64(out var number) && number > 0 ? number : null;

    static bool? Flag(JsonElement? entry, string name) =>
        Member(entry, name, JsonValueKind.True) is not null ? true : Member(entry, name, JsonValueKind.False) is not null ? false : null;

    // Whether a list of words holds one; null where there is no such list.
    static bool? Holds(JsonElement? entry, string name, string word)
    {
        if (Member(entry, name, JsonValueKind.Array) is not { } list) return null;
        foreach (var item in list.EnumerateArray())
        {
            if (item.ValueKind == JsonValueKind.String && item.ValueEquals(word)) return true;
        }
        return false;
    }
}
