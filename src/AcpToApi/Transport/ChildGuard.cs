using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace AcpToApi.Transport;

/// <summary>
/// A second process of this program that outlives us: it reads from us which children there are, and when we end without having
/// ended them (SIGKILL), it does. Started with the first child.
/// </summary>
static class ChildGuard
{
    /// <summary>The hidden verb that the second process runs.</summary>
    public const string Verb = "guard-children";

    static readonly Lock Gate = new();
    static GuardLine? _guard;
    static bool _started;

    /// <summary>Starts the guard, once.</summary>
    [UnsupportedOSPlatform("windows")]
    public static void Ensure()
    {
        lock (Gate)
        {
            if (_started) return;
            _started = true;
            // Run by the dotnet host (a developer's `dotnet run`), this program's file is not ours.
            if (Environment.ProcessPath is not { } self || Path.GetFileNameWithoutExtension(self) == "dotnet") return;
            // The file itself may have been replaced meanwhile.
            var program = OperatingSystem.IsLinux() ? "/proc/self/exe" : self;
            var (ours, theirs) = Posix.SocketPair();
            using var end = new SafeSocketHandle(theirs, ownsHandle: true);
            var line = new SafeSocketHandle(ours, ownsHandle: true);
            var start = new ChildStart(program, [Verb], "/", new Dictionary<string, string>());
            var (pid, exited) = ChildReaper.Spawn(() => Posix.Spawn(start, ["DOTNET_GCHeapHardLimit=2000000"], theirs, theirs, theirs));
            _guard = new GuardLine(new Socket(line), () =>
            {
                // The number of one that has ended may be another process's.
                if (!exited.IsCompleted) Posix.Signal(pid, Posix.SigKill);
            });
        }
    }

    /// <summary>A child is about to be started: from now on it is ended, and its folder removed, when we do not do so.</summary>
    public static void Expect(string mark, string? folder) => Tell($"+ {mark} {folder}\n");

    /// <summary>It has been started.</summary>
    public static void Watch(string mark, int pid) => Tell($"= {mark} {pid}\n");

    /// <summary>It has ended by itself: its number may soon be another's, but what it started may still be there.</summary>
    public static void Ended(string mark) => Tell($"= {mark} 0\n");

    /// <summary>It has been ended.</summary>
    public static void Forget(string mark) => Tell($"- {mark}\n");

    /// <summary>What the second process does: keeps the list, and at the end of its input ends who is on it.</summary>
    public static async Task<int> RunAsync(TextReader input)
    {
        // A terminal's Ctrl+C or a shutdown is first of all the server's business.
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => signal.Cancel = true);
        var children = new Dictionary<string, Child>(StringComparer.Ordinal);
        while (await input.ReadLineAsync() is { } line)
        {
            var parts = line.Split(' ', 3);
            var mark = parts[1];
            if (parts[0] == "+") children[mark] = new Child { Folder = parts[2] };
            else if (parts[0] == "-") children.Remove(mark);
            else if (children.TryGetValue(mark, out var child)) child.Id = int.Parse(parts[2], CultureInfo.InvariantCulture) is > 0 and var id ? id : null;
        }
        foreach (var (mark, child) in children)
        {
            ProcessTree.Kill(child.Id, mark);
            if (child.Folder.Length > 0) await ProcessTree.RemoveFolderAsync(child.Folder);
        }
        return 0;
    }

    sealed class Child
    {
        public int? Id { get; set; }

        public required string Folder { get; init; }
    }

    static void Tell(string line)
    {
        lock (Gate)
        {
            if (_guard?.TryTell(line) == false) _guard = null;
        }
    }
}
