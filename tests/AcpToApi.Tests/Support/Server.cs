using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace AcpToApi.Tests.Support;

/// <summary>What a test starts the binary with. The environment holds nothing of the machine's own but the PATH.</summary>
public sealed class ServerOptions
{
    public List<string> Arguments { get; init; } = [];

    public Dictionary<string, string> Environment { get; init; } = [];

    /// <summary>Files of the working directory, name to content.</summary>
    public Dictionary<string, string> Files { get; init; } = [];

    /// <summary>Chosen when null; the tests of the options themselves give their own.</summary>
    public int? Port { get; init; }

    /// <summary>What a shell does before it becomes the server, where there is one: setting limits.</summary>
    public string? Before { get; init; }

    /// <summary>Whether --port is put before the arguments.</summary>
    public bool AddPort { get; init; } = true;
}

/// <summary>The end of a process that was not meant to stay.</summary>
public sealed record Outcome(int ExitCode, string Output, string Errors)
{
    public string All => Output + Errors;
}

/// <summary>A running acptoapi in a folder of its own, stopped by its own process handle.</summary>
public sealed class Server : IAsyncDisposable
{
    static readonly HttpClient Probe = new() { Timeout = TimeSpan.FromSeconds(5) };
    readonly Process _process;
    readonly StringBuilder _output = new();
    readonly Lock _outputLock = new();
    readonly Task _reading;

    Server(Process process, int port, string folder)
    {
        _process = process;
        Port = port;
        Folder = folder;
        _reading = Task.WhenAll(CopyAsync(process.StandardOutput), CopyAsync(process.StandardError));
    }

    public int Port { get; }

    /// <summary>Working directory and home.</summary>
    public string Folder { get; }

    public string Url => $"http://127.0.0.1:{Port}";

    public int ProcessId => _process.Id;

    /// <summary>From the start of the process to the first 200 on /health.</summary>
    public TimeSpan StartTime { get; private set; }

    /// <summary>Both output streams so far.</summary>
    public string Output
    {
        get
        {
            lock (_outputLock) return _output.ToString();
        }
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public static async Task<Server> StartAsync(ServerOptions? options = null)
    {
        options ??= new();
        var port = options.Port ?? FreePort();
        var began = Stopwatch.GetTimestamp();
        var (process, folder) = Launch(options, port);
        var server = new Server(process, port, folder);
        try
        {
            await server.WaitUntilHealthyAsync();
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
        server.StartTime = Stopwatch.GetElapsedTime(began);
        return server;
    }

    /// <summary>Runs the binary to its end; fails when it stays.</summary>
    public static async Task<Outcome> RunAsync(ServerOptions options)
    {
        var (process, folder) = Launch(options, options.Port ?? FreePort());
        using (process)
        {
            var output = process.StandardOutput.ReadToEndAsync();
            var errors = process.StandardError.ReadToEndAsync();
            try
            {
                await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(10));
            }
            catch (TimeoutException)
            {
                process.Kill();
                Assert.Fail($"it stayed instead of ending: {await output}{await errors}");
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }
            return new(process.ExitCode, await output, await errors);
        }
    }

    /// <summary>Waits until the output holds a text.</summary>
    public async Task<string> OutputAsync(Func<string, bool> condition, string what)
    {
        for (var i = 0; i < 500; i++)
        {
            if (condition(Output)) return Output;
            await Task.Delay(10);
        }
        throw new TimeoutException($"the output never showed {what}:\n{Output}");
    }

    /// <summary>Asks it to stop, as a service manager does, and waits until it has.</summary>
    public async Task<int> StopAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
        await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(20));
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
        await _reading;
        _process.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    static (Process Process, string Folder) Launch(ServerOptions options, int port)
    {
        var folder = Directory.CreateTempSubdirectory("acptoapi-test-").FullName;
        foreach (var (name, content) in options.Files)
        {
            var file = Path.Combine(folder, name);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, content);
        }
        IEnumerable<string> arguments = options.AddPort ? ["--port", $"{port}", .. options.Arguments] : options.Arguments;
        var given = arguments.Select(a => a.Replace("{port}", $"{port}", StringComparison.Ordinal));
        var start = new ProcessStartInfo(options.Before is null ? PublishedBinary.Path : "/bin/sh", options.Before is null ? given : ["-c", options.Before + "; exec \"$0\" \"$@\"", PublishedBinary.Path, .. given])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder,
        };
        var kept = start.Environment.Where(e => e.Key is "PATH" or "SystemRoot" or "TMPDIR" or "TEMP" or "TMP").ToList();
        start.Environment.Clear();
        foreach (var (name, value) in kept) start.Environment[name] = value;
        start.Environment["HOME"] = folder;
        start.Environment["USERPROFILE"] = folder;
        foreach (var (name, value) in options.Environment) start.Environment[name] = value.Replace("{port}", $"{port}", StringComparison.Ordinal);
        return (Process.Start(start)!, folder);
    }

    async Task WaitUntilHealthyAsync()
    {
        var began = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(20))
        {
            if (_process.HasExited)
            {
                await _reading;
                throw new InvalidOperationException($"acptoapi ended with {_process.ExitCode}:\n{Output}");
            }
            try
            {
                using var answer = await Probe.GetAsync($"{Url}/health");
                if (answer.IsSuccessStatusCode) return;
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }
            await Task.Delay(2);
        }
        throw new TimeoutException($"no 200 from {Url}/health:\n{Output}");
    }

    async Task CopyAsync(StreamReader reader)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            lock (_outputLock) _output.AppendLine(line);
        }
    }
}
