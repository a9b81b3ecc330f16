using System.Net.Sockets;
using System.Security.Cryptography;

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

    /// <summary>For a child whose output nobody reads: how many bytes of the end of it are kept, as otherwise of its standard error, both streams being one.</summary>
    public int? OutputKept { get; init; }
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
    readonly NetworkStream _errors;
    readonly StreamTail _tail;
    int _disposed;

    ChildProcess(ChildStart start, string mark, int pid, Task<int> exited, NetworkStream input, Stream output, NetworkStream errors)
    {
        (_start, Mark, Id, Exited, Input, Output, _errors) = (start, mark, pid, exited, input, output, errors);
        _tail = new StreamTail(errors, start.OutputKept ?? ErrorsKept);
    }

    /// <summary>Its process id, which is its group's and its session's too.</summary>
    public int Id { get; }

    /// <summary>A name that no other child has; it and its descendants carry it in their environment.</summary>
    public string Mark { get; }

    /// <summary>Its standard input.</summary>
    public Stream Input { get; }

    /// <summary>Its standard output.</summary>
    public Stream Output { get; }

    /// <summary>Its exit code once it has ended; minus the signal's number when one ended it.</summary>
    public Task<int> Exited { get; }

    /// <summary>
    /// That all it said has been read, once it has ended. Who it left behind may hold its streams open: for that nobody waits longer than half a second.
    /// </summary>
    public Task Silence => field ??= Task.WhenAny(_tail.Ended, Task.Delay(Patience));

    /// <summary>The end of its standard error, as a hint in messages.</summary>
    public string LastErrors
    {
        get
        {
            var text = ReadEnd(out _).Trim();
            if (text.Length <= LongestHint) return text;
            // Cut between words: half a key would not be recognised as one that must not be shown.
            var end = text.AsSpan(text.Length - LongestHint);
            return string.Concat("…", end[(end.IndexOfAny(' ', '\n') + 1)..]);
        }
    }

    /// <summary>The end of what it said on standard error, or on both streams, and whether that is less than all.</summary>
    public string ReadEnd(out bool isCut) => _tail.Read(out isCut);

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
            for (var stream = start.OutputKept is null ? 0 : 1; stream < 3; stream++)
            {
                var (our, their) = Posix.SocketPair();
                theirs.Add(their);
                ours.Add(new NetworkStream(new Socket(new SafeSocketHandle(our, ownsHandle: true)), ownsSocket: true));
            }
            var (pid, exited) = ChildReaper.Spawn(() => Posix.Spawn(start, environment, theirs[0], theirs[1], theirs[^1]));
            ChildGuard.Watch(mark, pid);
            return new ChildProcess(start, mark, pid, exited, ours[0], start.OutputKept is null ? ours[1] : Stream.Null, ours[^1]);
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
        // The number of a child that ended long ago may be another process's by now.
        ProcessTree.Kill(Exited.IsCompleted && Directory.Exists($"/proc/{Id}") ? null : Id, Mark);
        await Exited;
        await Output.DisposeAsync();
        await Silence;
        await _errors.DisposeAsync();
        if (_start.OwnsFolder) await ProcessTree.RemoveFolderAsync(_start.Folder);
        ChildGuard.Forget(Mark);
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
