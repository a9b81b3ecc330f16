using AcpToApi.Cli;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;
using AcpToApi.Providers;
using AcpToApi.Telemetry;

namespace AcpToApi.Backends;

/// <summary>Asks providers that count tokens: passed through where both sides speak the same dialect, translated where not; else there is an estimate.</summary>
sealed class TokenCounts(UpstreamCall call, UpstreamRequests requests, ServerOptions options)
{
    const string Path = "/count_tokens";

    /// <summary>The tokens of a request, from the provider if it counts other dialects' requests, else an estimate, which is marked as one.</summary>
    public async Task<long> OfAsync(HttpContext client, ModelRoute route, ChatRequest request, CancellationToken cancel)
    {
        if (route.Provider.Preferred is { CountPath: not null } native && await TryCountAsync(client, route, native, request, cancel) is { } counted) return counted;
        client.Response.Headers["x-acptoapi-estimated"] = "true";
        return TokenEstimate.Of(request);
    }

    // Not every model can count, nor every key: whatever goes wrong, an estimate is better than no number.
    async Task<long?> TryCountAsync(HttpContext client, ModelRoute route, NativeFormat native, ChatRequest chat, CancellationToken cancel)
    {
        var (provider, format) = (route.Provider, native.Format);
        using var body = new PooledBuffer();
        format.WriteTokenCountRequest(chat, new UpstreamTarget(JsonString.Of(route.Model), provider.Row.Quirks, Stream: false), body, new IgnoredFields());
        using var request = requests.Create(HttpMethod.Post, provider, native, native.CountPathFor(route.Model), client.Request, body: body.WrittenMemory);
        using var response = new ClientResponse(client, chat.Format, stream: false, new ResponseContext("", JsonString.Of(route.Model), 0), RequestRecord.Of(client));
        await using var heartbeat = new Heartbeat(response, options, cancel);
        var (answer, _) = await call.SendAsync(request, provider.Name, heartbeat, cancel);
        using var sent = answer;
        if (answer is not { IsSuccessStatusCode: true }) return null;
        await using var content = await answer.Content.ReadAsStreamAsync(cancel);
        using var received = new PooledBuffer();
        var failure = await UpstreamBody.ReadAsync(content, received, provider.Name, heartbeat, cancel);
        return failure is null && UpstreamBody.IsJson(received.Written) ? format.ReadTokenCount(received.Written) : null;
    }

    /// <summary>Answers the client with the provider's count, or with its error.</summary>
    public async Task AskAsync(HttpContext client, ModelRoute route, NativeFormat native, RequestHead head, CancellationToken cancel)
    {
        using var body = new PooledBuffer();
        head.WriteWithModel(JsonString.Of(route.Model), body);
        using var request = requests.Create(HttpMethod.Post, route.Provider, native, native.Path + Path, client.Request, route.LongContext, body.WrittenMemory);
        var context = new ResponseContext("", head.Model, 0);
        using var response = new ClientResponse(client, native.Format, stream: false, context, RequestRecord.Of(client));
        await using var heartbeat = new Heartbeat(response, options, cancel);
        var (answer, failure) = await call.SendAsync(request, route.Provider.Name, heartbeat, cancel);
        using var sent = answer;
        if (answer is null)
        {
            await response.FailAsync(failure!);
            return;
        }
        ForwardedHeaders.Copy(answer, response);
        await using var content = await answer.Content.ReadAsStreamAsync(cancel);
        using var received = new PooledBuffer();
        failure = await UpstreamBody.ReadAsync(content, received, route.Provider.Name, heartbeat, cancel);
        if (failure is null && !answer.IsSuccessStatusCode) failure = UpstreamErrors.Read(route.Provider.Name, native.Format, answer, received.Written);
        if (failure is null && !UpstreamBody.IsJson(received.Written)) failure = BridgeError.UpstreamProtocol($"{route.Provider.Name} did not answer with a count.");
        if (failure is not null)
        {
            await response.FailAsync(failure);
            return;
        }
        response.Output.Write(received.Written);
        await response.CompletePassedAsync(cancel);
    }
}
