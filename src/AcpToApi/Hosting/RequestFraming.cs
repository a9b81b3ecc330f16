namespace AcpToApi.Hosting;

/// <summary>Where a request's body ends must be beyond doubt: a proxy in front that reads it otherwise would be made to smuggle a second request.</summary>
static class RequestFraming
{
    // What Kestrel makes of a Content-Length that comes with a Transfer-Encoding.
    const string SetAside = "X-Content-Length";

    /// <summary>Whether the request is to be refused, and its connection closed (RFC 9112, sections 6.1 and 6.3).</summary>
    public static bool IsDoubtful(HttpRequest request)
    {
        var coding = request.Headers.TransferEncoding;
        if (coding.Count == 0) return false;
        return !"chunked".Equals(coding, StringComparison.OrdinalIgnoreCase) || request.Headers.ContainsKey(SetAside) || HttpProtocol.IsHttp10(request.Protocol);
    }
}
