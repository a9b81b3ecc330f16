using System.Buffers;
using System.Runtime.InteropServices;

namespace AcpToApi.Json.Text;

/// <summary>
/// The pool of the buffers' arrays. A large one rests there without its memory: what one huge message took goes back to the system with it,
/// while the array itself stays managed, so that nobody who still looks at it touches anything but zeros.
/// </summary>
static unsafe partial class ByteArrays
{
    // Of those in between, which hold long conversations, a few are used again as they are.
    const int LargestOfPool = 64 * 1024;
    const int LargestKept = 1024 * 1024;
    const int MostKept = 8 * 1024 * 1024;
    const int Unneeded = 4;

    static readonly Lock Gate = new();
    static readonly List<byte[]> Kept = [];
    static int _kept;

    /// <summary>An array of at least this length; what it holds is undefined.</summary>
    public static byte[] Rent(int length) => length is > LargestOfPool and <= LargestKept && TakeKept(length) is { } kept ? kept : ArrayPool<byte>.Shared.Rent(length);

    /// <summary>Gives an array back; nothing happens for an empty one.</summary>
    public static void Return(byte[] array)
    {
        if (array.Length == 0 || (array.Length > LargestOfPool && TryKeep(array))) return;
        if (array.Length > LargestOfPool) Empty(array);
        ArrayPool<byte>.Shared.Return(array);
    }

    static byte[]? TakeKept(int length)
    {
        lock (Gate)
        {
            for (var i = Kept.Count - 1; i >= 0; i--)
            {
                var array = Kept[i];
                if (array.Length < length || array.Length / 2 >= length) continue;
                Kept.RemoveAt(i);
                _kept -= array.Length;
                return array;
            }
            return null;
        }
    }

    static bool TryKeep(byte[] array)
    {
        lock (Gate)
        {
            if (array.Length > LargestKept || _kept + array.Length > MostKept) return false;
            Kept.Add(array);
            _kept += array.Length;
            return true;
        }
    }

    // Elsewhere the pages stay until the collector gives them back.
    static void Empty(byte[] array)
    {
        if (!OperatingSystem.IsLinux()) return;
        var page = (nuint)Environment.SystemPageSize;
        fixed (byte* start = array)
        {
            // Whole pages only: their neighbours are other objects'.
            var first = ((nuint)start + page - 1) / page * page;
            var end = ((nuint)start + (nuint)array.Length) / page * page;
            _ = madvise((void*)first, end - first, Unneeded);
        }
    }

#pragma warning disable SYSLIB1054, CA5392, IDE1006 // The C library's own name; it is linked, not searched for.
    [LibraryImport("libc")]
    private static partial int madvise(void* start, nuint length, int advice);
#pragma warning restore SYSLIB1054, CA5392, IDE1006
}
