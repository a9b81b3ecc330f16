using AcpToApi.Json.Framing;

namespace AcpToApi.Json.Gemini;

/// <summary>
/// Finds Gemini's events: server-sent events, or bare JSON objects. The latter are the elements of the array that comes without
/// <c>alt=sse</c>, and the error that ends a failed stream of events without being one.
/// </summary>
sealed class GeminiFraming : FrameReader
{
    readonly SseReader _events = new();
    State _state;
    int _scanned;
    int _start;
    int _depth;
    bool _inString;
    bool _escaped;

    enum State
    {
        Between,
        InEvent,
        InObject,
    }

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Terminator => "\r\n\r\n"u8;

    /// <inheritdoc/>
    public override bool TryRead(ReadOnlySpan<byte> input, bool isFinal, out Frame found, out int consumed)
    {
        if (_state == State.Between && !TryBegin(input, isFinal, out found, out consumed)) return consumed > 0;
        if (_state == State.InObject) return TryReadObject(input, isFinal, out found, out consumed);
        var read = _events.TryRead(input, isFinal, out found, out consumed);
        if (read) _state = State.Between;
        return read;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _events.Dispose();
        base.Dispose(disposing);
    }

    // The first byte tells: no field of an event begins with a bracket or a comma.
    bool TryBegin(ReadOnlySpan<byte> input, bool isFinal, out Frame found, out int consumed)
    {
        found = default;
        consumed = 0;
        var first = input.IndexOfAnyExcept(" \t\r\n"u8);
        if (first < 0)
        {
            // Perhaps the line feed of a carriage return that ended the last event.
            consumed = isFinal ? input.Length : 0;
            found = new Frame { IsTerminated = true };
            return false;
        }
        if (input[first] is not ((byte)'{' or (byte)'[' or (byte)',' or (byte)']'))
        {
            _state = State.InEvent;
            return true;
        }
        if (input[first] == (byte)'{')
        {
            _state = State.InObject;
            _start = _scanned = first;
            return true;
        }
        consumed = first + 1;
        found = new Frame { IsTerminated = true };
        return false;
    }

    bool TryReadObject(ReadOnlySpan<byte> input, bool isFinal, out Frame found, out int consumed)
    {
        found = default;
        consumed = 0;
        var isWhole = FindEnd(input);
        if (!isWhole && !isFinal) return false;
        found = new Frame { Data = input[_start.._scanned], HasData = true, IsTerminated = isWhole };
        consumed = _scanned;
        (_state, _depth, _inString, _escaped) = (State.Between, 0, false, false);
        return true;
    }

    bool FindEnd(ReadOnlySpan<byte> input)
    {
        while (_scanned < input.Length)
        {
            var value = input[_scanned++];
            if (_escaped) _escaped = false;
            else if (_inString) FollowString(input, value);
            else if (value == (byte)'"') _inString = true;
            else if (value is (byte)'{' or (byte)'[') _depth++;
            else if (value is (byte)'}' or (byte)']' && --_depth == 0) return true;
        }
        return false;
    }

    // Strings are nearly all of an answer, images above all.
    void FollowString(ReadOnlySpan<byte> input, byte value)
    {
        if (value == (byte)'"') _inString = false;
        else if (value == (byte)'\\') _escaped = true;
        else
        {
            var next = input[_scanned..].IndexOfAny((byte)'"', (byte)'\\');
            _scanned = next < 0 ? input.Length : _scanned + next;
        }
    }
}
