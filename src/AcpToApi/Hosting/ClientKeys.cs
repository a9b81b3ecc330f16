using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Primitives;

namespace AcpToApi.Hosting;

/// <summary>The keys that a client sent, wherever its dialect puts them.</summary>
static class ClientKeys
{
    const string Bearer = "Bearer ";

    /// <summary>Bearer token, <c>x-api-key</c>, <c>x-goog-api-key</c> and <c>?key=</c>, those that are there.</summary>
    public static IEnumerable<string> Of(HttpRequest request)
    {
        foreach (var value in request.Headers.Authorization)
        {
            if (value?.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) == true) yield return value[Bearer.Length..].Trim();
        }
        if (request.Headers["x-api-key"] is [{ Length: > 0 } anthropic, ..]) yield return anthropic;
        if (request.Headers["x-goog-api-key"] is [{ Length: > 0 } google, ..]) yield return google;
        if (request.Query["key"] is [{ Length: > 0 } query, ..]) yield return query;
    }

    /// <summary>The place that holds two different keys, so that nobody can say whose request it is; null when there is none.</summary>
    public static string? Ambiguous(HttpRequest request)
    {
        foreach (var name in (ReadOnlySpan<string>)["Authorization", "x-api-key", "x-goog-api-key"])
        {
            if (Differ(request.Headers[name])) return $"The header '{name}'";
        }
        return Differ(request.Query["key"]) ? "The parameter 'key'" : null;
    }

    static bool Differ(StringValues values)
    {
        for (var i = 1; i < values.Count; i++)
        {
            if (values[i] != values[0]) return true;
        }
        return false;
    }

    /// <summary>Whether two keys are the same, in a time that tells nothing about where they differ.</summary>
    public static bool Same(string given, string? expected) =>
        expected is not null && CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(given)), SHA256.HashData(Encoding.UTF8.GetBytes(expected)));
}
