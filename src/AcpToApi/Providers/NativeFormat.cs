using AcpToApi.Json.Model;

namespace AcpToApi.Providers;

/// <summary>A wire format that a provider speaks, and how it is asked over HTTP.</summary>
/// <param name="Format">The wire format.</param>
/// <param name="Path">The path of a chat below the provider's API path, or beside it (<see cref="Provider.At"/>); <c>{model}</c> stands for the model's name.</param>
sealed record NativeFormat(WireFormat Format, string Path)
{
    /// <summary>The path of a chat that is streamed, where it has one of its own.</summary>
    public string? StreamPath { get; init; }

    /// <summary>The path where it counts the tokens of a request; null where it cannot.</summary>
    public string? CountPath { get; init; }

    /// <summary>Whether a key may be good for answers and still not for counts.</summary>
    public bool CountMayBeForbidden { get; init; }

    /// <summary>Whether a slash in a model's name is no slash of the path (an ARN).</summary>
    public bool EncodesSlashes { get; init; }

    /// <summary>Whether it is taken for granted only where the vendor himself is: at a base URL that somebody gave there may be less.</summary>
    public bool AtVendorOnly { get; init; }

    /// <summary>The path that a provider's endpoints usually share, where this is its preferred format.</summary>
    public string ApiPath { get; init; } = "/v1";

    /// <summary>The path of its model list, asked for as a whole; null where there is none.</summary>
    public string? ModelsPath { get; init; } = "/models";

    /// <summary>The header that takes the key.</summary>
    public string KeyHeader { get; init; } = "Authorization";

    /// <summary>Which models can be asked in it, where not all of them can.</summary>
    public Func<string, bool>? Models { get; init; }

    /// <summary>Whether clients of this format only have their bytes passed through in it: nothing is translated into it, and no answer mended.</summary>
    public bool PassesOnly { get; init; }

    public static NativeFormat Chat { get; } = new(WireFormat.OpenAiChat, "/chat/completions");

    public static NativeFormat Messages { get; } = new(WireFormat.AnthropicMessages, "/messages") { CountPath = "/messages/count_tokens", KeyHeader = "x-api-key", ModelsPath = "/models?limit=1000" };

    public static NativeFormat Ollama { get; } = new(WireFormat.Ollama, "~/api/chat") { ApiPath = "", ModelsPath = "~/api/tags" };

    public static NativeFormat Responses { get; } = new(WireFormat.OpenAiResponses, "/responses") { CountPath = "/responses/input_tokens" };

    public static NativeFormat Gemini { get; } = new(WireFormat.Gemini, "/models/{model}:generateContent")
    {
        StreamPath = "/models/{model}:streamGenerateContent?alt=sse",
        CountPath = "/models/{model}:countTokens",
        KeyHeader = "x-goog-api-key",
        ApiPath = "/v1beta",
        ModelsPath = "/models?pageSize=1000",
    };

    public static NativeFormat Completions { get; } = new(WireFormat.OpenAiCompletions, "/completions") { PassesOnly = true };

    public static NativeFormat OllamaGenerate { get; } = new(WireFormat.OllamaGenerate, "~/api/generate") { PassesOnly = true };

    public static NativeFormat Cohere { get; } = new(WireFormat.CohereChat, "/chat") { ApiPath = "/v2", ModelsPath = "~/v1/models?page_size=1000" };

    public static NativeFormat BedrockConverse { get; } = new(WireFormat.BedrockConverse, "/model/{model}/converse")
    {
        StreamPath = "/model/{model}/converse-stream",
        CountPath = "/model/{model}/count-tokens",
        CountMayBeForbidden = true,
        EncodesSlashes = true,
        ApiPath = "",
        ModelsPath = null,
    };

    static readonly NativeFormat[] All = [Chat, Messages, Responses, Gemini, Ollama, Cohere, BedrockConverse, Completions, OllamaGenerate];

    /// <summary>The usual form of a wire format.</summary>
    public static NativeFormat Of(WireFormat format) => Array.Find(All, native => native.Format == format)!;

    /// <summary>The same format as a provider's second one: at a path of its own, with the key that its others take.</summary>
    public NativeFormat At(string path) => this with { Path = path, CountPath = null, KeyHeader = "Authorization", AtVendorOnly = true };

    /// <summary>The path of a chat with a model.</summary>
    public string PathFor(string model, bool stream) => Fill(stream ? StreamPath ?? Path : Path, model);

    /// <summary>The path of a token count for a model.</summary>
    public string CountPathFor(string model) => Fill(CountPath!, Format.TokenCountModel(model));

    /// <summary>A path with the model's name in it. Throws <see cref="BridgeException"/> (400) for a name that would lead to another path.</summary>
    public string Fill(string path, string model)
    {
        if (!path.Contains("{model}", StringComparison.Ordinal)) return path;
        // Google's own clients say "models/x".
        const string Collection = "models/";
        if (path.Contains("/models/{model}", StringComparison.Ordinal) && model.StartsWith(Collection, StringComparison.Ordinal)) model = model[Collection.Length..];
        var name = Uri.EscapeDataString(model);
        if (!EncodesSlashes) name = name.Replace("%2F", "/", StringComparison.Ordinal);
        foreach (var step in name.Split('/'))
        {
            if (step is "" or "." or "..") throw new BridgeException(BridgeError.InvalidRequest($"The model's name '{model}' holds an empty step or dots ('/../') and cannot stand in a path.", "model"));
        }
        return path.Replace("{model}", name, StringComparison.Ordinal);
    }
}
