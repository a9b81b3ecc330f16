using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.CohereChat;

/// <summary>
/// Writes <c>messages</c>: text as strings, pictures as <c>image_url</c> parts, a tool's result as a message of its own. All results of a turn
/// follow it at once, every call has one, and none is without its call.
/// </summary>
sealed class CohereChatMessageWriter(ChatRequest request, PooledBuffer output, IgnoredFields ignored)
{
    const int MaxIdLength = 64;

    readonly HashSet<ToolResultPart> _written = [];
    bool _some;

    /// <summary>Appends the array.</summary>
    public void Write()
    {
        output.Write((byte)'[');
        var messages = request.Messages;
        for (var i = 0; i < messages.Count; i++)
        {
            if (messages[i].Role != Role.Assistant)
            {
                WriteSaid(messages[i]);
                continue;
            }
            var turn = messages[i].Parts;
            // Calls that a client spread over several messages are one turn: their results come after all of them.
            while (turn.Exists(part => part is ToolCallPart) && i + 1 < messages.Count && messages[i + 1].Role == Role.Assistant) turn = [.. turn, .. messages[++i].Parts];
            WriteAssistant(turn);
            WriteResults(turn, i + 1);
        }
        output.Write((byte)']');
    }

    void WriteResults(List<Part> turn, int next)
    {
        var missing = new List<string>();
        foreach (var result in TurnResults.Of(turn, request.Messages, next, missing)) WriteResult(result);
        foreach (var id in missing)
        {
            BeginResult(JsonString.Of(id));
            output.Write("No result was returned for this tool call.\"}"u8);
        }
    }

    void BeginResult(JsonString callId)
    {
        Begin("tool"u8);
        output.Write(",\"tool_call_id\":"u8);
        output.WriteString(ToolNames.FitId(callId, MaxIdLength).Text);
        output.Write(",\"content\":\""u8);
    }

    void WriteResult(ToolResultPart result)
    {
        _written.Add(result);
        BeginResult(result.CallId);
        if (result.IsError) output.Write("Error: "u8);
        WriteText(result.Content);
        output.Write("\"}"u8);
        foreach (var part in result.Content)
        {
            if (part is MediaPart { PlainText: null } media) ignored.Add("content." + NameOf(media));
        }
    }

    // A turn without text, pictures and calls (reasoning of another provider, say) is left out: an empty message is refused.
    void WriteSaid(Message message)
    {
        var (hasMedia, hasText) = (false, false);
        var parts = new List<Part>();
        foreach (var part in message.Parts)
        {
            if (part is not ToolResultPart result) parts.Add(part);
            else if (!_written.Contains(result))
            {
                // A result without its call (the client cut the conversation) would be refused; its content is still worth telling.
                parts.Add(new TextPart(JsonString.Of("Result of a tool call:")));
                parts.AddRange(result.Content);
            }
        }
        foreach (var part in parts)
        {
            hasMedia |= part is MediaPart { PlainText: null };
            hasText |= Said(part, message.Role) is { IsEmpty: false };
        }
        if (!hasMedia && !hasText && message.Parts.Count > 0) return;
        Begin(message.Role == Role.System ? "system"u8 : "user"u8);
        output.Write(hasMedia ? ",\"content\":["u8 : ",\"content\":\""u8);
        if (hasMedia) WriteParts(parts);
        else WriteText(parts, message.Role);
        output.Write(hasMedia ? "]}"u8 : "\"}"u8);
    }

    void WriteAssistant(List<Part> parts)
    {
        var (hasText, hasCalls, hasReasoning) = (false, false, false);
        foreach (var part in parts)
        {
            hasText |= part is TextPart { Text.IsEmpty: false };
            hasCalls |= part is ToolCallPart;
            hasReasoning |= part is ReasoningPart { Signature: null, Text.IsEmpty: false };
            if (part is MediaPart media) ignored.Add("content." + NameOf(media));
            else if (part is OpaquePart opaque) ignored.Add("content." + opaque.Name);
        }
        if (!hasText && !hasCalls) return;
        Begin("assistant"u8);
        if (hasCalls) WriteCalls(parts);
        // Beside calls the text is the plan that leads to them.
        if (hasText && hasCalls)
        {
            output.Write(",\"tool_plan\":\""u8);
            WriteText(parts);
            output.Write((byte)'"');
        }
        else if (hasText && !hasReasoning)
        {
            output.Write(",\"content\":\""u8);
            WriteText(parts);
            output.Write((byte)'"');
        }
        else if (hasText)
        {
            output.Write(",\"content\":["u8);
            WriteParts(parts);
            output.Write((byte)']');
        }
        output.Write((byte)'}');
    }

