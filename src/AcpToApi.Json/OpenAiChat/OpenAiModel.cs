using AcpToApi.Json.Model;

namespace AcpToApi.Json.OpenAiChat;

/// <summary>What a model's name tells about OpenAI's models: <c>gpt-4o</c>, <c>o4-mini</c>, <c>gpt-5.2</c>, <c>openai/gpt-5-codex</c>. Of other names it tells nothing.</summary>
readonly struct OpenAiModel
{
    // The first that can be asked not to reason at all, and the last that does not unless asked.
    const int FirstWithNone = 501;
    const int LastNoneByDefault = 504;

    readonly int _version;
    readonly bool _isSpecial;

    /// <summary>Reads a name.</summary>
    public OpenAiModel(JsonString model)
    {
        var name = model.ToString().AsSpan();
        name = name[(name.LastIndexOf('/') + 1)..];
        _version = VersionOf(name);
        var isChat = _version > 0 && name.Contains("-chat", StringComparison.Ordinal);
        _isSpecial = name.Contains("-codex", StringComparison.Ordinal) || name.Contains("-pro", StringComparison.Ordinal);
        Reasons = !isChat && (_version >= 500 || name is ['o', >= '1' and <= '9'] or ['o', >= '1' and <= '9', '-', ..]);
        NeverReasons = isChat || _version is > 0 and < 500 || name.StartsWith("chatgpt", StringComparison.Ordinal);
    }

    /// <summary>Whether it reasons; then it takes no stop sequences, and sampling only while it does not reason after all.</summary>
    public bool Reasons { get; }

    /// <summary>Whether it is one that never reasons, and refuses to be told how.</summary>
    public bool NeverReasons { get; }

    /// <summary>Whether it can be asked not to reason.</summary>
    public bool KnowsNone => Reasons && _version >= FirstWithNone && !_isSpecial;

    /// <summary>Whether it takes a temperature, a likelihood and their like, in a request that reasons so.</summary>
    public bool TakesSampling(ReasoningRequest? reasoning) =>
        !Reasons || (KnowsNone && (reasoning is { Mode: ReasoningMode.Disabled } or { Effort: "none" } || (reasoning is null && _version <= LastNoneByDefault)));

    /// <summary>The effort to name in a request of another dialect; null for none, and <paramref name="isLost"/> where that is not what was asked for.</summary>
    public string? EffortOf(ReasoningRequest reasoning, out bool isLost)
    {
        var usual = OpenAiChatRequestWriter.UsualEffortOf(reasoning);
        var isOff = reasoning.Mode == ReasoningMode.Disabled;
        isLost = NeverReasons ? usual is not null : isOff && !KnowsNone;
        if (NeverReasons) return null;
        if (isOff) return KnowsNone ? "none" : null;
        // Only the first of the fifth generation knows "minimal".
        return usual == "minimal" && Reasons && (_version != 500 || _isSpecial) ? "low" : usual;
    }

    // Times a hundred; 0 for what is no GPT with a number.
    static int VersionOf(ReadOnlySpan<char> name)
    {
        if (!name.StartsWith("gpt-", StringComparison.Ordinal) || name.Length < 5 || !char.IsAsciiDigit(name[4])) return 0;
        var minor = name.Length > 6 && name[5] == '.' && char.IsAsciiDigit(name[6]) ? name[6] - '0' : 0;
        return (name[4] - '0') * 100 + minor;
    }
}
