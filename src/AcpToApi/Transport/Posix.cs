using System.Runtime.InteropServices;

namespace AcpToApi.Transport;

/// <summary>The few calls of the C library that starting and ending children needs and .NET does not offer.</summary>
static unsafe partial class Posix
{
    public const int SigInt = 2;
    public const int SigKill = 9;
    public const int SigTerm = 15;
    public const int NoHang = 1;

    // Opaque structures of the C library, larger than any library's own: glibc's attributes take 336 bytes, its file actions 80, a signal set 128.
    public const int OpaqueSize = 512;

    const int FileType = 0xF000;
    const int RegularFile = 0x8000;
    const int UnixFamily = 1;
    const int StreamType = 1;
    const int CloseOnExec = 0x80000;
    const short SetSignalDefaults = 4;
    const short SetSignalMask = 8;
    const short CloseAllOnApple = 0x4000;

    static readonly short SetSession = (short)(OperatingSystem.IsMacOS() ? 0x400 : 0x80);

    /// <summary>Two connected sockets that no other child inherits.</summary>
    public static (int Ours, int Theirs) SocketPair()
    {
        var pair = stackalloc int[2];
        // Apple has no flag for it; there everything is closed when a child is started.
        Check(socketpair(UnixFamily, OperatingSystem.IsMacOS() ? StreamType : StreamType | CloseOnExec, 0, pair), "socketpair");
        return (pair[0], pair[1]);
    }

    /// <summary>
    /// Starts a program as the leader of a session of its own, with default signals; returns its process id, or throws <see cref="IOException"/>
    /// with the system's reason.
    /// </summary>
    public static int Spawn(ChildStart start, IReadOnlyList<string> environment, int input, int output, int errors)
    {
        byte* actions = stackalloc byte[OpaqueSize], attributes = stackalloc byte[OpaqueSize], signals = stackalloc byte[OpaqueSize];
        using var arguments = new StringVector([start.Program, .. start.Arguments]);
        using var variables = new StringVector(environment);
        Check(posix_spawn_file_actions_init(actions), "posix_spawn");
        Check(posix_spawnattr_init(attributes), "posix_spawn");
        try
        {
            Check(posix_spawn_file_actions_adddup2(actions, input, 0), "posix_spawn");
            Check(posix_spawn_file_actions_adddup2(actions, output, 1), "posix_spawn");
            Check(posix_spawn_file_actions_adddup2(actions, errors, 2), "posix_spawn");
            Check(posix_spawn_file_actions_addchdir_np(actions, start.Folder), "posix_spawn");
            // .NET ignores SIGPIPE, and ignored signals stay so across exec.
            _ = sigfillset(signals);
            Check(posix_spawnattr_setsigdefault(attributes, signals), "posix_spawn");
            _ = sigemptyset(signals);
            Check(posix_spawnattr_setsigmask(attributes, signals), "posix_spawn");
            var flags = SetSession | SetSignalDefaults | SetSignalMask | (OperatingSystem.IsMacOS() ? CloseAllOnApple : 0);
            Check(posix_spawnattr_setflags(attributes, (short)flags), "posix_spawn");
            int pid;
            Check(posix_spawn(&pid, start.Program, actions, attributes, arguments.Pointer, variables.Pointer), "start " + start.Program);
            return pid;
        }
        finally
        {
            _ = posix_spawn_file_actions_destroy(actions);
            _ = posix_spawnattr_destroy(attributes);
        }
    }

    /// <summary>Takes note of one child that has ended; false when none has.</summary>
    public static bool TryReap(out int pid, out int status)
    {
        int found;
        pid = waitpid(-1, &found, NoHang);
        status = found;
        return pid > 0;
    }

    /// <summary>Signals a process group; nothing happens when it is gone.</summary>
    public static void SignalGroup(int group, int signal) => _ = kill(-group, signal);

    /// <summary>Signals a process; nothing happens when it is gone.</summary>
    public static void Signal(int pid, int signal) => _ = kill(pid, signal);

    /// <summary>Whether a path, its links followed, is an ordinary file: nothing that is a folder, pipe, socket or device.</summary>
    public static bool IsRegularFile(string path)
    {
        // Flags and mode come first; the rest is not looked at.
        var status = stackalloc int[OpaqueSize / sizeof(int)];
        return Stat(path, status) == 0 && (status[1] & FileType) == RegularFile;
    }

    static void Check(int error, string what)
    {
        if (error == 0) return;
        var code = error < 0 ? Marshal.GetLastSystemError() : error;
        throw new IOException($"{what}: {Marshal.GetPInvokeErrorMessage(code)}");
    }

    /// <summary>A null-terminated array of C strings.</summary>
    sealed class StringVector : IDisposable
    {
        readonly int _count;

        public StringVector(IReadOnlyList<string> strings)
        {
            _count = strings.Count;
            Pointer = (byte**)NativeMemory.AllocZeroed((nuint)(_count + 1), (nuint)sizeof(byte*));
            for (var i = 0; i < _count; i++) Pointer[i] = (byte*)Marshal.StringToCoTaskMemUTF8(strings[i]);
        }

        public byte** Pointer { get; }

        public void Dispose()
        {
            for (var i = 0; i < _count; i++) Marshal.FreeCoTaskMem((nint)Pointer[i]);
            NativeMemory.Free(Pointer);
        }
    }

#pragma warning disable SYSLIB1054, CA5392, IDE1006 // The C library's own names; it is linked, not searched for.
    [LibraryImport("libc")]
    private static partial int socketpair(int family, int type, int protocol, int* pair);

    [LibraryImport("libc")]
    private static partial int waitpid(int pid, int* status, int options);

    [LibraryImport("libc")]
    private static partial int kill(int pid, int signal);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int posix_spawn(int* pid, string path, byte* actions, byte* attributes, byte** arguments, byte** environment);

    [LibraryImport("libc")]
    private static partial int posix_spawn_file_actions_init(byte* actions);

    [LibraryImport("libc")]
    private static partial int posix_spawn_file_actions_destroy(byte* actions);

    [LibraryImport("libc")]
    private static partial int posix_spawn_file_actions_adddup2(byte* actions, int from, int to);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int posix_spawn_file_actions_addchdir_np(byte* actions, string folder);

    [LibraryImport("libc")]
    private static partial int posix_spawnattr_init(byte* attributes);

    [LibraryImport("libc")]
    private static partial int posix_spawnattr_destroy(byte* attributes);

    [LibraryImport("libc")]
    private static partial int posix_spawnattr_setflags(byte* attributes, short flags);

    [LibraryImport("libc")]
    private static partial int posix_spawnattr_setsigdefault(byte* attributes, byte* signals);

    [LibraryImport("libc")]
    private static partial int posix_spawnattr_setsigmask(byte* attributes, byte* signals);

    [LibraryImport("libc")]
    private static partial int sigfillset(byte* signals);

    [LibraryImport("libc")]
    private static partial int sigemptyset(byte* signals);

    // The C library's own structure differs between machines; .NET's does not.
    [LibraryImport("libSystem.Native", EntryPoint = "SystemNative_Stat", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Stat(string path, int* status);
#pragma warning restore SYSLIB1054, CA5392, IDE1006
}
