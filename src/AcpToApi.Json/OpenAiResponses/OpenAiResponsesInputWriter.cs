using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.OpenAiResponses;

/// <summary>
/// Writes <c>instructions</c> and <c>input</c>. All results of a turn follow its calls at once, every call has one, and none is without its
/// call: the API refuses anything else.
/// </summary>
sealed class OpenAiResponsesInputWriter(ChatRequest request, Quirks quirks, PooledBuffer output, IgnoredFields ignored)
{
    const int MaxIdLength = 64;

    readonly bool _isOwn = request.Format is OpenAiResponsesFormat;
    readonly OpenAiResponsesPartWriter _parts = new(request, output, ignored);
    readonly HashSet<ToolResultPart> _written = [];
    bool _some;
    bool _refers;

    /// <summary>Appends both fields.</summary>
    public void Write()
    {
        var messages = request.Messages;
        var first = WriteInstructions(messages) ? 1 : 0;
        output.Write(",\"input\":["u8);
        for (var i = first; i < messages.Count; i++)
        {
            switch (messages[i].Role)
            {
                case Role.System:
                    WriteMessage("developer"u8, SystemParts(messages[i]));
                    break;
                case Role.Assistant:
                    var turn = messages[i].Parts;
                    // Calls that a client spread over several messages are one turn: their results come after all of them.
                    while (HasCalls(turn) && i + 1 < messages.Count && messages[i + 1].Role == Role.Assistant) turn = [.. turn, .. messages[++i].Parts];
                    WriteTurn(turn);
                    WriteResults(turn, i + 1);
                    break;
                default:
                    WriteUser(messages[i]);
                    break;
            }
        }
        output.Write((byte)']');
    }

    /// <summary>Appends a tool's name and namespace, each with a leading comma.</summary>
    public static void WriteToolName(in OpenAiResponsesToolName tool, PooledBuffer output)
    {
        output.Write(",\"name\":"u8);
        output.WriteString(tool.Name.Text);
        if (tool.Namespace is not { } space) return;
        output.Write(",\"namespace\":"u8);
        output.WriteString(space.Text);
    }

    // Instructions alone are no input.
    bool WriteInstructions(List<Message> messages)
    {
        if (messages is not [{ Role: Role.System } system, _, ..]) return false;
        var parts = SystemParts(system);
        if (parts.Count == 0) return true;
        output.Write(",\"instructions\":"u8);
        _parts.WriteJoined(parts);
        return true;
    }

    List<Part> SystemParts(Message message)
    {
        var parts = new List<Part>();
        foreach (var part in message.Parts)
        {
            if (part is TextPart text)
            {
                if (BillingHeader.Without(text) is { } kept) parts.Add(kept);
            }
            else _parts.Ignore(part);
        }
        return parts;
    }

    void WriteMessage(ReadOnlySpan<byte> role, List<Part> parts)
    {
        if (parts.Count == 0) return;
        var start = output.Length;
        Begin("message"u8);
        output.Write(",\"role\":\""u8);
        output.Write(role);
        output.Write("\",\"content\":"u8);
        if (_parts.WriteContent(parts)) output.Write((byte)'}');
        else Undo(start);
    }

    void WriteUser(Message message)
    {
        var parts = new List<Part>();
        foreach (var part in message.Parts)
        {
            if (part is not ToolResultPart result) parts.Add(part);
            else if (_written.Contains(result)) continue;
            else if (_refers) WriteResult(result);
            else AddAsText(result, parts);
        }
        WriteMessage("user"u8, parts);
    }

    // A result without its call (the client cut the conversation) would be refused; its content is still worth telling.
    static void AddAsText(ToolResultPart result, List<Part> parts)
    {
        parts.Add(new TextPart(JsonString.Of($"Result of the tool call {CarriedSignature.Strip(result.CallId)}:")));
        parts.AddRange(result.Content);
    }

    // Its call is one of those that the provider stores.
    void WriteResult(ToolResultPart result)
    {
        Begin("function_call_output"u8);
        output.Write(",\"call_id\":"u8);
        output.WriteString(ToolNames.FitId(result.CallId, MaxIdLength).Text);
        output.Write(",\"output\":"u8);
        _parts.WriteResult(result);
        output.Write((byte)'}');
    }

    void WriteTurn(List<Part> parts)
    {
        for (var i = 0; i < parts.Count; i++)
        {
            switch (parts[i])
            {
                case TextPart:
                    var texts = new List<Part>();
                    for (; i < parts.Count && parts[i] is TextPart; i++) texts.Add(parts[i]);
                    i--;
                    WriteText(texts);
                    break;
                case ToolCallPart call:
                    WriteCall(call);
                    break;
                case ReasoningPart reasoning:
                    WriteReasoning(reasoning, isLast: !HasMore(parts, i));
                    break;
                case OpaquePart opaque when _isOwn:
                    _refers |= opaque.Name == "item_reference";
                    output.Write(_some ? ","u8 : ""u8);
                    output.Write(opaque.Json.Span);
                    _some = true;
                    break;
                case OpaquePart or MediaPart:
                    _parts.Ignore(parts[i]);
                    break;
            }
        }
    }

