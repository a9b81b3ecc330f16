namespace AcpToApi.Json.Text;

/// <summary>
/// What a family of models puts around the texts of a request, in hundredths of a token. Fitted to counts that providers told: texts weigh
/// alike everywhere, but how a conversation and its tools are laid out differs by an order of magnitude.
/// </summary>
sealed record TokenProfile
{
    /// <summary>For a sign of ASCII.</summary>
    public int Sign { get; init; } = 67;

    /// <summary>For a letter of Chinese, Japanese, Hindi and the like.</summary>
    public int ThreeByteLetter { get; init; } = 78;

    /// <summary>Once.</summary>
    public int Request { get; init; } = 400;

    /// <summary>For each message.</summary>
    public int Message { get; init; } = 450;

    /// <summary>For each call, and each result.</summary>
    public int Call { get; init; } = 400;

    /// <summary>For offering tools at all: the provider's own explanation of them.</summary>
    public int FirstTool { get; init; } = 15000;

    /// <summary>The frame around each tool.</summary>
    public int Tool { get; init; } = 3000;

    /// <summary>How much of a tool's JSON Schema is left in the form that the model sees, in percent.</summary>
    public int SchemaPercent { get; init; } = 100;

    /// <summary>For asking for an answer that keeps a JSON Schema.</summary>
    public int Format { get; init; }

    /// <summary>How much of that schema the model sees, in percent; many providers only hold the answer to it.</summary>
    public int FormatPercent { get; init; }

    /// <summary>For being asked to think.</summary>
    public int Thinking { get; init; }

    /// <summary>The most that an image costs, in whole tokens; assumed where its size is not known.</summary>
    public int Image { get; init; } = 800;

    /// <summary>Whether tools are laid out although none may be called.</summary>
    public bool KeepsForbiddenTools { get; init; }

    static readonly TokenProfile Claude = new()
    {
        Sign = 75,
        ThreeByteLetter = 105,
        Request = 500,
        Message = 300,
        Call = 2000,
        FirstTool = 45000,
        Tool = 5000,
        Format = 12000,
        FormatPercent = 100,
        Thinking = 2800,
        Image = 1600,
        KeepsForbiddenTools = true,
    };

    // Tools are declarations of a programming language, which need few of a schema's signs.
    static readonly TokenProfile Gpt = new() { Request = 300, Message = 350, Call = 500, FirstTool = 2200, Tool = 0, SchemaPercent = 25, FormatPercent = 60 };

    // Open weights, with a system message of the format's own.
    static readonly TokenProfile GptOss = Gpt with { Request = 6800, FirstTool = 6000 };

    static readonly TokenProfile Gemini = new() { Request = 100, Message = 0, Call = 700, FirstTool = 400, Tool = 100, SchemaPercent = 40, Image = 258, KeepsForbiddenTools = true };

    static readonly TokenProfile DeepSeek = new() { Request = 100, Message = 370, Call = 2100, FirstTool = 21000, Tool = 1600 };

    static readonly TokenProfile Grok = new() { Request = 200, Message = 100, Call = 200, FirstTool = 14000, Tool = 1500, SchemaPercent = 150 };

    static readonly TokenProfile Mistral = new() { Request = 0, Message = 300, Call = 0, FirstTool = 2800, Tool = 900, SchemaPercent = 80 };

    static readonly TokenProfile Llama = new() { Request = 3400, Message = 400, FirstTool = 18000, Tool = 3000 };

    static readonly TokenProfile Other = new();

    /// <summary>The profile of a model, by its name.</summary>
    public static TokenProfile Of(string model)
    {
        bool Has(string part) => model.Contains(part, StringComparison.OrdinalIgnoreCase);
        if (Has("claude")) return Claude;
        if (Has("gpt-oss")) return GptOss;
        if (Has("gemini-") || Has("gemma")) return Gemini;
        if (Has("deepseek-")) return DeepSeek;
        if (Has("grok-")) return Grok;
        if (Has("stral") || Has("mixtral")) return Mistral;
        if (Has("llama-")) return Llama;
        return Has("gpt-") || Has("o1") || Has("o3") || Has("o4-") ? Gpt : Other;
    }
}
