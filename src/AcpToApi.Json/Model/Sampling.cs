namespace AcpToApi.Json.Model;

/// <summary>Limits and randomness of one answer; null means that the client did not say (0 is a value).</summary>
public sealed class Sampling
{
    /// <summary>Most tokens to generate, reasoning included.</summary>
    public long? MaxOutputTokens { get; set; }

    /// <summary>Randomness; OpenAI, Gemini: 0 to 2, Anthropic: 0 to 1.</summary>
    public double? Temperature { get; set; }

    /// <summary>Nucleus sampling, 0 to 1.</summary>
    public double? TopP { get; set; }

    /// <summary>Sample from this many most likely tokens.</summary>
    public long? TopK { get; set; }

    /// <summary>Sequences that end the answer.</summary>
    public List<JsonString> Stop { get; } = [];

    /// <summary>For repeatable sampling.</summary>
    public long? Seed { get; set; }

    /// <summary>Penalty by frequency, -2 to 2.</summary>
    public double? FrequencyPenalty { get; set; }

    /// <summary>Penalty by presence, -2 to 2.</summary>
    public double? PresencePenalty { get; set; }

    /// <summary>Asks how likely the tokens were, with this many likely ones beside each; 0: none beside it.</summary>
    public long? Logprobs { get; set; }

    /// <summary>Names what bears on randomness, for a model that takes none of it; what says only what is usual is not missed.</summary>
    public void NameRandomness(IgnoredFields ignored)
    {
        ignored.AddIf(Temperature is not (null or 1), "temperature");
        ignored.AddIf(TopP is not (null or 1), "top_p");
        ignored.AddIf(FrequencyPenalty is not (null or 0), "frequency_penalty");
        ignored.AddIf(PresencePenalty is not (null or 0), "presence_penalty");
        ignored.AddIf(Logprobs is not null, "logprobs");
    }

    /// <summary>Number of alternative answers; 1 when the client did not say.</summary>
    public long Count { get; set; } = 1;
}
