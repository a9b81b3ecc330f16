using AcpToApi.Json.Model;

namespace AcpToApi.Json.Text;

/// <summary>Tells an agent that has no place for earlier turns what was said in them, as one clearly marked text.</summary>
static class Transcript
{
    /// <summary>Appends the turns as plain UTF-8. Instructions are not among them, and media are only mentioned.</summary>
    public static void Write(IReadOnlyList<Message> messages, PooledBuffer output)
    {
        output.Write("<conversation_so_far>\n"u8);
        foreach (var message in messages)
        {
            if (message.Role == Role.System) continue;
            foreach (var part in message.Parts) Write(message.Role, part, output);
        }
        output.Write("</conversation_so_far>"u8);
    }

    static void Write(Role role, Part part, PooledBuffer output)
    {
        switch (part)
        {
            case TextPart text:
                output.Write(role == Role.Assistant ? "<assistant>\n"u8 : "<user>\n"u8);
                text.Text.Text.WriteDecoded(output);
                output.Write(role == Role.Assistant ? "\n</assistant>\n"u8 : "\n</user>\n"u8);
                break;
            case ToolCallPart call:
                output.Write("<tool_call name=\""u8);
                call.Name.Text.WriteDecoded(output);
                output.Write("\">\n"u8);
                if (call.Arguments.IsEmpty) output.Write("{}"u8);
                else call.Arguments.Text.WriteDecoded(output);
                output.Write("\n</tool_call>\n"u8);
                break;
            case ToolResultPart result:
                output.Write(result.IsError ? "<tool_result failed=\"true\">\n"u8 : "<tool_result>\n"u8);
                foreach (var content in result.Content)
                {
                    if (content is TextPart said) said.Text.Text.WriteDecoded(output);
                    else Mention(content, output);
                }
                output.Write("\n</tool_result>\n"u8);
                break;
            default:
                Mention(part, output);
                break;
        }
    }

    static void Mention(Part part, PooledBuffer output)
    {
        if (part is not MediaPart media) return;
        output.Write(media.Kind switch
        {
            MediaKind.Image => "[image]\n"u8,
            MediaKind.Audio => "[sound]\n"u8,
            _ => "[document]\n"u8,
        });
    }
}
