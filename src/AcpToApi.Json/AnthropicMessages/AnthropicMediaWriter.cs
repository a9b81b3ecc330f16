using System.Buffers;
using System.Buffers.Text;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.AnthropicMessages;

/// <summary>Writes the <c>source</c> of images and documents.</summary>
static class AnthropicMediaWriter
{
    /// <summary>Writes the source object. Throws <see cref="BridgeException"/> (400) for what Anthropic has no block for.</summary>
    public static void WriteSource(MediaPart media, WireFormat format, PooledBuffer output)
    {
        if (media.Kind == MediaKind.Audio) throw Refused("Audio input cannot be sent to a provider that speaks Anthropic messages.");
        if (media.PlainText is { } text) WriteText(text.Text, output);
        else if (media.Data is { } data) WriteData(media, data, output);
        else if (media.Url is { } url)
        {
            output.Write("{\"type\":\"url\",\"url\":\""u8);
            url.Text.WriteEscaped(output);
            output.Write("\"}"u8);
        }
        else if (media.FileId is { } file)
        {
            if (format != WireFormat.AnthropicMessages) throw Refused("A file id is known only to the provider that gave it: send the file's content instead.");
            output.Write("{\"type\":\"file\",\"file_id\":\""u8);
            file.Text.WriteEscaped(output);
            output.Write("\"}"u8);
        }
        else throw Refused("An image or document has neither data nor a URL.");
    }

    static void WriteText(JsonText text, PooledBuffer output)
    {
        output.Write("{\"type\":\"text\",\"media_type\":\"text/plain\",\"data\":\""u8);
        text.WriteEscaped(output);
        output.Write("\"}"u8);
    }

    static void WriteData(MediaPart media, JsonString data, PooledBuffer output)
    {
        // Anthropic takes base64 of images and PDFs only; text goes as text.
        if (media.Kind == MediaKind.Document && media.MediaType is { } type && type.ToString().StartsWith("text/", StringComparison.OrdinalIgnoreCase))
        {
            WriteDecoded(data, output);
            return;
        }
        output.Write("{\"type\":\"base64\",\"media_type\":\""u8);
        if (media.MediaType is { IsEmpty: false } told) told.Text.WriteEscaped(output);
        else output.Write(media.Kind == MediaKind.Image ? ImageType.Of(data.Bytes.Span) : "application/pdf"u8);
        output.Write("\",\"data\":\""u8);
        data.Text.WriteEscaped(output);
        output.Write("\"}"u8);
    }

    static void WriteDecoded(JsonString data, PooledBuffer output)
    {
        using var base64 = new PooledBuffer();
        using var text = new PooledBuffer();
        data.Text.WriteDecoded(base64);
        var status = Base64.DecodeFromUtf8(base64.Written, text.GetSpan(Base64.GetMaxDecodedFromUtf8Length(base64.Length)), out _, out var written);
        if (status != OperationStatus.Done) throw Refused("A document's data is not valid base64.");
        text.Advance(written);
        if (!System.Text.Unicode.Utf8.IsValid(text.Written)) throw Refused("A text document is not valid UTF-8.");
        WriteText(JsonText.Plain(text.Written), output);
    }

    static BridgeException Refused(string message) => new(BridgeError.InvalidRequest(message, "messages"));
}
