using System.Security.Cryptography;
using AcpToApi.Cli;
using AcpToApi.Providers;
using AcpToApi.Transport;

namespace AcpToApi.Agents.Claude;

/// <summary>How the CLI is started. Nothing that a caller said is ever an argument: prompts, models and tools go over its standard input.</summary>
sealed class ClaudeCommand(AgentEnvironment environment, EnvironmentVariables variables, ProviderSet providers, ServerOptions options)
{
    /// <summary>The variable with the token of `claude setup-token`.</summary>
    public const string TokenVariable = "CLAUDE_CODE_OAUTH_TOKEN";

    static readonly string[] Streams = ["-p", "--output-format", "stream-json", "--verbose", "--include-partial-messages", "--input-format", "stream-json"];

    // Prompt to text: no tools but the client's, no servers, skills, settings, project files or saved sessions.
    static readonly string[] Sealed =
    [
        .. Streams, "--tools", "", "--strict-mcp-config", "--disable-slash-commands", "--setting-sources", "", "--no-session-persistence",
        "--permission-mode", "default", "--allowedTools", "mcp__client__*",
    ];

    readonly string _name = providers.All.First(provider => provider.Row.Agent?.Kind == AgentKind.SealedClaude).Row.Agent!.Program;

    /// <summary>A process without any of the machine's context, in an empty folder of its own.</summary>
    public ChildStart ForText(string program)
    {
        var folder = Path.Combine(Path.GetTempPath(), "acptoapi-claude-" + RandomNumberGenerator.GetHexString(16, lowercase: true));
        var variables = Environment();
        // What it scribbles goes with it.
        variables["TMPDIR"] = folder;
        return new ChildStart(program, Sealed, folder, variables) { OwnsFolder = true };
    }

    /// <summary>A process with all that the CLI can, in the workspace; <paramref name="session"/> is its session's id, which exists already when it <paramref name="resumes"/>.</summary>
    public ChildStart ForWork(string program, string session, bool resumes) => new(
        program,
        [
            .. Streams, "--permission-mode", options.Agents.ClaudePermissionMode, "--permission-prompt-tool", "stdio", "--allowedTools", "mcp__client__*",
            resumes ? "--resume" : "--session-id", session,
        ],
        Workspace(),
        Environment());

    /// <summary>The folder that the agent works in: sessions are kept by folder, so without --workspace it is always the same one.</summary>
    public string Workspace()
    {
        if (options.Agents.Workspace is { } given) return given;
        var own = Path.Combine(variables.StateFolder, "workspace");
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(own);
        else Directory.CreateDirectory(own, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return own;
    }

    Dictionary<string, string> Environment()
    {
        // The CLI's own: where its credentials are, or the credentials.
        var own = environment.For(_name, "CLAUDE_CONFIG_DIR", TokenVariable);
        own.TryAdd("DISABLE_AUTOUPDATER", "1");
        own.TryAdd("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1");
        // Ten by default, which is more than a minute of silence.
        own.TryAdd("CLAUDE_CODE_MAX_RETRIES", "3");
        // Else the client's tools would only be named to the model, which would have to search for them.
        own.TryAdd("ENABLE_TOOL_SEARCH", "false");
        return own;
    }
}
