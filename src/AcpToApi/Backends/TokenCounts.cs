using AcpToApi.Cli;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;
using AcpToApi.Providers;
using AcpToApi.Telemetry;

namespace AcpToApi.Backends;

/// <summary>Asks a provider that counts tokens itself; both sides speak the same dialect, so the count is passed through.</summary>
sealed class TokenCounts(UpstreamCall call, UpstreamRequests requests, ServerOptions options)
{
    const string Path = "/count_tokens";

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
