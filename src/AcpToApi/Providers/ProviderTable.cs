using AcpToApi.Json.Model;

namespace AcpToApi.Providers;

/// <summary>One row per provider. This is the only place in the code where a provider's name stands.</summary>
static class ProviderTable
{
    /// <summary>The row that answers without any key.</summary>
    public const string Demo = "demo";

    /// <summary>Who answers ids without a prefix unless <c>--default-backend</c> says otherwise; an agent of a later release.</summary>
    public const string DefaultBackend = "kilo";

    /// <summary>The name under which <c>--upstream</c> is reached.</summary>
    public const string Upstream = "upstream";

    static readonly NativeFormat[] WithCompletions = [NativeFormat.Chat, NativeFormat.Completions];

    public static readonly IReadOnlyList<ProviderRow> Rows =
    [
        new("openai", "https://api.openai.com")
        {
            Formats = [NativeFormat.Chat, NativeFormat.Responses, NativeFormat.Completions with { Models = IsCompletionsModel }], Quirks = Quirks.MaxCompletionTokens, BareIds = IsOpenAiModel,
            Services = Services.Embeddings | Services.Images | Services.ImageEdits | Services.Moderations | Services.Speech | Services.Transcriptions | Services.Translations,
        },
        new("anthropic", "https://api.anthropic.com")
        {
            Formats = [NativeFormat.Messages], BareIds = id => id.StartsWith("claude-", StringComparison.Ordinal),
        },
        new("gemini", "https://generativelanguage.googleapis.com", "/v1beta")
        {
            KeyAliases = ["GOOGLE_API_KEY"], Formats = [NativeFormat.Gemini], BareIds = id => id.StartsWith("gemini-", StringComparison.Ordinal),
        },
        new("groq", "https://api.groq.com", "/openai/v1") { Mend = true, Quirks = Quirks.ReplaysReasoning, Services = Services.Speech | Services.Transcriptions | Services.Translations },
        new("openrouter", "https://openrouter.ai", "/api/v1") { Formats = WithCompletions, Mend = true, Quirks = Quirks.ReplaysReasoning | Quirks.ReasoningObject | Quirks.CacheControl },
        new("together", "https://api.together.xyz") { Formats = WithCompletions, Mend = true, Services = Services.Embeddings | Services.Images | Services.Rerank | Services.Speech },
        new("deepseek", "https://api.deepseek.com") { Quirks = Quirks.ReplaysReasoningContent },
        new("xai", "https://api.x.ai") { Mend = true, Quirks = Quirks.OutputExcludesReasoning },
        new("cerebras", "https://api.cerebras.ai"),
        new("perplexity", "https://api.perplexity.ai", "") { Mend = true, Quirks = Quirks.NoStreamOptions | Quirks.NoParallelToolCalls, ModelsPath = null },
        new("mistral", "https://api.mistral.ai")
        {
            Mend = true, Quirks = Quirks.NoStreamOptions | Quirks.ShortToolCallIds | Quirks.ToolChoiceAny | Quirks.RandomSeed | Quirks.NoReasoningEffort,
            Services = Services.Embeddings | Services.Moderations | Services.Transcriptions,
        },
        new("codestral", "https://codestral.mistral.ai")
        {
            Mend = true, Quirks = Quirks.NoStreamOptions | Quirks.ShortToolCallIds | Quirks.ToolChoiceAny | Quirks.RandomSeed | Quirks.NoReasoningEffort,
        },
        new("fireworks", "https://api.fireworks.ai", "/inference/v1") { Formats = WithCompletions, Services = Services.Embeddings | Services.Rerank },
        new("nvidia", "https://integrate.api.nvidia.com"),
        new("sambanova", "https://api.sambanova.ai"),
        new("qwen", "https://dashscope-intl.aliyuncs.com", "/compatible-mode/v1") { KeyAliases = ["DASHSCOPE_API_KEY"], Quirks = Quirks.CacheControl },
        new("zai", "https://api.z.ai", "/api/paas/v4") { Quirks = Quirks.ReplaysReasoningContent },
        new("moonshot", "https://api.moonshot.ai") { Mend = true, Quirks = Quirks.ReplaysReasoningContent },
        new("huggingface", "https://router.huggingface.co") { KeyAliases = ["HF_TOKEN"], Mend = true },
        new("github", "https://models.github.ai", "/inference") { KeyAliases = ["GITHUB_TOKEN"], ModelsPath = null },
        new("cloudflare", "https://api.cloudflare.com/client/v4/accounts/{account}/ai")
        {
            Mend = true, AccountVariable = "CLOUDFLARE_ACCOUNT_ID", KeyAliases = ["CLOUDFLARE_API_TOKEN"], ModelsPath = null,
        },
        new("ollama", "", "")
        {
            LocalUrl = "http://localhost:11434", BaseUrlAliases = ["OLLAMA_URL", "OLLAMA_HOST"], ModelsPath = "/api/tags",
            Formats = [NativeFormat.Ollama, NativeFormat.OllamaGenerate, NativeFormat.Completions with { Path = "/v1/completions" }],
        },
        new("lmstudio", "") { LocalUrl = "http://localhost:1234", Formats = WithCompletions, Mend = true, Services = Services.Embeddings },
        new("llamacpp", "") { LocalUrl = "http://localhost:8080", Formats = WithCompletions, Mend = true, Services = Services.Embeddings | Services.Rerank },
        new("vllm", "") { LocalUrl = "http://localhost:8000", Formats = WithCompletions, Mend = true, Services = Services.Embeddings | Services.Rerank },
        new("voyage", "https://api.voyageai.com") { Formats = [], Services = Services.Embeddings | Services.Rerank, ModelsPath = null },
        new("jina", "https://api.jina.ai") { Formats = [], Services = Services.Embeddings | Services.Rerank, ModelsPath = null },
        new(Demo, "") { IsEmbedded = true, ModelsPath = null },
    ];

    /// <summary>The row of <c>--upstream</c>: any OpenAI-compatible server.</summary>
    public static readonly ProviderRow UpstreamRow = new(Upstream, "");

    // Its chat models are refused there.
    static bool IsCompletionsModel(string id) => id.Contains("-instruct", StringComparison.Ordinal) || id is "davinci-002" or "babbage-002";

    static bool IsOpenAiModel(string id) =>
        id.StartsWith("gpt-", StringComparison.Ordinal) || (id.Length >= 2 && id[0] == 'o' && id[1] is >= '1' and <= '9' && (id.Length == 2 || id[2] == '-'));
}
