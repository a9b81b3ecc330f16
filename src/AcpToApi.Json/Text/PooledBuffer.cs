using System.Buffers;
using System.Buffers.Text;

namespace AcpToApi.Json.Text;

/// <summary>A growing byte buffer on pooled arrays. Holds no array while it is empty and was trimmed.</summary>
public sealed class PooledBuffer : IBufferWriter<byte>, IDisposable
{
    const int FirstSize = 4096;

    byte[] _array = [];

    /// <summary>Number of bytes written.</summary>
    public int Length { get; private set; }

    /// <summary>What was written; valid until the next write.</summary>
    public ReadOnlySpan<byte> Written => _array.AsSpan(0, Length);

    /// <summary>What was written; valid until the next write.</summary>
    public ReadOnlyMemory<byte> WrittenMemory => _array.AsMemory(0, Length);

    /// <summary>Forgets what was written and keeps the array.</summary>
    public void Clear() => Length = 0;

    /// <summary>Forgets what was written after the first <paramref name="length"/> bytes.</summary>
    public void Truncate(int length) => Length = Math.Min(Length, length);

    /// <summary>Forgets the first <paramref name="length"/> bytes.</summary>
    public void RemoveFirst(int length)
    {
        Written[length..].CopyTo(_array);
        Length -= length;
    }

    /// <summary>Gives the array back to the pool if nothing is written.</summary>
    public void Trim()
    {
        if (Length == 0) Dispose();
    }

    /// <inheritdoc/>
    public void Advance(int count) => Length += count;

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 1));
        return _array.AsSpan(Length);
    }

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 1));
        return _array.AsMemory(Length);
    }

    /// <summary>Appends bytes.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        Reserve(bytes.Length);
        bytes.CopyTo(_array.AsSpan(Length));
        Length += bytes.Length;
    }

    /// <summary>Appends one byte.</summary>
    public void Write(byte value)
    {
        Reserve(1);
        _array[Length++] = value;
    }

    /// <summary>Appends a whole number in decimal.</summary>
    public void Write(long value)
    {
        Reserve(20);
        Utf8Formatter.TryFormat(value, _array.AsSpan(Length), out var written);
        Length += written;
    }

    /// <summary>Gives the array back to the pool; the buffer is empty and may be used again.</summary>
    public void Dispose()
    {
        Length = 0;
        ByteArrays.Return(_array);
        _array = [];
    }

    void Reserve(int count)
    {
        if (_array.Length - Length < count) Grow(count);
    }

    void Grow(int count)
    {
        var larger = ByteArrays.Rent(Math.Max(FirstSize, Math.Max(checked(Length + count), Math.Min(_array.Length * 2, Array.MaxLength))));
        Written.CopyTo(larger);
        ByteArrays.Return(_array);
        _array = larger;
    }
}
