using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.OpenAiChat;

/// <summary>Writes a message's <c>content</c>.</summary>
sealed class OpenAiChatPartWriter(ChatRequest request, Quirks quirks, PooledBuffer output, IgnoredFields ignored)
{
    bool IsOwnFormat => request.Format == WireFormat.OpenAiChat;

    /// <summary>
    /// Appends the text parts as one string, a line feed between them: many compatible servers take an array from the user only.
    /// Where cache markers are understood and there is one, it is an array after all.
    /// </summary>
    public void WriteString(List<Part> parts)
    {
        if (HasMarker(parts))
        {
            WriteArray(parts, textOnly: true);
            return;
        }
        output.Write((byte)'"');
        JoinText(parts);
        output.Write((byte)'"');
    }

    /// <summary>Appends a user's content: a string when it is one text, else an array, which keeps the parts apart as the client did.</summary>
    public void WriteUserContent(List<Part> parts)
    {
        if (parts.Count == 0) output.Write("\"\""u8);
        else if (parts is [TextPart text] && !HasMarker(parts)) output.WriteString(text.Text.Text);
        else WriteArray(parts, textOnly: false);
    }

    /// <summary>Appends the content of a tool message.</summary>
    public void WriteResultContent(ToolResultPart result)
    {
        var marker = result.CacheControl;
        var (hasText, mediaFollows) = (false, false);
        foreach (var part in result.Content)
        {
            marker ??= part.CacheControl;
            hasText |= part is TextPart { Text.IsEmpty: false } or MediaPart { PlainText: not null };
            mediaFollows |= part is MediaPart { PlainText: null };
            if (part is OpaquePart) Ignore(part);
        }
        var asArray = marker is not null && Has(Quirks.CacheControl);
        output.Write(asArray ? "[{\"type\":\"text\",\"text\":\""u8 : "\""u8);
        if (result.IsError && !SaysError(result.Content)) output.Write("Error: "u8);
        JoinText(result.Content);
        if (mediaFollows && !hasText) output.Write("The result follows in the next message."u8);
        output.Write((byte)'"');
        if (!asArray) return;
        WriteMarker(marker);
        output.Write("}]"u8);
    }

    /// <summary>The name of a part that cannot be carried.</summary>
    public static string NameOf(Part part) => "content." + (part is OpaquePart opaque ? opaque.Name : ((MediaPart)part).Kind.ToString().ToLowerInvariant());

    void Ignore(Part part) => ignored.Add(NameOf(part));

    bool Has(Quirks quirk) => (quirks & quirk) != 0;

    bool HasMarker(List<Part> parts)
    {
        if (!Has(Quirks.CacheControl)) return false;
        foreach (var part in parts)
        {
            if (part is TextPart or MediaPart && part.CacheControl is not null) return true;
        }
        return false;
    }

    /// <summary>Whether a failed tool's result says so itself: "error: no such file" needs no second "Error: ".</summary>
    public static bool SaysError(List<Part> content)
    {
        foreach (var part in content)
        {
            if (part is TextPart text) return text.Text.ToString().AsSpan().TrimStart().StartsWith("error", StringComparison.OrdinalIgnoreCase);
        }
        return false;
    }

    void JoinText(List<Part> parts)
    {
        var some = false;
        foreach (var part in parts)
        {
            if (TextOf(part) is not { IsEmpty: false } text) continue;
            if (some) output.Write("\\n"u8);
            text.Text.WriteEscaped(output);
            some = true;
        }
    }

    static JsonString? TextOf(Part part) => part switch
    {
        TextPart text => text.Text,
        MediaPart { PlainText: { } text } => text,
        _ => null,
    };

    void WriteArray(List<Part> parts, bool textOnly)
    {
        output.Write((byte)'[');
        var some = false;
        foreach (var part in parts)
        {
            // Some servers refuse an empty text part.
            if (part is TextPart { Text.IsEmpty: true }) continue;
            var start = output.Length;
            if (some) output.Write((byte)',');
            if (WritePart(part, textOnly)) some = true;
            else output.Truncate(start);
        }
        if (!some) output.Write("{\"type\":\"text\",\"text\":\"\"}"u8);
        output.Write((byte)']');
    }

    bool WritePart(Part part, bool textOnly)
    {
        if (TextOf(part) is { } text)
        {
            output.Write("{\"type\":\"text\",\"text\":"u8);
            output.WriteString(text.Text);
        }
        else if (textOnly) return false;
        else if (part is MediaPart media) WriteMedia(media);
        else
        {
            if (part is not OpaquePart opaque) return false;
            if (IsOwnFormat) output.Write(opaque.Json.Span);
            else Ignore(part);
            return IsOwnFormat;
        }
        if (Has(Quirks.CacheControl)) WriteMarker(part.CacheControl);
        output.Write((byte)'}');
        return true;
    }

