using AcpToApi.Json.Model;

namespace AcpToApi.Cli;

/// <summary>The options of coding agents, checked and typed.</summary>
sealed record AgentOptions
{
    /// <summary>Where <c>kilo serve</c> listens; null for its usual place.</summary>
    public string? Kilo { get; init; }

    /// <summary>Where <c>opencode serve</c> listens; null for its usual place.</summary>
    public string? OpenCode { get; init; }

    /// <summary>The Claude Code CLI; null when it is to be found.</summary>
    public string? ClaudeProgram { get; init; }

    /// <summary>How many CLIs wait, booted, for a sealed request.</summary>
    public required int ClaudeWarm { get; init; }

    /// <summary>Whether the first of them is started with the server, not after the first request.</summary>
    public required bool WarmAtStart { get; init; }

    /// <summary>The folder that agents work in; null for an empty one of their own.</summary>
    public string? Workspace { get; init; }

    /// <summary>Most worker processes at once.</summary>
    public required int PoolSize { get; init; }

    /// <summary>How long a worker waits for the next turn of its conversation.</summary>
    public required TimeSpan WorkerIdleTimeout { get; init; }

    /// <summary>Longest silence of an agent, and longest wait for the result of a client's tool.</summary>
    public required TimeSpan Timeout { get; init; }

    /// <summary>What agents are handed of the environment beyond the usual, name to value.</summary>
    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    /// <summary>Values of variables for agents that are keys, by their names.</summary>
    public static IEnumerable<string> SecretsIn(IReadOnlyDictionary<string, string> variables)
    {
        foreach (var (name, value) in variables)
        {
            if (SecretWords.Any(word => name.Contains(word, StringComparison.OrdinalIgnoreCase))) yield return value;
        }
    }

    static readonly string[] SecretWords = ["KEY", "TOKEN", "SECRET", "PASSWORD"];

    /// <summary>How an agent's own tools are told; null for the default, which depends on the request.</summary>
    public OwnTools? OwnTools { get; init; }

    /// <summary>Whether agents that ask for permission get it.</summary>
    public required bool GrantsPermissions { get; init; }

    /// <summary>Claude Code's permission mode.</summary>
    public required string ClaudePermissionMode { get; init; }

    /// <summary>The folder where conversations are remembered; null for memory only.</summary>
    public string? ConversationStore { get; init; }

    /// <summary>Checks the values; throws <see cref="StartupException"/> with one line that names the option and where the value came from.</summary>
    public static AgentOptions From(OptionValues values) => new()
    {
        Kilo = values.Get(OptionTable.Kilo)?.Single,
        OpenCode = values.Get(OptionTable.OpenCode)?.Single,
        ClaudeProgram = File(values, OptionTable.ClaudeBin),
        ClaudeWarm = ServerOptions.Number(values, OptionTable.ClaudeWarm, 0, 100),
        WarmAtStart = values.Get(OptionTable.ClaudeWarm)!.Source != OptionSource.Default,
        Workspace = Folder(values, OptionTable.Workspace),
        PoolSize = ServerOptions.Number(values, OptionTable.PoolSize, 1, 1000),
        WorkerIdleTimeout = ServerOptions.Time(values, OptionTable.WorkerIdleTimeout),
        Timeout = ServerOptions.Time(values, OptionTable.AgentTimeout),
        Environment = Variables(values),
        OwnTools = Choice(values, OptionTable.AgentTools, "calls", "text", "reasoning", "hidden") switch
        {
            "calls" => Json.Model.OwnTools.Calls,
            "text" => Json.Model.OwnTools.Text,
            "reasoning" => Json.Model.OwnTools.Reasoning,
            "hidden" => Json.Model.OwnTools.Hidden,
            _ => null,
        },
        GrantsPermissions = Choice(values, OptionTable.Permissions, "reject", "allow") == "allow",
        ClaudePermissionMode = Choice(values, OptionTable.ClaudePermissionMode, "default", "acceptEdits", "plan", "dontAsk", "bypassPermissions")!,
        ConversationStore = values.Get(OptionTable.ConversationStore)?.Single,
    };

    static string? Choice(OptionValues values, OptionDefinition option, params string[] known)
    {
        if (values.Get(option) is not { } value) return null;
        return known.Contains(value.Single) ? value.Single : throw new StartupException($"{value.From}: '{value.Single}' is none of {string.Join(", ", known)}.");
    }

    static string? File(OptionValues values, OptionDefinition option)
    {
        if (values.Get(option) is not { } value) return null;
        var path = Path.GetFullPath(value.Single);
        return System.IO.File.Exists(path) ? path : throw new StartupException($"{value.From}: there is no file {path}.");
    }

    static string? Folder(OptionValues values, OptionDefinition option)
    {
        if (values.Get(option) is not { } value) return null;
        var path = Path.GetFullPath(value.Single);
        return Directory.Exists(path) ? path : throw new StartupException($"{value.From}: there is no folder {path}.");
    }

    static Dictionary<string, string> Variables(OptionValues values)
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        if (values.Get(OptionTable.AgentEnv) is not { } given) return variables;
        foreach (var entry in given.Values)
        {
            var name = entry.Split('=')[0];
            if (name.Length == 0 || name.Contains('\0', StringComparison.Ordinal)) throw new StartupException($"{given.From}: '{name}' is not the name of a variable.");
            var value = name.Length < entry.Length ? entry[(name.Length + 1)..] : values.Environment.Get(name);
            if (value is null) throw new StartupException($"{given.From}: the variable {name} is not set; write {name}=VALUE to give it a value.");
            variables[name] = value;
        }
        return variables;
    }
}
