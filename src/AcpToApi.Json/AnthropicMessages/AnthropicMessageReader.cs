using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.AnthropicMessages;

/// <summary>Reads one entry of <c>messages</c>.</summary>
static class AnthropicMessageReader
{
    /// <summary>Reads the message that the reader stands on; adds one or, where tool results and other content are mixed, two neutral ones.</summary>
    public static void Read(ref BodyReader reader, List<Message> messages)
    {
        reader.ExpectObject();
        Role? role = null;
        var hasContent = false;
        List<Part> parts = [];
        while (reader.NextProperty())
        {
            if (reader.Is("role"u8)) role = ReadRole(ref reader);
            else if (reader.Is("content"u8))
            {
                if (!reader.Value()) reader.Fail("must be a string or an array of content blocks");
                AnthropicBlockReader.ReadContent(ref reader, parts);
                hasContent = true;
            }
            else reader.Unread("messages[].");
        }
        if (role is not { } speaker) reader.Missing("role");
        else if (!hasContent) reader.Missing("content");
        else Add(ref reader, speaker, parts, messages);
    }

    static Role ReadRole(ref BodyReader reader)
    {
        reader.Next();
        var role = reader.ExpectString().Text;
        if (role.Is("user"u8)) return Role.User;
        if (role.Is("assistant"u8)) return Role.Assistant;
        if (!role.Is("system"u8)) reader.Fail("must be one of 'user', 'assistant', 'system'");
        return Role.System;
    }

    static void Add(ref BodyReader reader, Role role, List<Part> parts, List<Message> messages)
    {
        var results = new Message(Role.Tool);
        var rest = new Message(role);
        foreach (var part in parts)
        {
            if (part is ToolResultPart && role != Role.User) reader.Fail("must not hold tool_result blocks: they belong in a user message");
            if (part is ToolCallPart && role != Role.Assistant) reader.Fail("must not hold tool_use blocks: they belong in an assistant message");
            (part is ToolResultPart ? results : rest).Parts.Add(part);
        }
        if (results.Parts.Count > 0) messages.Add(results);
        // Claude Code sends system messages with empty content; there is nothing in them to carry.
        if (rest.Parts.Count > 0 || (results.Parts.Count == 0 && role != Role.System)) messages.Add(rest);
    }
}
