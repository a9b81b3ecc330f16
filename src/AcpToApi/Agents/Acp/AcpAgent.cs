using AcpToApi.Cli;
using AcpToApi.Json.Acp;
using AcpToApi.Json.Model;
using AcpToApi.Providers;

namespace AcpToApi.Agents.Acp;

/// <summary>Agents of the Agent Client Protocol, over standard input and output: one process for each, many sessions.</summary>
sealed class AcpAgent : IAgent, IAsyncDisposable
{
    readonly ToolBridge.ToolBridge _bridge;
    readonly TimeSpan _idleLimit;
    readonly Dictionary<string, AcpHost> _hosts = new(StringComparer.Ordinal);
    readonly Dictionary<string, IReadOnlyList<string>> _models = new(StringComparer.Ordinal);
    readonly ITimer _timer;

    public AcpAgent(ServerOptions options, ConfigFile config, EnvironmentVariables variables, AgentEnvironment environment, ProgramFinder programs, ToolBridge.ToolBridge bridge, TimeProvider clock)
    {
        _bridge = bridge;
        _idleLimit = options.Agents.WorkerIdleTimeout;
        foreach (var row in RowsOf(config)) _hosts[row.Name] = new AcpHost(row, environment, programs, options, variables.StateFolder);
        var period = TimeSpan.FromMilliseconds(Math.Clamp(_idleLimit.TotalMilliseconds / 4, 50, 5000));
        _timer = clock.CreateTimer(state => _ = ((AcpAgent)state!).CleanAsync(), this, period, period);
    }

    public bool TakesProcess(AgentRequest request) => _hosts.GetValueOrDefault(Split(request.Model).Agent)?.Row.StartsProcesses == true;

    /// <summary>The agent and, if it is named, the model of an id.</summary>
    public static (string Agent, string? Model) Split(string id)
    {
        var slash = id.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 || slash + 1 == id.Length ? (id.TrimEnd('/'), null) : (id[..slash], id[(slash + 1)..]);
    }

    /// <summary>What a session can be found by after a restart.</summary>
    public static string ResumeIdOf(AcpAgentRow row, string sessionId) => $"{row.Name}/{sessionId}";

    public async Task<IAgentSession> OpenAsync(AgentRequest request, string? resumeId, CancellationToken cancel)
    {
        var name = Split(request.Model).Agent;
        if (!_hosts.TryGetValue(name, out var host))
        {
            throw new BridgeException(new BridgeError(ErrorKind.ModelNotFound, 404, $"There is no agent '{name}'; known are {string.Join(", ", _hosts.Keys)}. Others can be named in the config file, under 'agents'.")
            {
                Code = "model_not_found",
                Param = "model",
            });
        }
        var process = await host.GetAsync(cancel);
        if (request.Tools.Count > 0 && !process.Info.TakesTools)
        {
            throw new BridgeException(BridgeError.InvalidRequest($"The agent '{name}' takes no tools of its client's (it does not speak MCP over HTTP); leave 'tools' out.", "tools"));
        }
        var tools = request.Tools.Count > 0 ? _bridge.Open(request.Tools) : null;
        try
        {
            var session = await AcpSession.OpenAsync(process, request, resumeId is null ? null : Split(resumeId).Model, tools, cancel);
            lock (_models) _models[name] = session.Models;
            return session;
        }
        catch
        {
            tools?.Dispose();
            throw;
        }
    }

    public async Task ForgetAsync(Provider provider, string resumeId)
    {
        var (name, id) = Split(resumeId);
        if (id is null || _hosts.GetValueOrDefault(name)?.Running is not { Info.DeletesSessions: true } process) return;
        try
        {
            await process.AskAsync((question, line) => AcpRequests.About(question, "session/delete"u8, id, line), CancellationToken.None);
        }
        catch (AgentGoneException)
        {
            // What an agent keeps that does not run stays with it.
        }
    }

    public Task<IReadOnlyList<string>> ListModelsAsync(Provider provider, CancellationToken cancel)
    {
        var list = new List<string>();
        foreach (var (name, host) in _hosts)
        {
            if (host.Program is null) continue;
            list.Add(name);
            lock (_models)
            {
                if (_models.TryGetValue(name, out var models)) list.AddRange(models.Select(model => $"{name}/{model}"));
            }
        }
        return Task.FromResult<IReadOnlyList<string>>(list);
    }

    public Task<string?> ProblemAsync(Provider provider, CancellationToken cancel) =>
        Task.FromResult(_hosts.Values.Any(host => host.Program is not null) ? null : "None of the known agents is on the PATH.");

    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync();
        await Task.WhenAll(_hosts.Values.Select(host => host.DisposeAsync().AsTask()));
    }

    async Task CleanAsync()
    {
        foreach (var host in _hosts.Values) await host.CleanAsync(_idleLimit);
    }

    // What the file says about a known agent changes its row.
    static IEnumerable<AcpAgentRow> RowsOf(ConfigFile config)
    {
        foreach (var row in AcpAgentTable.Rows)
        {
            if (!config.Agents.ContainsKey(row.Name)) yield return row;
        }
        foreach (var (name, given) in config.Agents)
        {
            var known = AcpAgentTable.Rows.FirstOrDefault(row => row.Name == name);
            var command = given.Command ?? known?.Command ?? throw new StartupException($"{config.Path}: 'agents.{name}' needs a 'command'.");
            var row = known is null ? new AcpAgentRow(name, command) : known with { Command = command };
            List<AcpSetting> variables = [];
            foreach (var (variable, value) in given.Environment) variables.Add(new AcpSetting(variable, value));
            yield return row with { Given = variables, Login = given.Login, Mode = given.Mode };
        }
    }
}
