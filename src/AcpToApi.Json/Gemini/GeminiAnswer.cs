using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Gemini;

/// <summary>What chunks and whole answers have in common.</summary>
static class GeminiAnswer
{
    /// <summary>Appends <c>,"modelVersion":…,"responseId":…</c>.</summary>
    public static void WriteTail(JsonText id, JsonText model, ResponseContext context, PooledBuffer output)
    {
        output.Write(",\"modelVersion\":"u8);
        output.WriteString(model.IsEmpty ? context.Model.Text : model);
        output.Write(",\"responseId\":"u8);
        if (id.IsEmpty) output.WriteString(context.Id);
        else output.WriteString(id);
    }

    /// <summary>Appends a call as a part and leaves the part open. <paramref name="arguments"/> are escaped as the inside of a JSON string.</summary>
    public static void WriteCall(JsonText id, JsonText name, ReadOnlySpan<byte> arguments, PooledBuffer output)
    {
        output.Write("{\"functionCall\":{"u8);
        var own = CarriedSignature.Strip(id);
        if (!own.IsEmpty)
        {
            output.Write("\"id\":"u8);
            output.WriteString(own);
            output.Write((byte)',');
        }
        output.Write("\"name\":"u8);
        output.WriteString(name);
        output.Write(",\"args\":"u8);
        WriteOnOneLine(JsonText.Escaped(arguments), output);
        output.Write((byte)'}');
        GeminiSignatures.WriteCarried(id, output);
    }

    // A line feed would end the frame's data; in JSON it stands between tokens only (RFC 8259, section 2).
    static void WriteOnOneLine(JsonText arguments, PooledBuffer output)
    {
        var start = output.Length;
        ArgumentsObject.Write(arguments, output);
        var written = output.Written[start..];
        if (written.IndexOfAny((byte)'\n', (byte)'\r') < 0) return;
        var line = written.ToArray();
        line.AsSpan().Replace((byte)'\n', (byte)' ');
        line.AsSpan().Replace((byte)'\r', (byte)' ');
        output.Truncate(start);
        output.Write(line);
    }
}
