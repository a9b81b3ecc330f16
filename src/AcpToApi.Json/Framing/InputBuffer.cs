using AcpToApi.Json.Text;

namespace AcpToApi.Json.Framing;

/// <summary>What was read from an upstream and not yet consumed, in one pooled array that grows with an event and is given back when empty.</summary>
public sealed class InputBuffer : IDisposable
{
    const int FirstSize = 8192;

    byte[] _array = [];
    int _start;
    int _end;

    /// <summary>The bytes not yet consumed.</summary>
    public ReadOnlySpan<byte> Unread => _array.AsSpan(_start, _end - _start);

    /// <summary>Room to read into; makes some if there is none.</summary>
    public Memory<byte> Room()
    {
        if (_end == _array.Length) MakeRoom();
        return _array.AsMemory(_end);
    }

    /// <summary>Says that bytes were read into <see cref="Room"/>.</summary>
    public void Received(int count) => _end += count;

    /// <summary>Says that bytes at the front were consumed.</summary>
    public void Consume(int count)
    {
        _start += count;
        if (_start == _end) _start = _end = 0;
    }

    /// <summary>Gives the array back while nothing is unread, so that an idle stream holds no buffer.</summary>
    public void Trim()
    {
        if (_start == _end) Dispose();
    }

    /// <summary>Gives the array back.</summary>
    public void Dispose()
    {
        _start = _end = 0;
        ByteArrays.Return(_array);
        _array = [];
    }

    void MakeRoom()
    {
        // Moving to the front is enough while the unread part is small.
        if (_start > _array.Length / 2)
        {
            Unread.CopyTo(_array);
        }
        else
        {
            var larger = ByteArrays.Rent(Math.Max(FirstSize, _array.Length * 2));
            Unread.CopyTo(larger);
            ByteArrays.Return(_array);
            _array = larger;
        }
        (_start, _end) = (0, _end - _start);
    }
}