    void WriteText(List<Part> texts)
    {
        var start = output.Length;
        Begin("message"u8);
        output.Write(",\"role\":\"assistant\",\"content\":"u8);
        if (_parts.WriteAnswer(texts)) output.Write((byte)'}');
        else Undo(start);
    }

    // Reasoning must be followed by what it led to.
    static bool HasMore(List<Part> parts, int index)
    {
        for (var i = index + 1; i < parts.Count; i++)
        {
            if (parts[i] is TextPart { Text.IsEmpty: false } or ToolCallPart) return true;
        }
        return false;
    }

    // Another provider's signature would fail the whole request. Without one, only providers that ask for it get reasoning back.
    void WriteReasoning(ReasoningPart reasoning, bool isLast)
    {
        if (isLast) return;
        if (reasoning.Signature is { } signature && OpenAiResponsesReasoning.TryReadSignature(signature, out var id, out var encrypted))
        {
            Begin("reasoning"u8);
            if (!id.IsEmpty)
            {
                output.Write(",\"id\":"u8);
                output.WriteString(id.Text);
            }
            output.Write(",\"summary\":["u8);
            if (!reasoning.Text.IsEmpty)
            {
                output.Write("{\"type\":\"summary_text\",\"text\":"u8);
                output.WriteString(reasoning.Text.Text);
                output.Write((byte)'}');
            }
            output.Write("],\"encrypted_content\":"u8);
            output.WriteString(encrypted.Text);
            output.Write((byte)'}');
        }
        else if ((quirks & (Quirks.ReplaysReasoningContent | Quirks.ReplaysReasoning)) != 0 && !reasoning.Text.IsEmpty)
        {
            Begin("reasoning"u8);
            output.Write(",\"summary\":[],\"content\":[{\"type\":\"reasoning_text\",\"text\":"u8);
            output.WriteString(reasoning.Text.Text);
            output.Write("}]}"u8);
        }
    }

    void WriteCall(ToolCallPart call)
    {
        var tool = ToolOf(call);
        Begin(tool.IsCustom ? "custom_tool_call"u8 : "function_call"u8);
        output.Write(",\"call_id\":"u8);
        output.WriteString(ToolNames.FitId(call.Id, MaxIdLength).Text);
        WriteToolName(tool, output);
        if (tool.IsCustom)
        {
            output.Write(",\"input\":"u8);
            CustomTools.WriteInput(call.Arguments.Text, output);
        }
        else
        {
            output.Write(",\"arguments\":"u8);
            output.WriteString(call.Arguments.IsEmpty ? JsonText.Plain("{}"u8) : call.Arguments.Text);
        }
        output.Write((byte)'}');
    }

    OpenAiResponsesToolName ToolOf(ToolCallPart call) => _isOwn
        ? OpenAiResponsesToolNames.Find(request, call.Name.Text)
        : new OpenAiResponsesToolName(ToolNames.Fit(call.Name, WireFormat.OpenAiResponses.MaxToolNameLength), null, IsCustom: false);

    // Results may stand anywhere between this turn and the model's next.
    void WriteResults(List<Part> turn, int next)
    {
        var waiting = new List<ToolCallPart>();
        foreach (var part in turn)
        {
            if (part is ToolCallPart call) waiting.Add(call);
        }
        for (; waiting.Count > 0 && next < request.Messages.Count && request.Messages[next].Role != Role.Assistant; next++)
        {
            foreach (var part in request.Messages[next].Parts)
            {
                if (part is not ToolResultPart result) continue;
                var at = waiting.FindIndex(call => call.Id.ToString() == result.CallId.ToString());
                if (at < 0) continue;
                _written.Add(result);
                BeginResult(waiting[at]);
                _parts.WriteResult(result);
                output.Write((byte)'}');
                waiting.RemoveAt(at);
            }
        }
        foreach (var call in waiting)
        {
            BeginResult(call);
            output.Write("\"No result was returned for this tool call.\"}"u8);
        }
    }

    void BeginResult(ToolCallPart call)
    {
        Begin(ToolOf(call).IsCustom ? "custom_tool_call_output"u8 : "function_call_output"u8);
        output.Write(",\"call_id\":"u8);
        output.WriteString(ToolNames.FitId(call.Id, MaxIdLength).Text);
        output.Write(",\"output\":"u8);
    }

    void Begin(ReadOnlySpan<byte> type)
    {
        output.Write(_some ? ",{\"type\":\""u8 : "{\"type\":\""u8);
        output.Write(type);
        output.Write((byte)'"');
        _some = true;
    }

    void Undo(int start)
    {
        output.Truncate(start);
        _some = output.Written[^1] != (byte)'[';
    }

    static bool HasCalls(List<Part> parts)
    {
        foreach (var part in parts)
        {
            if (part is ToolCallPart) return true;
        }
        return false;
    }
}
