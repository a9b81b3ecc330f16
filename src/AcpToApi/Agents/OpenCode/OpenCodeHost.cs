using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using AcpToApi.Cli;
using AcpToApi.Json.Model;
using AcpToApi.Providers;
using AcpToApi.Transport;

namespace AcpToApi.Agents.OpenCode;

/// <summary>The server of one row: the one that listens where the row or an option says, else one of our own, which is started anew when it has died.</summary>
sealed class OpenCodeHost(Provider provider, AgentOptions options, EnvironmentVariables variables, AgentEnvironment environment, ProgramFinder programs) : IAsyncDisposable
{
    static readonly TimeSpan HealthLimit = TimeSpan.FromSeconds(2);
    static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);
    static readonly byte[] ReadyMark = "listening on http://"u8.ToArray();

    // Its settings: where its configuration is, and what of its comforts is switched off.
    static readonly string[] Settings =
    [
        "CONFIG", "CONFIG_DIR", "CONFIG_CONTENT", "PERMISSION", "MODELS_URL", "DISABLE_AUTOUPDATE", "DISABLE_MODELS_FETCH", "DISABLE_LSP_DOWNLOAD",
        "DISABLE_DEFAULT_PLUGINS", "DISABLE_SHARE", "DISABLE_PROJECT_CONFIG", "DISABLE_SESSION_INGEST", "DISABLE_PRESENCE", "DISABLE_CODEBASE_INDEXING",
        "TELEMETRY_LEVEL",
    ];

    readonly AgentRow _row = provider.Row.Agent!;
    readonly SemaphoreSlim _gate = new(1, 1);
    OpenCodeServer? _server;

    Uri Url => new(_row.UrlIn(options) ?? _row.Url!);

    bool IsUrlGiven => _row.UrlIn(options) is not null;

    /// <summary>The row's server, started if need be. Throws <see cref="BridgeException"/> with what to do when there is none.</summary>
    public async Task<OpenCodeServer> GetAsync(CancellationToken cancel)
    {
        await _gate.WaitAsync(cancel);
        try
        {
            if (_server is { IsAlive: true } running) return running;
            await ClearAsync();
            return _server = await FindAsync(cancel) ?? await StartAsync(cancel);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>The row's server if one runs, be it ours or not; never starts one.</summary>
    public async Task<OpenCodeServer?> PeekAsync(CancellationToken cancel)
    {
        if (_server is { IsAlive: true } running) return running;
        // Somebody else starts one just now.
        if (!await _gate.WaitAsync(0, cancel)) return null;
        try
        {
            if (_server is { IsAlive: true } started) return started;
            await ClearAsync();
            return _server = await FindAsync(cancel);
        }
        catch (BridgeException)
        {
            return null;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Why no server would answer; null when one would.</summary>
    public async Task<string?> ProblemAsync(CancellationToken cancel)
    {
        if (await PeekAsync(cancel) is not null) return null;
        if (IsUrlGiven) return Unreachable;
        return programs.Find(_row, options) is null ? Missing : null;
    }

    public async ValueTask DisposeAsync()
    {
        await ClearAsync();
        _gate.Dispose();
    }

    async Task ClearAsync()
    {
        if (_server is not { } server) return;
        _server = null;
        await server.DisposeAsync();
    }

    string Unreachable => $"No {provider.Name} answers at {Url}, where --{provider.Name} says that it is; start `{_row.Program} serve --port {Url.Port}`, or leave the option out to have one started.";

    string Missing => $"{provider.Name} is not installed: nothing answers at {Url}, and no program '{_row.Program}' is on the PATH. Install it, or name a running server with --{provider.Name} URL.";

    // One that is already there.
    async Task<OpenCodeServer?> FindAsync(CancellationToken cancel)
    {
        var user = variables.Get(_row.VariablePrefix + "SERVER_USERNAME") ?? _row.Program;
        var api = new OpenCodeApi(Url, user, variables.Get(_row.VariablePrefix + "SERVER_PASSWORD"), options.Workspace);
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            limit.CancelAfter(HealthLimit);
            using var health = await api.SendAsync(HttpMethod.Get, "/global/health", default, limit.Token);
            if (health.Status == 401)
            {
                throw Refuse(ErrorKind.Authentication, 401, $"{provider.Name} at {Url} wants a password: set {_row.VariablePrefix}SERVER_PASSWORD (and {_row.VariablePrefix}SERVER_USERNAME, if it is not '{_row.Program}') and start this server again.");
            }
            // Something else listens there.
            if (!health.IsSuccess || health.Body.Written.IndexOf("\"healthy\""u8) < 0) throw new IOException("no health is told there");
            return await OpenCodeServer.ConnectAsync(api, null, options.GrantsPermissions, cancel);
        }
        catch (Exception absent) when (OpenCodeApi.IsGone(absent) && !cancel.IsCancellationRequested)
        {
            api.Dispose();
            return IsUrlGiven ? throw Refuse(ErrorKind.UpstreamUnavailable, 503, Unreachable) : null;
        }
        catch
        {
            api.Dispose();
            throw;
        }
    }

    async Task<OpenCodeServer> StartAsync(CancellationToken cancel)
    {
        var program = programs.Find(_row, options) ?? throw Refuse(ErrorKind.UpstreamUnavailable, 503, Missing);
        var folder = options.Workspace ?? Path.Combine(Path.GetTempPath(), $"acptoapi-agent-{RandomNumberGenerator.GetHexString(16, lowercase: true)}");
        var password = RandomNumberGenerator.GetHexString(32, lowercase: true);
        var child = environment.For(_row.Program, [.. Settings.Select(name => _row.VariablePrefix + name)]);
        child[_row.VariablePrefix + "SERVER_PASSWORD"] = password;
        child.Remove(_row.VariablePrefix + "SERVER_USERNAME");
        ChildProcess process;
        try
        {
            process = ChildProcess.Start(new ChildStart(program, ["serve", "--hostname", "127.0.0.1", "--port", $"{FreePort()}"], folder, child) { OwnsFolder = options.Workspace is null });
        }
        catch (IOException failure)
        {
            throw Refuse(ErrorKind.UpstreamUnavailable, 503, $"{program} cannot be started: {failure.Message}");
        }
        OpenCodeApi? api = null;
        OpenCodeServer? server = null;
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            limit.CancelAfter(StartLimit);
            var url = await ReadyAsync(process, limit.Token);
            api = new OpenCodeApi(url, _row.Program, password, null);
            server = await OpenCodeServer.ConnectAsync(api, process, options.GrantsPermissions, limit.Token);
            // It loads its providers with the first question; better now than within the first prompt.
            await server.ModelsAsync(anew: true, limit.Token);
            return server;
        }
        catch (Exception failure)
        {
            if (server is not null) await server.DisposeAsync();
            await process.DisposeAsync();
            api?.Dispose();
            if (!OpenCodeApi.IsGone(failure) || cancel.IsCancellationRequested) throw;
            throw Refuse(ErrorKind.UpstreamUnavailable, 503, $"`{_row.Program} serve` does not start: {Hint(process, failure)}");
        }
    }

    // The line that tells where it listens. What it says later is read too, or it would stand still some day.
    static async Task<Uri> ReadyAsync(ChildProcess process, CancellationToken cancel)
    {
        var found = new TaskCompletionSource<Uri>(TaskCreationOptions.RunContinuationsAsynchronously);
        _ = ReadOutputAsync(process.Output, found);
        return await found.Task.WaitAsync(cancel);
    }

    static async Task ReadOutputAsync(Stream output, TaskCompletionSource<Uri> found)
    {
        var buffer = new byte[4096];
        var length = 0;
        try
        {
            while (await output.ReadAsync(buffer.AsMemory(length)) is > 0 and var read)
            {
                length += read;
                if (!found.Task.IsCompleted && Listening(buffer.AsSpan(0, length)) is { } url) found.TrySetResult(url);
                var line = buffer.AsSpan(0, length).LastIndexOf((byte)'\n');
                // Only a line that has not ended is kept, and none that is too long.
                length = line + 1 == length || length == buffer.Length ? 0 : length - line - 1;
                if (length > 0) buffer.AsSpan(line + 1, length).CopyTo(buffer);
            }
        }
        catch (Exception gone) when (gone is IOException or ObjectDisposedException)
        {
            // It has ended.
        }
        found.TrySetException(new IOException("it ended at once"));
        _ = found.Task.Exception;
    }

    static Uri? Listening(ReadOnlySpan<byte> output)
    {
        var start = output.IndexOf(ReadyMark);
        if (start < 0) return null;
        var address = output[(start + ReadyMark.Length - "http://"u8.Length)..];
        var end = address.IndexOfAny((byte)'\n', (byte)'\r', (byte)' ');
        return end > 0 && Uri.TryCreate(Encoding.UTF8.GetString(address[..end]), UriKind.Absolute, out var url) ? url : null;
    }

    static string Hint(ChildProcess process, Exception failure)
    {
        var said = process.LastErrors;
        var lastLine = said[(said.LastIndexOf('\n') + 1)..];
        return lastLine.Length > 0 ? lastLine : failure.Message;
    }

    static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    static BridgeException Refuse(ErrorKind kind, int status, string message) => new(new BridgeError(kind, status, message));
}
