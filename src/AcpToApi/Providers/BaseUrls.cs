namespace AcpToApi.Providers;

/// <summary>Base URLs as people write them.</summary>
static class BaseUrls
{
    /// <summary>
    /// Completes a URL: one whose path ends in the provider's own API path or in <c>/vN</c> is used as it is, else the API path is appended.
    /// Null when it is not an absolute http or https URL without credentials, query or fragment. Without a scheme it is a place as OLLAMA_HOST
    /// has it: host and port may be missing, and are <paramref name="localUrl"/>'s then.
    /// </summary>
    public static Uri? Complete(string text, string apiPath, string? localUrl = null)
    {
        var isPlace = !text.Contains("://", StringComparison.Ordinal);
        if (isPlace) text = "http://" + (text.StartsWith(':') ? "localhost" : "") + text;
        if (!Uri.TryCreate(text.TrimEnd('/'), UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https")) return null;
        if (isPlace && localUrl is not null && url.IsDefaultPort && !text.Contains(":80", StringComparison.Ordinal)) url = new UriBuilder(url) { Port = new Uri(localUrl).Port }.Uri;
        // Where a server listens everywhere, one can only ask it here.
        if (url.Host is "0.0.0.0" or "[::]") url = new UriBuilder(url) { Host = "localhost" }.Uri;
        if (url.UserInfo.Length > 0 || url.Query.Length > 0 || url.Fragment.Length > 0) return null;
        var path = url.AbsolutePath.TrimEnd('/');
        var complete = EndsInVersion(path) || (apiPath.Length > 0 && path.EndsWith(apiPath, StringComparison.Ordinal));
        return new Uri(url.GetLeftPart(UriPartial.Authority) + path + (complete ? "" : apiPath));
    }

    /// <summary>A complete URL without the API path or the version that it ends in.</summary>
    public static string Root(Uri url, string apiPath)
    {
        var text = url.OriginalString;
        if (apiPath.Length > 0 && text.EndsWith(apiPath, StringComparison.Ordinal)) return text[..^apiPath.Length];
        return EndsInVersion(text) ? text[..text.LastIndexOf('/')] : text;
    }

    static bool EndsInVersion(string path)
    {
        var last = path[(path.LastIndexOf('/') + 1)..];
        return last.Length >= 2 && last[0] == 'v' && last.AsSpan(1).IndexOfAnyExceptInRange('0', '9') < 0;
    }

    /// <summary>Whether the URL points at this very server.</summary>
    public static bool IsSelf(Uri url, string host, int port) =>
        port != 0 && url.Port == port
        && (url.Host.Equals(host, StringComparison.OrdinalIgnoreCase) || (url.IsLoopback && (Cli.ServerOptions.IsLoopback(host) || host is "0.0.0.0" or "::" or "[::]" or "*")));
}
