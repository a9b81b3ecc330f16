using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.AnthropicMessages;

/// <summary>Writes turns and their blocks; texts, images and arguments go as the bytes they came as.</summary>
sealed class AnthropicContentWriter(ChatRequest request, int maxToolNameLength, AnthropicCacheMarkers markers, PooledBuffer output, string toolPrefix = "")
{
    bool _hasBlock;

    /// <summary>Writes <c>system</c>: a string where a single plain text is all there is.</summary>
    public void WriteSystem(List<Part> parts)
    {
        if (parts is [TextPart { CacheControl: null } only]) WriteString(only.Text);
        else WriteBlocks(parts);
    }

    /// <summary>Writes one entry of <c>messages</c>.</summary>
    public void WriteTurn(AnthropicTurn turn)
    {
        output.Write("{\"role\":\""u8);
        output.Write(turn.Role switch { Role.Assistant => "assistant"u8, Role.System => "system"u8, _ => "user"u8 });
        output.Write("\",\"content\":"u8);
        // A turn must not be empty; only a first user turn that we had to add can be.
        if (turn.Parts.Count == 0 && turn.Answers.Count == 0) output.Write("\"(empty)\""u8);
        else if (turn is { Answers.Count: 0, Instructions.Count: 0, Parts: [TextPart { CacheControl: null } only] }) WriteString(only.Text);
        else WriteTurnBlocks(turn);
        output.Write((byte)'}');
    }

    void WriteTurnBlocks(AnthropicTurn turn)
    {
        BeginBlocks();
        foreach (var call in turn.Answers) WriteResult(call);
        var calls = 0;
        foreach (var part in turn.Parts)
        {
            if (part is ToolCallPart) WriteCall(turn.Calls[calls++]);
            else if (turn.Instructions.Contains(part)) WriteInstruction(part);
            else WriteBlock(part);
        }
        output.Write((byte)']');
    }

    void WriteBlocks(List<Part> parts)
    {
        BeginBlocks();
        foreach (var part in parts) WriteBlock(part);
        output.Write((byte)']');
    }

    void WriteBlock(Part part)
    {
        switch (part)
        {
            case TextPart text:
                BeginBlock("{\"type\":\"text\",\"text\":"u8);
                WriteString(text.Text);
                EndBlock(part);
                break;
            case MediaPart { Declaration: { } declaration } when request.Format == WireFormat.AnthropicMessages:
                markers.Takes(part.CacheControl);
                BeginBlock(declaration.Span);
                break;
            case MediaPart media:
                BeginBlock(media.Kind == MediaKind.Image ? "{\"type\":\"image\",\"source\":"u8 : "{\"type\":\"document\",\"source\":"u8);
                AnthropicMediaWriter.WriteSource(media, request.Format, output);
                if (media.Kind == MediaKind.Document) WriteUse(media);
                EndBlock(part);
                break;
            case ReasoningPart reasoning:
                BeginBlock("{\"type\":\"thinking\",\"thinking\":"u8);
                WriteString(reasoning.Text);
                WriteField(",\"signature\":"u8, reasoning.Signature ?? default);
                output.Write((byte)'}');
                break;
            case RedactedReasoningPart redacted:
                BeginBlock("{\"type\":\"redacted_thinking\",\"data\":"u8);
                WriteString(redacted.Data);
                output.Write((byte)'}');
                break;
            case OpaquePart opaque:
                BeginBlock(opaque.Json.Span);
                break;
        }
    }

    void WriteUse(MediaPart document)
    {
        if (document.Name is { } title) WriteField(",\"title\":"u8, title);
        if (document.Context is { } context) WriteField(",\"context\":"u8, context);
        if (document.HasCitations) output.Write(",\"citations\":{\"enabled\":true}"u8);
    }

    void WriteInstruction(Part part)
    {
        if (part is not TextPart text)
        {
            WriteBlock(part);
            return;
        }
        BeginBlock("{\"type\":\"text\",\"text\":\"<system>\\n"u8);
        text.Text.Text.WriteEscaped(output);
        output.Write("\\n</system>\""u8);
        EndBlock(part);
    }

    void WriteCall(AnthropicCall call)
    {
        BeginBlock("{\"type\":\"tool_use\",\"id\":"u8);
        WriteString(call.Id);
        var name = ToolNames.Fit(call.Part.Name, maxToolNameLength);
        WriteField(",\"name\":"u8, toolPrefix.Length == 0 ? name : JsonString.Of(toolPrefix + name));
        output.Write(",\"input\":"u8);
        ArgumentsObject.Write(call.Part.Arguments.Text, output);
        EndBlock(call.Part);
    }

    void WriteResult(AnthropicCall call)
    {
        BeginBlock("{\"type\":\"tool_result\",\"tool_use_id\":"u8);
        WriteString(call.Id);
        if (call.Result is not { } result)
        {
            // Anthropic refuses a call without a result; the model had better know that there is none.
            output.Write(",\"content\":\"no result was returned\",\"is_error\":true}"u8);
            return;
        }
        WriteResultContent(result);
        if (result.IsError) output.Write(",\"is_error\":true"u8);
        EndBlock(result);
    }

    void WriteResultContent(ToolResultPart result)
    {
        if (result.Content is [TextPart { CacheControl: null } only])
        {
            WriteField(",\"content\":"u8, only.Text);
            return;
        }
        var (start, any) = (output.Length, false);
        output.Write(",\"content\":"u8);
        BeginBlocks();
        foreach (var part in result.Content)
        {
            if (part is TextPart text && AnthropicText.IsBlank(text.Text)) continue;
            if (part is OpaquePart && request.Format != WireFormat.AnthropicMessages) continue;
            WriteBlock(part);
            any = true;
        }
        output.Write((byte)']');
        if (!any) output.Truncate(start);
        _hasBlock = true;
    }

    void BeginBlocks()
    {
        output.Write((byte)'[');
        _hasBlock = false;
    }

    void BeginBlock(ReadOnlySpan<byte> start)
    {
        if (_hasBlock) output.Write((byte)',');
        _hasBlock = true;
        output.Write(start);
    }

    void EndBlock(Part part)
    {
        markers.Write(part.CacheControl, output);
        output.Write((byte)'}');
    }

    void WriteField(ReadOnlySpan<byte> name, JsonString value)
    {
        output.Write(name);
        WriteString(value);
    }

    void WriteString(JsonString text)
    {
        output.Write((byte)'"');
        text.Text.WriteEscaped(output);
        output.Write((byte)'"');
    }
}
