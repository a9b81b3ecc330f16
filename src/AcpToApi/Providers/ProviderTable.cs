using AcpToApi.Json.ClaudeStream;
using AcpToApi.Json.Embeddings;
using AcpToApi.Json.Model;
using AcpToApi.Json.Rerank;

namespace AcpToApi.Providers;

/// <summary>One row per provider. This is the only place in the code where a provider's name stands.</summary>
static class ProviderTable
{
    /// <summary>The row that answers without any key.</summary>
    public const string Demo = "demo";

    /// <summary>Who answers ids without a prefix unless <c>--default-backend</c> says otherwise.</summary>
    public const string DefaultBackend = "kilo";

    /// <summary>The name under which <c>--upstream</c> is reached.</summary>
    public const string Upstream = "upstream";

    static readonly AgentRow Claude = new(AgentKind.SealedClaude, "claude")
    {
        // npm global, the native installer, Homebrew, the VS Code extension.
        Places =
        [
            "~/.local/bin/claude", "~/.claude/local/claude", "~/.npm-global/bin/claude", "/usr/local/bin/claude", "/opt/homebrew/bin/claude", "/home/linuxbrew/.linuxbrew/bin/claude",
            "~/.vscode/extensions/anthropic.claude-code-*/resources/native-binary/claude", "~/.vscode-server/extensions/anthropic.claude-code-*/resources/native-binary/claude",
        ],
    };

    static readonly NativeFormat[] ClaudeStream = [new NativeFormat(WireFormat.ClaudeStream, "")];

    const Quirks MistralQuirks = Quirks.NoStreamOptions | Quirks.ShortToolCallIds | Quirks.ToolChoiceAny | Quirks.RandomSeed | Quirks.EffortByModel
        | Quirks.DocumentUrls | Quirks.NoOpenAiFields | Quirks.StrictRoles | Quirks.MarksPrefill | Quirks.NarrowTemperature;

    static readonly NativeFormat[] WithCompletions = [NativeFormat.Chat, NativeFormat.Completions];

