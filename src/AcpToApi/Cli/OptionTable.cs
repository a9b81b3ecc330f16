using AcpToApi.Providers;

namespace AcpToApi.Cli;

/// <summary>Every option of <c>acptoapi serve</c>.</summary>
static class OptionTable
{
    public static readonly OptionDefinition Host = new("host", "Address to listen on; anything but loopback needs ACPTOAPI_API_KEY.") { Value = "ADDRESS", Default = "127.0.0.1" };
    public static readonly OptionDefinition Port = new("port", "Port to listen on (0: any free one).") { Value = "PORT", Default = "4800", EnvironmentAlias = "PORT" };
    public static readonly OptionDefinition Upstream = new("upstream", "An OpenAI-compatible server that takes every model id without a provider of its own.") { Value = "URL" };
    public static readonly OptionDefinition Model = new("model", "Send every id that goes to --upstream as this model.") { Value = "NAME", FromDotEnv = true };
    public static readonly OptionDefinition DefaultBackend = new("default-backend", "Provider for ids without a prefix.") { Value = "NAME", Default = ProviderTable.DefaultBackend, FromDotEnv = true };
    public static readonly OptionDefinition Config = new("config", "JSON configuration file (default: ~/.config/acptoapi/config.json when present).") { Value = "FILE" };
    public static readonly OptionDefinition AllowHost = new("allow-host", "Also accept this name in the Host header.") { Value = "NAME", IsList = true };
    public static readonly OptionDefinition AllowOrigin = new("allow-origin", "Let pages of this origin call the server (CORS).") { Value = "ORIGIN", IsList = true };
    public static readonly OptionDefinition ConnectTimeout = new("connect-timeout", "Longest wait for a connection to a provider.") { Value = "TIME", Default = "10s", FromDotEnv = true };
    public static readonly OptionDefinition FirstByteTimeout = new("first-byte-timeout", "Longest wait for a provider's first byte.") { Value = "TIME", Default = "300s", FromDotEnv = true };
    public static readonly OptionDefinition StreamIdleTimeout = new("stream-idle-timeout", "Longest silence within a provider's stream.") { Value = "TIME", Default = "120s", FromDotEnv = true };
    public static readonly OptionDefinition Keepalive = new("keepalive", "How often a silent stream says that it is alive.") { Value = "TIME", Default = "15s", FromDotEnv = true };
    public static readonly OptionDefinition MaxConnections = new("max-connections", "Most client connections at once.") { Value = "N", Default = "1000" };
    public static readonly OptionDefinition MaxConnectionsPerHost = new("max-connections-per-host", "Most connections to one provider at once.") { Value = "N", Default = "500" };
    public static readonly OptionDefinition CaFile = new("ca-file", "PEM file with further certificate authorities to trust for providers.") { Value = "FILE" };
    public static readonly OptionDefinition ResponseStore = new("response-store", "Folder for stored responses, which then survive a restart (default: in memory).") { Value = "DIR" };
    public static readonly OptionDefinition LogLevel = new("log-level", "trace, debug, information, warning, error or none.") { Value = "LEVEL", Default = "information", FromDotEnv = true };
    public static readonly OptionDefinition LogJson = new("log-json", "Log as JSON, one object a line.") { IsSwitch = true, FromDotEnv = true };
    public static readonly OptionDefinition Timeout = new("timeout", "The same as --first-byte-timeout.") { Value = "TIME", FromDotEnv = true };
    public static readonly OptionDefinition Debug = new("debug", "The same as --log-level debug.") { IsSwitch = true, FromDotEnv = true };
    public static readonly OptionDefinition ClaudeBin = new("claude-bin", "The Claude Code CLI (default: found on the PATH or where it is usually installed).") { Value = "FILE", EnvironmentAlias = "CLAUDE_BIN" };
    public static readonly OptionDefinition ClaudeWarm = new("claude-warm", "Claude Code processes that wait, booted, for a claude/ request; 0 for none, a number given starts them with the server.") { Value = "N", Default = "1" };
    public static readonly OptionDefinition ClaudePermissionMode = new("claude-permission-mode", "Claude Code's own permission mode for claude-code: default, acceptEdits, plan, dontAsk or bypassPermissions.") { Value = "MODE", Default = "default" };
    public static readonly OptionDefinition OpenCode = new("opencode", "Where opencode serve listens (default: http://127.0.0.1:4790, else one is started).") { Value = "URL" };
    public static readonly OptionDefinition Kilo = new("kilo", "Where kilo serve listens (default: http://127.0.0.1:4780, else one is started).") { Value = "URL" };
    public static readonly OptionDefinition Workspace = new("workspace", "Folder that coding agents work in (default: an empty one of their own).") { Value = "DIR" };
    public static readonly OptionDefinition Permissions = new("permissions", "What coding agents that ask for permission are answered: reject or allow.") { Value = "POLICY", Default = "reject" };
    public static readonly OptionDefinition AgentTools = new("agent-tools", "How tools that an agent runs itself are told: calls, text, reasoning or hidden (default: calls; reasoning when the client has tools of its own).") { Value = "MODE", FromDotEnv = true };
    public static readonly OptionDefinition AgentEnv = new("agent-env", "Hand this variable to coding agents too: NAME, or NAME=VALUE (which others on this machine can see).") { Value = "NAME", IsList = true };
    public static readonly OptionDefinition AgentTimeout = new("agent-timeout", "Longest silence of a coding agent, and longest wait for the result of a client's tool.") { Value = "TIME", Default = "300s" };
    public static readonly OptionDefinition PoolSize = new("pool-size", "Most worker processes of coding agents at once.") { Value = "N", Default = "5" };
    public static readonly OptionDefinition WorkerIdleTimeout = new("worker-idle-timeout", "How long a worker waits for the next turn of its conversation.") { Value = "TIME", Default = "300s" };
    public static readonly OptionDefinition ConversationStore = new("conversation-store", "Folder that remembers which agent session a conversation is (default: ~/.local/state/acptoapi/conversations).") { Value = "DIR" };
    public static readonly OptionDefinition ApiKey = new("api-key", "The key that clients must send.") { IsSecret = true };
    public static readonly OptionDefinition UpstreamKey = new("upstream-key", "The key for --upstream; without it the client's own key is passed on.") { IsSecret = true };

    /// <summary>All of them, in the order of <c>--help</c>.</summary>
    public static readonly IReadOnlyList<OptionDefinition> All =
    [
        Host, Port, Upstream, Model, DefaultBackend, Config,
        ConnectTimeout, FirstByteTimeout, Timeout, StreamIdleTimeout, Keepalive, MaxConnections, MaxConnectionsPerHost,
        AllowHost, AllowOrigin, CaFile, ResponseStore, LogLevel, LogJson, Debug, ApiKey, UpstreamKey,
        ClaudeBin, ClaudeWarm, ClaudePermissionMode, OpenCode, Kilo, Workspace, Permissions, AgentTools, AgentEnv, AgentTimeout, PoolSize, WorkerIdleTimeout, ConversationStore,
    ];
}
