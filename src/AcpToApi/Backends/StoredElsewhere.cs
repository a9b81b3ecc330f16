using System.Buffers;
using AcpToApi.Json.Model;
using AcpToApi.Providers;
using AcpToApi.Telemetry;

namespace AcpToApi.Backends;

/// <summary>
/// Responses that were passed through are stored by their provider. Which one it was need not be remembered, so that it works after a restart and
/// from any replica: those that speak Responses are asked one after the other.
/// </summary>
sealed class StoredElsewhere(ProviderSet providers, UpstreamRequests requests, ServiceCall call)
{
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
            if (provider.Row.Formats.FirstOrDefault(native => native.Format == WireFormat.OpenAiResponses) is not { } native) continue;
            using var request = requests.Create(new HttpMethod(http.Request.Method), provider, native, $"{native.Path}/{id}{more}{QueryOf(http.Request)}", http.Request);
            RequestRecord.Of(http).Backend = provider.Name;
            if (await call.TryRelayAsync(http, request, provider, WireFormat.OpenAiResponses, WireFormat.OpenAiResponses) is not { } refusal) return true;
            if (refusal.Error.Status != 404) first ??= refusal;
        }
        if (first is null) return false;
        await ServiceCall.RefuseAsync(http, WireFormat.OpenAiResponses, first);
        return true;
    }

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
