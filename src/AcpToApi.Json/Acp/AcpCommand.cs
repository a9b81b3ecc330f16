using System.Text.Json;
using AcpToApi.Json.Framing;

namespace AcpToApi.Json.Acp;

/// <summary>What <c>terminal/create</c> asks to be run. As the schema says, optional members of another type are as good as absent.</summary>
public sealed class AcpCommand
{
    /// <summary>The program: a name, a path, or a whole line for a shell.</summary>
    public string Program { get; private init; } = "";

    /// <summary>Its arguments.</summary>
    public List<string> Arguments { get; } = [];

    /// <summary>Variables beside the usual ones.</summary>
    public Dictionary<string, string> Environment { get; } = new(StringComparer.Ordinal);

    /// <summary>Where it is to run; null for where the session works.</summary>
    public string? Folder { get; private init; }

    /// <summary>How many bytes of its output are to be kept.</summary>
    public long? OutputLimit { get; private init; }

    /// <summary>Reads the parameters; throws <see cref="JsonException"/> when there is no command.</summary>
    public static AcpCommand Read(in JsonRpcMessage request)
    {
        using var json = JsonDocument.Parse(request.Params.ToArray());
        var parameters = json.RootElement;
        var command = new AcpCommand
        {
            Program = Text(parameters, "command") ?? throw new JsonException(),
            Folder = Text(parameters, "cwd"),
            OutputLimit = parameters.TryGetProperty("outputByteLimit", out var limit) && limit.ValueKind == JsonValueKind.Number && limit.TryGetInt64(out var bytes) && bytes >= 0 ? bytes : null,
        };
        if (parameters.TryGetProperty("args", out var list) && list.ValueKind == JsonValueKind.Array)
        {
            for (var i = 0; i < list.GetArrayLength(); i++)
            {
                if (Text(list[i]) is { } argument) command.Arguments.Add(argument);
            }
        }
        if (parameters.TryGetProperty("env", out list) && list.ValueKind == JsonValueKind.Array)
        {
            for (var i = 0; i < list.GetArrayLength(); i++)
            {
                if (list[i].ValueKind == JsonValueKind.Object && Text(list[i], "name") is { } name) command.Environment[name] = Text(list[i], "value") ?? "";
            }
        }
        return command;
    }

    static string? Text(JsonElement parent, string name) => parent.TryGetProperty(name, out var value) ? Text(value) : null;

    // A program would see what stands before a zero only.
    static string? Text(JsonElement value)
    {
        var text = value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        return text?.Contains('\0', StringComparison.Ordinal) == true ? throw new JsonException() : text;
    }
}
