namespace AcpToApi.Json.Text;

/// <summary>Tells an image's media type by its first bytes, for dialects that leave it out.</summary>
static class ImageType
{
    /// <summary>The media type of an image in base64; PNG when it is not known.</summary>
    public static ReadOnlySpan<byte> Of(ReadOnlySpan<byte> base64)
    {
        if (base64.StartsWith("/9j/"u8)) return "image/jpeg"u8;
        if (base64.StartsWith("R0lG"u8)) return "image/gif"u8;
        return base64.StartsWith("UklG"u8) ? "image/webp"u8 : "image/png"u8;
    }
}
