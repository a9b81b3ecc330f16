using System.Buffers.Text;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.BedrockConverse;

/// <summary>Writes images, documents and sounds: inline, or by their place in S3; nothing is fetched from anywhere.</summary>
sealed class BedrockMediaWriter(PooledBuffer output)
{
    const int MaxNameLength = 200;

    // Media types and file name endings, and the format that they stand for.
    static readonly (string Type, string Format)[] Documents =
    [
        ("application/pdf", "pdf"), ("text/csv", "csv"), ("application/msword", "doc"),
        ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"), ("application/vnd.ms-excel", "xls"),
        ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"), ("text/html", "html"), ("text/plain", "txt"), ("text/markdown", "md"),
    ];

    static readonly (string Type, string Format)[] Images = [("image/png", "png"), ("image/jpeg", "jpeg"), ("image/jpg", "jpeg"), ("image/gif", "gif"), ("image/webp", "webp")];

    static readonly (string Type, string Format)[] Sounds =
    [
        ("audio/mpeg", "mp3"), ("audio/mp3", "mp3"), ("audio/wav", "wav"), ("audio/x-wav", "wav"), ("audio/opus", "opus"), ("audio/aac", "aac"), ("audio/flac", "flac"),
        ("audio/ogg", "ogg"), ("audio/mp4", "mp4"), ("audio/webm", "webm"), ("audio/pcm", "pcm"), ("audio/m4a", "m4a"),
    ];

    readonly HashSet<string> _names = [];

    /// <summary>Appends the member that makes a block. Throws <see cref="BridgeException"/> (400) for what Bedrock takes in no way.</summary>
    public void Write(MediaPart media)
    {
        var (member, format) = media.Kind switch
        {
            MediaKind.Image => ("\"image\"", Known(Images, media) ?? (media.MediaType is null ? ImageFormat(media) : null)),
            MediaKind.Audio => ("\"audio\"", Known(Sounds, media)),
            _ => ("\"document\"", media.PlainText is not null ? "txt" : Known(Documents, media) ?? Ending(media) ?? (media.MediaType is null ? "pdf" : null)),
        };
        if (format is null) throw Refused($"Bedrock takes no {media.Kind.ToString().ToLowerInvariant()} of the type '{media.MediaType}'.");
        output.Write(JsonString.Of(member).Bytes.Span);
        output.Write(":{\"format\":"u8);
        output.WriteString(format);
        if (media.Kind == MediaKind.Document)
        {
            output.Write(",\"name\":"u8);
            output.WriteString(UniqueName(media));
        }
        output.Write(",\"source\":{"u8);
        WriteSource(media);
        output.Write((byte)'}');
        if (media.Context is { IsEmpty: false } context)
        {
            output.Write(",\"context\":"u8);
            output.WriteString(context.Text);
        }
        if (media.HasCitations) output.Write(",\"citations\":{\"enabled\":true}"u8);
        output.Write((byte)'}');
    }

    void WriteSource(MediaPart media)
    {
        if (media.PlainText is { } text)
        {
            output.Write("\"bytes\":\""u8);
            WriteBase64(text.Text);
            output.Write((byte)'"');
        }
        else if (media.Data is { } data)
        {
            output.Write("\"bytes\":"u8);
            output.WriteString(data.Text);
        }
        else if (media.Url is { } url && url.Text.Bytes.StartsWith("s3:"u8))
        {
            output.Write("\"s3Location\":{\"uri\":"u8);
            output.WriteString(url.Text);
            output.Write((byte)'}');
        }
        else if (media.Url is not null)
        {
            throw Refused("Bedrock takes no images or documents by URL, and nothing is fetched from here: send the content itself (base64), or a place in S3 (s3://bucket/key).");
        }
        else throw Refused("A file id is known only to the provider that gave it: send the file's content instead.");
    }

    void WriteBase64(JsonText text)
    {
        using var plain = new PooledBuffer();
        text.WriteDecoded(plain);
        Base64.EncodeToUtf8(plain.Written, output.GetSpan(Base64.GetMaxEncodedToUtf8Length(plain.Length)), out _, out var written);
        output.Advance(written);
    }

    // Only letters, digits, blanks, hyphens and brackets, no two blanks in a row, and no name twice in a request.
    string UniqueName(MediaPart media)
    {
        var told = media.Name?.ToString() ?? "";
        var name = new System.Text.StringBuilder();
        foreach (var c in told)
        {
            if (name.Length == MaxNameLength - 10) break;
            var kept = char.IsAsciiLetterOrDigit(c) || c is ' ' or '-' or '(' or ')' or '[' or ']' ? c : '-';
            if (kept != ' ' || (name.Length > 0 && name[^1] != ' ')) name.Append(kept);
        }
        var fitted = name.ToString().TrimEnd();
        if (fitted.Length == 0) fitted = "document";
        var unique = fitted;
        for (var number = 2; !_names.Add(unique); number++) unique = $"{fitted}-{number}";
        return unique;
    }

    static string? Known((string Type, string Format)[] types, MediaPart media)
    {
        if (media.MediaType?.ToString() is not { } told) return null;
        var end = told.IndexOf(';', StringComparison.Ordinal);
        var type = (end < 0 ? told : told[..end]).Trim();
        foreach (var (known, format) in types)
        {
            if (known.Equals(type, StringComparison.OrdinalIgnoreCase)) return format;
        }
        return null;
    }

    // Clients often say application/octet-stream of what they do not know.
    static string? Ending(MediaPart media)
    {
        if (media.Name?.ToString() is not { } name) return null;
        var ending = name[(name.LastIndexOf('.') + 1)..].ToLowerInvariant();
        foreach (var (_, format) in Documents)
        {
            if (format == ending) return format;
        }
        return null;
    }

    // By the first bytes of each format, as they look in base64; by the name of what is in S3.
    static string ImageFormat(MediaPart media)
    {
        var start = (media.Data ?? media.Url ?? default).Bytes.Span;
        if (start.StartsWith("iVBOR"u8) || start.EndsWith(".png"u8)) return "png";
        if (start.StartsWith("R0lG"u8) || start.EndsWith(".gif"u8)) return "gif";
        return start.StartsWith("UklGR"u8) || start.EndsWith(".webp"u8) ? "webp" : "jpeg";
    }

    static BridgeException Refused(string message) => new(BridgeError.InvalidRequest(message, "messages"));
}
