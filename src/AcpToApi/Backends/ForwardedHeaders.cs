namespace AcpToApi.Backends;

/// <summary>Which headers cross the bridge; all others stay on their side.</summary>
static class ForwardedHeaders
{
    static readonly string[] FromProvider = ["retry-after", "retry-after-ms", "x-should-retry", "request-id", "x-request-id", "x-amzn-requestid"];
    static readonly string[] PrefixesFromProvider = ["x-ratelimit-", "anthropic-ratelimit-"];

    /// <summary>Takes over what tells the client about limits, retries and the request's id.</summary>
    public static void Copy(HttpResponseMessage answer, ClientResponse response)
    {
        if (response.IsCommitted) return;
        foreach (var (name, values) in answer.Headers.NonValidated)
        {
            if (Crosses(name)) response.Headers[name] = Printable(values.ToString());
        }
    }

    /// <summary>Text that may stand in a header: visible ASCII.</summary>
    public static string Printable(string text) => string.Create(text.Length, text, static (span, source) =>
    {
        for (var i = 0; i < span.Length; i++) span[i] = source[i] is >= ' ' and <= '~' ? source[i] : '?';
    });

    static bool Crosses(string name)
    {
        foreach (var exact in FromProvider)
        {
            if (name.Equals(exact, StringComparison.OrdinalIgnoreCase)) return true;
        }
        foreach (var prefix in PrefixesFromProvider)
        {
            if (name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)) return true;
        }
        return false;
    }
}
