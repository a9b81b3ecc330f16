using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace AcpToApi.Transport;

/// <summary>Takes note of children that have ended, ours and those that fell to us (process 1 of a container), so that none stays a zombie.</summary>
[UnsupportedOSPlatform("windows")]
static class ChildReaper
{
    static readonly Lock Gate = new();
    static readonly Dictionary<int, TaskCompletionSource<int>> Waiting = [];
    static PosixSignalRegistration? _signal;

    /// <summary>Starts a child with <paramref name="spawn"/>; the task is its exit code, minus the signal's number when one ended it.</summary>
    public static (int Pid, Task<int> Exited) Spawn(Func<int> spawn)
    {
        // Held while it starts: a child that ends at once must find who waits for it.
        lock (Gate)
        {
            _signal ??= PosixSignalRegistration.Create(PosixSignal.SIGCHLD, _ => Reap());
            var pid = spawn();
            var exited = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
            Waiting[pid] = exited;
            return (pid, exited.Task);
        }
    }

    static void Reap()
    {
        lock (Gate)
        {
            while (Posix.TryReap(out var pid, out var status))
            {
                if (Waiting.Remove(pid, out var exited)) exited.SetResult((status & 0x7f) == 0 ? (status >> 8) & 0xff : -(status & 0x7f));
            }
        }
    }
}
