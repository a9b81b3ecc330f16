using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.OpenAiResponses;

/// <summary>
/// Reads one item of <c>input</c> after the other. What the model did (reasoning, text, calls) stands in items of its own here and becomes one
/// assistant message; results that follow each other become one tool message.
/// </summary>
sealed class OpenAiResponsesItemReader(List<Message> messages)
{
    /// <summary>Reads the item that the reader stands on.</summary>
    public void Read(ref BodyReader reader)
    {
        reader.ExpectObject();
        switch (TypeAhead(reader))
        {
            case "message":
                ReadMessage(ref reader);
                break;
            case "function_call" or "custom_tool_call":
                Model().Add(ReadCall(ref reader));
                break;
            case "function_call_output" or "custom_tool_call_output":
                Results().Add(ReadResult(ref reader));
                break;
            case "reasoning":
                if (ReadReasoning(ref reader) is { } reasoning) Model().Add(reasoning);
                break;
            case var other:
                // Whoever did it, it happened in the course of the model's turn.
                Model().Add(new OpaquePart(other, reader.Raw()));
                break;
        }
    }

    // A message may leave its type out, and a reference to an item may leave out everything but the id.
    static string TypeAhead(BodyReader reader)
    {
        var (hasRole, hasId) = (false, false);
        while (reader.NextProperty())
        {
            if (reader.Is("type"u8))
            {
                if (reader.Value()) return reader.ExpectString().ToString();
                continue;
            }
            hasRole |= reader.Is("role"u8);
            hasId |= reader.Is("id"u8);
            reader.SkipValue();
        }
        return hasId && !hasRole ? "item_reference" : "message";
    }

    List<Part> Model()
    {
        if (messages is not [.., { Role: Role.Assistant }]) messages.Add(new Message(Role.Assistant));
        return messages[^1].Parts;
    }

    List<Part> Results()
    {
        if (messages is not [.., { Role: Role.Tool }]) messages.Add(new Message(Role.Tool));
        return messages[^1].Parts;
    }

    void ReadMessage(ref BodyReader reader)
    {
        Role? role = null;
        var hasContent = false;
        List<Part> content = [];
        while (reader.NextProperty())
        {
            if (reader.Is("role"u8)) role = ReadRole(ref reader);
            else if (reader.Is("content"u8))
            {
                reader.Next();
                OpenAiResponsesPartReader.ReadContent(ref reader, content);
                hasContent = true;
            }
            else reader.Unread("input[].");
        }
        if (role is null) reader.Missing("role");
        if (!hasContent) reader.Missing("content");
        if (role == Role.Assistant)
        {
            Model().AddRange(content);
            return;
        }
        var message = new Message(role.Value);
        message.Parts.AddRange(content);
        messages.Add(message);
    }

    static Role? ReadRole(ref BodyReader reader)
    {
        reader.Next();
        Role? role = reader.ExpectString().ToString() switch
        {
            "user" => Role.User,
            "assistant" => Role.Assistant,
            "system" or "developer" => Role.System,
            _ => null,
        };
        if (role is null) reader.Fail("must be one of: 'user', 'assistant', 'system', 'developer'");
        return role;
    }

    static ToolCallPart ReadCall(ref BodyReader reader)
    {
        JsonString? id = null, name = null, space = null;
        JsonString arguments = default;
        while (reader.NextProperty())
        {
            if (reader.Is("call_id"u8)) id = reader.ReadString();
            else if (reader.Is("name"u8)) name = reader.ReadString();
            else if (reader.Is("namespace"u8)) space = reader.ReadString();
            else if (reader.Is("input"u8))
            {
                if (reader.Value()) arguments = CustomTools.ArgumentsOf(reader.ExpectString());
            }
            else if (reader.Is("arguments"u8))
            {
                // Some clients send the object itself.
                if (reader.Value()) arguments = reader.Token == JsonTokenType.String ? reader.ExpectString() : new JsonString(reader.RawObject(), IsEscaped: false);
            }
            else reader.Unread("input[].");
        }
        if (id is null) reader.Missing("call_id");
        if (name is null) reader.Missing("name");
        return new ToolCallPart { Id = id.Value, Name = OpenAiResponsesToolNames.Qualify(space, name.Value), Arguments = arguments };
    }

    static ToolResultPart ReadResult(ref BodyReader reader)
    {
        JsonString? id = null;
        List<Part> content = [];
        var hasOutput = false;
        while (reader.NextProperty())
        {
            if (reader.Is("call_id"u8)) id = reader.ReadString();
            else if (reader.Is("output"u8))
            {
                hasOutput = true;
                if (reader.Value()) OpenAiResponsesPartReader.ReadContent(ref reader, content);
            }
            else reader.Unread("input[].");
        }
        if (id is null) reader.Missing("call_id");
        if (!hasOutput) reader.Missing("output");
        var result = new ToolResultPart { CallId = id.Value };
        result.Content.AddRange(content);
        return result;
    }

    // Reasoning is told as a summary (OpenAI) or as it is (open models); an item may hold neither, but its encrypted form.
    static Part? ReadReasoning(ref BodyReader reader)
    {
        JsonString? id = null, encrypted = null;
        List<Part> summary = [], content = [];
        while (reader.NextProperty())
        {
            if (reader.Is("id"u8)) id = reader.ReadString();
            else if (reader.Is("encrypted_content"u8)) encrypted = reader.ReadString();
            else if (reader.Is("summary"u8))
            {
                if (reader.Value()) OpenAiResponsesPartReader.ReadContent(ref reader, summary);
            }
            else if (reader.Is("content"u8))
            {
                if (reader.Value()) OpenAiResponsesPartReader.ReadContent(ref reader, content);
            }
            else reader.Unread("input[].");
        }
        var text = Joined(summary.Count > 0 ? summary : content);
        if (encrypted is { IsEmpty: false } known) return OpenAiResponsesReasoning.ReadEncryptedContent(known, id ?? default, text);
        return text.IsEmpty ? null : new ReasoningPart(text);
    }

    static JsonString Joined(List<Part> parts)
    {
        if (parts is [TextPart only]) return only.Text;
        using var joined = new PooledBuffer();
        foreach (var part in parts)
        {
            if (part is not TextPart text) continue;
            if (joined.Length > 0) joined.Write("\\n\\n"u8);
            text.Text.Text.WriteEscaped(joined);
        }
        return new JsonString(joined.Written.ToArray(), IsEscaped: true);
    }
}
