using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Text;

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
    static NetworkStream? _guard;
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
            _guard = new NetworkStream(new Socket(new SafeSocketHandle(ours, ownsHandle: true)), ownsSocket: true);
            var start = new ChildStart(program, [Verb], "/", new Dictionary<string, string>());
            ChildReaper.Spawn(() => Posix.Spawn(start, ["DOTNET_GCHeapHardLimit=2000000"], theirs, theirs, theirs));
        }
    }

    /// <summary>A child to end when we do not.</summary>
    public static void Watch(int pid, string mark, string? folder) => Tell($"+ {pid} {mark} {folder}\n");

    /// <summary>A child that has been ended.</summary>
    public static void Forget(int pid) => Tell($"- {pid}\n");

    /// <summary>What the second process does: keeps the list, and at the end of its input ends who is on it.</summary>
    public static int Run(TextReader input)
    {
        // A terminal's Ctrl+C or a shutdown is first of all the server's business.
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => signal.Cancel = true);
        var children = new Dictionary<int, string[]>();
        while (input.ReadLine() is { } line)
        {
            var parts = line.Split(' ', 4);
            var pid = int.Parse(parts[1], CultureInfo.InvariantCulture);
            if (parts[0] == "+") children[pid] = parts;
            else children.Remove(pid);
        }
        foreach (var (pid, told) in children)
        {
            ProcessTree.Kill(pid, mark: told[2]);
            if (told[3] is { Length: > 0 } folder) ProcessTree.RemoveFolder(folder);
        }
        return 0;
    }

    static void Tell(string line)
    {
        lock (Gate)
        {
            try
            {
                _guard?.Write(Encoding.UTF8.GetBytes(line));
            }
            catch (IOException)
            {
                // Somebody killed the guard: without it we go on as well as we can.
                _guard = null;
            }
        }
    }
}
