using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.OpenAiResponses;
using AcpToApi.Json.Text;
using AcpToApi.Providers;
using AcpToApi.Transport;

namespace AcpToApi.Backends;

/// <summary>The conversations behind answers that providers store, for another provider that is to go on from one.</summary>
sealed class ForeignConversations(ProviderSet providers, UpstreamRequests requests, UpstreamHttp upstream)
{
    static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <summary>The conversation that ends with the answer <paramref name="id"/>: those that speak Responses are asked all at once. Null: none of them tells all of it in time.</summary>
    public async Task<ResponseHistory?> FindAsync(HttpContext http, string id)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
        limit.CancelAfter(Limit);
        var asked = new List<Task<ResponseHistory?>>();
        foreach (var provider in providers.Configured)
        {
            if (StoredElsewhere.FormatOf(provider) is { } native) asked.Add(FetchAsync(provider, native, id, http.Request, limit.Token));
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
                if (!StoredElsewhere.IsId(answer)) return null;
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
}
