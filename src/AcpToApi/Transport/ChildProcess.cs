using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace AcpToApi.Transport;

/// <summary>What a child is started with.</summary>
/// <param name="Program">Full path of the program.</param>
/// <param name="Arguments">Its arguments; never anything that a caller said.</param>
/// <param name="Folder">Its working directory.</param>
/// <param name="Environment">Its whole environment.</param>
sealed record ChildStart(string Program, IReadOnlyList<string> Arguments, string Folder, IReadOnlyDictionary<string, string> Environment)
{
    /// <summary>Whether its working directory is made for it, readable for nobody else, and removed when it has ended, however that happens.</summary>
    public bool OwnsFolder { get; init; }
}

/// <summary>
/// A program that we started: the leader of a session of its own, its standard streams sockets (as programs are used to from Node), its last words
/// on standard error kept. When it is disposed of, it and everything it started are gone, and so they are when this server is killed
/// (<see cref="ChildGuard"/>).
/// </summary>
sealed class ChildProcess : IAsyncDisposable
{
    const int ErrorsKept = 4096;
    static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    readonly ChildStart _start;
    readonly string _mark;
    readonly NetworkStream _errors;
    readonly Task _readingErrors;
    readonly byte[] _lastErrors = new byte[ErrorsKept];
    int _errorsLength;
    int _disposed;

    ChildProcess(ChildStart start, string mark, int pid, Task<int> exited, NetworkStream input, NetworkStream output, NetworkStream errors)
    {
        (_start, _mark, Id, Exited, Input, Output, _errors) = (start, mark, pid, exited, input, output, errors);
        _readingErrors = ReadErrorsAsync();
    }

    /// <summary>Its process id, which is its group's and its session's too.</summary>
    public int Id { get; }

    /// <summary>Its standard input.</summary>
    public Stream Input { get; }

    /// <summary>Its standard output.</summary>
    public Stream Output { get; }

    /// <summary>Its exit code once it has ended; 128 and the signal's number when one ended it.</summary>
    public Task<int> Exited { get; }

    /// <summary>The last lines of its standard error, for messages.</summary>
    public string LastErrors
    {
        get
        {
            lock (_lastErrors) return Encoding.UTF8.GetString(_lastErrors, 0, _errorsLength).Trim();
        }
    }

    /// <summary>Starts a program. Throws <see cref="IOException"/> with the system's reason when it cannot be.</summary>
    public static ChildProcess Start(ChildStart start)
    {
        if (OperatingSystem.IsWindows()) throw new IOException("coding agents run on Linux and macOS only");
        ChildGuard.Ensure();
        var mark = RandomNumberGenerator.GetHexString(16, lowercase: true);
        var environment = new List<string> { $"{ProcessTree.MarkVariable}={mark}" };
        foreach (var (name, value) in start.Environment) environment.Add($"{name}={value}");
        ChildGuard.Expect(mark, start.OwnsFolder ? start.Folder : null);
        if (start.OwnsFolder) Directory.CreateDirectory(start.Folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var (input, theirInput) = Posix.SocketPair();
        var (output, theirOutput) = Posix.SocketPair();
        var (errors, theirErrors) = Posix.SocketPair();
        using var ends = new Ends(theirInput, theirOutput, theirErrors);
        var streams = (Input: StreamOf(input), Output: StreamOf(output), Errors: StreamOf(errors));
        try
        {
            var (pid, exited) = ChildReaper.Spawn(() => Posix.Spawn(start, environment, theirInput, theirOutput, theirErrors));
            ChildGuard.Watch(mark, pid);
            return new ChildProcess(start, mark, pid, exited, streams.Input, streams.Output, streams.Errors);
        }
        catch (IOException)
        {
            streams.Input.Dispose();
            streams.Output.Dispose();
            streams.Errors.Dispose();
            if (start.OwnsFolder) Directory.Delete(start.Folder);
            ChildGuard.Forget(mark);
            throw;
        }
    }

    /// <summary>Tells it that no more input comes.</summary>
    public void CloseInput() => Input.Dispose();

    /// <summary>Ends it and all that it started: asked first, forced after half a second. Its own folder is removed.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        CloseInput();
        if (!Exited.IsCompleted)
        {
            Posix.SignalGroup(Id, Posix.SigTerm);
            await Task.WhenAny(Exited, Task.Delay(Patience));
        }
        ProcessTree.Kill(Id, _mark);
        await Exited;
        await Output.DisposeAsync();
        await _readingErrors.WaitAsync(Patience).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _errors.DisposeAsync();
        if (_start.OwnsFolder) await ProcessTree.RemoveFolderAsync(_start.Folder);
        ChildGuard.Forget(_mark);
    }

    static NetworkStream StreamOf(int handle) => new(new Socket(new SafeSocketHandle(handle, ownsHandle: true)), ownsSocket: true);

    // Read to its end, or the child would stand still when the socket is full.
    async Task ReadErrorsAsync()
    {
        var buffer = new byte[1024];
        try
        {
            while (await _errors.ReadAsync(buffer) is > 0 and var read)
            {
                lock (_lastErrors)
                {
                    var kept = Math.Min(_errorsLength, ErrorsKept - read);
                    _lastErrors.AsSpan(_errorsLength - kept, kept).CopyTo(_lastErrors);
                    buffer.AsSpan(0, read).CopyTo(_lastErrors.AsSpan(kept));
                    _errorsLength = kept + read;
                }
            }
        }
        catch (Exception gone) when (gone is IOException or ObjectDisposedException)
        {
            // The child has ended.
        }
    }

    // The child has copies of these; ours must go, or its end would never be seen.
    sealed class Ends(params int[] handles) : IDisposable
    {
        public void Dispose()
        {
            foreach (var handle in handles) new SafeSocketHandle(handle, ownsHandle: true).Dispose();
        }
    }
}
