using AcpToApi.Cli;

namespace AcpToApi.Providers;

/// <summary>How a coding agent is driven.</summary>
enum AgentKind
{
    /// <summary>The Claude Code CLI without tools, settings or files: prompt to text.</summary>
    SealedClaude,

    /// <summary>The Claude Code CLI with all that it can, in a workspace.</summary>
    ClaudeCode,

    /// <summary><c>opencode serve</c> and its relatives, over HTTP.</summary>
    OpenCode,

    /// <summary>An agent that speaks the Agent Client Protocol, over standard input and output.</summary>
    Acp,
}

/// <summary>A coding agent as data.</summary>
/// <param name="Kind">How it is driven.</param>
/// <param name="Program">What it is called on the PATH; empty when a table of its own tells.</param>
sealed record AgentRow(AgentKind Kind, string Program)
{
    /// <summary>Where its server listens unless an option says otherwise; null for those that are talked to as child processes.</summary>
    public string? Url { get; init; }

    /// <summary>What the names of its own environment variables begin with.</summary>
    public string VariablePrefix => Program.ToUpperInvariant() + "_";

    /// <summary>Where its installers put it besides the PATH; <c>~</c> is the home folder, a <c>*</c> stands for any folder's name.</summary>
    public IReadOnlyList<string> Places { get; init; } = [];

    /// <summary>Whether its ids may end with the name of a conversation (<c>:name</c>), and need no model.</summary>
    public bool NamesConversations { get; init; }

    /// <summary>The URL that an option gave for its server; null when none did.</summary>
    public string? UrlIn(AgentOptions options) => UrlOption?.Invoke(options);

    /// <summary>The option that moves its server.</summary>
    public Func<AgentOptions, string?>? UrlOption { get; init; }
}
