using System.Text.Json;
using AcpToApi.Json.Model;

namespace AcpToApi.Json.Text;

/// <summary>OpenAI's custom tools take free text; to the rest of the world such a tool is a function with one argument, <c>input</c>.</summary>
static class CustomTools
{
    /// <summary>How the form of a tool's free text is named where it is not enforced.</summary>
    public const string Format = "tools[].format";

    /// <summary>The schema of that function.</summary>
    public static readonly byte[] Schema = """{"type":"object","properties":{"input":{"type":"string"}},"required":["input"]}"""u8.ToArray();

    /// <summary>Reads a tool's <c>format</c>, whose name the reader stands on: what is to be said of its grammar where only words can; null when it has none.</summary>
    public static string? ReadFormat(ref BodyReader reader)
    {
        JsonString? syntax = null, definition = null;
        var names = reader.UnreadFields.Count;
        ReadGrammar(ref reader, ref syntax, ref definition);
        reader.UnreadFields.RemoveRange(names, reader.UnreadFields.Count - names);
        if (definition is null) return null;
        reader.UnreadFields.Add(Format);
        return $"The whole of 'input' is free text that this {syntax?.ToString() ?? "lark"} grammar describes:\n{definition}";
    }

    // In chats the grammar is an object of its own.
    static void ReadGrammar(ref BodyReader reader, ref JsonString? syntax, ref JsonString? definition)
    {
        if (!reader.Value() || reader.Token != JsonTokenType.StartObject)
        {
            reader.Skip();
            return;
        }
        while (reader.NextProperty())
        {
            if (reader.Is("syntax"u8)) syntax = reader.ReadString();
            else if (reader.Is("definition"u8)) definition = reader.ReadString();
            else if (reader.Is("grammar"u8)) ReadGrammar(ref reader, ref syntax, ref definition);
            else reader.SkipValue();
        }
    }

    /// <summary>A tool's description with what there is to say of its grammar.</summary>
    public static JsonString? Describe(JsonString? description, string? grammar) =>
        grammar is null ? description : JsonString.Of(description is { IsEmpty: false } said ? $"{said}\n\n{grammar}" : grammar);

    /// <summary>Whether the client's tool of that name is a custom one.</summary>
    public static bool Has(ChatRequest? request, JsonText name)
    {
        foreach (var tool in request?.Tools ?? [])
        {
            if (tool.IsCustom && (tool.Name.Bytes.Span.SequenceEqual(name.Bytes) || tool.Name.ToString() == name.ToString())) return true;
        }
        return false;
    }

    /// <summary>The arguments of the function that stand for a custom tool's free text.</summary>
    public static JsonString ArgumentsOf(JsonString input)
    {
        using var json = new PooledBuffer();
        json.Write("{\"input\":"u8);
        json.WriteString(input.Text);
        json.Write((byte)'}');
        return new JsonString(json.Written.ToArray(), IsEscaped: false);
    }

    /// <summary>Writes the free text in a call's arguments as a JSON string.</summary>
    public static void WriteInput(JsonText arguments, PooledBuffer output)
    {
        using var decoded = new PooledBuffer();
        arguments.WriteDecoded(decoded);
        output.WriteString(InputOf(decoded.Written));
    }

    /// <summary>The free text in <paramref name="arguments"/>, which are decoded JSON; arguments of another form are taken as the text themselves.</summary>
    public static JsonText InputOf(ReadOnlySpan<byte> arguments)
    {
        try
        {
            var reader = new Utf8JsonReader(arguments, BodyReader.Options);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return JsonText.Plain(arguments);
            var input = JsonText.Plain(arguments);
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isInput = reader.Is("input"u8);
                reader.Read();
                if (isInput && reader.TokenType == JsonTokenType.String) input = JsonText.Of(ref reader);
                else reader.Skip();
            }
            return input;
        }
        catch (JsonException)
        {
            return JsonText.Plain(arguments);
        }
    }
}
