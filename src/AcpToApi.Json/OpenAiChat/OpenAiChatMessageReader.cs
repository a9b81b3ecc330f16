using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.OpenAiChat;

/// <summary>Reads one element of <c>messages</c> after the other.</summary>
sealed class OpenAiChatMessageReader
{
    // function_call has no id; its result, of role "function", is the one that follows.
    JsonString? _legacyCallId;
    int _legacyCalls;

    /// <summary>Reads the message that the reader stands on.</summary>
    public Message Read(ref BodyReader reader)
    {
        reader.ExpectObject();
        var start = reader.Mark();
        var role = ReadRole(reader);
        var fields = new Fields();
        while (reader.NextProperty()) ReadField(ref reader, role, fields);
        switch (role)
        {
            case "assistant":
                return Assistant(fields);
            case "tool" or "function":
                return ToolResult(ref reader, role, fields);
            default:
                if (!fields.HasContent)
                {
                    if (!fields.ContentIsNull) reader.Missing("content");
                    while (!start.NextProperty() || !start.Is("content"u8)) start.SkipValue();
                    start.Next();
                    start.Fail("must be a string or an array of parts");
                }
                var message = new Message(role == "user" ? Role.User : Role.System) { Name = fields.Name };
                message.Parts.AddRange(fields.Content);
                return message;
        }
    }

    // The role may stand after the content, which it decides about.
    static string ReadRole(BodyReader reader)
    {
        while (reader.NextProperty())
        {
            if (!reader.Is("role"u8))
            {
                reader.SkipValue();
                continue;
            }
            reader.Next();
            var role = reader.ExpectString().ToString();
            if (role is not ("system" or "developer" or "user" or "assistant" or "tool" or "function"))
            {
                reader.Fail("must be one of: 'system', 'developer', 'user', 'assistant', 'tool', 'function'");
            }
            return role;
        }
        reader.Missing("role");
        return "";
    }

    void ReadField(ref BodyReader reader, string role, Fields fields)
    {
        if (reader.Is("content"u8))
        {
            fields.ContentIsNull = !reader.Value();
            fields.HasContent = !fields.ContentIsNull;
            if (fields.HasContent) OpenAiChatPartReader.ReadContent(ref reader, fields.Content);
        }
        else if (reader.Is("name"u8)) fields.Name = reader.ReadString();
        else if (reader.Is("tool_call_id"u8)) fields.CallId = reader.ReadString();
        else if (reader.Is("role"u8)) reader.SkipValue();
        else if (role != "assistant") reader.Unread("messages[].");
        else if (reader.Is("prefix"u8)) reader.SkipValue(); // said of a last message, which is gone on from in any case
        else if (reader.Is("reasoning_content"u8)) fields.ReasoningContent = ReadIfString(ref reader);
        else if (reader.Is("reasoning"u8)) fields.Reasoning = ReadIfString(ref reader);
        else if (reader.Is("refusal"u8)) fields.Refusal = reader.ReadString();
        else if (reader.Is("tool_calls"u8))
        {
            if (!reader.Value()) return;
            reader.ExpectArray();
            while (reader.NextElement()) fields.Calls.Add(ReadCall(ref reader));
        }
        else if (reader.Is("function_call"u8))
        {
            if (reader.Value()) ReadLegacyCall(ref reader, fields);
        }
        else reader.Unread("messages[].");
    }

    static Message Assistant(Fields fields)
    {
        var message = new Message(Role.Assistant) { Name = fields.Name };
        var reasoning = fields.ReasoningContent is { IsEmpty: false } ? fields.ReasoningContent : fields.Reasoning;
        if (reasoning is { IsEmpty: false } text) message.Parts.Add(new ReasoningPart(text));
        message.Parts.AddRange(fields.Content);
        if (fields.Refusal is { IsEmpty: false } refusal) message.Parts.Add(new TextPart(refusal));
        message.Parts.AddRange(fields.Calls);
        return message;
    }

    Message ToolResult(ref BodyReader reader, string role, Fields fields)
    {
        if (!fields.HasContent && !fields.ContentIsNull) reader.Missing("content");
        if (role == "tool" && fields.CallId is null) reader.Missing("tool_call_id");
        var result = new ToolResultPart { CallId = fields.CallId ?? _legacyCallId ?? fields.Name ?? JsonString.Of("function") };
        if (role == "function") _legacyCallId = null;
        result.Content.AddRange(fields.Content);
        var message = new Message(Role.Tool) { Name = fields.Name };
        message.Parts.Add(result);
        return message;
    }

    static ToolCallPart ReadCall(ref BodyReader reader)
    {
        reader.ExpectObject();
        JsonString? id = null, name = null, arguments = null;
        var called = false;
        while (reader.NextProperty())
        {
            if (reader.Is("id"u8))
            {
                reader.Next();
                id = reader.ExpectString();
            }
            else if (reader.Is("function"u8) || reader.Is("custom"u8))
            {
                reader.Next();
                reader.ExpectObject();
                (name, arguments) = ReadFunction(ref reader);
                called = true;
            }
            else if (reader.Is("type"u8))
            {
                if (!reader.Value()) continue;
                reader.ExpectString();
                if (!reader.Is("function"u8) && !reader.Is("custom"u8)) reader.Fail("must be one of: 'function', 'custom'");
            }
            else reader.Unread("tool_calls[].");
        }
        if (id is null) reader.Missing("id");
        if (!called) reader.Missing("function");
        return new ToolCallPart { Id = id.Value, Name = name!.Value, Arguments = arguments ?? default };
    }

    void ReadLegacyCall(ref BodyReader reader, Fields fields)
    {
        reader.ExpectObject();
        var (name, arguments) = ReadFunction(ref reader);
        if (name.IsEmpty) return; // Snowflake's empty object, sent back
        _legacyCallId = JsonString.Of($"call_function_{++_legacyCalls}");
        fields.Calls.Add(new ToolCallPart { Id = _legacyCallId.Value, Name = name, Arguments = arguments });
    }

    static (JsonString Name, JsonString Arguments) ReadFunction(ref BodyReader reader)
    {
        JsonString? name = null;
        JsonString arguments = default;
        while (reader.NextProperty())
        {
            if (reader.Is("name"u8))
            {
                reader.Next();
                name = reader.ExpectString();
            }
            else if (reader.Is("arguments"u8))
            {
                // Some clients send the object itself.
                if (reader.Value()) arguments = reader.Token == JsonTokenType.String ? reader.ExpectString() : new JsonString(reader.RawObject(), IsEscaped: false);
            }
            else if (reader.Is("input"u8))
            {
                if (reader.Value()) arguments = CustomTools.ArgumentsOf(reader.ExpectString());
            }
            else reader.Unread("tool_calls[].");
        }
        if (name is null) reader.Missing("name");
        return (name.Value, arguments);
    }

    static JsonString? ReadIfString(ref BodyReader reader)
    {
        reader.Next();
        if (reader.Token == JsonTokenType.String) return reader.ExpectString();
        reader.Skip();
        return null;
    }

    sealed class Fields
    {
        public List<Part> Content { get; } = [];

        public List<ToolCallPart> Calls { get; } = [];

        public bool HasContent { get; set; }

        public bool ContentIsNull { get; set; }

        public JsonString? Name { get; set; }

        public JsonString? CallId { get; set; }

        public JsonString? ReasoningContent { get; set; }

        public JsonString? Reasoning { get; set; }

        public JsonString? Refusal { get; set; }
    }
}
