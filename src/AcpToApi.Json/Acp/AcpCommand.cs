using AcpToApi.Json.Framing;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Acp;

/// <summary>What <c>terminal/create</c> asks to be run.</summary>
public sealed class AcpCommand
{
    /// <summary>The program: a name, a path, or a whole line for a shell.</summary>
    public string? Program { get; private set; }

    /// <summary>Its arguments.</summary>
    public List<string> Arguments { get; } = [];

    /// <summary>Variables beside the usual ones.</summary>
    public Dictionary<string, string> Environment { get; } = new(StringComparer.Ordinal);

    /// <summary>Where it is to run; null for where the session works.</summary>
    public string? Folder { get; private set; }

    /// <summary>How many bytes of its output are to be kept; any number, since who wants no limit sends the largest that he has.</summary>
    public double? OutputLimit { get; private set; }

    /// <summary>Reads the parameters; throws <see cref="BridgeException"/> when they are not as the protocol says.</summary>
    public static AcpCommand Read(in JsonRpcMessage request)
    {
        var command = new AcpCommand();
        var reader = new BodyReader(request.Params.ToArray());
        while (reader.NextProperty())
        {
            if (reader.Is("command"u8)) command.Program = ReadWord(ref reader);
            else if (reader.Is("cwd"u8)) command.Folder = ReadWord(ref reader);
            else if (reader.Is("outputByteLimit"u8)) command.OutputLimit = reader.ReadNumber();
            else if (reader.Is("args"u8)) command.ReadList(ref reader, areVariables: false);
            else if (reader.Is("env"u8)) command.ReadList(ref reader, areVariables: true);
            else reader.SkipValue();
        }
        if (command.Program is null) reader.Missing("command");
        return command;
    }

    void ReadList(ref BodyReader reader, bool areVariables)
    {
        if (!reader.Value()) return;
        reader.ExpectArray();
        while (reader.NextElement())
        {
            if (areVariables) ReadVariable(ref reader);
            else Arguments.Add(Word(ref reader));
        }
    }

    void ReadVariable(ref BodyReader reader)
    {
        reader.ExpectObject();
        string? name = null, value = null;
        while (reader.NextProperty())
        {
            if (reader.Is("name"u8)) name = ReadWord(ref reader);
            else if (reader.Is("value"u8)) value = ReadWord(ref reader);
            else reader.SkipValue();
        }
        if (name is null) reader.Missing("name");
        Environment[name] = value ?? "";
    }

    static string? ReadWord(ref BodyReader reader) => reader.Value() ? Word(ref reader) : null;

    // A program would see what stands before a zero only.
    static string Word(ref BodyReader reader)
    {
        var word = reader.ExpectString().ToString();
        if (word.Contains('\0', StringComparison.Ordinal)) reader.Fail("must not contain U+0000");
        return word;
    }
}
