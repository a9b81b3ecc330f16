using System.Net.Sockets;
using System.Security.Authentication;
using AcpToApi.Json.Model;

namespace AcpToApi.Transport;

/// <summary>Says in one sentence why a provider could not be reached, with host and cause.</summary>
static class TransportErrors
{
    /// <summary>The error for a request that never got its headers.</summary>
    public static BridgeError Of(HttpRequestException failure, Uri url)
    {
        var at = Authority(url) + ThroughProxy(url);
        var cause = failure.HttpRequestError switch
        {
            HttpRequestError.NameResolutionError => $"The name {url.Host} could not be resolved (DNS): {Innermost(failure)}",
            HttpRequestError.SecureConnectionError => $"No secure connection to {at} (TLS): {Innermost(failure)}",
            HttpRequestError.ProxyTunnelError => $"The proxy did not open a tunnel to {at}: {failure.Message}",
            HttpRequestError.ConnectionError => $"Cannot connect to {at}: {Innermost(failure)}",
            HttpRequestError.ResponseEnded => $"{at} closed the connection before it answered.",
            HttpRequestError.InvalidResponse => $"{at} does not answer in HTTP.",
            HttpRequestError.ConfigurationLimitExceeded => $"{at} sent more response headers than are accepted.",
            _ => failure.InnerException is AuthenticationException tls
                ? $"No secure connection to {at} (TLS): {Innermost(tls)}"
                : $"The request to {at} failed: {Innermost(failure)}",
        };
        return new BridgeError(ErrorKind.UpstreamUnavailable, 502, Sentence(cause));
    }

    /// <summary>The error for an answer that broke off.</summary>
    public static BridgeError BrokenOff(string provider) =>
        BridgeError.UpstreamProtocol($"{provider} broke off its answer: the connection was closed before the end.");

    static string Authority(Uri url) => url.IsDefaultPort ? url.Host : $"{url.Host}:{url.Port}";

    // HTTPS_PROXY and its kin are easily forgotten; an error that leaves the proxy out sends people looking in the wrong place.
    static string ThroughProxy(Uri url) =>
        HttpClient.DefaultProxy.IsBypassed(url) || HttpClient.DefaultProxy.GetProxy(url) is not { } proxy ? "" : $" through the proxy {Authority(proxy)}";

    static string Innermost(Exception failure)
    {
        while (failure.InnerException is { } inner and (SocketException or AuthenticationException or IOException or HttpRequestException)) failure = inner;
        return failure.Message;
    }

    static string Sentence(string text) => text.EndsWith('.') ? text : text + ".";
}
