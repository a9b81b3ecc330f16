using AcpToApi.Json.Model;

namespace AcpToApi.Json.AnthropicMessages;

/// <summary>What a model's name tells about it: <c>claude-3-5-haiku-20241022</c>, <c>claude-opus-4-7</c>, <c>us.anthropic.claude-opus-4-1-v1:0</c>.</summary>
readonly struct AnthropicModel
{
    readonly bool _isOpus;
    readonly bool _isMythos;

    /// <summary>Reads a name.</summary>
    public AnthropicModel(JsonString model)
    {
        var name = model.Bytes.Span;
        _isOpus = name.IndexOf("opus"u8) >= 0;
        _isMythos = name.IndexOf("claude-mythos"u8) >= 0;
        Version = VersionOf(name);
    }

    /// <summary>The version times a hundred; 0 when the name does not tell.</summary>
    public int Version { get; }

    /// <summary>Whether it is of the generations that know no thinking.</summary>
    public bool CannotThink => Version is > 0 and < 307;

    /// <summary>Whether it takes a budget and nothing else.</summary>
    public bool TakesBudgetsOnly => Version is > 0 and < 406 && !_isMythos;

    /// <summary>Whether it refuses budgets (and sampling): it decides for itself how long it thinks, within an effort.</summary>
    public bool TakesEffortsOnly => Version > 406 || _isMythos;

    /// <summary>Whether it thinks even when nobody asks it to.</summary>
    public bool AlwaysThinks => Version >= 500 || _isMythos;

    /// <summary>Whether it takes a temperature or a <c>top_p</c>, but not both.</summary>
    public bool TakesOneRandomness => Version is >= 401 and <= 406;

    /// <summary>Greatest <c>max_tokens</c> that it takes for sure.</summary>
    public long MostOutput => Version switch
    {
        > 0 and < 305 => 4096,
        305 => 8192,
        400 or 401 when _isOpus => 32000,
        _ => 64000,
    };

    // Two digits at most are a version; eight are a date, and those behind a "v" are Bedrock's own.
    static int VersionOf(ReadOnlySpan<byte> name)
    {
        var at = name.IndexOf("claude"u8);
        if (at < 0) return 0;
        name = name[at..];
        var first = name.IndexOfAnyInRange((byte)'0', (byte)'9');
        if (first < 1 || name[first - 1] == (byte)'v' || !TryReadNumber(name[first..], out var major, out var length)) return 0;
        name = name[(first + length)..];
        var hasMinor = name is [(byte)'-' or (byte)'.', ..] && TryReadNumber(name[1..], out _, out _);
        if (!hasMinor) return major * 100;
        TryReadNumber(name[1..], out var minor, out _);
        return major * 100 + minor;
    }

    static bool TryReadNumber(ReadOnlySpan<byte> text, out int number, out int length)
    {
        (number, length) = (0, 0);
        while (length < text.Length && text[length] is >= (byte)'0' and <= (byte)'9' && length < 3) number = number * 10 + text[length++] - '0';
        return length is 1 or 2;
    }
}
