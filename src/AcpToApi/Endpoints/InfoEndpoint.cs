using AcpToApi.Providers;

namespace AcpToApi.Endpoints;

/// <summary><c>GET /</c> for whoever wants to know what answers here.</summary>
static class InfoEndpoint
{
    static readonly RootAnswer About = new(
        "acptoapi",
        Product.Version,
        $"POST /v1/chat/completions {{\"model\":\"{ProviderTable.Demo}/{ProviderTable.Demo}\",\"messages\":[{{\"role\":\"user\",\"content\":\"Hello\"}}]}}",
        ["POST /v1/chat/completions", "POST /v1/completions", "POST /v1/responses", "POST /v1/messages", "POST /v1beta/models/{model}:generateContent", "POST /v1/messages/count_tokens", "POST /v1/responses/input_tokens", "GET /v1/models", "GET /v1/models/{id}", "POST /api/chat", "POST /api/generate", "GET /api/tags", "GET /conversations", "GET /metrics", "GET /debug/config", "GET /debug/providers", "POST /debug/translate", "GET /health"]);

    public static Task RootAsync(HttpContext http) => JsonAnswer.WriteAsync(http, About, BridgeJsonContext.Default.RootAnswer);
}
