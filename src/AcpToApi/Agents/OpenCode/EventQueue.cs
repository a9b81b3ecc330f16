using System.Buffers.Binary;
using AcpToApi.Json.Text;

namespace AcpToApi.Agents.OpenCode;

/// <summary>
/// The events of one session on their way from the stream that all sessions share to the request that reads them. It never makes the stream
/// wait: what a slow client has not taken is kept up to a limit, beyond which this session fails, and only this one.
/// </summary>
sealed class EventQueue(string session) : IDisposable
{
    const int MostBytes = 2 * Limits.MaxBytes;
    const int HeadBytes = 4;

    readonly Lock _gate = new();
    readonly SemaphoreSlim _signal = new(0);
    PooledBuffer _waiting = new();
    PooledBuffer _taken = new();
    bool _overflowed;
    bool _disposed;

    /// <summary>The session's id as it stands in events.</summary>
    public byte[] Session { get; } = System.Text.Encoding.UTF8.GetBytes(session);

    /// <summary>Sessions that this one began: their questions are answered as its own, and else they are only signs of life.</summary>
    public List<byte[]> Children { get; } = [];

    /// <summary>Whether more came than is kept.</summary>
    public bool Overflowed
    {
        get
        {
            lock (_gate) return _overflowed;
        }
    }

    /// <summary>Adds an event.</summary>
    public void Add(ReadOnlySpan<byte> data)
    {
        lock (_gate)
        {
            if (_disposed) return;
            if (_waiting.Length > 0 && _waiting.Length + data.Length > MostBytes) _overflowed = true;
            else
            {
                BinaryPrimitives.WriteInt32LittleEndian(_waiting.GetSpan(HeadBytes), data.Length);
                _waiting.Advance(HeadBytes);
                _waiting.Write(data);
            }
        }
        Wake();
    }

    /// <summary>Lets the reader look whether something else has changed.</summary>
    public void Wake()
    {
        lock (_gate)
        {
            if (!_disposed && _signal.CurrentCount == 0) _signal.Release();
        }
    }

    /// <summary>Waits until there may be something to take; false when there was nothing for so long.</summary>
    public Task<bool> WaitAsync(TimeSpan limit, CancellationToken cancel) => _signal.WaitAsync(limit, cancel);

    /// <summary>Takes all that is there, to be read with <see cref="TryRead"/>; valid until it is called again.</summary>
    public PooledBuffer Take()
    {
        lock (_gate)
        {
            _taken.Clear();
            (_waiting, _taken) = (_taken, _waiting);
            return _taken;
        }
    }

    /// <summary>Forgets what is left of an earlier turn.</summary>
    public void Clear()
    {
        Take().Clear();
        lock (_gate)
        {
            _overflowed = false;
            _taken.Trim();
            _waiting.Trim();
        }
    }

    /// <summary>The next event of what was taken, from <paramref name="position"/> on.</summary>
    public static bool TryRead(PooledBuffer taken, ref int position, out ReadOnlySpan<byte> data)
    {
        data = default;
        if (position >= taken.Length) return false;
        var length = BinaryPrimitives.ReadInt32LittleEndian(taken.Written[position..]);
        data = taken.Written.Slice(position + HeadBytes, length);
        position += HeadBytes + length;
        return true;
    }

    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed) return;
            _disposed = true;
            _waiting.Dispose();
            _taken.Dispose();
            _signal.Dispose();
        }
    }
}
