using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.OpenAiResponses;

/// <summary>The part of a <c>response</c> object that repeats the request: as the client sent it, or the API's default.</summary>
static class OpenAiResponsesEcho
{
    static readonly (string Name, byte[]? Default)[] Fields =
    [
        ("background", "false"u8.ToArray()),
        ("instructions", "null"u8.ToArray()),
        ("max_output_tokens", "null"u8.ToArray()),
        ("max_tool_calls", null),
        ("metadata", "{}"u8.ToArray()),
        ("parallel_tool_calls", "true"u8.ToArray()),
        ("previous_response_id", "null"u8.ToArray()),
        ("prompt_cache_key", null),
        ("reasoning", """{"effort":null,"summary":null}"""u8.ToArray()),
        ("safety_identifier", null),
        ("store", "true"u8.ToArray()),
        ("temperature", "1"u8.ToArray()),
        ("text", """{"format":{"type":"text"}}"""u8.ToArray()),
        ("tool_choice", "\"auto\""u8.ToArray()),
        ("tools", "[]"u8.ToArray()),
        ("top_logprobs", null),
        ("top_p", "1"u8.ToArray()),
        ("truncation", "\"disabled\""u8.ToArray()),
        ("user", null),
    ];

    /// <summary>Names of the fields.</summary>
    public static IEnumerable<string> Names => Array.ConvertAll(Fields, known => known.Name);

    /// <summary>Appends the fields, each with a leading comma and on one line.</summary>
    public static void Write(ChatRequest? request, PooledBuffer output)
    {
        foreach (var (name, otherwise) in Fields)
        {
            var sent = Find(request, name);
            if (sent is null && otherwise is null) continue;
            output.Write(",\""u8);
            output.Write(System.Text.Encoding.UTF8.GetBytes(name));
            output.Write("\":"u8);
            if (sent is not { } json) output.Write(otherwise);
            else if (name == "tools") WriteTools(json.Span, output);
            else WriteOnOneLine(json.Span, output);
        }
    }

    // A request whose conversation the server has put together no longer says what it went on from.
    static ReadOnlyMemory<byte>? Find(ChatRequest? request, string name)
    {
        // Nothing is answered in the background here.
        if (request is null || name == "background") return null;
        foreach (var field in request.Echo)
        {
            if (field.Name == name) return field.Json;
        }
        if (name != "previous_response_id" || request.PreviousResponseId is not { } previous) return null;
        using var json = new PooledBuffer();
        json.WriteString(previous.Text);
        return json.Written.ToArray();
    }

    // In an answer, unlike in a request, a function must tell both its parameters and whether it is strict.
    static void WriteTools(ReadOnlySpan<byte> tools, PooledBuffer output)
    {
        var reader = new Utf8JsonReader(tools, BodyReader.Options);
        reader.Read();
        var separator = "["u8;
        while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
        {
            output.Write(separator);
            separator = ","u8;
            WriteTool(reader.Raw(tools), output);
        }
        output.Write(separator[0] == (byte)'[' ? "[]"u8 : "]"u8);
    }

    static void WriteTool(ReadOnlySpan<byte> tool, PooledBuffer output)
    {
        var (isFunction, hasParameters, hasStrict) = (false, false, false);
        var reader = new Utf8JsonReader(tool, BodyReader.Options);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            hasParameters |= reader.Is("parameters"u8);
            hasStrict |= reader.Is("strict"u8);
            if (reader.Is("type"u8)) isFunction = reader.ReadText().Is("function"u8);
            else reader.SkipValue();
        }
        WriteOnOneLine(tool, output);
        if (!isFunction || (hasParameters && hasStrict)) return;
        output.Truncate(output.Length - 1);
        if (!hasParameters) output.Write(",\"parameters\":null"u8);
        if (!hasStrict) output.Write(",\"strict\":null"u8);
        output.Write((byte)'}');
    }

    // A line feed would end the event's data; in JSON it stands between tokens only (RFC 8259, section 2).
    static void WriteOnOneLine(ReadOnlySpan<byte> json, PooledBuffer output)
    {
        var room = output.GetSpan(json.Length)[..json.Length];
        json.CopyTo(room);
        room.Replace((byte)'\n', (byte)' ');
        room.Replace((byte)'\r', (byte)' ');
        output.Advance(json.Length);
    }
}
