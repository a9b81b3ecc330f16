using AcpToApi.Json.Model;
using AcpToApi.Json.OpenAiChat;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Ollama;

/// <summary>Reads the body of <c>POST /api/chat</c>. Calls and results have no ids here: they are made up and paired by the tool's name, in order.</summary>
sealed class OllamaRequestReader(WireFormat format, ReadOnlyMemory<byte> body)
{
    readonly ChatRequest _request = new() { Body = body, Format = format, Stream = true };
    readonly List<ToolCallPart> _waiting = [];
    int _calls;

    /// <summary>Reads it. Throws <see cref="BridgeException"/> (400) that names the field.</summary>
    public ChatRequest Read()
    {
        var reader = new BodyReader(body);
        var hasModel = false;
        while (reader.NextProperty())
        {
            if (reader.Is("model"u8))
            {
                reader.Next();
                _request.Model = reader.ExpectString();
                hasModel = true;
            }
            else if (reader.Is("messages"u8))
            {
                reader.Next();
                reader.ExpectArray();
                while (reader.NextElement()) _request.Messages.Add(ReadMessage(ref reader));
            }
            else if (reader.Is("tools"u8)) OpenAiChatToolReader.ReadTools(ref reader, _request);
            else OllamaOptionsReader.Read(ref reader, _request);
        }
        if (!hasModel) reader.Missing("model");
        reader.ExpectEnd();
        _request.Unread.AddRange(reader.UnreadFields);
        return _request;
    }

    Message ReadMessage(ref BodyReader reader)
    {
        reader.ExpectObject();
        Role? role = null;
        JsonString? text = null, thinking = null, toolName = null, callId = null;
        var images = new List<Part>();
        var calls = new List<Part>();
        while (reader.NextProperty())
        {
            if (reader.Is("role"u8)) role = ReadRole(ref reader);
            else if (reader.Is("content"u8)) text = reader.ReadString();
            else if (reader.Is("thinking"u8)) thinking = reader.ReadString();
            else if (reader.Is("tool_name"u8) || reader.Is("name"u8)) toolName = reader.ReadString();
            else if (reader.Is("tool_call_id"u8)) callId = reader.ReadString();
            else if (reader.Is("images"u8)) OllamaOptionsReader.ReadImages(ref reader, images);
            else if (reader.Is("tool_calls"u8)) ReadCalls(ref reader, calls);
            else reader.Unread("messages[].");
        }
        if (role is null) reader.Missing("role");
        var message = new Message(role.Value);
        if (role == Role.Tool)
        {
            var result = new ToolResultPart { CallId = callId ?? Answered(toolName) };
            if (text is { } returned) result.Content.Add(new TextPart(returned));
            result.Content.AddRange(images);
            message.Parts.Add(result);
            return message;
        }
        if (thinking is { IsEmpty: false } reasoning) message.Parts.Add(new ReasoningPart(reasoning));
        if (text is { IsEmpty: false } said) message.Parts.Add(new TextPart(said));
        message.Parts.AddRange(images);
        message.Parts.AddRange(calls);
        return message;
    }

    static Role ReadRole(ref BodyReader reader)
    {
        reader.Next();
        if (reader.ExpectString().IsEmpty) reader.Fail("must not be empty");
        if (reader.Is("user"u8)) return Role.User;
        if (reader.Is("assistant"u8)) return Role.Assistant;
        if (reader.Is("system"u8)) return Role.System;
        if (!reader.Is("tool"u8)) reader.Fail("must be one of 'system', 'user', 'assistant', 'tool'");
        return Role.Tool;
    }

    void ReadCalls(ref BodyReader reader, List<Part> calls)
    {
        if (!reader.Value()) return;
        reader.ExpectArray();
        while (reader.NextElement())
        {
            reader.ExpectObject();
            JsonString? id = null, name = null;
            var arguments = new JsonString("{}"u8.ToArray(), IsEscaped: false);
            while (reader.NextProperty())
            {
                if (reader.Is("id"u8)) id = reader.ReadString();
                else if (!reader.Is("function"u8)) reader.SkipValue();
                else ReadFunction(ref reader, ref name, ref arguments);
            }
            if (name is null) reader.Missing("function.name");
            var call = new ToolCallPart { Id = id ?? JsonString.Of($"call_{_calls}"), Name = name.Value, Arguments = arguments };
            _calls++;
            _waiting.Add(call);
            calls.Add(call);
        }
    }

    static void ReadFunction(ref BodyReader reader, ref JsonString? name, ref JsonString arguments)
    {
        reader.Next();
        reader.ExpectObject();
        while (reader.NextProperty())
        {
            if (reader.Is("name"u8)) name = reader.ReadString();
            else if (reader.Is("arguments"u8))
            {
                if (reader.ReadRawObject() is { } json) arguments = new JsonString(json, IsEscaped: false);
            }
            else reader.Unread("tool_calls[].");
        }
    }

    // The first call of this name that has no result yet; without a name, the first of all.
    JsonString Answered(JsonString? name)
    {
        var index = name is { IsEmpty: false } known ? _waiting.FindIndex(call => call.Name.ToString() == known.ToString()) : _waiting.Count > 0 ? 0 : -1;
        if (index < 0) return JsonString.Of("call_unknown");
        var id = _waiting[index].Id;
        _waiting.RemoveAt(index);
        return id;
    }
}
