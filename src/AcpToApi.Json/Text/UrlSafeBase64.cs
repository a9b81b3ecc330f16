using AcpToApi.Json.Model;

namespace AcpToApi.Json.Text;

/// <summary>Base64 in the URL-safe alphabet, which Python's Google SDK sends and only Google reads.</summary>
static class UrlSafeBase64
{
    /// <summary>The same bytes in the standard alphabet with its padding; what is standard already stays the slice that it is.</summary>
    public static JsonString ToStandard(JsonString data)
    {
        if (!data.Bytes.Span.ContainsAny((byte)'-', (byte)'_')) return data;
        using var plain = new PooledBuffer();
        data.Text.WriteDecoded(plain);
        var padding = (4 - plain.Length % 4) % 4;
        var standard = new byte[plain.Length + padding];
        plain.Written.CopyTo(standard);
        standard.AsSpan(plain.Length).Fill((byte)'=');
        standard.AsSpan().Replace((byte)'-', (byte)'+');
        standard.AsSpan().Replace((byte)'_', (byte)'/');
        return new JsonString(standard, IsEscaped: false);
    }
}
