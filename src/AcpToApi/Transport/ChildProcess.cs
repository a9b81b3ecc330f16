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

    /// <summary>Whether its standard error goes where its standard output goes, in the order in which it is written.</summary>
    public bool JoinsErrors { get; init; }
}

/// <summary>
/// A program that we started: the leader of a session of its own, its standard streams sockets (as programs are used to from Node), its last words
/// on standard error kept. When it is disposed of, it and everything it started are gone, and so they are when this server is killed
/// (<see cref="ChildGuard"/>).
/// </summary>
sealed class ChildProcess : IAsyncDisposable
{
    const int ErrorsKept = 4096;
    const int LongestHint = 300;
    static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    readonly ChildStart _start;
    readonly string _mark;
    readonly NetworkStream? _errors;
    readonly Task _readingErrors;
    readonly byte[] _lastErrors = new byte[ErrorsKept];
    int _errorsLength;
    int _disposed;

    ChildProcess(ChildStart start, string mark, int pid, Task<int> exited, NetworkStream input, NetworkStream output, NetworkStream? errors)
    {
        (_start, _mark, Id, Exited, Input, Output, _errors) = (start, mark, pid, exited, input, output, errors);
        _readingErrors = errors is null ? Task.CompletedTask : ReadErrorsAsync(errors);
    }

    /// <summary>Its process id, which is its group's and its session's too.</summary>
    public int Id { get; }

    /// <summary>Its standard input.</summary>
    public Stream Input { get; }

    /// <summary>Its standard output.</summary>
    public Stream Output { get; }

    /// <summary>Its exit code once it has ended; minus the signal's number when one ended it.</summary>
    public Task<int> Exited { get; }

    /// <summary>The end of its standard error, as a hint in messages.</summary>
    public string LastErrors
    {
        get
        {
            string text;
            lock (_lastErrors) text = Encoding.UTF8.GetString(_lastErrors, 0, _errorsLength).Trim();
            if (text.Length <= LongestHint) return text;
            // Cut between words: half a key would not be recognised as one that must not be shown.
            var end = text.AsSpan(text.Length - LongestHint);
            return string.Concat("…", end[(end.IndexOfAny(' ', '\n') + 1)..]);
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
        using var theirs = new Ends();
        List<NetworkStream> ours = [];
        try
        {
            if (start.OwnsFolder) Directory.CreateDirectory(start.Folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            for (var stream = 0; stream < (start.JoinsErrors ? 2 : 3); stream++)
            {
                var (our, their) = Posix.SocketPair();
                theirs.Add(their);
                ours.Add(new NetworkStream(new Socket(new SafeSocketHandle(our, ownsHandle: true)), ownsSocket: true));
            }
            var (pid, exited) = ChildReaper.Spawn(() => Posix.Spawn(start, environment, theirs[0], theirs[1], theirs[^1]));
            ChildGuard.Watch(mark, pid);
            return new ChildProcess(start, mark, pid, exited, ours[0], ours[1], start.JoinsErrors ? null : ours[2]);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            foreach (var stream in ours) stream.Dispose();
            if (start.OwnsFolder && Directory.Exists(start.Folder)) Directory.Delete(start.Folder, recursive: true);
            ChildGuard.Forget(mark);
            throw failure as IOException ?? new IOException(failure.Message);
        }
    }

    /// <summary>Tells it that no more input comes.</summary>
    public void CloseInput() => Input.Dispose();

    /// <summary>Ends it and all that it started: asked first, forced after half a second. What it has said can still be read.</summary>
    public async Task EndAsync()
    {
        CloseInput();
        if (!Exited.IsCompleted)
        {
            Posix.SignalGroup(Id, Posix.SigTerm);
            await Task.WhenAny(Exited, Task.Delay(Patience));
        }
        // The number of a child that ended long ago may be another process's by now.
        ProcessTree.Kill(Exited.IsCompleted && Directory.Exists($"/proc/{Id}") ? null : Id, _mark);
        await Exited;
    }

    /// <summary>Ends it and all that it started. Its own folder is removed.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        await EndAsync();
        await Output.DisposeAsync();
        await _readingErrors.WaitAsync(Patience).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_errors is not null) await _errors.DisposeAsync();
        if (_start.OwnsFolder) await ProcessTree.RemoveFolderAsync(_start.Folder);
        ChildGuard.Forget(_mark);
    }

    // Read to its end, or the child would stand still when the socket is full.
    async Task ReadErrorsAsync(NetworkStream errors)
    {
        var buffer = new byte[1024];
        try
        {
            while (await errors.ReadAsync(buffer) is > 0 and var read)
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
    sealed class Ends : List<int>, IDisposable
    {
        public void Dispose()
        {
            foreach (var handle in this) new SafeSocketHandle(handle, ownsHandle: true).Dispose();
        }
    }
}
