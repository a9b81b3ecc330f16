using System.Text.Json;
using AcpToApi.Json.Framing;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Acp;

/// <summary>What <c>terminal/create</c> asks to be run. As the schema says, optional members of another type are as good as absent.</summary>
public sealed class AcpCommand
{
    /// <summary>The program: a name, a path, or a whole line for a shell.</summary>
    public string Program { get; private set; } = "";

    /// <summary>Its arguments.</summary>
    public List<string> Arguments { get; } = [];

    /// <summary>Variables beside the usual ones.</summary>
    public Dictionary<string, string> Environment { get; } = new(StringComparer.Ordinal);

    /// <summary>Where it is to run; null for where the session works.</summary>
    public string? Folder { get; private set; }

    /// <summary>How many bytes of its output are to be kept.</summary>
    public long? OutputLimit { get; private set; }

    /// <summary>Reads the parameters; throws <see cref="JsonException"/> when there is no command.</summary>
    public static AcpCommand Read(in JsonRpcMessage request)
    {
        var command = new AcpCommand();
        var json = new Utf8JsonReader(request.Params, BodyReader.Options);
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("command"u8)) command.Program = Word(json.ReadText());
            else if (json.ValueTextEquals("cwd"u8)) command.Folder = json.ReadText() is { IsEmpty: false } folder ? Word(folder) : null;
            else if (json.ValueTextEquals("outputByteLimit"u8)) command.OutputLimit = json.ReadCount();
            else if (json.ValueTextEquals("args"u8)) command.ReadArguments(json.Mark());
            else if (json.ValueTextEquals("env"u8)) command.ReadEnvironment(json.Mark());
            else json.SkipValue();
        }
        return command.Program.Length > 0 ? command : throw new JsonException();
    }

    void ReadArguments(Utf8JsonReader json)
    {
        if (json.TokenType != JsonTokenType.StartArray) return;
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            if (json.TokenType == JsonTokenType.String) Arguments.Add(Word(JsonText.Of(ref json)));
            else json.Skip();
        }
    }

    void ReadEnvironment(Utf8JsonReader json)
    {
        if (json.TokenType != JsonTokenType.StartArray) return;
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            if (json.TokenType == JsonTokenType.StartObject) ReadVariable(ref json);
            else json.Skip();
        }
    }

    void ReadVariable(ref Utf8JsonReader json)
    {
        JsonText name = default, value = default;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("name"u8)) name = json.ReadText();
            else if (json.ValueTextEquals("value"u8)) value = json.ReadText();
            else json.SkipValue();
        }
        if (!name.IsEmpty) Environment[Word(name)] = Word(value);
    }

    // A program would see what stands before the zero only.
    static string Word(JsonText text)
    {
        var word = text.ToString();
        return word.Contains('\0', StringComparison.Ordinal) ? throw new JsonException() : word;
    }
}
