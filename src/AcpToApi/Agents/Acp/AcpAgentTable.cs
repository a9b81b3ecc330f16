namespace AcpToApi.Agents.Acp;

/// <summary>A name and its value.</summary>
sealed record AcpSetting(string Name, string Value);

/// <summary>An agent of the Agent Client Protocol as data. How it lets its model be chosen it says itself, in each session.</summary>
/// <param name="Name">The name in its models' ids.</param>
/// <param name="Command">The program and its arguments.</param>
sealed record AcpAgentRow(string Name, params IReadOnlyList<string> Command)
{
    /// <summary>Variables of its own that it is handed where they are set: where its settings are.</summary>
    public IReadOnlyList<string> Variables { get; init; } = [];

    /// <summary>Variables that it is started with, unless somebody gave them.</summary>
    public IReadOnlyList<AcpSetting> Environment { get; init; } = [];

    /// <summary>Variables that somebody configured.</summary>
    public IReadOnlyList<AcpSetting> Given { get; init; } = [];

    /// <summary>Ways to log in without a person, each with the variable that it needs.</summary>
    public IReadOnlyList<AcpSetting> Logins { get; init; } = [];

    /// <summary>The way to log in that somebody configured.</summary>
    public string? Login { get; init; }

    /// <summary>The mode that its sessions are put in; null for its own default.</summary>
    public string? Mode { get; init; }

    /// <summary>Whether it starts a process for each session, so that they count for --pool-size.</summary>
    public bool StartsProcesses { get; init; }

    /// <summary>What a person does to log in.</summary>
    public string HowToLogIn { get; init; } = "log in with the program itself";
}

/// <summary>The agents that are known by name.</summary>
static class AcpAgentTable
{
    public static readonly IReadOnlyList<AcpAgentRow> Rows =
    [
        new("opencode", "opencode", "acp")
        {
            Variables = ["OPENCODE_CONFIG", "OPENCODE_CONFIG_DIR"],
            HowToLogIn = "run 'opencode auth login'",
        },
        new("kilo", "kilo", "acp")
        {
            Variables = ["KILO_CONFIG", "KILO_CONFIG_DIR"],
            HowToLogIn = "run 'kilo auth login'",
        },
        new("gemini", "gemini", "--acp")
        {
            Variables = ["GEMINI_CLI_HOME", "GEMINI_CLI_SYSTEM_SETTINGS_PATH"],
            // Else it starts itself a second time.
            Environment = [new("GEMINI_CLI_NO_RELAUNCH", "true")],
            Logins = [new("gemini-api-key", "GEMINI_API_KEY"), new("vertex-ai", "GOOGLE_API_KEY")],
            HowToLogIn = "run 'gemini' and log in there",
        },
        new("claude", "claude-agent-acp")
        {
            Variables = ["CLAUDE_CONFIG_DIR", "CLAUDE_CODE_EXECUTABLE"],
            // Else the model does not see the client's tools, but has to search for them.
            // It retries a refused key ten times, more than a minute of silence.
            Environment = [new("ENABLE_TOOL_SEARCH", "false"), new("CLAUDE_CODE_MAX_RETRIES", "3")],
            // The CLI itself.
            StartsProcesses = true,
            HowToLogIn = "run 'claude' and then '/login'",
        },
        new("codex", "codex-acp")
        {
            Variables = ["CODEX_HOME"],
            Logins = [new("codex-api-key", "CODEX_API_KEY"), new("openai-api-key", "OPENAI_API_KEY")],
            HowToLogIn = "run 'codex login'",
        },
        new("goose", "goose", "acp") { Variables = ["GOOSE_PATH_ROOT"], HowToLogIn = "run 'goose configure'" },
        new("qwen", "qwen", "--acp") { Logins = [new("openai", "OPENAI_API_KEY")], HowToLogIn = "run 'qwen' and log in there" },
        new("cursor", "cursor-agent", "acp") { HowToLogIn = "run 'cursor-agent login'" },
        new("copilot", "copilot", "--acp") { Variables = ["COPILOT_HOME"], HowToLogIn = "run 'copilot' and then '/login'" },
        new("cline", "cline", "--acp") { Variables = ["CLINE_DIR"], HowToLogIn = "run 'cline auth'" },
    ];
}
