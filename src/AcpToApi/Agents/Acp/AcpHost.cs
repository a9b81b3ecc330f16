using AcpToApi.Cli;
using AcpToApi.Json.Model;
using AcpToApi.Transport;

namespace AcpToApi.Agents.Acp;

/// <summary>The process of one agent: started by the first request, started again when it has died, ended when nobody has needed it for a while.</summary>
sealed class AcpHost(AcpAgentRow row, AgentEnvironment environment, ProgramFinder programs, ServerOptions options, string stateFolder) : IAsyncDisposable
{
    readonly Lock _gate = new();
    Task<AcpProcess>? _starting;
    AcpProcess? _process;
    bool _ended;

    /// <summary>What it is.</summary>
    public AcpAgentRow Row => row;

    /// <summary>The running process; null when there is none.</summary>
    public AcpProcess? Running => Volatile.Read(ref _process) is { IsAlive: true } process ? process : null;

    /// <summary>The program's path; null when it is not installed.</summary>
    public string? Program => row.Command[0].Contains('/', StringComparison.Ordinal) ? File.Exists(row.Command[0]) ? row.Command[0] : null : programs.OnPath(row.Command[0]);

    /// <summary>The process, ready to be talked to. It is started for all who ask: one who leaves does not end it. Throws <see cref="BridgeException"/>.</summary>
    public async Task<AcpProcess> GetAsync(CancellationToken cancel)
    {
        Task<AcpProcess> starting;
        lock (_gate)
        {
            if (_ended) throw Unavailable("The server is about to end.");
            if (Running is { } running) return running;
            if (_starting is not { IsCompleted: false }) _starting = StartAsync(_process);
            starting = _starting;
        }
        try
        {
            return await starting.WaitAsync(cancel);
        }
        catch (Exception failure) when (failure is IOException or AgentGoneException or UnauthorizedAccessException)
        {
            throw Unavailable($"The agent cannot be started: {failure.Message}");
        }
    }

    /// <summary>Ends the process if it has had no session for so long.</summary>
    public async Task CleanAsync(TimeSpan limit)
    {
        AcpProcess? idle;
        lock (_gate)
        {
            idle = Running;
            if (idle?.IdleSince is not { } since || Environment.TickCount64 - since < limit.TotalMilliseconds) return;
            _process = null;
        }
        await idle.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        Task? starting;
        lock (_gate) (starting, _ended) = (_starting, true);
        if (starting is not null) await starting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_process is { } process) await process.DisposeAsync();
    }

    async Task<AcpProcess> StartAsync(AcpProcess? dead)
    {
        // Out of the lock.
        await Task.Yield();
        if (dead is not null) await dead.DisposeAsync();
        if (Program is not { } program)
        {
            throw Unavailable($"The agent '{row.Name}' needs the program '{row.Command[0]}', which is not there: install it, or name another one under 'agents.{row.Name}.command' in the config file.");
        }
        var variables = environment.With([.. row.Variables]);
        foreach (var (name, value) in row.Environment) variables.TryAdd(name, value);
        foreach (var (name, value) in row.Given) variables[name] = value;
        var process = await AcpProcess.StartAsync(row, new ChildStart(program, [.. row.Command.Skip(1)], Folder(), variables), options.Agents, Workspace());
        lock (_gate) _process = process;
        return process;
    }

    AcpWorkspace? Workspace() => options.Agents.Workspace is { } folder ? new AcpWorkspace(folder, environment, programs) : null;

    // Agents find a session again by the folder that it worked in, so this one stays the same.
    string Folder()
    {
        if (options.Agents.Workspace is { } workspace) return workspace;
        var folder = Path.Combine(stateFolder, "agents", row.Name);
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder);
        else Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return folder;
    }

    static BridgeException Unavailable(string message) => new(new BridgeError(ErrorKind.UpstreamUnavailable, 503, message));
}
