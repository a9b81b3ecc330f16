using System.IO.Pipes;
using System.Text;

namespace AcpToApi.Transport;

/// <summary>Reads a stream to its end, so that who writes it never stands still, and keeps the last bytes of it.</summary>
sealed class StreamTail
{
    const int ReadSize = 4096;

    // What a part of a character is decoded to.
    const char Half = '\uFFFD';

    readonly Stream _stream;
    readonly int _limit;
    readonly Lock _gate = new();
    byte[] _bytes = [];
    int _length;
    bool _isCut;

    public StreamTail(Stream stream, int limit)
    {
        (_stream, _limit) = (stream, limit);
        // A pipe can only be waited for by a thread of its own.
        Ended = stream is PipeStream ? Task.Factory.StartNew(Read, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default) : ReadAsync();
    }

    /// <summary>That there is nothing more to read.</summary>
    public Task Ended { get; }

    /// <summary>The end of the text, and whether there was more before it. Half a character is left out, at the end too while more may come.</summary>
    public string Read(out bool isCut)
    {
        lock (_gate)
        {
            var end = _bytes.AsSpan(0, _length);
            isCut = _isCut || _length > _limit;
            if (_length > _limit) end = end[^_limit..];
            var text = Encoding.UTF8.GetString(end);
            if (isCut) text = text.TrimStart(Half);
            return Ended.IsCompleted ? text : text.TrimEnd(Half);
        }
    }

    async Task ReadAsync()
    {
        // What never pauses must not hold up who started it.
        await Task.Yield();
        var buffer = new byte[ReadSize];
        try
        {
            while (await _stream.ReadAsync(buffer) is > 0 and var read) Keep(buffer.AsSpan(0, read));
        }
        catch (Exception gone) when (gone is IOException or ObjectDisposedException)
        {
            // Closed by us.
        }
    }

    void Read()
    {
        var buffer = new byte[ReadSize];
        try
        {
            while (_stream.Read(buffer) is > 0 and var read) Keep(buffer.AsSpan(0, read));
        }
        catch (Exception gone) when (gone is IOException or ObjectDisposedException)
        {
            // Closed by us.
        }
    }

    // The array grows to twice the limit, so that the end is moved to its front once in a while only.
    void Keep(ReadOnlySpan<byte> said)
    {
        lock (_gate)
        {
            if (_length + said.Length > _bytes.Length)
            {
                if (_length > _limit)
                {
                    _bytes.AsSpan(_length - _limit, _limit).CopyTo(_bytes);
                    (_length, _isCut) = (_limit, true);
                }
                if (_length + said.Length > _bytes.Length) Array.Resize(ref _bytes, Math.Max(2 * _bytes.Length, _length + said.Length));
            }
            said.CopyTo(_bytes.AsSpan(_length));
            _length += said.Length;
        }
    }
}