    public static readonly IReadOnlyList<ProviderRow> Rows =
    [
        new("openai", "https://api.openai.com")
        {
            Formats = [NativeFormat.Chat with { Models = IsChatModel }, NativeFormat.Responses, NativeFormat.Completions with { Models = IsCompletionsModel }],
            Quirks = Quirks.MaxCompletionTokens, BareIds = IsOpenAiModel,
            Services = Services.Embeddings | Services.Images | Services.ImageEdits | Services.Moderations | Services.Speech | Services.Transcriptions | Services.Translations,
        },
        new("anthropic", "https://api.anthropic.com")
        {
            Formats = [NativeFormat.Messages], ModelsPath = NativeFormat.Messages.ModelsPath, BareIds = id => id.StartsWith("claude-", StringComparison.Ordinal),
        },
        new("gemini", "https://generativelanguage.googleapis.com", "/v1beta")
        {
            KeyAliases = ["GOOGLE_API_KEY"], Formats = [NativeFormat.Gemini], ModelsPath = NativeFormat.Gemini.ModelsPath, Services = Services.Embeddings, BareIds = id => id.StartsWith("gemini-", StringComparison.Ordinal),
        },
        new("vertex", "https://aiplatform.googleapis.com", "/v1/projects/{account}/locations/global/publishers/google")
        {
            KeyAliases = ["GOOGLE_VERTEX_TOKEN"], AccountVariable = "GOOGLE_CLOUD_PROJECT", Variants = [new(["GOOGLE_CLOUD_LOCATION"], InLocation)],
            Formats = [NativeFormat.Gemini with { KeyHeader = "Authorization" }], ModelsPath = null, CountsBareTools = true, Quirks = Quirks.CloudGemini,
        },
        new("azure", "", "/openai/v1")
        {
            KeyAliases = ["AZURE_OPENAI_API_KEY"], TokenVariable = "AZURE_OPENAI_AD_TOKEN", BaseUrlAliases = ["AZURE_OPENAI_ENDPOINT"],
            Formats = [NativeFormat.Chat with { KeyHeader = "api-key", Models = IsChatModel }, NativeFormat.Responses with { KeyHeader = "api-key" }],
            Quirks = Quirks.MaxCompletionTokens, Services = Services.Embeddings, Variants = [new(["AZURE_OPENAI_API_VERSION", "OPENAI_API_VERSION"], WithApiVersion)],
        },
        new("groq", "https://api.groq.com", "/openai/v1") { Mend = true, Quirks = Quirks.ReplaysReasoning | Quirks.EffortByModel, Services = Services.Speech | Services.Transcriptions | Services.Translations },
        new("openrouter", "https://openrouter.ai", "/api/v1")
        {
            Formats = [NativeFormat.Chat, NativeFormat.Messages.At("/messages"), NativeFormat.Completions], Mend = true, Services = Services.Embeddings, Quirks = Quirks.ReplaysReasoning | Quirks.ReasoningObject | Quirks.CacheControl,
        },
        new("together", "https://api.together.xyz") { Formats = WithCompletions, Mend = true, Embeddings = EmbeddingForm.NumbersOnly, Services = Services.Embeddings | Services.Images | Services.Rerank | Services.Speech },
        new("deepseek", "https://api.deepseek.com") { Formats = [NativeFormat.Chat, NativeFormat.Messages.At("~/anthropic/v1/messages")], Quirks = Quirks.ReplaysReasoningContent | Quirks.ThinkingSwitch | Quirks.JsonObjectOnly },
        new("xai", "https://api.x.ai") { Mend = true, Quirks = Quirks.OutputExcludesReasoning | Quirks.EffortByModel },
        new("cerebras", "https://api.cerebras.ai"),
        new("perplexity", "https://api.perplexity.ai", "") { Mend = true, Quirks = Quirks.NoStreamOptions | Quirks.NoParallelToolCalls | Quirks.StrictRoles, ModelsPath = null },
        new("mistral", "https://api.mistral.ai")
        {
            Mend = true, Quirks = MistralQuirks,
            Services = Services.Embeddings | Services.Moderations | Services.Transcriptions, Embeddings = EmbeddingForm.Mistral,
        },
        new("codestral", "https://codestral.mistral.ai") { Mend = true, Quirks = MistralQuirks },
        new("fireworks", "https://api.fireworks.ai", "/inference/v1") { Formats = WithCompletions, Embeddings = EmbeddingForm.NumbersOnly, Rerank = RerankForm.TextsAsData, Services = Services.Embeddings | Services.Rerank },
        new("nvidia", "https://integrate.api.nvidia.com") { Embeddings = EmbeddingForm.Retriever },
        new("nebius", "https://api.tokenfactory.nebius.com") { Services = Services.Embeddings },
        new("sambanova", "https://api.sambanova.ai"),
        new("qwen", "https://dashscope-intl.aliyuncs.com", "/compatible-mode/v1") { KeyAliases = ["DASHSCOPE_API_KEY"], Quirks = Quirks.CacheControl, Embeddings = EmbeddingForm.Qwen },
        new("zai", "https://api.z.ai", "/api/paas/v4") { Formats = [NativeFormat.Chat, NativeFormat.Messages.At("~/api/anthropic/v1/messages")], Quirks = Quirks.ReplaysReasoningContent | Quirks.ThinkingSwitch | Quirks.JsonObjectOnly },
        new("moonshot", "https://api.moonshot.ai") { Formats = [NativeFormat.Chat, NativeFormat.Messages.At("~/anthropic/v1/messages")], Mend = true, Quirks = Quirks.ReplaysReasoningContent | Quirks.ThinkingSwitch },
        new("huggingface", "https://router.huggingface.co") { KeyAliases = ["HF_TOKEN"], Mend = true },
        new("github", "https://models.github.ai", "/inference") { KeyAliases = ["GITHUB_TOKEN"], Services = Services.Embeddings, ModelsPath = null },
        new("cloudflare", "https://api.cloudflare.com/client/v4/accounts/{account}/ai")
        {
            Mend = true, AccountVariable = "CLOUDFLARE_ACCOUNT_ID", KeyAliases = ["CLOUDFLARE_API_TOKEN"], ModelsPath = null,
        },
        new("ollama", "", "")
        {
            LocalUrl = "http://localhost:11434", BaseUrlAliases = ["OLLAMA_URL", "OLLAMA_HOST"], ModelsPath = NativeFormat.Ollama.ModelsPath, Services = Services.Embeddings,
            Formats = [NativeFormat.Ollama, NativeFormat.OllamaGenerate, NativeFormat.Chat.At("~/v1/chat/completions"), NativeFormat.Completions.At("~/v1/completions")],
        },
        new("lmstudio", "") { LocalUrl = "http://localhost:1234", Formats = WithCompletions, Mend = true, Embeddings = EmbeddingForm.NumbersOnly, Services = Services.Embeddings },
        new("llamacpp", "") { LocalUrl = "http://localhost:8080", Formats = WithCompletions, Mend = true, Services = Services.Embeddings | Services.Rerank },
        new("vllm", "") { LocalUrl = "http://localhost:8000", Formats = WithCompletions, Mend = true, Services = Services.Embeddings | Services.Rerank },
        new("bedrock", "https://bedrock-runtime.{region}.amazonaws.com", "")
        {
            AwsService = "bedrock", KeyAliases = ["AWS_BEARER_TOKEN_BEDROCK"], BaseUrlAliases = ["AWS_ENDPOINT_URL_BEDROCK_RUNTIME"], Formats = [NativeFormat.BedrockConverse],
            Embeddings = EmbeddingForm.Bedrock, Services = Services.Embeddings,
            ModelsUrl = "https://bedrock.{region}.amazonaws.com", ModelsPath = "/foundation-models?byInferenceType=ON_DEMAND", MoreModelsPath = "/inference-profiles?maxResults=1000",
        },
        new("cohere", "https://api.cohere.com", "/v2")
        {
            KeyAliases = ["CO_API_KEY"], Formats = [NativeFormat.Cohere], Rerank = RerankForm.Texts, Services = Services.Embeddings | Services.Rerank, ModelsPath = NativeFormat.Cohere.ModelsPath,
        },
        new("voyage", "https://api.voyageai.com") { Formats = [], Embeddings = EmbeddingForm.Voyage, Rerank = RerankForm.Data, Services = Services.Embeddings | Services.Rerank, ModelsPath = null },
        new("jina", "https://api.jina.ai") { Formats = [], Embeddings = EmbeddingForm.Jina, Services = Services.Embeddings | Services.Rerank, ModelsPath = null },
        new("claude", "") { Agent = Claude, Formats = ClaudeStream, BareIds = id => ClaudeControl.KnownModels.Contains(id), ModelsPath = null },
        new("claude-code", "") { Formats = ClaudeStream, Agent = Claude with { Kind = AgentKind.ClaudeCode, NamesConversations = true }, ModelsPath = null },
        new("opencode", "") { Agent = new(AgentKind.OpenCode, "opencode") { Url = "http://127.0.0.1:4790", UrlOption = options => options.OpenCode }, ModelsPath = null },
        new("kilo", "") { Agent = new(AgentKind.OpenCode, "kilo") { Url = "http://127.0.0.1:4780", UrlOption = options => options.Kilo }, ModelsPath = null },
        new("acp", "") { Agent = new(AgentKind.Acp, ""), ModelsPath = null },
        new(Demo, "") { IsEmbedded = true, ModelsPath = null },
    ];

