namespace AcpToApi.Providers;

/// <summary>Base URLs as people write them.</summary>
static class BaseUrls
{
    /// <summary>
    /// Completes a URL: one whose path ends in the provider's own API path or in <c>/vN</c> is used as it is, else the API path is appended.
    /// Null when it is not an absolute http or https URL without credentials, query or fragment.
    /// </summary>
    public static Uri? Complete(string text, string apiPath)
    {
        // OLLAMA_HOST is written without a scheme.
        if (!text.Contains("://", StringComparison.Ordinal)) text = "http://" + text;
        if (!Uri.TryCreate(text.TrimEnd('/'), UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https")) return null;
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
