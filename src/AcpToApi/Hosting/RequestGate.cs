using System.Net;
using AcpToApi.Backends;
using AcpToApi.Cli;
using AcpToApi.Json.Model;

namespace AcpToApi.Hosting;

/// <summary>
/// What every request must pass before anything of its body is read: a Host header that names this server (against DNS rebinding), no foreign
/// origin (against web pages that reach for localhost), not our own request coming back, and the key if one is set.
/// </summary>
sealed class RequestGate(ServerOptions options)
{
    /// <summary>Why the request may not pass; null when it may.</summary>
    public BridgeError? Refuse(HttpRequest request, bool needsKey)
    {
        if (!IsOwnName(request.Host.Host))
        {
            return new BridgeError(ErrorKind.PermissionDenied, 403, $"The Host header '{request.Host.Host}' is not a name of this server; allow it with --allow-host.");
        }
        if (IsForeign(request))
        {
            return new BridgeError(ErrorKind.PermissionDenied, 403, "Web pages of other origins may not call this server; allow one with --allow-origin.");
        }
        if (request.Headers.Via.Any(via => via?.Contains(UpstreamRequests.ViaName, StringComparison.OrdinalIgnoreCase) == true))
        {
            return new BridgeError(ErrorKind.Internal, 508, "This request has already passed through this server: a provider's base URL leads back here.");
        }
        if (needsKey && ClientKeys.Ambiguous(request) is { } place)
        {
            return BridgeError.InvalidRequest($"{place} is there more than once, with different values; send one key.");
        }
        return needsKey && options.ApiKey is { } key && !ClientKeys.Of(request).Any(given => ClientKeys.Same(given, key))
            ? new BridgeError(ErrorKind.Authentication, 401, "A valid key is needed: send ACPTOAPI_API_KEY as 'Authorization: Bearer', 'x-api-key', 'x-goog-api-key' or '?key='.")
            {
                Code = "invalid_api_key",
            }
            : null;
    }

    /// <summary>Lets an allowed origin read the answer; returns true when the request was only the browser's question (preflight).</summary>
    public bool AnswerCors(HttpContext http)
    {
        var origin = http.Request.Headers.Origin.ToString();
        if (origin.Length == 0 || !IsAllowed(origin) || !IsOwnName(http.Request.Host.Host)) return false;
        var headers = http.Response.Headers;
        headers.AccessControlAllowOrigin = origin;
        headers.Vary = "Origin";
        headers.AccessControlExposeHeaders = "*";
        if (!HttpMethods.IsOptions(http.Request.Method)) return false;
        headers.AccessControlAllowMethods = "GET, POST, DELETE, OPTIONS";
        headers.AccessControlAllowHeaders = http.Request.Headers.AccessControlRequestHeaders;
        headers.AccessControlMaxAge = "600";
        http.Response.StatusCode = StatusCodes.Status204NoContent;
        return true;
    }

    // Names that no stranger's DNS can give to a page: IP literals, localhost and its subdomains, and what the user declared.
    bool IsOwnName(string host)
    {
        if (host.Length == 0) return false;
        if (IPAddress.TryParse(host.Trim('[', ']'), out _)) return true;
        if (host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase)) return true;
        return options.AllowedHosts.Contains(host, StringComparer.OrdinalIgnoreCase);
    }

    bool IsForeign(HttpRequest request)
    {
        var origin = request.Headers.Origin.ToString();
        if (origin.Length == 0) return request.Headers["Sec-Fetch-Site"].ToString() is "cross-site" or "same-site" && !HttpMethods.IsGet(request.Method);
        return !IsAllowed(origin) && !origin.Equals($"{request.Scheme}://{request.Host}", StringComparison.OrdinalIgnoreCase);
    }

    bool IsAllowed(string origin) => options.AllowedOrigins.Any(allowed => allowed == "*" || allowed.Equals(origin, StringComparison.OrdinalIgnoreCase));
}
