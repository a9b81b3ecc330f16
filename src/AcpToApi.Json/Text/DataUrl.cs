using AcpToApi.Json.Model;

namespace AcpToApi.Json.Text;

/// <summary>Takes <c>data:</c> URLs (RFC 2397) apart by slicing, so that a large image is neither decoded nor copied.</summary>
static class DataUrl
{
    // The header holds a media type and a few parameters.
    const int LongestHeader = 256;

    /// <summary>The media type and the base64 of <paramref name="url"/>; false when it is no data URL in base64.</summary>
    public static bool TrySplit(JsonString url, out JsonString mediaType, out JsonString data)
    {
        (mediaType, data) = (default, default);
        var bytes = url.Bytes.Span;
        if (!Ascii(bytes, "data:"u8)) return false;
        var comma = bytes[..Math.Min(bytes.Length, LongestHeader)].IndexOf((byte)',');
        if (comma < 0 || !bytes[..comma].EndsWith(";base64"u8)) return false;
        var header = bytes[5..comma];
        // A slash may be escaped (\/) on the wire; slices of an escaped string stay escaped.
        mediaType = new JsonString(url.Bytes.Slice(5, header.IndexOf((byte)';')), url.IsEscaped);
        if (mediaType.IsEmpty) mediaType = JsonString.Of("application/octet-stream");
        data = new JsonString(url.Bytes[(comma + 1)..], url.IsEscaped);
        return true;
    }

    /// <summary>Whether it is an http or https URL.</summary>
    public static bool IsWeb(JsonString url) => Ascii(url.Bytes.Span, "http:"u8) || Ascii(url.Bytes.Span, "https:"u8);

    static bool Ascii(ReadOnlySpan<byte> text, ReadOnlySpan<byte> start) =>
        text.Length >= start.Length && System.Text.Ascii.EqualsIgnoreCase(text[..start.Length], start);
}
