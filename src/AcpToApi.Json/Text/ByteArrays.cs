using System.Buffers;
using System.Runtime.InteropServices;

namespace AcpToApi.Json.Text;

/// <summary>
/// The pool of the buffers' arrays. A large one rests there without its memory: what one huge message took goes back to the system with it,
/// while the array itself stays managed, so that nobody who still looks at it touches anything but zeros.
/// </summary>
static unsafe partial class ByteArrays
{
    // A long conversation fits in: its memory is used again.
    const int LargestKept = 1024 * 1024;
    const int Unneeded = 4;

    /// <summary>An array of at least this length; what it holds is undefined.</summary>
    public static byte[] Rent(int length) => ArrayPool<byte>.Shared.Rent(length);

    /// <summary>Gives an array back; nothing happens for an empty one.</summary>
    public static void Return(byte[] array)
    {
        if (array.Length == 0) return;
        if (array.Length > LargestKept) Empty(array);
        ArrayPool<byte>.Shared.Return(array);
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
