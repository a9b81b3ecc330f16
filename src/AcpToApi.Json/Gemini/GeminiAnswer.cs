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
        var start = output.Length;
        ArgumentsObject.Write(JsonText.Escaped(arguments), output);
        output.JoinLines(start);
        output.Write((byte)'}');
        GeminiSignatures.WriteCarried(id, output);
    }

    /// <summary>Appends a picture or sound as a part.</summary>
    public static void WriteData(JsonText mediaType, JsonText data, PooledBuffer output)
    {
        output.Write("{\"inlineData\":{\"mimeType\":"u8);
        output.WriteString(mediaType);
        output.Write(",\"data\":"u8);
        output.WriteString(data);
        output.Write("}}"u8);
    }
}
