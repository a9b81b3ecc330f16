using AcpToApi.Json.Model;
using AcpToApi.Json.OpenAiChat;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.OpenAiResponses;

/// <summary>Writes the content of messages and tool results.</summary>
sealed class OpenAiResponsesPartWriter(ChatRequest request, PooledBuffer output, IgnoredFields ignored)
{
    readonly bool _isOwn = request.Format is OpenAiResponsesFormat;

    /// <summary>Appends text parts as one string, a line feed between them.</summary>
    public void WriteJoined(List<Part> parts)
    {
        output.Write((byte)'"');
        Join(parts, some: false);
        output.Write((byte)'"');
    }

    /// <summary>Appends what a user or developer says: a string when it is one text, else an array. False when nothing can be carried.</summary>
    public bool WriteContent(List<Part> parts)
    {
        if (parts is [TextPart only])
        {
            output.WriteString(only.Text.Text);
            return true;
        }
        return WriteArray(parts);
    }

    /// <summary>Appends what the model said. False when that was nothing.</summary>
    public bool WriteAnswer(List<Part> texts)
    {
        if (texts is [TextPart only])
        {
            if (!only.Text.IsEmpty) output.WriteString(only.Text.Text);
            return !only.Text.IsEmpty;
        }
        var separator = "[{\"type\":\"output_text\",\"text\":"u8;
        foreach (var part in texts)
        {
            if (part is not TextPart { Text.IsEmpty: false } text) continue;
            output.Write(separator);
            output.WriteString(text.Text.Text);
            output.Write((byte)'}');
            separator = ",{\"type\":\"output_text\",\"text\":"u8;
        }
        if (separator[0] == (byte)'[') return false;
        output.Write((byte)']');
        return true;
    }

    /// <summary>Appends what a tool returned: a string, or an array where there is more than text.</summary>
    public void WriteResult(ToolResultPart result)
    {
        var isError = result.IsError && !OpenAiChatPartWriter.SaysError(result.Content);
        var start = output.Length;
        if (result.Content.Exists(part => part is not TextPart))
        {
            var content = isError ? [new TextPart(JsonString.Of("Error:")), .. result.Content] : result.Content;
            if (WriteArray(content)) return;
            output.Truncate(start);
        }
        output.Write((byte)'"');
        if (isError) output.Write("Error: "u8);
        Join(result.Content, some: false);
        output.Write((byte)'"');
    }

    /// <summary>Notes a part that cannot be carried.</summary>
    public void Ignore(Part part)
    {
        if (part is OpaquePart opaque) ignored.Add("content." + opaque.Name);
        else if (part is MediaPart media) ignored.Add("content." + media.Kind.ToString().ToLowerInvariant());
    }

    void Join(List<Part> parts, bool some)
    {
        foreach (var part in parts)
        {
            if (part is not TextPart { Text.IsEmpty: false } text) continue;
            if (some) output.Write("\\n"u8);
            text.Text.Text.WriteEscaped(output);
            some = true;
        }
    }

    bool WriteArray(List<Part> parts)
    {
        output.Write((byte)'[');
        var some = false;
        foreach (var part in parts)
        {
            if (part is TextPart { Text.IsEmpty: true }) continue;
            var start = output.Length;
            if (some) output.Write((byte)',');
            if (WritePart(part)) some = true;
            else output.Truncate(start);
        }
        output.Write((byte)']');
        return some;
    }

    bool WritePart(Part part)
    {
        switch (part)
        {
            case TextPart text:
                WriteText(text.Text);
                return true;
            case MediaPart { PlainText: { } plain }:
                WriteText(plain);
                return true;
            case MediaPart media:
                WriteMedia(media);
                return true;
            case OpaquePart opaque when _isOwn:
                output.Write(opaque.Json.Span);
                return true;
            default:
                Ignore(part);
                return false;
        }
    }

    void WriteText(JsonString text)
    {
        output.Write("{\"type\":\"input_text\",\"text\":"u8);
        output.WriteString(text.Text);
        output.Write((byte)'}');
    }

    void WriteMedia(MediaPart media)
    {
        if (media.FileId is not null && !_isOwn) throw Refuse("does not know the other provider's file ids; send the content inline");
        if (media.Kind == MediaKind.Image) WriteImage(media);
        else if (media.Kind == MediaKind.Audio) WriteAudio(media);
        else WriteFile(media);
    }

    void WriteImage(MediaPart image)
    {
        output.Write("{\"type\":\"input_image\",\"detail\":"u8);
        output.WriteString(image.Detail is { } detail ? detail.Text : JsonText.Plain("auto"u8));
        if (image.FileId is { } id) WriteField(",\"file_id\":"u8, id);
        else if (image.Url is { } url) WriteField(",\"image_url\":"u8, url);
        else WriteDataUrl(",\"image_url\":\""u8, image, "image/png"u8);
        output.Write((byte)'}');
    }

    void WriteFile(MediaPart file)
    {
        output.Write("{\"type\":\"input_file\""u8);
        if (file.FileId is { } id) WriteField(",\"file_id\":"u8, id);
        else if (file.Url is { } url) WriteField(",\"file_url\":"u8, url);
        else
        {
            WriteField(",\"filename\":"u8, file.Name ?? JsonString.Of("document.pdf")); // OpenAI demands one
            WriteDataUrl(",\"file_data\":\""u8, file, "application/pdf"u8);
        }
        output.Write((byte)'}');
    }

    void WriteAudio(MediaPart audio)
    {
        if (audio.Data is not { } data) throw Refuse("takes audio only inline, in base64");
        output.Write("{\"type\":\"input_audio\",\"input_audio\":{"u8);
        WriteField("\"data\":"u8, data);
        output.Write(",\"format\":"u8);
        output.WriteString((audio.MediaType?.ToString() ?? "audio/wav") switch
        {
            "audio/mpeg" or "audio/mp3" => "mp3",
            "audio/x-wav" or "audio/wave" or "audio/vnd.wave" => "wav",
            var type => type[(type.IndexOf('/') + 1)..],
        });
        output.Write("}}"u8);
    }

    void WriteField(ReadOnlySpan<byte> field, JsonString value)
    {
        output.Write(field);
        output.WriteString(value.Text);
    }

    void WriteDataUrl(ReadOnlySpan<byte> field, MediaPart media, ReadOnlySpan<byte> usualType)
    {
        output.Write(field);
        output.Write("data:"u8);
        if (media.MediaType is { } type) type.Text.WriteEscaped(output);
        else output.Write(usualType);
        output.Write(";base64,"u8);
        media.Data.GetValueOrDefault().Text.WriteEscaped(output);
        output.Write((byte)'"');
    }

    static BridgeException Refuse(string rule) => new(BridgeError.InvalidRequest($"'messages' cannot be carried to this provider: it {rule}.", "messages"));
}
