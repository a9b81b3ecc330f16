using AcpToApi.Json.Model;

namespace AcpToApi.Json.OpenAiChat;

/// <summary>Conversations for providers that refuse any but one order of roles; nothing is lost, and nothing moves.</summary>
static class OpenAiChatRoles
{
    /// <summary>
    /// The same messages with instructions at the beginning only, messages of one role in a row as one, and nothing but the model's word after a
    /// tool's: what others say there stands in the tool's message, marked as such.
    /// </summary>
    public static List<Message> Strict(List<Message> messages)
    {
        var strict = new List<Message>();
        foreach (var message in messages)
        {
            var isLate = message.Role == Role.System && strict is [.., { Role: not Role.System }];
            var next = isLate ? Marked(message) : message;
            if (next.Role == Role.User && strict is [.., { Role: Role.Tool } tool])
            {
                if (next.Parts.TrueForAll(part => part is TextPart))
                {
                    strict[^1] = With(tool, isLate ? next : Marked(next));
                    continue;
                }
                // A picture has no place there.
                strict.Add(Message.Of(Role.Assistant, JsonString.Of("OK.")));
            }
            if (next.Role is Role.User or Role.Assistant && strict is [.., var last] && last.Role == next.Role) last.Parts.AddRange(next.Parts);
            else strict.Add(next);
        }
        return strict;
    }

    // Instructions in the middle become marked text of the user's, as before Anthropic's models.
    static Message Marked(Message message)
    {
        var mark = message.Role == Role.System ? "system" : "user";
        var user = new Message(Role.User);
        foreach (var part in message.Parts) user.Parts.Add(part is TextPart text ? new TextPart(JsonString.Of($"<{mark}>\n{text.Text}\n</{mark}>")) : part);
        return user;
    }

    static Message With(Message tool, Message said)
    {
        var result = (ToolResultPart)tool.Parts[0];
        var longer = new ToolResultPart { CallId = result.CallId, IsError = result.IsError, CacheControl = result.CacheControl };
        longer.Content.AddRange(result.Content);
        longer.Content.AddRange(said.Parts);
        var message = new Message(Role.Tool);
        message.Parts.Add(longer);
        return message;
    }
}
