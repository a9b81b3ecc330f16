using AcpToApi.Backends;
using AcpToApi.Hosting;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;
using AcpToApi.Providers;
using AcpToApi.Telemetry;

namespace AcpToApi.Endpoints;

/// <summary>How many tokens a request has, in every dialect that can ask: exact from a provider that counts, else an estimate that is marked as one.</summary>
sealed class CountTokensEndpoint(ModelRouter router, TokenCounts counts)
{
    /// <summary>A question whose body names the model.</summary>
    public async Task HandleAsync(HttpContext http, WireFormat dialect)
    {
        using var body = new PooledBuffer();
        await RequestBody.ReadAsync(http.Request, body, http.RequestAborted);
        await AnswerAsync(http, dialect, dialect.ReadHead(body.WrittenMemory), body.WrittenMemory);
    }

    /// <summary>A question whose body has been read.</summary>
    public async Task AnswerAsync(HttpContext http, WireFormat dialect, RequestHead head, ReadOnlyMemory<byte> body)
    {
        var record = RequestRecord.Of(http);
        record.Model = head.Model.ToString();
        if (!router.TryResolve(record.Model, out var route, out var unknown)) throw new BridgeException(unknown);
        record.Backend = route.Provider.Name;
        if (route.Counts(dialect) is { } native && await counts.AnswerAsync(http, route, native, dialect, head, body)) return;
        http.Response.Headers["x-acptoapi-estimated"] = "true";
        using var answer = new PooledBuffer();
        dialect.WriteTokenCount(TokenEstimate.Of(dialect.ReadTokenCountRequest(body), route.Model, route.Provider.Row.CountsBareTools), answer);
        await JsonAnswer.WriteAsync(http, answer.WrittenMemory);
    }
}
