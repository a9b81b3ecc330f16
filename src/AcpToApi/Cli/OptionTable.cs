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
    public static readonly OptionDefinition ApiKey = new("api-key", "The key that clients must send.") { IsSecret = true };
    public static readonly OptionDefinition UpstreamKey = new("upstream-key", "The key for --upstream; without it the client's own key is passed on.") { IsSecret = true };

    /// <summary>All of them, in the order of <c>--help</c>.</summary>
    public static readonly IReadOnlyList<OptionDefinition> All =
    [
        Host, Port, Upstream, Model, DefaultBackend, Config,
        ConnectTimeout, FirstByteTimeout, Timeout, StreamIdleTimeout, Keepalive, MaxConnections, MaxConnectionsPerHost,
        AllowHost, AllowOrigin, CaFile, ResponseStore, LogLevel, LogJson, Debug, ApiKey, UpstreamKey,
        ForAgents("kilo"), ForAgents("opencode"), ForAgents("claude-bin"), ForAgents("claude-warm"), ForAgents("workspace"), ForAgents("pool-size"),
        ForAgents("worker-idle-timeout"), ForAgents("agent-env") with { IsList = true }, ForAgents("agent-tools"), ForAgents("agent-timeout"), ForAgents("permissions"),
    ];

    static OptionDefinition ForAgents(string name) => new(name, "For coding agents; without effect in this version.") { ForAgents = true };
}
