namespace AcpToApi.Json.Model;

/// <summary>
/// Token counts of one answer, in one meaning for all providers: input includes what came from or went into a cache,
/// output includes reasoning. Readers add what their provider counts apart, writers subtract again.
/// </summary>
/// <param name="Input">All tokens of the prompt, cached ones included.</param>
/// <param name="Output">All generated tokens, reasoning included.</param>
/// <param name="CacheRead">Part of <paramref name="Input"/> that was read from a cache.</param>
/// <param name="CacheWrite">Part of <paramref name="Input"/> that was written into a cache.</param>
/// <param name="Reasoning">Part of <paramref name="Output"/> that was reasoning; 0 when the provider does not tell.</param>
public readonly record struct TokenUsage(long Input, long Output, long CacheRead = 0, long CacheWrite = 0, long Reasoning = 0)
{
    /// <summary>The counts of two answers.</summary>
    public static TokenUsage operator +(in TokenUsage one, in TokenUsage other) =>
        new(one.Input + other.Input, one.Output + other.Output, one.CacheRead + other.CacheRead, one.CacheWrite + other.CacheWrite, one.Reasoning + other.Reasoning);
}