    void WriteMarker(ReadOnlyMemory<byte>? marker)
    {
        if (marker is not { } json) return;
        output.Write(",\"cache_control\":"u8);
        output.Write(json.Span);
    }

    // Leaves the part's object open, for the cache marker.
    void WriteMedia(MediaPart media)
    {
        switch (media.Kind)
        {
            case MediaKind.Image when media.FileId is null:
                WriteImage(media);
                break;
            case MediaKind.Audio:
                WriteAudio(media);
                break;
            default:
                WriteFile(media);
                break;
        }
    }

    void WriteImage(MediaPart image)
    {
        output.Write("{\"type\":\"image_url\",\"image_url\":{\"url\":\""u8);
        if (image.Url is { } url) url.Text.WriteEscaped(output);
        else WriteDataUrl(image, "image/png"u8);
        output.Write((byte)'"');
        if (image.Detail is { } detail)
        {
            output.Write(",\"detail\":"u8);
            output.WriteString(detail.Text);
        }
        output.Write((byte)'}');
    }

    void WriteAudio(MediaPart audio)
    {
        if (Has(Quirks.DocumentUrls))
        {
            output.Write("{\"type\":\"input_audio\",\"input_audio\":"u8);
            output.WriteString((audio.Data ?? audio.Url).GetValueOrDefault().Text);
            return;
        }
        if (audio.Data is not { } data) throw Refuse("takes audio only inline, in base64");
        output.Write("{\"type\":\"input_audio\",\"input_audio\":{\"data\":"u8);
        output.WriteString(data.Text);
        output.Write(",\"format\":"u8);
        output.WriteString((audio.MediaType?.ToString() ?? "audio/wav") switch
        {
            "audio/mpeg" or "audio/mp3" => "mp3",
            "audio/x-wav" or "audio/wave" or "audio/vnd.wave" => "wav",
            var type => type[(type.IndexOf('/') + 1)..],
        });
        output.Write((byte)'}');
    }

    void WriteFile(MediaPart file)
    {
        if (file.FileId is not null && !IsOwnFormat) throw Refuse("does not know the other provider's file ids; send the content inline");
        if (Has(Quirks.DocumentUrls))
        {
            WriteDocumentUrl(file);
            return;
        }
        if (file.Url is not null && !IsOwnFormat) throw Refuse("takes documents only inline, in base64");
        output.Write("{\"type\":\"file\",\"file\":{"u8);
        if (file.FileId is { } id)
        {
            output.Write("\"file_id\":"u8);
            output.WriteString(id.Text);
            if (file.Name is { } known)
            {
                output.Write(",\"filename\":"u8);
                output.WriteString(known.Text);
            }
        }
        else
        {
            output.Write("\"filename\":"u8);
            output.WriteString(file.Name is { } name ? name.Text : JsonText.Plain("document.pdf"u8)); // OpenAI demands one
            output.Write(",\"file_data\":\""u8);
            if (file.Url is { } url) url.Text.WriteEscaped(output);
            else WriteDataUrl(file, "application/pdf"u8);
            output.Write((byte)'"');
        }
        output.Write((byte)'}');
    }

    void WriteDocumentUrl(MediaPart document)
    {
        if (document.FileId is { } id)
        {
            output.Write("{\"type\":\"file\",\"file_id\":"u8);
            output.WriteString(id.Text);
            return;
        }
        output.Write("{\"type\":\"document_url\",\"document_url\":\""u8);
        if (document.Url is { } url) url.Text.WriteEscaped(output);
        else WriteDataUrl(document, "application/pdf"u8);
        output.Write((byte)'"');
        if (document.Name is not { } name) return;
        output.Write(",\"document_name\":"u8);
        output.WriteString(name.Text);
    }

    void WriteDataUrl(MediaPart media, ReadOnlySpan<byte> usualType)
    {
        output.Write("data:"u8);
        if (media.MediaType is { } type) type.Text.WriteEscaped(output);
        else output.Write(usualType);
        output.Write(";base64,"u8);
        media.Data.GetValueOrDefault().Text.WriteEscaped(output);
    }

    static BridgeException Refuse(string rule) => new(BridgeError.InvalidRequest($"'messages' cannot be carried to this provider: it {rule}.", "messages"));
}
