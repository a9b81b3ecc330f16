using AcpToApi.Cli;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;
using AcpToApi.Providers;

namespace AcpToApi.Backends;

/// <summary>Asks a provider for something that is answered whole; every way in which that fails is a value.</summary>
sealed class WholeCall(UpstreamCall upstream, UpstreamRequests requests, ServerOptions options)
{
    /// <summary>Reads the answer into <paramref name="received"/>; returns why there is none, or null.</summary>
    public async Task<BridgeError?> AskAsync(HttpRequest client, ClientResponse response, ModelRoute route, string path, ReadOnlyMemory<byte> body, PooledBuffer received, CancellationToken cancel)
    {
        var provider = route.Provider;
        using var request = requests.Create(HttpMethod.Post, provider, provider.Preferred, provider.Preferred.Fill(path, route.Model), client, body: body);
        await using var heartbeat = new Heartbeat(response, options, cancel);
        var (answer, failure) = await upstream.SendAsync(request, provider.Name, heartbeat, cancel);
        using var sent = answer;
        if (answer is null) return failure;
        heartbeat.Limit(options.StreamIdleTimeout);
        // Several may be asked at once.
        lock (response) ForwardedHeaders.Copy(answer, response);
        await using var content = await answer.Content.ReadAsStreamAsync(cancel);
        failure = await UpstreamBody.ReadAsync(content, received, provider.Name, heartbeat, cancel);
        if (failure is null && !answer.IsSuccessStatusCode) failure = UpstreamErrors.Read(provider.Name, provider.Preferred.Format, answer, received.Written);
        return failure;
    }
}
