using System.IO.Pipes;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace AcpToApi.Transport;

/// <summary>What a child is started with.</summary>
/// <param name="Program">Full path of the program.</param>
/// <param name="Arguments">Its arguments; nothing that a caller said, but for the commands of an agent (<c>terminal/*</c>).</param>
/// <param name="Folder">Its working directory.</param>
/// <param name="Environment">Its whole environment.</param>
sealed record ChildStart(string Program, IReadOnlyList<string> Arguments, string Folder, IReadOnlyDictionary<string, string> Environment)
{
    /// <summary>Whether its working directory is made for it, readable for nobody else, and removed when it has ended, however that happens.</summary>
    public bool OwnsFolder { get; init; }

    /// <summary>For a command, which nobody talks to: how many bytes of the end of its output are kept, standard error included.</summary>
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
    readonly Stream _errors;
    readonly StreamTail _tail;
    int _disposed;

    ChildProcess(ChildStart start, string mark, int pid, Task<int> exited, Stream input, Stream output, Stream errors)
    {
        (_start, Mark, Id, Exited, Input, Output, _errors) = (start, mark, pid, exited, input, output, errors);
        _tail = new StreamTail(errors, start.OutputKept ?? ErrorsKept);
        _ = TellEndAsync();
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
    public Task Drained => field ??= Task.WhenAny(_tail.Ended, Task.Delay(Patience));

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
        List<Stream> ours = [];
        try
        {
            if (start.OwnsFolder) Directory.CreateDirectory(start.Folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            if (start.OutputKept is null) Converse(ours, theirs);
            else Listen(ours, theirs);
            var (pid, exited) = ChildReaper.Spawn(() => Posix.Spawn(start, environment, theirs.Number(0), theirs.Number(1), theirs.Number(2)));
            ChildGuard.Watch(mark, pid);
            return new ChildProcess(start, mark, pid, exited, ours[0], ours[1], ours[2]);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            foreach (var stream in ours) stream.Dispose();
            if (start.OwnsFolder && Directory.Exists(start.Folder)) Directory.Delete(start.Folder, recursive: true);
            ChildGuard.Forget(mark);
            throw failure as IOException ?? new IOException(failure.Message);
        }
    }

    async Task TellEndAsync()
    {
        await Exited;
        ChildGuard.Ended(Mark);
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
        await Drained;
        await _errors.DisposeAsync();
        if (_start.OwnsFolder) await ProcessTree.RemoveFolderAsync(_start.Folder);
        ChildGuard.Forget(Mark);
    }

    // Agents are used to sockets, as Node gives them to its children.
    static void Converse(List<Stream> ours, Ends theirs)
    {
        for (var stream = 0; stream < 3; stream++)
        {
            var (our, their) = Posix.SocketPair();
            theirs.Add(new SafeFileHandle(their, ownsHandle: true));
            ours.Add(new NetworkStream(new Socket(new SafeSocketHandle(our, ownsHandle: true)), ownsSocket: true));
        }
    }

    // Commands are used to what a shell gives them: they open /dev/stderr, which no socket allows, and look whether somebody types.
    static void Listen(List<Stream> ours, Ends theirs)
    {
        theirs.Add(File.OpenHandle("/dev/null"));
        var pipe = new AnonymousPipeServerStream(PipeDirection.In, HandleInheritability.None);
        theirs.AddRange([pipe.ClientSafePipeHandle, pipe.ClientSafePipeHandle]);
        ours.AddRange([Stream.Null, Stream.Null, pipe]);
    }

    // The child has copies of these; ours must go, or its end would never be seen.
    sealed class Ends : List<SafeHandle>, IDisposable
    {
        public int Number(int stream) => (int)this[stream].DangerousGetHandle();

        public void Dispose()
        {
            foreach (var handle in this) handle.Dispose();
        }
    }
}
