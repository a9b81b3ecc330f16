using System.Security.Cryptography;
using System.Text;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.OpenAiChat;

/// <summary>
/// Writes <c>messages</c>, with tool calls and results put in the order that the API demands: all results of a turn follow it at once,
/// every call has one, and none is without its call.
/// </summary>
sealed class OpenAiChatMessageWriter(ChatRequest request, Quirks quirks, PooledBuffer output, IgnoredFields ignored)
{
    const int MaxIdLength = 40;
    const int ShortIdLength = 9;

    readonly OpenAiChatPartWriter _parts = new(request, quirks, output, ignored);
    readonly HashSet<ToolResultPart> _written = [];
    bool _some;

    /// <summary>Appends the array.</summary>
    public void Write()
    {
        output.Write((byte)'[');
        var messages = request.Messages;
        for (var i = 0; i < messages.Count; i++)
        {
            switch (messages[i].Role)
            {
                case Role.System:
                    WriteSystem(messages[i]);
                    break;
                case Role.Assistant:
                    var turn = messages[i].Parts;
                    // Calls that a client spread over several messages are one turn: their results come after all of them.
                    while (HasCalls(turn) && i + 1 < messages.Count && messages[i + 1].Role == Role.Assistant) turn = [.. turn, .. messages[++i].Parts];
                    WriteAssistant(turn, messages[i].Name);
                    WriteResults(turn, i + 1);
                    break;
                default:
                    WriteUser(messages[i]);
                    break;
            }
        }
        output.Write((byte)']');
    }

    void WriteSystem(Message message)
    {
        var parts = new List<Part>();
        foreach (var part in message.Parts)
        {
            if (part is OpaquePart or MediaPart) _parts.Ignore(part);
            else if (part is TextPart text && BillingHeader.Without(text) is { } kept) parts.Add(kept);
        }
        if (parts.Count == 0 && message.Parts.Count > 0) return;
        Begin("system"u8);
        WriteName(message.Name);
        output.Write(",\"content\":"u8);
        _parts.WriteString(parts);
        output.Write((byte)'}');
    }

    void WriteUser(Message message)
    {
        var parts = new List<Part>();
        foreach (var part in message.Parts)
        {
            if (part is not ToolResultPart result) parts.Add(part);
            else if (!_written.Contains(result)) AddAsText(result, parts);
        }
        if (parts.Count == 0 && message.Parts.Count > 0) return;
        Begin("user"u8);
        if (message.Role == Role.User) WriteName(message.Name);
        output.Write(",\"content\":"u8);
        _parts.WriteUserContent(parts);
        output.Write((byte)'}');
    }

    // A result without its call (the client cut the conversation) would be refused; its content is still worth telling.
    void AddAsText(ToolResultPart result, List<Part> parts)
    {
        parts.Add(new TextPart(JsonString.Of($"Result of the tool call {FitId(result.CallId)}:")));
        parts.AddRange(result.Content);
    }

    void WriteAssistant(List<Part> parts, JsonString? name)
    {
        var (hasText, hasCalls, hasReasoning) = (false, false, false);
        foreach (var part in parts)
        {
            hasText |= part is TextPart { Text.IsEmpty: false };
            hasCalls |= part is ToolCallPart;
            hasReasoning |= part is ReasoningPart { Text.IsEmpty: false };
            if (part is OpaquePart or MediaPart) _parts.Ignore(part);
        }
        hasReasoning &= (quirks & (Quirks.ReplaysReasoningContent | Quirks.ReplaysReasoning)) != 0;
        if (!hasText && !hasCalls && !hasReasoning) return; // only reasoning of another provider, or nothing at all
        Begin("assistant"u8);
        WriteName(name);
        output.Write(",\"content\":"u8);
        if (hasText) _parts.WriteString(parts);
        else output.Write(hasCalls ? "null"u8 : "\"\""u8);
        if (hasReasoning) WriteReasoning(parts);
        // Clients lose reasoning (gemini-cli), and DeepSeek and Kimi refuse a call without any; Kimi an empty one, too.
        else if (hasCalls && (quirks & Quirks.ReplaysReasoningContent) != 0) output.Write(",\"reasoning_content\":\" \""u8);
        if (hasCalls) WriteCalls(parts);
        output.Write((byte)'}');
    }

    void WriteReasoning(List<Part> parts)
    {
        output.Write((quirks & Quirks.ReplaysReasoningContent) != 0 ? ",\"reasoning_content\":\""u8 : ",\"reasoning\":\""u8);
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
            output.WriteString(FitId(call.Id).Text);
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

    void WriteResults(List<Part> turn, int next)
    {
        var (media, missing) = (new List<Part>(), new List<string>());
        foreach (var result in TurnResults.Of(turn, request.Messages, next, missing)) WriteResult(result, media);
        foreach (var id in missing)
        {
            BeginResult(JsonString.Of(id));
            output.Write("\"No result was returned for this tool call.\"}"u8);
        }
        if (media.Count == 0) return;
        Begin("user"u8);
        output.Write(",\"content\":"u8);
        _parts.WriteUserContent(media);
        output.Write((byte)'}');
    }

    // A tool message takes text only, so images follow in a message of the user's, after all results.
    void WriteResult(ToolResultPart result, List<Part> media)
    {
        _written.Add(result);
        BeginResult(result.CallId);
        var told = false;
        foreach (var part in result.Content)
        {
            if (part is not MediaPart { PlainText: null } found) continue;
            if (!told) media.Add(new TextPart(JsonString.Of($"Returned by the tool call {FitId(result.CallId)}:")));
            media.Add(found);
            told = true;
        }
        _parts.WriteResultContent(result, mediaFollows: told);
        output.Write((byte)'}');
    }

    void BeginResult(JsonString callId)
    {
        Begin("tool"u8);
        output.Write(",\"tool_call_id\":"u8);
        output.WriteString(FitId(callId).Text);
        output.Write(",\"content\":"u8);
    }

    JsonString FitId(JsonString id) => (quirks & Quirks.ShortToolCallIds) != 0 ? ShortId(CarriedSignature.Strip(id)) : ToolNames.FitId(id, MaxIdLength);

    static JsonString ShortId(JsonString id)
    {
        var bytes = id.Bytes.Span;
        var fits = bytes.Length == ShortIdLength;
        foreach (var b in bytes) fits &= char.IsAsciiLetterOrDigit((char)b);
        if (fits) return id;
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(id.ToString()));
        return JsonString.Of(Convert.ToHexStringLower(hash)[..ShortIdLength]);
    }

    void Begin(ReadOnlySpan<byte> role)
    {
        output.Write(_some ? ",{\"role\":\""u8 : "{\"role\":\""u8);
        output.Write(role);
        output.Write((byte)'"');
        _some = true;
    }

    void WriteName(JsonString? name)
    {
        if (name is not { IsEmpty: false } known || (quirks & Quirks.NoOpenAiFields) != 0) return;
        output.Write(",\"name\":"u8);
        output.WriteString(known.Text);
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