    /// <summary>The row of <c>--upstream</c>: any OpenAI-compatible server.</summary>
    public static readonly ProviderRow UpstreamRow = new(Upstream, "");

    // Some models are behind Responses only.
    static bool IsChatModel(string id)
    {
        if (!IsOpenAiModel(id)) return !id.StartsWith("codex-mini", StringComparison.Ordinal) && !id.StartsWith("computer-use", StringComparison.Ordinal);
        return !id.Contains("-codex", StringComparison.Ordinal) && !id.Contains("-deep-research", StringComparison.Ordinal) && !id.Contains("-pro", StringComparison.Ordinal);
    }

    // Its chat models are refused there.
    static bool IsCompletionsModel(string id) => id.Contains("-instruct", StringComparison.Ordinal) || id is "davinci-002" or "babbage-002";

    // Every region has its own host, but for "global".
    static ProviderRow InLocation(ProviderRow row, string location) => location == "global" ? row : row with
    {
        BaseUrl = $"https://{location}-aiplatform.googleapis.com",
        ApiPath = row.ApiPath.Replace("/global/", $"/{location}/", StringComparison.Ordinal),
    };

    // Who names a version wants the older paths, where the model is a deployment in the path.
    static ProviderRow WithApiVersion(ProviderRow row, string version)
    {
        string Path(string endpoint) => $"~/openai/deployments/{{model}}/{endpoint}?api-version={version}";
        return row with
        {
            Formats = [row.Formats[0] with { Path = Path("chat/completions") }],
            EmbeddingsPath = Path("embeddings"),
            ModelsPath = $"~/openai/models?api-version={version}",
        };
    }

    static bool IsOpenAiModel(string id) =>
        id.StartsWith("gpt-", StringComparison.Ordinal) || (id.Length >= 2 && id[0] == 'o' && id[1] is >= '1' and <= '9' && (id.Length == 2 || id[2] == '-'));
}
