using AcpToApi.Json.Model;

namespace AcpToApi.Json.Text;

/// <summary>The media type of a file by its name's ending or its first bytes, for providers that must be told.</summary>
static class FileType
{
    /// <summary>The type of what a URL leads to. Throws <see cref="BridgeException"/> (400) when its ending says nothing.</summary>
    public static ReadOnlySpan<byte> Of(JsonString url)
    {
        var path = url.ToString().ToLowerInvariant();
        var end = path.AsSpan().IndexOfAny('?', '#');
        if (end >= 0) path = path[..end];
        return path[(path.LastIndexOf('.') + 1)..] switch
        {
            "png" => "image/png"u8,
            "jpg" or "jpeg" => "image/jpeg"u8,
            "webp" => "image/webp"u8,
            "gif" => "image/gif"u8,
            "heic" => "image/heic"u8,
            "pdf" => "application/pdf"u8,
            "txt" or "md" => "text/plain"u8,
            "mp3" => "audio/mpeg"u8,
            "wav" => "audio/wav"u8,
            "mp4" => "video/mp4"u8,
            _ => throw new BridgeException(BridgeError.InvalidRequest(
                "This provider must be told the type of a file in 'messages', and its URL has no ending that says so (.png, .pdf): send the file's content instead.", "messages")),
        };
    }

    /// <summary>The type of sound by the first bytes of its base64; without any sign, WAV.</summary>
    public static JsonString OfSound(JsonString base64)
    {
        var start = base64.Bytes.Span;
        return JsonString.Of(
            start.StartsWith("SUQz"u8) ? "audio/mpeg" // ID3
            : start.StartsWith("//"u8) || start.StartsWith("\\/"u8) ? "audio/mpeg" // a frame's beginning: eleven bits set
            : start.StartsWith("ZkxhQ"u8) ? "audio/flac"
            : start.StartsWith("T2dnU"u8) ? "audio/ogg"
            : "audio/wav");
    }
}
