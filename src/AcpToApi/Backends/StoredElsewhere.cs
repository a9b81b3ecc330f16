using System.Buffers;
using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.OpenAiResponses;
using AcpToApi.Json.Text;
using AcpToApi.Providers;
using AcpToApi.Telemetry;
using AcpToApi.Transport;

namespace AcpToApi.Backends;

/// <summary>
/// Responses that were passed through are stored by their provider. Which one it was need not be remembered, so that it works after a restart and
/// from any replica: those that speak Responses are asked one after the other.
/// </summary>
sealed class StoredElsewhere(ProviderSet providers, UpstreamRequests requests, ServiceCall call, UpstreamHttp upstream)
{
    static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    static readonly SearchValues<char> IdCharacters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");

    /// <summary>
    /// Asks for <paramref name="id"/> (and <paramref name="more"/> of its path), and passes back what the provider that has it says. Who refuses may
    /// only not know it (some call the id malformed, some are down): the first refusal is told when nobody else has it. False: nobody has it.
    /// </summary>
    public async Task<bool> TryPassAsync(HttpContext http, string id, string more)
    {
        if (id.AsSpan().ContainsAnyExcept(IdCharacters)) return false;
        Refusal? first = null;
        foreach (var provider in providers.Configured)
        {
            if (ResponsesOf(provider) is not { } native) continue;
            using var request = requests.Create(new HttpMethod(http.Request.Method), provider, native, $"{native.Path}/{id}{more}{QueryOf(http.Request)}", http.Request);
            RequestRecord.Of(http).Backend = provider.Name;
            if (await call.TryRelayAsync(http, request, provider, WireFormat.OpenAiResponses, WireFormat.OpenAiResponses) is not { } refusal) return true;
            if (refusal.Error.Status != 404) first ??= refusal;
        }
        if (first is null) return false;
        await ServiceCall.RefuseAsync(http, WireFormat.OpenAiResponses, first);
        return true;
    }

    /// <summary>
    /// The conversation behind the answer <paramref name="id"/>, for a provider that does not have it: those that speak Responses are asked all at once.
    /// Null: none of them tells all of it in time.
    /// </summary>
    public async Task<ResponseHistory?> FindAsync(HttpContext http, string id)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
        limit.CancelAfter(Limit);
        var asked = new List<Task<ResponseHistory?>>();
        foreach (var provider in providers.Configured)
        {
            if (ResponsesOf(provider) is { } native) asked.Add(FetchAsync(provider, native, id, http.Request, limit.Token));
        }
        ResponseHistory? found = null;
        while (found is null && asked.Count > 0)
        {
            var first = await Task.WhenAny(asked);
            asked.Remove(first);
            found = await first;
        }
        await limit.CancelAsync();
        await Task.WhenAll(asked);
        http.RequestAborted.ThrowIfCancellationRequested();
        return found;
    }

    async Task<ResponseHistory?> FetchAsync(Provider provider, NativeFormat native, string id, HttpRequest client, CancellationToken cancel)
    {
        using var history = new ForeignHistory();
        var total = 0L;
        try
        {
            for (var answer = id; answer is not null;)
            {
                if (answer.Length == 0 || answer.AsSpan().ContainsAnyExcept(IdCharacters)) return null;
                var path = $"{native.Path}/{answer}";
                answer = history.AddAnswer(await GetAsync(path));
                for (string? after = "", more; after is not null; after = more)
                {
                    more = history.AddItems(await GetAsync($"{path}/input_items?order=asc&limit=100{(after.Length > 0 ? "&after=" + Uri.EscapeDataString(after) : "")}"));
                }
            }
            return history.ToHistory();
        }
        catch (Exception unknown) when (unknown is HttpRequestException or IOException or OperationCanceledException or JsonException or BridgeException)
        {
            return null;
        }

        async Task<ReadOnlyMemory<byte>> GetAsync(string path)
        {
            using var request = requests.Create(HttpMethod.Get, provider, native, path, client);
            using var answer = await upstream.SendAsync(request, cancel);
            if (!answer.IsSuccessStatusCode) throw new HttpRequestException();
            using var body = new PooledBuffer();
            await using var content = await answer.Content.ReadAsStreamAsync(cancel);
            while (await content.ReadAsync(body.GetMemory(16 * 1024), cancel) is > 0 and var read)
            {
                body.Advance(read);
                if ((total += read) > Limits.MaxBytes) throw new IOException();
            }
            return body.Written.ToArray();
        }
    }

    static NativeFormat? ResponsesOf(Provider provider) => provider.Row.Formats.FirstOrDefault(native => native.Format == WireFormat.OpenAiResponses);

    // All but the key that may open this server.
    static string QueryOf(HttpRequest client)
    {
        var kept = new QueryString();
        foreach (var (name, values) in client.Query)
        {
            if (name == "key") continue;
            foreach (var value in values) kept = kept.Add(name, value ?? "");
        }
        return kept.Value ?? "";
    }
}
