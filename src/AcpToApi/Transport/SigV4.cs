using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace AcpToApi.Transport;

/// <summary>The keys that requests to AWS are signed with; temporary ones come with a session token.</summary>
sealed record AwsKeys(string AccessKeyId, string SecretAccessKey, string? SessionToken = null);

/// <summary>AWS Signature Version 4 in the <c>Authorization</c> header, for every service but S3.</summary>
static class SigV4
{
    const string Algorithm = "AWS4-HMAC-SHA256";

    /// <summary>
    /// Signs a request that is otherwise complete: the host, the content type and all <c>x-amz-</c> headers; others may change on the way.
    /// </summary>
    public static void Sign(HttpRequestMessage request, ReadOnlySpan<byte> body, AwsKeys keys, string region, string service, DateTimeOffset now)
    {
        var time = Time(now);
        var bodyHash = Hex(SHA256.HashData(body));
        Set(request, "X-Amz-Date", time);
        Set(request, "X-Amz-Content-Sha256", bodyHash);
        if (keys.SessionToken is { } token) Set(request, "X-Amz-Security-Token", token);
        var uri = request.RequestUri!;
        // As HttpClient writes it: IPv6 in its brackets.
        var host = uri.HostNameType == UriHostNameType.IPv6 ? uri.Host : uri.IdnHost;
        List<(string Name, string Value)> headers = [("host", uri.IsDefaultPort ? host : $"{host}:{uri.Port}")];
        if (request.Content?.Headers.ContentType is { } type) headers.Add(("content-type", type.ToString()));
        foreach (var (name, values) in request.Headers.NonValidated)
        {
            if (name.StartsWith("x-amz-", StringComparison.OrdinalIgnoreCase)) headers.Add((name, values.ToString()));
        }
        var canonical = CanonicalRequest(request.Method.Method, Normalized(uri.AbsolutePath), uri.Query.TrimStart('?'), headers, bodyHash, out var signed);
        Set(request, "Authorization", Authorization(canonical, signed, keys, region, service, time));
    }

    /// <summary>The request in the one form that both sides sign; sorts <paramref name="headers"/> and names them in <paramref name="signed"/>.</summary>
    public static string CanonicalRequest(string method, string path, string query, List<(string Name, string Value)> headers, string bodyHash, out string signed)
    {
        for (var i = 0; i < headers.Count; i++) headers[i] = (headers[i].Name.ToLowerInvariant(), Collapsed(headers[i].Value));
        headers.Sort((one, other) => string.CompareOrdinal(one.Name, other.Name));
        var names = new StringBuilder();
        var text = new StringBuilder(method).Append('\n').Append(Encoded(path)).Append('\n').Append(Sorted(query)).Append('\n');
        foreach (var (name, value) in headers)
        {
            text.Append(name).Append(':').Append(value).Append('\n');
            if (names.Length > 0) names.Append(';');
            names.Append(name);
        }
        signed = names.ToString();
        return text.Append('\n').Append(signed).Append('\n').Append(bodyHash).ToString();
    }

    /// <summary>The header's value for a canonical request.</summary>
    public static string Authorization(string canonical, string signed, AwsKeys keys, string region, string service, string time)
    {
        var scope = $"{time[..8]}/{region}/{service}/aws4_request";
        return $"{Algorithm} Credential={keys.AccessKeyId}/{scope}, SignedHeaders={signed}, Signature={Signature(StringToSign(canonical, scope, time), keys, region, service, time)}";
    }

    /// <summary>What is signed: the time, the scope of the key, and the hash of the request.</summary>
    public static string StringToSign(string canonical, string scope, string time) =>
        $"{Algorithm}\n{time}\n{scope}\n{Hex(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)))}";

    /// <summary>A moment as AWS writes it.</summary>
    public static string Time(DateTimeOffset now) => now.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);

    static string Signature(string text, AwsKeys keys, string region, string service, string time)
    {
        var key = Encoding.UTF8.GetBytes("AWS4" + keys.SecretAccessKey);
        foreach (var part in (ReadOnlySpan<string>)[time[..8], region, service, "aws4_request", text]) key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(part));
        return Hex(key);
    }

    /// <summary>A path without <c>.</c>, <c>..</c> (RFC 3986, section 5.2.4) and empty segments.</summary>
    public static string Normalized(string path)
    {
        var segments = new List<string>();
        foreach (var segment in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (segment == ".." && segments.Count > 0) segments.RemoveAt(segments.Count - 1);
            else if (segment is not ("." or "..")) segments.Add(segment);
        }
        return segments.Count == 0 ? "/" : $"/{string.Join('/', segments)}{(path.EndsWith('/') ? "/" : "")}";
    }

    // The path as it stands on the wire is encoded once more: %3A becomes %253A.
    static string Encoded(string path) => Uri.EscapeDataString(path).Replace("%2F", "/", StringComparison.Ordinal);

    static string Sorted(string query)
    {
        if (query.Length == 0) return "";
        var pairs = new List<(string Name, string Value)>();
        foreach (var pair in query.Split('&'))
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            var (name, value) = equals < 0 ? (pair, "") : (pair[..equals], pair[(equals + 1)..]);
            pairs.Add((Uri.EscapeDataString(Uri.UnescapeDataString(name)), Uri.EscapeDataString(Uri.UnescapeDataString(value))));
        }
        pairs.Sort((one, other) => string.CompareOrdinal(one.Name, other.Name) is var order and not 0 ? order : string.CompareOrdinal(one.Value, other.Value));
        var text = new StringBuilder();
        foreach (var (name, value) in pairs) text.Append(text.Length > 0 ? "&" : "").Append(name).Append('=').Append(value);
        return text.ToString();
    }

    static string Collapsed(string value)
    {
        var text = new StringBuilder();
        foreach (var c in value.Trim())
        {
            if (c != ' ' || text[^1] != ' ') text.Append(c);
        }
        return text.ToString();
    }

    static void Set(HttpRequestMessage request, string name, string value)
    {
        request.Headers.Remove(name);
        request.Headers.TryAddWithoutValidation(name, value);
    }

    static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);
}
