using AcpToApi.Backends;
using AcpToApi.Dialects;
using AcpToApi.Hosting;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;
using AcpToApi.Providers;
using AcpToApi.Telemetry;

namespace AcpToApi.Endpoints;

/// <summary><c>POST /v1/messages/count_tokens</c>: exact from a provider that counts, else an estimate that is marked as one.</summary>
sealed class CountTokensEndpoint(ModelRouter router, TokenCounts counts)
{
    public async Task HandleAsync(HttpContext http)
    {
        var cancel = http.RequestAborted;
        var record = RequestRecord.Of(http);
        using var body = new PooledBuffer();
        await RequestBody.ReadAsync(http.Request, body, cancel);
        var head = RequestHead.Read(body.WrittenMemory);
        record.Model = head.Model.ToString();
        if (!router.TryResolve(record.Model, out var route, out var unknown)) throw new BridgeException(unknown);
        record.Backend = route.Provider.Name;
        if (route.Provider.Row.CountsTokens && route.Speaks(Dialect.AnthropicMessages) is { } native)
        {
            await counts.AskAsync(http, route, native, head, cancel);
            return;
        }
        var request = Dialect.AnthropicMessages.ReadTokenCountRequest(body.WrittenMemory);
        http.Response.Headers["x-acptoapi-estimated"] = "true";
        await JsonAnswer.WriteAsync(http, new TokenCount(TokenEstimate.Of(request)), BridgeJsonContext.Default.TokenCount);
    }
}
