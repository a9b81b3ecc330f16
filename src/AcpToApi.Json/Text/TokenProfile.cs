namespace AcpToApi.Json.Text;

/// <summary>
/// What a family of models makes of a request, in tokens: how it cuts texts, and what its template puts around messages, tools and images.
/// Fitted to counts that providers told, and to what they document.
/// </summary>
sealed record TokenProfile
{
    /// <summary>Its tokens for a text that is 100 tokens of <c>o200k_base</c>.</summary>
    public int TextPercent { get; init; } = 100;

    /// <summary>How many digits are one token.</summary>
    public int Digits { get; init; } = 3;

    /// <summary>For the end of "it's", in hundredths.</summary>
    public int Contraction { get; init; } = 100;

    /// <summary>For a letter of Chinese, Japanese, Hindi and the like, in hundredths.</summary>
    public int ThreeByteLetter { get; init; } = 78;

    /// <summary>Once: what the template or the provider begins with, and what begins the answer.</summary>
    public int Request { get; init; } = 3;

    /// <summary>For each message.</summary>
    public int Message { get; init; } = 4;

    /// <summary>For each system message, instead.</summary>
    public int System { get; init; } = 4;

    /// <summary>For each call.</summary>
    public int Call { get; init; } = 8;

    /// <summary>For calling several at once, where that is a call of its own.</summary>
    public int ParallelCalls { get; init; }

    /// <summary>For each argument of a call, where it is not laid out as JSON.</summary>
    public int Argument { get; init; }

    /// <summary>For each result.</summary>
    public int Result { get; init; } = 4;

    /// <summary>For offering tools at all: the provider's own explanation of them.</summary>
    public int FirstTool { get; init; } = 150;

    /// <summary>For explaining that several tools may be called at once.</summary>
    public int ParallelTools { get; init; }

    /// <summary>Instead of both, where one has to be called; null where that makes no difference.</summary>
    public int? ForcedTool { get; init; }

    /// <summary>The frame around each tool.</summary>
    public int Tool { get; init; } = 25;

    /// <summary>How much of a tool's JSON Schema is laid out as it is, in percent; null where it is a declaration of names and descriptions.</summary>
    public int? SchemaPercent { get; init; } = 100;

    /// <summary>For each property of such a declaration, in hundredths.</summary>
    public int Property { get; init; }

    /// <summary>For each object within it, in hundredths.</summary>
    public int Nested { get; init; }

    /// <summary>For each description, title and format in it, in hundredths.</summary>
    public int Comment { get; init; }

    /// <summary>Whether JSON counts without its signs: declarations, arguments and results alike.</summary>
    public bool HasBareJson { get; init; }

    /// <summary>Whether tools are laid out although none may be called.</summary>
    public bool KeepsForbiddenTools { get; init; }

    /// <summary>For asking for an answer that is JSON of any form.</summary>
    public int Json { get; init; }

    /// <summary>For asking for an answer that keeps a JSON Schema.</summary>
    public int Format { get; init; }

    /// <summary>How much of that schema the model sees, in percent; many providers only hold the answer to it.</summary>
    public int FormatPercent { get; init; }

    /// <summary>Whether what only checks the answer is left out of that schema.</summary>
    public bool HasBareFormat { get; init; }

    /// <summary>Once, for being asked to cite documents.</summary>
    public int Citations { get; init; }

    /// <summary>For a document, beside its text.</summary>
    public int Document { get; init; }

    /// <summary>For being asked to think.</summary>
    public int Thinking { get; init; }

    /// <summary>For a tool that the provider runs itself: its description.</summary>
    public int ProvidersTool { get; init; } = 1500;

    /// <summary>For a search of tools that the provider runs itself.</summary>
    public int ToolSearch { get; init; } = 500;

    /// <summary>For being asked not to think.</summary>
    public int NotThinking { get; init; }

