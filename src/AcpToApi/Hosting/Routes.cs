using AcpToApi.Agents.ToolBridge;
using AcpToApi.Dialects;
using AcpToApi.Endpoints;
using AcpToApi.Json.Embeddings;
using AcpToApi.Providers;
using AcpToApi.Telemetry;

namespace AcpToApi.Hosting;

/// <summary>The endpoint table: every path that this server answers.</summary>
sealed class Routes(ChatEndpoint chat, CountTokensEndpoint countTokens, ModelsEndpoint models, ServiceEndpoint services, EmbeddingsEndpoint embeddings, RerankEndpoint rerank, GeminiEndpoint gemini, OllamaEndpoint ollama, ResponsesEndpoint responses, ConversationsEndpoint conversations, HealthEndpoint health, DebugEndpoint debug, TranslateEndpoint translate, ToolBridge tools, Meters meters)
{
    /// <summary>All routes, the more specific first.</summary>
    public IReadOnlyList<Route> All { get; } =
    [
        new("POST", "/v1/chat/completions", (http, _) => chat.HandleAsync(http, Dialect.OpenAiChat)),
        new("POST", "/v1/completions", (http, _) => chat.HandleAsync(http, Dialect.OpenAiCompletions)),
        new("POST", "/v1/messages", (http, _) => chat.HandleAsync(http, Dialect.AnthropicMessages)),
        new("POST", "/v1/messages/count_tokens", (http, _) => countTokens.HandleAsync(http, Dialect.AnthropicMessages)),
        new("POST", "/v1/embeddings", (http, _) => embeddings.HandleAsync(http, EmbeddingDialect.OpenAi)),
        new("POST", "/v1/rerank", (http, _) => rerank.HandleAsync(http)),
        // Cohere's SDK asks here; the form is the same.
        new("POST", "/v2/rerank", (http, _) => rerank.HandleAsync(http)),
        .. Service.Passed.Select(service => new Route("POST", "/v1" + service.Path, (http, _) => services.HandleAsync(http, service))),
        new("POST", "/v1/responses", (http, _) => responses.CreateAsync(http)),
        new("POST", "/v1/responses/input_tokens", (http, _) => responses.CountAsync(http)),
        new("GET", "/v1/responses/*", responses.GetAsync),
        new("DELETE", "/v1/responses/*", responses.DeleteAsync),
        new("POST", "/v1/responses/*", responses.CancelAsync),
        // SDKs leave "models/" out where the model's id has a slash of its own.
        new("POST", "/v1beta/*", gemini.HandleAsync),
        new("POST", "/v1/models/*", gemini.HandleAsync),
        new("GET", "/v1beta/models", (http, _) => models.GeminiListAsync(http)),
        new("GET", "/v1beta/models/*", models.GeminiGetAsync),
        new("POST", "/api/chat", (http, _) => ollama.HandleAsync(http, Dialect.Ollama)),
        new("POST", "/api/generate", (http, _) => ollama.HandleAsync(http, Dialect.OllamaGenerate)),
        new("POST", "/api/embed", (http, _) => embeddings.HandleAsync(http, EmbeddingDialect.Ollama)),
        new("POST", "/api/embeddings", (http, _) => embeddings.HandleAsync(http, EmbeddingDialect.OllamaLegacy)),
        new("GET", "/api/tags", (http, _) => models.TagsAsync(http)),
        new("POST", "/api/show", (http, _) => models.ShowAsync(http)),
        new("GET", "/api/version", (http, _) => JsonAnswer.WriteAsync(http, new OllamaVersion(Product.OllamaApi), BridgeJsonContext.Default.OllamaVersion)),
        new("GET", "/v1/models", (http, _) => models.ListAsync(http)),
        new("GET", "/v1/models/*", models.GetAsync),
        new("GET", "/metrics", (http, _) => MetricsEndpoint.HandleAsync(http, meters)),
        new("GET", "/debug/config", (http, _) => debug.ConfigAsync(http)),
        new("GET", "/debug/providers", (http, _) => debug.ProvidersAsync(http)),
        new("POST", "/debug/translate", (http, _) => translate.HandleAsync(http)),
        new("GET", "/conversations", (http, _) => conversations.ListAsync(http)),
        new("GET", "/conversations/*", conversations.GetAsync),
        new("DELETE", "/conversations/*", conversations.DeleteAsync),
        // Agents come here with a secret of their own.
        new("POST", ToolBridge.Path + "*", tools.HandleAsync) { NeedsKey = false },
        new("GET", "/health", (http, _) => health.HandleAsync(http)) { NeedsKey = false },
        new("GET", "/playground.js", (http, _) => PlaygroundEndpoint.SendAsync(http, "playground.js", "text/javascript")) { NeedsKey = false },
        new("GET", "/playground.css", (http, _) => PlaygroundEndpoint.SendAsync(http, "playground.css", "text/css")) { NeedsKey = false },
        new("GET", "/", (http, _) => PlaygroundEndpoint.IsWanted(http.Request)
            ? PlaygroundEndpoint.SendAsync(http, "index.html", "text/html")
            : InfoEndpoint.RootAsync(http)) { NeedsKey = false },
    ];
}
