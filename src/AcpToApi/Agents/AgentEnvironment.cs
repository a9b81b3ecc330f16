using AcpToApi.Cli;

namespace AcpToApi.Agents;

/// <summary>
/// The environment that agents are started with: what every program needs, and what --agent-env names. Keys of providers are not in it, so that
/// no agent spends on a key that it was not given.
/// </summary>
sealed class AgentEnvironment(EnvironmentVariables environment, ServerOptions options, ConfigFile config)
{
    const string Loopback = "127.0.0.1,localhost,::1";

    static readonly string[] Usual =
    [
        "PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "LC_MESSAGES", "TZ", "TMPDIR",
        "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR",
        "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "no_proxy", "all_proxy",
        "SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS",
    ];

    /// <summary>A copy, with <paramref name="own"/> of the agent's own variables handed over too where they are set.</summary>
    public Dictionary<string, string> With(params ReadOnlySpan<string> own)
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in Usual) Take(name, variables);
        foreach (var name in own) Take(name, variables);
        // No colours, no cursor tricks in what is read by a machine.
        variables["TERM"] = "dumb";
        variables["NO_COLOR"] = "1";
        foreach (var (name, value) in options.Agents.Environment) variables[name] = value;
        ExemptLoopback(variables);
        return variables;
    }

    /// <summary>The same, and what the config file gives this agent alone (<c>agents.NAME.env</c>).</summary>
    public Dictionary<string, string> For(string agent, params ReadOnlySpan<string> own)
    {
        var variables = With(own);
        if (!config.Agents.TryGetValue(agent, out var given)) return variables;
        foreach (var (name, value) in given.Environment) variables[name] = value;
        return variables;
    }

    // The tools of clients are offered on loopback, which no proxy reaches.
    static void ExemptLoopback(Dictionary<string, string> variables)
    {
        foreach (var name in (ReadOnlySpan<string>)["NO_PROXY", "no_proxy"])
        {
            variables[name] = variables.TryGetValue(name, out var others) ? $"{others},{Loopback}" : Loopback;
        }
    }

    void Take(string name, Dictionary<string, string> variables)
    {
        if (environment.Get(name) is { } value) variables[name] = value;
    }
}
