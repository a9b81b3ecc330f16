using System.Reflection;

namespace AcpToApi.Endpoints;

/// <summary>The page to try models with: three embedded files, no third party, and a policy that lets nothing else in.</summary>
static class PlaygroundEndpoint
{
    // Only this server's own files and endpoints; no inline code, no frames, nowhere to send anything.
    const string Policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /// <summary>Whether whoever asks for <c>/</c> is a browser.</summary>
    public static bool IsWanted(HttpRequest request) => request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase);

    /// <summary>Sends one of the files.</summary>
    public static async Task SendAsync(HttpContext http, string file, string mediaType)
    {
        await using var content = Assembly.GetExecutingAssembly().GetManifestResourceStream("playground/" + file)!;
        var headers = http.Response.Headers;
        headers.ContentType = mediaType + "; charset=utf-8";
        headers.ContentLength = content.Length;
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers.CacheControl = "no-cache";
        headers["Referrer-Policy"] = "no-referrer";
        // "/" is this page for browsers and JSON for others.
        headers.Vary = "Accept";
        if (!HttpMethods.IsHead(http.Request.Method)) await content.CopyToAsync(http.Response.Body, http.RequestAborted);
    }
}
