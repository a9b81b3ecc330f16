using System.Text;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Acp;

/// <summary>
/// Writes the blocks of a prompt. The protocol has no place for instructions and earlier turns: they stand in front, clearly marked, when the session
/// does not know them yet. Limits and randomness are the agent's own business, and are named as ignored.
/// </summary>
sealed class AcpRequestWriter(ChatRequest request, int first, AcpFormat format, AcpContent accepted, PooledBuffer output, IgnoredFields ignored)
{
    bool _any;

    /// <summary>Appends the array. Throws <see cref="BridgeException"/> when the agent cannot take a part of the request.</summary>
    public void Write()
    {
        NameIgnored();
        output.Write((byte)'[');
        if (first == 0 || format.RepeatsInstructions) WriteInstructions();
        var prompt = request.Messages.FindLastIndex(message => message.Role is Role.Assistant or Role.Tool) + 1;
        if (prompt > first) WriteEarlier(first, prompt);
        var length = output.Length;
        for (var i = Math.Max(first, prompt); i < request.Messages.Count; i++)
        {
            if (request.Messages[i].Role != Role.System) WriteParts(request.Messages[i].Parts, withText: true);
        }
        // A conversation that ends with the result of a tool has no words of its own.
        if (output.Length == length) WriteText("Go on from here."u8);
        output.Write((byte)']');
    }

    void WriteInstructions()
    {
        using var text = new PooledBuffer();
        foreach (var message in request.Messages)
        {
            if (message.Role != Role.System) continue;
            foreach (var part in message.Parts)
            {
                if (part is not TextPart said) continue;
                said.Text.Text.WriteDecoded(text);
                text.Write((byte)'\n');
            }
        }
        if (text.Length > 0) WriteMarked("<instructions>\n"u8, text.Written, "</instructions>"u8);
        if (request.ResponseFormat is not { } asked) return;
        text.Clear();
        text.Write("Answer with one JSON object and with nothing else"u8);
        if (asked.Schema is { } schema)
        {
            text.Write("; it must be valid by this JSON Schema:\n"u8);
            if (asked.Description is { } description)
            {
                description.Text.WriteDecoded(text);
                text.Write((byte)'\n');
            }
            text.Write(schema.Span);
        }
        text.Write((byte)'\n');
        WriteMarked("<answer_format>\n"u8, text.Written, "</answer_format>"u8);
    }

    void WriteEarlier(int from, int to)
    {
        var earlier = request.Messages.GetRange(from, to - from);
        if (!earlier.Exists(message => message.Role != Role.System)) return;
        using var text = new PooledBuffer();
        Transcript.Write(earlier, text);
        WriteText(text.Written);
        // Mentioned there, and here in the same order.
        foreach (var message in earlier) WriteParts(message.Parts, withText: false);
    }

    void WriteParts(List<Part> parts, bool withText)
    {
        foreach (var part in parts)
        {
            switch (part)
            {
                case TextPart text when withText:
                    if (text.Text.IsEmpty) break;
                    Begin("text"u8, ",\"text\":"u8);
                    output.WriteString(text.Text.Text);
                    output.Write((byte)'}');
                    break;
                case MediaPart media:
                    WriteMedia(media);
                    break;
                case ToolResultPart result:
                    WriteParts(result.Content, withText: false);
                    break;
                case OpaquePart opaque:
                    ignored.Add("content." + opaque.Name);
                    break;
            }
        }
    }

    void WriteMedia(MediaPart media)
    {
        if (media.FileId is not null) Refuse("a file that was uploaded elsewhere; send its content");
        if (media.Url is { } url) WriteLink(media, url);
        else if (media.PlainText is { } text) WriteDocument(media, ",\"text\":"u8, text, "text/plain");
        else if (media.Kind == MediaKind.Document && accepted.HasFlag(AcpContent.Resources)) WriteDocument(media, ",\"blob\":"u8, media.Data ?? default, "application/octet-stream");
        else if (media.Kind == MediaKind.Document) Refuse("documents");
        else if (media.Kind == MediaKind.Image) WriteData("image"u8, AcpContent.Images, media, "image/png", "pictures");
        else WriteData("audio"u8, AcpContent.Audio, media, "audio/wav", "sound");
    }

    void WriteData(ReadOnlySpan<byte> type, AcpContent needed, MediaPart media, string usualType, string what)
    {
        if (!accepted.HasFlag(needed)) Refuse(what);
        Begin(type, ",\"mimeType\":"u8);
        output.WriteString((media.MediaType ?? JsonString.Of(usualType)).Text);
        output.Write(",\"data\":"u8);
        output.WriteString((media.Data ?? default).Text);
        output.Write((byte)'}');
    }

    void WriteDocument(MediaPart media, ReadOnlySpan<byte> field, JsonString content, string usualType)
    {
        var name = NameOf(media, "document");
        if (!accepted.HasFlag(AcpContent.Resources))
        {
            using var text = new PooledBuffer();
            content.Text.WriteDecoded(text);
            WriteMarked(Encoding.UTF8.GetBytes($"<document name=\"{name}\">\n"), text.Written, "\n</document>"u8);
            return;
        }
        Begin("resource"u8, ",\"resource\":{\"uri\":"u8);
        output.WriteString("attachment:///" + Uri.EscapeDataString(name));
        output.Write(",\"mimeType\":"u8);
        output.WriteString((media.MediaType ?? JsonString.Of(usualType)).Text);
        output.Write(field);
        output.WriteString(content.Text);
        output.Write("}}"u8);
    }

    // Whether it is fetched, and by whom, is the agent's decision.
    void WriteLink(MediaPart media, JsonString url)
    {
        Begin("resource_link"u8, ",\"uri\":"u8);
        output.WriteString(url.Text);
        output.Write(",\"name\":"u8);
        output.WriteString(NameOf(media, media.Kind == MediaKind.Image ? "image" : "document"));
        if (media.MediaType is { } type)
        {
            output.Write(",\"mimeType\":"u8);
            output.WriteString(type.Text);
        }
        output.Write((byte)'}');
    }

    static string NameOf(MediaPart media, string usual) => media.Name is { IsEmpty: false } name ? name.ToString() : usual;

    static void Refuse(string what) => throw new BridgeException(BridgeError.InvalidRequest($"This agent takes no {what}.", "messages"));

    void WriteMarked(ReadOnlySpan<byte> before, ReadOnlySpan<byte> text, ReadOnlySpan<byte> after)
    {
        using var marked = new PooledBuffer();
        marked.Write(before);
        marked.Write(text);
        marked.Write(after);
        WriteText(marked.Written);
    }

    void WriteText(ReadOnlySpan<byte> text)
    {
        Begin("text"u8, ",\"text\":"u8);
        output.WriteString(JsonText.Plain(text));
        output.Write((byte)'}');
    }

    void Begin(ReadOnlySpan<byte> type, ReadOnlySpan<byte> field)
    {
        if (_any) output.Write((byte)',');
        _any = true;
        output.Write("{\"type\":\""u8);
        output.Write(type);
        output.Write((byte)'"');
        output.Write(field);
    }

    void NameIgnored()
    {
        AgentChoices.Name(request, ignored);
        ignored.AddIf(request.ParallelToolCalls is false, "parallel_tool_calls");
        ignored.AddIf(request.ToolChoice is { Kind: ToolChoiceKind.Required or ToolChoiceKind.Tool }, "tool_choice");
        ignored.AddIf(request.Reasoning is not null && !format.CarriesEffort, "reasoning_effort");
        // The schema is asked for in words.
        ignored.AddIf(request.ResponseFormat?.Strict == true, "response_format.json_schema.strict");
    }
}