    /// <summary>Whether reasoning before the last question is laid out too.</summary>
    public bool KeepsReasoning { get; init; }

    /// <summary>How many hundredths of letters of a signature or of encrypted reasoning hold a token of it; 0 where the reasoning's text counts.</summary>
    public int SignedLetters { get; init; }

    /// <summary>How many letters of it hold none.</summary>
    public int SignatureHead { get; init; }

    /// <summary>For each image.</summary>
    public int ImageFrame { get; init; } = 2;

    /// <summary>The width of the squares that images are cut into.</summary>
    public int Tile { get; init; } = 28;

    /// <summary>For each such square.</summary>
    public int TileTokens { get; init; } = 1;

    /// <summary>The most that an image costs; assumed where its size is not known.</summary>
    public int Image { get; init; } = 800;

    /// <summary>For a PDF, beside its text; null where a page costs as much as a picture of it.</summary>
    public int? Page { get; init; }

    /// <summary>For each second of sound.</summary>
    public int Sound { get; init; } = 25;

    /// <summary>The profile at a provider that counts no more of tools than names and descriptions, where that one differs.</summary>
    public TokenProfile? Bare { get; init; }

    // The instructions for tools are of documented length; tools are laid out as JSON.
    static readonly TokenProfile Claude3 = new()
    {
        TextPercent = 105,
        ThreeByteLetter = 105,
        Message = 4,
        System = 1,
        Call = 20,
        Result = 20,
        FirstTool = 346,
        ForcedTool = 313,
        Tool = 0,
        Thinking = 29,
        Format = 96,
        FormatPercent = 175,
        Citations = 600,
        Document = 40,
        ImageFrame = 2,
        Image = 1600,
        ToolSearch = 1100,
        KeepsForbiddenTools = true,
    };

    static readonly TokenProfile Claude3Opus = Claude3 with { FirstTool = 530, ForcedTool = 281 };

    static readonly TokenProfile Claude3Haiku = Claude3 with { FirstTool = 264, ForcedTool = 340 };

    // Since Claude 4, calls are laid out argument by argument.
    static readonly TokenProfile Claude4 = Claude3 with { FirstTool = 313, ForcedTool = 315, Argument = 12, Tool = 20 };

    static readonly TokenProfile Claude45 = Claude4 with { Tool = 25, ParallelTools = 183, ForcedTool = 588 };

    static readonly TokenProfile ClaudeThinker = Claude45 with { KeepsReasoning = true };

    // A tokenizer that makes about a third more of the same text, and larger images (documented).
    static readonly TokenProfile Claude47 = ClaudeThinker with { Request = 7, TextPercent = 140, Image = 4784, FirstTool = 492, ForcedTool = 804 };

    static readonly TokenProfile Claude48 = Claude47 with { Request = 3, FirstTool = 107, ForcedTool = 410 };

    static readonly TokenProfile Claude5 = Claude48 with { FirstTool = 171, ForcedTool = 474 };

    // Tools are declarations in TypeScript.
    static readonly TokenProfile Gpt = new()
    {
        Contraction = 0,
        Call = 5,
        ParallelCalls = 14,
        FirstTool = 22,
        Tool = 4,
        SchemaPercent = null,
        Property = 200,
        Comment = 200,
        Format = 7,
        FormatPercent = 100,
        HasBareFormat = true,
        KeepsForbiddenTools = true,
        ImageFrame = 85,
        Tile = 512,
        TileTokens = 170,
        Image = 765,
        Sound = 10,
    };

    // An image costs as much as of the larger model, though a token costs less (documented).
    static readonly TokenProfile Gpt4oMini = Gpt with { ImageFrame = 2833, TileTokens = 5667, Image = 36835 };

    static readonly TokenProfile Gpt5 = Gpt with { Request = 2, SignedLetters = 770, SignatureHead = 680, Tile = 32, TileTokens = 1, ImageFrame = 2, Image = 1536 };

