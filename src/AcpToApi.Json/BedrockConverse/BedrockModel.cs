using AcpToApi.Json.Model;

namespace AcpToApi.Json.BedrockConverse;

/// <summary>
/// What a model's id tells of it. Converse is the same for all models, but what stands in <c>additionalModelRequestFields</c> is each vendor's own.
/// The id of an application's inference profile tells nothing.
/// </summary>
readonly struct BedrockModel(JsonString id)
{
    static readonly string[] Geographies = ["us.", "us-gov.", "eu.", "apac.", "ap.", "jp.", "au.", "ca.", "sa.", "me.", "af.", "global."];

    /// <summary>Anthropic's.</summary>
    public bool IsClaude => Has("anthropic."u8) || Has("claude"u8);

    /// <summary>Amazon's Nova.</summary>
    public bool IsNova => Has("amazon.nova"u8);

    /// <summary>Nova of the second generation, which reasons.</summary>
    public bool IsNova2 => Has("amazon.nova-2"u8);

    /// <summary>OpenAI's open models.</summary>
    public bool IsOpenAi => Has("openai."u8);

    /// <summary>Mistral's.</summary>
    public bool IsMistral => Has("mistral."u8);

    /// <summary>Whether it takes cache points, and the status of a tool's result.</summary>
    public bool IsClaudeOrNova => IsClaude || IsNova;

    /// <summary>
    /// The model of an inference profile (<c>us.anthropic.claude-…</c>, or its ARN), since tokens are counted by models and not by profiles.
    /// </summary>
    public static string WithoutGeography(string model)
    {
        var name = model[(model.LastIndexOf('/') + 1)..];
        foreach (var geography in Geographies)
        {
            if (name.StartsWith(geography, StringComparison.Ordinal)) return name[geography.Length..];
        }
        return name;
    }

    bool Has(ReadOnlySpan<byte> part) => id.Bytes.Span.IndexOf(part) >= 0;
}
