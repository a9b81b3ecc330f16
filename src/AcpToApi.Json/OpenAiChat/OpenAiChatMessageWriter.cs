using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.OpenAiChat;

/// <summary>Writes <c>messages</c>; their order is the business of <see cref="OpenAiChatConversation"/>.</summary>
sealed class OpenAiChatMessageWriter(ChatRequest request, Quirks quirks, PooledBuffer output, IgnoredFields ignored)
{
    readonly OpenAiChatPartWriter _parts = new(request, quirks, output, ignored);

    /// <summary>Appends the array.</summary>
    public void Write()
    {
        var messages = OpenAiChatConversation.Of(request, quirks, ignored);
        output.Write((byte)'[');
        for (var i = 0; i < messages.Count; i++)
        {
            if (i > 0) output.Write((byte)',');
            WriteMessage(messages[i], isLast: i + 1 == messages.Count);
        }
        output.Write((byte)']');
    }

    void WriteMessage(Message message, bool isLast)
    {
        switch (message.Role)
        {
            case Role.System:
                Begin("system"u8, message);
                _parts.WriteString(message.Parts);
                break;
            case Role.Assistant:
                WriteAssistant(message, isLast);
                break;
            case Role.Tool:
                WriteResult((ToolResultPart)message.Parts[0]);
                break;
            default:
                Begin("user"u8, message);
                _parts.WriteUserContent(message.Parts);
                break;
        }
        output.Write((byte)'}');
    }

    void WriteAssistant(Message message, bool isLast)
    {
        var (hasText, hasCalls, hasReasoning) = (false, false, false);
        foreach (var part in message.Parts)
        {
            hasText |= part is TextPart { Text.IsEmpty: false };
            hasCalls |= part is ToolCallPart;
            hasReasoning |= part is ReasoningPart { Text.IsEmpty: false };
        }
        Begin("assistant"u8, message);
        if (hasText) _parts.WriteString(message.Parts);
        else output.Write(hasCalls ? "null"u8 : "\"\""u8);
        if (hasReasoning) WriteReasoning(message.Parts);
        // Clients lose reasoning (gemini-cli), and DeepSeek and Kimi refuse a call without any; Kimi an empty one, too.
        else if (hasCalls && Has(Quirks.ReplaysReasoningContent)) output.Write(",\"reasoning_content\":\" \""u8);
        if (hasCalls) WriteCalls(message.Parts);
        if (isLast && Has(Quirks.MarksPrefill)) output.Write(",\"prefix\":true"u8);
    }

    void WriteReasoning(List<Part> parts)
    {
        output.Write(Has(Quirks.ReplaysReasoningContent) ? ",\"reasoning_content\":\""u8 : ",\"reasoning\":\""u8);
        foreach (var part in parts)
        {
            if (part is ReasoningPart reasoning) reasoning.Text.Text.WriteEscaped(output);
        }
        output.Write((byte)'"');
    }

    void WriteCalls(List<Part> parts)
    {
        var separator = ",\"tool_calls\":[{\"id\":"u8;
        foreach (var part in parts)
        {
            if (part is not ToolCallPart call) continue;
            output.Write(separator);
            output.WriteString(OpenAiChatCallIds.Fit(call.Id, quirks).Text);
            var isCustom = OpenAiChatFormat.KeepsCustomTools(request, quirks) && CustomTools.Has(request, call.Name.Text);
            output.Write(isCustom ? ",\"type\":\"custom\",\"custom\":{\"name\":"u8 : ",\"type\":\"function\",\"function\":{\"name\":"u8);
            output.WriteString(ToolNames.Fit(call.Name, OpenAiChatRequestWriter.MaxNameLength).Text);
            output.Write(isCustom ? ",\"input\":"u8 : ",\"arguments\":"u8);
            if (isCustom) CustomTools.WriteInput(call.Arguments.Text, output);
            else output.WriteString(call.Arguments.IsEmpty ? JsonText.Plain("{}"u8) : call.Arguments.Text);
            output.Write("}}"u8);
            separator = ",{\"id\":"u8;
        }
        output.Write((byte)']');
    }

    void WriteResult(ToolResultPart result)
    {
        output.Write("{\"role\":\"tool\",\"tool_call_id\":"u8);
        output.WriteString(OpenAiChatCallIds.Fit(result.CallId, quirks).Text);
        output.Write(",\"content\":"u8);
        _parts.WriteResultContent(result);
    }

    // Leaves the message's object open, before its content.
    void Begin(ReadOnlySpan<byte> role, Message message)
    {
        output.Write("{\"role\":\""u8);
        output.Write(role);
        output.Write((byte)'"');
        if (message.Name is { IsEmpty: false } name && OpenAiChatFormat.NamesParticipants(quirks))
        {
            output.Write(",\"name\":"u8);
            output.WriteString(name.Text);
        }
        output.Write(",\"content\":"u8);
    }

    bool Has(Quirks quirk) => (quirks & quirk) != 0;
}