    // Open weights, with a system message of the format's own.
    static readonly TokenProfile GptOss = Gpt with { Request = 64, FirstTool = 45, Tool = 10, Format = 60, HasBareFormat = false, KeepsForbiddenTools = false };

    // Where tools count by their names and descriptions alone.
    static readonly TokenProfile BareGemini2 = new()
    {
        Digits = 1,
        Request = 0,
        Message = 0,
        System = 0,
        Call = 0,
        Result = 2,
        FirstTool = 0,
        Tool = 0,
        SchemaPercent = 0,
        KeepsForbiddenTools = true,
        HasBareJson = true,
        ProvidersTool = 0,
        ToolSearch = 0,
        ImageFrame = 0,
        Tile = 768,
        TileTokens = 258,
        Image = 1032,
        Page = 258,
        Sound = 32,
    };

    static readonly TokenProfile Gemini2 = BareGemini2 with { Result = 3, SchemaPercent = null, Bare = BareGemini2 };

    static readonly TokenProfile BareGemini = BareGemini2 with { Result = 3, SignedLetters = 720, HasBareJson = false };

    static readonly TokenProfile Gemini = Gemini2 with { Message = 1, System = 1, Call = 11, Result = 11, Tool = 18, Property = 1000, Nested = 4000, SignedLetters = 720, HasBareJson = false, Bare = BareGemini };

    // Signatures cost nothing there.
    static readonly TokenProfile Gemini3 = Gemini with { Sound = 25, Bare = BareGemini with { SignedLetters = 0 } };

    static readonly TokenProfile DeepSeekR1 = new() { Request = 0, Message = 3, System = 1, Call = 22, Result = 22, FirstTool = 215, Tool = 16 };

    // Since V3.1, a mark says whether to think.
    static readonly TokenProfile DeepSeek = DeepSeekR1 with { Request = 1 };

    static readonly TokenProfile Grok = new() { Contraction = 0, Request = 0, Message = 0, System = 1, Call = 4, Result = 2, FirstTool = 145, Tool = 15, SchemaPercent = 110, Json = 8, Tile = 448, TileTokens = 256, Image = 1792 };

    // The provider's own prompt, which holds the explanation of tools.
    static readonly TokenProfile GrokThinker = Grok with { Request = 131, FirstTool = 44, SignedLetters = 580, KeepsReasoning = true };

    static readonly TokenProfile Grok43 = GrokThinker with { Request = 192, FirstTool = 35, ForcedTool = 0, Tile = 32, TileTokens = 1, ImageFrame = 4 };

    // Only the text of documents counts, and sound counts apart.
    static readonly TokenProfile Mistral = new() { Digits = 1, Request = 1, Message = 2, System = 2, Call = 4, Result = 2, FirstTool = 2, Tool = 26, ImageFrame = 5, Image = 3000, Page = 0, Sound = 0 };

    // Thinks where it is asked to, of which a prompt of the provider's own tells it, unless the answer is to be JSON.
    static readonly TokenProfile MistralSmall = Mistral with { Request = 13, Json = -12, Format = -12, FormatPercent = 0 };

    static readonly TokenProfile Mixtral = Mistral with { TextPercent = 130, Message = 4, Request = 3 };

    static readonly TokenProfile Llama3 = new() { Request = 5, Message = 5, Call = 8 };

    // A system message that tells two dates, which the client's is put into.
    static readonly TokenProfile Llama31 = Llama3 with { Request = 30, System = 0, FirstTool = 150, Tool = 30 };

    static readonly TokenProfile Llama4 = Llama3 with { FirstTool = 570, Tool = 20, Tile = 336, TileTokens = 144, Image = 720 };

    // Calls are JSON.
    static readonly TokenProfile Qwen3 = new() { Digits = 1, Message = 5, NotThinking = 4, FirstTool = 90, Tool = 20 };