    void WriteCalls(List<Part> parts)
    {
        var separator = ",\"tool_calls\":[{\"id\":"u8;
        foreach (var part in parts)
        {
            if (part is not ToolCallPart call) continue;
            output.Write(separator);
            output.WriteString(ToolNames.FitId(call.Id, MaxIdLength).Text);
            output.Write(",\"type\":\"function\",\"function\":{\"name\":"u8);
            output.WriteString(ToolNames.Fit(call.Name, CohereChatRequestWriter.MaxNameLength).Text);
            output.Write(",\"arguments\":"u8);
            output.WriteString(call.Arguments.IsEmpty ? JsonText.Plain("{}"u8) : call.Arguments.Text);
            output.Write("}}"u8);
            separator = ",{\"id\":"u8;
        }
        output.Write((byte)']');
    }

    void WriteParts(List<Part> parts)
    {
        ReadOnlySpan<byte> separator = default;
        foreach (var part in parts)
        {
            if (part is MediaPart { PlainText: null } media) WriteImage(media, separator);
            else if (part is ReasoningPart { Signature: null, Text.IsEmpty: false } reasoning) WriteText("thinking"u8, reasoning.Text, separator);
            else if (TextOf(part) is { IsEmpty: false } text) WriteText("text"u8, text, separator);
            else continue;
            separator = ","u8;
        }
    }

    void WriteText(ReadOnlySpan<byte> type, JsonString text, ReadOnlySpan<byte> separator)
    {
        output.Write(separator);
        output.Write("{\"type\":\""u8);
        output.Write(type);
        output.Write("\",\""u8);
        output.Write(type);
        output.Write("\":"u8);
        output.WriteString(text.Text);
        output.Write((byte)'}');
    }

    void WriteImage(MediaPart image, ReadOnlySpan<byte> separator)
    {
        if (image.Kind != MediaKind.Image) throw Refuse($"takes no {NameOf(image)} input");
        if (image.FileId is not null) throw Refuse("does not know the other provider's file ids; send the content inline");
        output.Write(separator);
        output.Write("{\"type\":\"image_url\",\"image_url\":{\"url\":\""u8);
        if (image.Url is { } url) url.Text.WriteEscaped(output);
        else
        {
            output.Write("data:"u8);
            if (image.MediaType is { } type) type.Text.WriteEscaped(output);
            else output.Write("image/png"u8);
            output.Write(";base64,"u8);
            image.Data.GetValueOrDefault().Text.WriteEscaped(output);
        }
        output.Write((byte)'"');
        if (image.Detail is { } detail)
        {
            output.Write(",\"detail\":"u8);
            output.WriteString(detail.Text);
        }
        output.Write("}}"u8);
    }

    void WriteText(List<Part> parts, Role role = Role.User)
    {
        var some = false;
        foreach (var part in parts)
        {
            if (part is OpaquePart opaque) ignored.Add("content." + opaque.Name);
            if (Said(part, role) is not { IsEmpty: false } found) continue;
            if (some) output.Write("\\n"u8);
            found.Text.WriteEscaped(output);
            some = true;
        }
    }

    static JsonString? Said(Part part, Role role) => role == Role.System && part is TextPart text ? BillingHeader.Without(text)?.Text : TextOf(part);

    static JsonString? TextOf(Part part) => part switch
    {
        TextPart text => text.Text,
        MediaPart { PlainText: { } text } => text,
        _ => null,
    };

    void Begin(ReadOnlySpan<byte> role)
    {
        output.Write(_some ? ",{\"role\":\""u8 : "{\"role\":\""u8);
        output.Write(role);
        output.Write((byte)'"');
        _some = true;
    }

    static string NameOf(MediaPart media) => media.Kind.ToString().ToLowerInvariant();

    static BridgeException Refuse(string rule) => new(BridgeError.InvalidRequest($"'messages' cannot be carried to this provider: it {rule}.", "messages"));
}
