using System.Buffers;
using AcpToApi.Json.Model;
using AcpToApi.Providers;
using AcpToApi.Telemetry;

namespace AcpToApi.Backends;

/// <summary>
/// Responses that were passed through are stored by their provider. Which one it was need not be remembered, so that it works after a restart and
/// from any replica: those that speak Responses are asked all at once, and none is waited for when another one has it.
/// </summary>
sealed class StoredElsewhere(ProviderSet providers, UpstreamRequests requests, ServiceCall call)
{
    static readonly SearchValues<char> IdCharacters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");
    static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <summary>Whether an id can be one: it becomes a part of a path.</summary>
    public static bool IsId(string id) => id.Length > 0 && !id.AsSpan().ContainsAnyExcept(IdCharacters);

    /// <summary>The format in which a provider can be asked; null when it does not speak Responses.</summary>
    public static NativeFormat? FormatOf(Provider provider) => provider.Row.Formats.FirstOrDefault(native => native.Format == WireFormat.OpenAiResponses);

    /// <summary>
    /// Asks for <paramref name="id"/> (and <paramref name="more"/> of its path), and passes back what the provider that has it says. Who refuses may
    /// only not know it (some call the id malformed, some are down): the first refusal is told when nobody else has it. False: nobody has it.
    /// </summary>
    public async Task<bool> TryPassAsync(HttpContext http, string id, string more)
    {
        if (!IsId(id)) return false;
        using var over = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
        List<Provider> asked = [];
        List<Task<OpenAnswer>> answers = [];
        try
        {
            foreach (var provider in providers.Configured)
            {
                if (FormatOf(provider) is not { } native) continue;
                asked.Add(provider);
                answers.Add(AskAsync(http, provider, native, $"{native.Path}/{id}{more}{QueryOf(http.Request)}", over.Token));
            }
            if (await FirstGoodAsync(answers, over.Token) is { } good)
            {
                RequestRecord.Of(http).Backend = good.Provider.Name;
                await ServiceCall.RelayAsync(http, good);
                return true;
            }
            for (var i = 0; i < asked.Count; i++)
            {
                var refusal = (answers[i].IsCompleted ? (await answers[i]).Refusal : null) ?? new Refusal(TooSlow(asked[i]), null, null);
                if (refusal.Error.Status == 404) continue;
                RequestRecord.Of(http).Backend = asked[i].Name;
                await ServiceCall.RefuseAsync(http, WireFormat.OpenAiResponses, refusal);
                return true;
            }
            return false;
        }
        finally
        {
            await over.CancelAsync();
            foreach (var answer in answers) await CloseAsync(answer);
        }
    }

    async Task<OpenAnswer> AskAsync(HttpContext http, Provider provider, NativeFormat native, string path, CancellationToken cancel)
    {
        using var request = requests.Create(new HttpMethod(http.Request.Method), provider, native, path, http.Request);
        return await call.AskAsync(http, request, provider, WireFormat.OpenAiResponses, WireFormat.OpenAiResponses, cancel);
    }

    // Null: all have refused, or the time is up.
    static async Task<OpenAnswer?> FirstGoodAsync(List<Task<OpenAnswer>> answers, CancellationToken cancel)
    {
        var limit = Task.Delay(Limit, cancel);
        List<Task> waiting = [limit, .. answers];
        while (waiting.Count > 1)
        {
            var done = await Task.WhenAny(waiting);
            waiting.Remove(done);
            await done;
            if (done == limit) return null;
            if (done is Task<OpenAnswer> answer && await answer is { Refusal: null } good) return good;
        }
        return null;
    }

    static async Task CloseAsync(Task<OpenAnswer> answer)
    {
        try
        {
            await (await answer).DisposeAsync();
        }
        catch (Exception ended) when (ended is OperationCanceledException or BridgeException or IOException or HttpRequestException)
        {
            // Nobody waits for it any more.
        }
    }

    static BridgeError TooSlow(Provider provider) =>
        new(ErrorKind.Timeout, 504, $"{provider.Name}, which may have it, has not answered for {Limit.TotalSeconds:0} s.");

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
