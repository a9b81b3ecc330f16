using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace FakeProvider;

/// <summary>Checks AWS's signature (version 4) of a request as it came over the wire, or its bearer key.</summary>
public static class AwsSignature
{
    public const string AccessKey = "AKIDFAKEPROVIDER";
    public const string SecretKey = "fake/secret+access/key0123456789";
    public const string SessionToken = "fake-session-token-0123456789==";
    public const string BearerKey = "bedrock-bearer-0123456789";

    /// <summary>What is wrong with it; null when nothing is.</summary>
    public static string? Objection(SeenRequest seen)
    {
        var given = seen.Header("authorization");
        if (given is null) return "Missing Authentication Token";
        if (given.StartsWith("Bearer ", StringComparison.Ordinal)) return given == "Bearer " + BearerKey ? null : "Invalid API Key format";
        if (!given.StartsWith("AWS4-HMAC-SHA256 ", StringComparison.Ordinal)) return "Authorization header requires 'Credential' parameter.";
        var fields = given["AWS4-HMAC-SHA256 ".Length..].Split(", ").Select(f => f.Split('=', 2)).ToDictionary(f => f[0], f => f[1]);
        var scope = fields["Credential"].Split('/');
        if (scope is not [AccessKey, var day, var region, "bedrock", "aws4_request"]) return "The security token included in the request is invalid.";
        var time = seen.Header("x-amz-date") ?? "";
        if (!DateTime.TryParseExact(time, "yyyyMMddTHHmmssZ", CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal | DateTimeStyles.AssumeUniversal, out var at)
            || Math.Abs((DateTime.UtcNow - at).TotalMinutes) > 5 || !time.StartsWith(day, StringComparison.Ordinal)) return "Signature expired";
        if (seen.Header("x-amz-security-token") is { } token && token != SessionToken) return "The security token included in the request is invalid.";
        var signed = fields["SignedHeaders"].Split(';');
        var unsigned = seen.Headers.Select(h => h.Key.ToLowerInvariant()).Where(n => n is "host" or "content-type" || n.StartsWith("x-amz-", StringComparison.Ordinal)).Except(signed).ToList();
        if (unsigned.Count > 0) return $"There were headers present in the request which were not signed: {string.Join(", ", unsigned)}";
        var hash = Hex(SHA256.HashData(seen.Body));
        if (seen.Header("x-amz-content-sha256") is { } told && told != hash) return "The provided 'x-amz-content-sha256' header does not match what was computed.";
        string[] lines =
        [
            seen.Method, Again(seen.Path), Query(seen.Target), .. signed.Select(name => $"{name}:{seen.Header(name)}"), "", fields["SignedHeaders"], hash,
        ];
        var text = $"AWS4-HMAC-SHA256\n{time}\n{day}/{region}/bedrock/aws4_request\n{Hex(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', lines))))}";
        var key = new[] { day, region, "bedrock", "aws4_request" }.Aggregate(Encoding.UTF8.GetBytes("AWS4" + SecretKey), Mac);
        return Hex(Mac(key, text)) == fields["Signature"] ? null : "The request signature we calculated does not match the signature you provided.";
    }

    // The path is encoded once more than it was sent.
    static string Again(string path) => string.Concat(Encoding.UTF8.GetBytes(path).Select(b => b == '/' || b is (byte)'-' or (byte)'_' or (byte)'.' or (byte)'~' || char.IsAsciiLetterOrDigit((char)b) ? $"{(char)b}" : $"%{b:X2}"));

    static string Query(string target) => target.Contains('?', StringComparison.Ordinal) ? string.Join('&', target[(target.IndexOf('?') + 1)..].Split('&').Order(StringComparer.Ordinal)) : "";

    static byte[] Mac(byte[] key, string text) => HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text));

    static string Hex(byte[] bytes) => string.Concat(bytes.Select(b => b.ToString("x2", CultureInfo.InvariantCulture)));
}