    // Calls are tags, which take more to explain, and every answer begins with a thought, if an empty one.
    static readonly TokenProfile Qwen = Qwen3 with { Request = 5, NotThinking = 2, FirstTool = 213 };

    static readonly TokenProfile Qwen2Vision = Qwen3 with { Request = 18, Image = 4096 };

    static readonly TokenProfile Qwen3Vision = Qwen3 with { Tile = 32, ImageFrame = 10, Image = 4096 };

    static readonly TokenProfile Glm = new() { Request = 4, Message = 3, KeepsReasoning = true };

    static readonly TokenProfile Glm5 = Glm with { Request = 8, Message = 4 };

    static readonly TokenProfile MiniMax = new() { Request = 36 };

    static readonly TokenProfile Plain = new() { Request = 0, Message = 1, System = 0 };

    static readonly TokenProfile Other = new();

    // By what a model's name holds; what comes first decides.
    static readonly (string Name, TokenProfile Profile)[] Families =
    [
        ("claude-3-opus", Claude3Opus),
        ("claude-3-haiku", Claude3Haiku),
        ("claude-3-5-haiku", Claude3Haiku),
        ("claude-3", Claude3),
        ("claude-haiku-4", Claude45),
        ("claude-sonnet-4-5", Claude45),
        ("claude-sonnet-4-6", ClaudeThinker),
        ("claude-opus-4-5", ClaudeThinker),
        ("claude-opus-4-6", ClaudeThinker),
        ("claude-opus-4-7", Claude47),
        ("claude-opus-4-8", Claude48),
        ("claude-4-5", Claude45),
        ("claude-4", Claude4),
        ("claude-opus-4", Claude4),
        ("claude-sonnet-4", Claude4),
        ("claude", Claude5),
        ("gpt-oss", GptOss),
        ("gemini-2.0", Gemini2),
        ("gemini-1", Gemini2),
        ("gemini-3", Gemini3),
        ("gemini-", Gemini),
        ("gemma", Gemini2),
        ("deepseek-r1", DeepSeekR1),
        ("deepseek-", DeepSeek),
        ("non-reasoning", Grok),
        ("grok-4-3", Grok43),
        ("grok-4", GrokThinker),
        ("grok-3-mini", GrokThinker),
        ("grok-", Grok),
        ("mixtral", Mixtral),
        ("mistral-small", MistralSmall),
        ("stral", Mistral),
        ("voxtral", Mistral),
        ("llama-4", Llama4),
        ("llama-3.", Llama31),
        ("llama3.", Llama3),
        ("llama", Llama3),
        ("qwen3-vl", Qwen3Vision),
        ("-vl-", Qwen2Vision),
        ("qwen2", Qwen3),
        ("qwen3.", Qwen),
        ("qwen3-coder", Qwen),
        ("qwen3", Qwen3),
        ("qwen-", Qwen),
        ("glm-5", Glm5),
        ("glm-", Glm),
        ("minimax", MiniMax),
        ("sonar", Plain),
        ("gpt-4o-mini", Gpt4oMini),
        ("gpt-5", Gpt5),
        ("gpt-", Gpt),
        ("o1", Gpt),
        ("o3", Gpt5),
        ("o4-", Gpt5),
    ];

    /// <summary>The profile of a model, by its name; <paramref name="countsBareTools"/> tells whether the provider counts no more of tools than that.</summary>
    public static TokenProfile Of(string model, bool countsBareTools = false)
    {
        var profile = Find(model);
        return countsBareTools ? profile.Bare ?? profile : profile;
    }

    static TokenProfile Find(string model)
    {
        // Some write 4.6 where others write 4-6.
        var dashed = model.Replace('.', '-');
        foreach (var (name, profile) in Families)
        {
            if (model.Contains(name, StringComparison.OrdinalIgnoreCase) || dashed.Contains(name, StringComparison.OrdinalIgnoreCase)) return profile;
        }
        return Other;
    }
}
