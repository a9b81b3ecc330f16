using System.Net.Http.Headers;
using AcpToApi.Cli;
using AcpToApi.Json.Model;
using AcpToApi.Providers;
using AcpToApi.Transport;

namespace AcpToApi.Backends;

/// <summary>Builds requests to providers: the right URL, our credentials instead of the client's, and only the headers that may cross.</summary>
sealed class UpstreamRequests(ServerOptions options, TimeProvider clock)
{
    const string DefaultAnthropicVersion = "2023-06-01";

    /// <summary>Names this very process in <c>Via</c>, so that a request which comes round in a circle is recognised; another acptoapi in the chain is not us.</summary>
    public static string ViaName { get; } = "acptoapi-" + Guid.NewGuid().ToString("N")[..12];

    /// <summary>A chat request.</summary>
    public HttpRequestMessage Create(ChatTurn turn, NativeFormat native, ReadOnlyMemory<byte> body) =>
        Create(HttpMethod.Post, turn.Route.Provider, native, native.PathFor(turn.Route.Model, turn.Head.Stream), turn.Http, turn.Route.LongContext, body);

    /// <summary>Any request; <paramref name="client"/> is the request that it is made for, if there is one.</summary>
    public HttpRequestMessage Create(
        HttpMethod method, Provider provider, NativeFormat native, string path, HttpRequest? client, bool longContext = false, ReadOnlyMemory<byte>? body = null)
    {
        var request = new HttpRequestMessage(method, provider.At(path));
        request.Headers.TryAddWithoutValidation("User-Agent", Product.UserAgent);
        request.Headers.TryAddWithoutValidation("Via", "1.1 " + ViaName);
        if (native.Format == WireFormat.AnthropicMessages) AddAnthropicHeaders(request, client, longContext);
        AddCredentials(request, provider, native, client);
        foreach (var (name, value) in provider.Headers)
        {
            request.Headers.Remove(name);
            request.Headers.TryAddWithoutValidation(name, value);
        }
        if (body is { } bytes)
        {
            request.Content = new RequestContent(bytes);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }
        // Last, for the signature covers what stands here.
        if (provider is { Key: null, Aws: { Keys: { } keys } aws })
        {
            SigV4.Sign(request, (body ?? default).Span, keys, aws.Region, provider.Row.AwsService!, clock.GetUtcNow());
        }
        return request;
    }

    /// <summary>A request for a provider's model list.</summary>
    public HttpRequestMessage CreateForModels(Provider provider, string path) => Create(HttpMethod.Get, provider.Catalog, provider.Preferred, path, client: null);

    // wire.md's rule 14 in short: version and betas of a client of the same family reach the provider, merged with ours.
    static void AddAnthropicHeaders(HttpRequestMessage request, HttpRequest? client, bool longContext)
    {
        var version = client?.Headers["anthropic-version"].ToString();
        if (!HeaderText.IsValue(version ?? "")) Refuse("The header 'anthropic-version'");
        request.Headers.TryAddWithoutValidation("anthropic-version", string.IsNullOrEmpty(version) ? DefaultAnthropicVersion : version);
        var betas = ClientBetas.Of(client, longContext);
        if (!betas.TrueForAll(HeaderText.IsValue)) Refuse("The header 'anthropic-beta'");
        if (betas.Count > 0) request.Headers.TryAddWithoutValidation(ClientBetas.Header, string.Join(",", betas));
    }

    void AddCredentials(HttpRequestMessage request, Provider provider, NativeFormat native, HttpRequest? client)
    {
        var key = provider.Key ?? (provider.PassesClientKey && client is not null ? ClientKey(client) : null);
        if (key is null) return;
        var isBearer = provider.KeyIsToken || native.KeyHeader == "Authorization";
        request.Headers.TryAddWithoutValidation(isBearer ? "Authorization" : native.KeyHeader, isBearer ? "Bearer " + key : key);
    }

    // The key of --upstream may be the client's own, but never the one that opens this server.
    string? ClientKey(HttpRequest client)
    {
        var key = Hosting.ClientKeys.Of(client).FirstOrDefault(candidate => !Hosting.ClientKeys.Same(candidate, options.ApiKey));
        if (string.IsNullOrEmpty(key)) return null;
        // ?key= can hold what no header can.
        if (!HeaderText.IsValue(key)) Refuse("The key");
        return key;
    }

    static void Refuse(string what) =>
        throw new BridgeException(BridgeError.InvalidRequest($"{what} holds a character that cannot be passed on in a header; use visible ASCII."));
}
