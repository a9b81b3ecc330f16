using AcpToApi.Json.Model;

namespace AcpToApi.Json.Text;

/// <summary>
/// Tells an agent that has not heard it what was said before, as one marked text. Reasoning is left out, as it is no part of what was said;
/// pictures and files are only mentioned.
/// </summary>
public static class Transcript
{
    /// <summary>Appends a conversation as plain text; instructions are left out, since they reach the agent by another way.</summary>
    public static void Write(IReadOnlyList<Message> messages, PooledBuffer output)
    {
        output.Write("<conversation_so_far note=\"What user and assistant said before, in order. Go on from here; do not repeat or mention it.\">\n"u8);
        foreach (var message in messages)
        {
            if (message.Role == Role.System) continue;
            var tag = message.Role == Role.Assistant ? "assistant"u8 : message.Role == Role.Tool ? "tools"u8 : "user"u8;
            output.Write((byte)'<');
            output.Write(tag);
            output.Write(">\n"u8);
            foreach (var part in message.Parts) Write(part, output);
            output.Write("</"u8);
            output.Write(tag);
            output.Write(">\n"u8);
        }
        output.Write("</conversation_so_far>\n"u8);
    }

    /// <summary>Appends a part as lines of plain text.</summary>
    public static void Write(Part part, PooledBuffer output)
    {
        switch (part)
        {
            case TextPart text:
                WriteLine(text.Text, output);
                break;
            case MediaPart { PlainText: { } document }:
                WriteLine(document, output);
                break;
            case MediaPart media:
                output.Write(media.Kind switch { MediaKind.Image => "[image]\n"u8, MediaKind.Audio => "[audio]\n"u8, _ => "[document]\n"u8 });
                break;
            case ToolCallPart call:
                Begin("<tool_call id=\""u8, call.Id, output);
                output.Write("\" name=\""u8);
                call.Name.Text.WriteDecoded(output);
                output.Write("\">\n"u8);
                WriteLine(call.Arguments, output);
                output.Write("</tool_call>\n"u8);
                break;
            case ToolResultPart result:
                Begin("<tool_result id=\""u8, result.CallId, output);
                output.Write(result.IsError ? "\" failed=\"true\">\n"u8 : "\">\n"u8);
                foreach (var piece in result.Content) Write(piece, output);
                output.Write("</tool_result>\n"u8);
                break;
        }
    }

    static void Begin(ReadOnlySpan<byte> tag, JsonString id, PooledBuffer output)
    {
        output.Write(tag);
        CarriedSignature.Strip(id).Text.WriteDecoded(output);
    }

    static void WriteLine(JsonString text, PooledBuffer output)
    {
        if (text.IsEmpty) return;
        text.Text.WriteDecoded(output);
        output.Write((byte)'\n');
    }
}
