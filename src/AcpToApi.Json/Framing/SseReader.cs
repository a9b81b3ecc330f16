using AcpToApi.Json.Text;

namespace AcpToApi.Json.Framing;

/// <summary>
/// Finds where server-sent events end (WHATWG HTML, section 9.2.6: lines end with LF, CR or CRLF; a blank line ends the event).
/// It owns no input: the caller passes the unread bytes, from the same start until an event is consumed, with more of them each time;
/// a line is never scanned twice. An event that lacks its blank line is handed out at the end of the input, since some providers leave it out.
/// </summary>
public sealed class SseReader : FrameReader
{
    readonly PooledBuffer _joined = new();
    bool _started;
    bool _skipLineFeed;
    int _lineStart;
    int _scanned;
    (int Start, int Length) _name;
    (int Start, int Length) _data;
    int _dataLines;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Terminator => "\n\n"u8;

    /// <inheritdoc/>
    public override bool TryRead(ReadOnlySpan<byte> input, bool isFinal, out Frame found, out int consumed)
    {
        SkipByteOrderMark(input, isFinal);
        while (true)
        {
            if (_skipLineFeed && _scanned < input.Length)
            {
                if (input[_scanned] == (byte)'\n') _lineStart = ++_scanned;
                _skipLineFeed = false;
            }
            var end = _scanned < input.Length ? input[_scanned..].IndexOfAny((byte)'\n', (byte)'\r') : -1;
            if (end < 0)
            {
                _scanned = Math.Max(_scanned, input.Length);
                return AtEndOfInput(input, isFinal, out found, out consumed);
            }
            end += _scanned;
            var line = input[_lineStart..end];
            _skipLineFeed = input[end] == (byte)'\r';
            // A CRLF that is already here is taken whole, so that an event's bytes end after it.
            if (_skipLineFeed && end + 1 < input.Length && input[end + 1] == (byte)'\n')
            {
                _skipLineFeed = false;
                end++;
            }
            var start = _lineStart;
            _lineStart = _scanned = end + 1;
            if (line.IsEmpty)
            {
                return Dispatch(input, terminated: true, out found, out consumed);
            }
            Field(line, start);
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _joined.Dispose();
        base.Dispose(disposing);
    }

    void SkipByteOrderMark(ReadOnlySpan<byte> input, bool isFinal)
    {
        if (_started || (input.Length < 3 && !isFinal && "\uFEFF"u8.StartsWith(input))) return;
        _started = true;
        if (input.StartsWith("\uFEFF"u8)) _lineStart = _scanned = 3;
    }

    bool AtEndOfInput(ReadOnlySpan<byte> input, bool isFinal, out Frame found, out int consumed)
    {
        found = default;
        consumed = 0;
        if (!isFinal) return false;
        if (_lineStart < input.Length)
        {
            var start = _lineStart;
            _lineStart = input.Length;
            Field(input[start..], start);
        }
        return _dataLines > 0 && Dispatch(input, terminated: false, out found, out consumed);
    }

    void Field(ReadOnlySpan<byte> line, int start)
    {
        var value = ValueOf(line, out var name);
        if (name.SequenceEqual("data"u8))
        {
            // Further lines are joined to the first when the event is whole.
            if (++_dataLines == 1) _data = (start + value, line.Length - value);
        }
        else if (name.SequenceEqual("event"u8)) _name = (start + value, line.Length - value);
    }

    // Section 9.2.6, "interpreting an event stream": a field is a name, a colon and a value with at most one leading space removed.
    // Where the value begins; a comment's name is empty.
    static int ValueOf(ReadOnlySpan<byte> line, out ReadOnlySpan<byte> name)
    {
        var colon = line.IndexOf((byte)':');
        name = colon < 0 ? line : line[..colon];
        var value = colon < 0 ? line.Length : colon + 1;
        return value < line.Length && line[value] == (byte)' ' ? value + 1 : value;
    }

    // At an event's end only: one that never ends is not held twice.
    ReadOnlySpan<byte> Join(ReadOnlySpan<byte> first, ReadOnlySpan<byte> lines)
    {
        _joined.Clear();
        _joined.Write(first);
        while (!lines.IsEmpty)
        {
            // Between CR and LF there is a line too, an empty one.
            var end = lines.IndexOfAny((byte)'\n', (byte)'\r');
            var line = end < 0 ? lines : lines[..end];
            lines = end < 0 ? default : lines[(end + 1)..];
            var value = ValueOf(line, out var name);
            if (!name.SequenceEqual("data"u8)) continue;
            _joined.Write((byte)'\n');
            _joined.Write(line[value..]);
        }
        return _joined.Written;
    }

    // A run of comments and blank lines is an event without data: it is handed out too, so that a passed-through stream keeps it.
    bool Dispatch(ReadOnlySpan<byte> input, bool terminated, out Frame found, out int consumed)
    {
        var data = input.Slice(_data.Start, _data.Length);
        found = new Frame
        {
            Name = input.Slice(_name.Start, _name.Length),
            Data = _dataLines > 1 ? Join(data, input[(_data.Start + _data.Length).._lineStart]) : data,
            HasData = _dataLines > 0,
            IsTerminated = terminated,
        };
        consumed = _lineStart;
        _lineStart = _scanned = 0;
        _name = _data = default;
        _dataLines = 0;
        return true;
    }
}
