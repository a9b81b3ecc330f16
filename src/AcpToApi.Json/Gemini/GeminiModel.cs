using AcpToApi.Json.Model;

namespace AcpToApi.Json.Gemini;

/// <summary>What a model's name tells about it: <c>gemini-2.5-flash</c>, <c>gemini-3-pro-preview</c>, <c>gemini-flash-latest</c>.</summary>
readonly struct GeminiModel
{
    // "latest" is at least this.
    const int LatestVersion = 25;

    readonly string _name;

    /// <summary>Reads a name.</summary>
    public GeminiModel(JsonString model)
    {
        _name = model.ToString().ToLowerInvariant();
        Version = VersionOf(_name);
    }

    /// <summary>The version times ten; 0 for what is no Gemini.</summary>
    public int Version { get; }

    /// <summary>Whether it is of the third generation or later: levels instead of budgets, signatures demanded back.</summary>
    public bool IsThree => Version >= 30;

    /// <summary>Whether it can think, so that it takes a <c>thinkingConfig</c>.</summary>
    public bool Thinks => Version >= 25 && !Has("-tts") && !Has("-live") && !Has("embedding") && (IsThree || !Has("-image"));

    /// <summary>Whether it is one of the small ones.</summary>
    public bool IsFlash => Has("flash");

    /// <summary>Whether it is the smallest one.</summary>
    public bool IsLite => Has("flash-lite");

    bool Has(string word) => _name.Contains(word, StringComparison.Ordinal);

    static int VersionOf(string name)
    {
        var at = name.IndexOf("gemini-", StringComparison.Ordinal);
        if (at < 0) return 0;
        var rest = name.AsSpan(at + "gemini-".Length);
        if (rest.IsEmpty || !char.IsAsciiDigit(rest[0])) return rest.EndsWith("latest") ? LatestVersion : 0;
        var major = rest[0] - '0';
        var minor = rest.Length > 2 && rest[1] == '.' && char.IsAsciiDigit(rest[2]) ? rest[2] - '0' : 0;
        return major * 10 + minor;
    }
}
