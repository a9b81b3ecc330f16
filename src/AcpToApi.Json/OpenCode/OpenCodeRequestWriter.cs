using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.OpenCode;

/// <summary>
/// Writes the body of <c>POST /session/{id}/message</c>. The agent chooses everything about sampling itself, so all of that is named as ignored.
/// A session takes words of the user only: what else it has not heard is told as a transcript.
/// </summary>
sealed class OpenCodeRequestWriter(ChatRequest request, UpstreamTarget target, PooledBuffer output, IgnoredFields ignored)
{
    bool _some;

    /// <summary>Appends the body; the target's model is <c>provider/model</c>. Throws <see cref="BridgeException"/> when the request cannot be carried at all.</summary>
    public void Write()
    {
        WriteModel();
        WriteSystem();
        WriteTools();
        WriteFormat();
        WriteVariant();
        NameIgnored();
        output.Write(",\"parts\":["u8);
        WriteParts();
        output.Write("]}"u8);
    }

    void WriteModel()
    {
        var model = target.Model.ToString();
        var slash = model.IndexOf('/', StringComparison.Ordinal);
        output.Write("{\"model\":{\"providerID\":"u8);
        output.WriteString(model[..Math.Max(slash, 0)]);
        output.Write(",\"modelID\":"u8);
        output.WriteString(model[(slash + 1)..]);
        output.Write((byte)'}');
    }

    // It stands behind the agent's own instructions, with every prompt.
    void WriteSystem()
    {
        var separator = ",\"system\":\""u8;
        foreach (var message in request.Messages)
        {
            if (message.Role != Role.System) continue;
            foreach (var part in message.Parts)
            {
                if (part is not TextPart text || BillingHeader.Without(text) is not { Text.IsEmpty: false } said) continue;
                output.Write(separator);
                said.Text.Text.WriteEscaped(output);
                separator = "\\n\\n"u8;
            }
        }
        if (separator[0] == '\\') output.Write((byte)'"');
    }

    void WriteTools()
    {
        var wanted = request.Tools.Count > 0 && request.ToolChoice is not { Kind: ToolChoiceKind.None };
        if (wanted && target.ToolServer is null)
        {
            throw new BridgeException(BridgeError.InvalidRequest("A server that the bridge has not started itself is not offered a client's own tools, since its other users would see them; use the same agent over ACP (acp/ before its name), or leave 'tools' out to let it use its own.", "tools"));
        }
        if (!wanted)
        {
            // Tools of other conversations' clients are registered there too.
            output.Write(",\"tools\":{"u8);
            output.WriteString(OpenCodeTools.Prefix + "*");
            output.Write(":false}"u8);
            return;
        }
        output.Write(",\"tools\":{\"*\":false,"u8);
        output.WriteString(target.ToolServer + "_*");
        output.Write(":true}"u8);
        ignored.AddIf(request.ToolChoice is { Kind: ToolChoiceKind.Required or ToolChoiceKind.Tool }, "tool_choice");
        ignored.AddIf(request.ParallelToolCalls is false, "parallel_tool_calls");
    }

    void WriteFormat()
    {
        if (request.ResponseFormat?.Schema is not { } schema)
        {
            ignored.AddIf(request.ResponseFormat is not null, "response_format");
            return;
        }
        output.Write(",\"format\":{\"type\":\"json_schema\",\"schema\":"u8);
        output.Write(schema.Span);
        output.Write((byte)'}');
    }

    void WriteVariant()
    {
        if (request.Reasoning is not { } asked) return;
        var effort = asked.Mode == ReasoningMode.Disabled ? "none" : asked.Effort;
        var isCarried = effort is not null && target.Efforts?.Contains(effort) == true;
        ignored.AddIf(asked.BudgetTokens is not null || asked.Mode == ReasoningMode.Enabled || effort is not null && !isCarried, "reasoning_effort");
        if (!isCarried) return;
        output.Write(",\"variant\":"u8);
        output.WriteString(effort!);
    }

    void NameIgnored() => AgentChoices.Name(request, ignored);

    void WriteParts()
    {
        var messages = request.Messages;
        var lastAnswer = messages.FindLastIndex(message => message.Role == Role.Assistant);
        var next = target.FirstMessage;
        if (lastAnswer >= next)
        {
            var earlier = messages.GetRange(next, lastAnswer + 1 - next);
            using var transcript = new PooledBuffer();
            Transcript.Write(earlier, transcript);
            WriteText(JsonText.Plain(transcript.Written));
            foreach (var message in earlier) WriteFiles(message.Parts);
            next = lastAnswer + 1;
        }
        for (; next < messages.Count; next++)
        {
            if (messages[next].Role == Role.System) continue;
            foreach (var part in messages[next].Parts) WritePart(part);
        }
        // A prompt without parts is refused.
        if (!_some) WriteText(default);
    }

    void WriteFiles(List<Part> parts)
    {
        foreach (var part in parts)
        {
            if (part is MediaPart { PlainText: null } media) WriteFile(media);
            else if (part is ToolResultPart result) WriteFiles(result.Content);
            else if (part is OpaquePart opaque) ignored.Add("content." + opaque.Name);
        }
    }

    void WritePart(Part part)
    {
        switch (part)
        {
            case TextPart text:
                WriteText(text.Text.Text);
                break;
            case MediaPart { PlainText: { } document }:
                WriteText(document.Text);
                break;
            case MediaPart media:
                WriteFile(media);
                break;
            case ToolResultPart result:
                // The call that it answers is no longer waited for.
                using (var told = new PooledBuffer())
                {
                    Transcript.Write(result, told);
                    WriteText(JsonText.Plain(told.Written));
                }
                WriteFiles(result.Content);
                break;
            case OpaquePart opaque:
                ignored.Add("content." + opaque.Name);
                break;
        }
    }

    void WriteText(JsonText text)
    {
        Separate();
        output.Write("{\"type\":\"text\",\"text\":"u8);
        output.WriteString(text);
        output.Write((byte)'}');
    }

    void WriteFile(MediaPart media)
    {
        if (media.FileId is not null) throw Refuse("does not know the other provider's file ids; send the content inline");
        // It would open any other kind of URL itself, files of its machine too.
        if (media.Url is { } url && !DataUrl.IsWeb(url)) throw Refuse("takes http, https and data URLs only");
        Separate();
        output.Write("{\"type\":\"file\",\"mime\":\""u8);
        WriteType(media);
        output.Write((byte)'"');
        if (media.Name is { IsEmpty: false } name && media.Kind == MediaKind.Document)
        {
            output.Write(",\"filename\":"u8);
            output.WriteString(name.Text);
        }
        output.Write(",\"url\":\""u8);
        if (media.Url is { } web) web.Text.WriteEscaped(output);
        else
        {
            output.Write("data:"u8);
            WriteType(media);
            output.Write(";base64,"u8);
            media.Data.GetValueOrDefault().Text.WriteEscaped(output);
        }
        output.Write("\"}"u8);
    }

    void WriteType(MediaPart media)
    {
        if (media.MediaType is { IsEmpty: false } type) type.Text.WriteEscaped(output);
        else output.Write(media.Kind switch { MediaKind.Image => "image/png"u8, MediaKind.Audio => "audio/wav"u8, _ => "application/pdf"u8 });
    }

    void Separate()
    {
        if (_some) output.Write((byte)',');
        _some = true;
    }

    static BridgeException Refuse(string rule) => new(BridgeError.InvalidRequest($"'messages' cannot be carried to this agent: it {rule}.", "messages"));
}
