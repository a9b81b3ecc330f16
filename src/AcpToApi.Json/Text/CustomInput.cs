using AcpToApi.Json.Model;

namespace AcpToApi.Json.Text;

/// <summary>
/// Takes a custom tool's free text out of the arguments that stand for it, <c>{"input":"..."}</c>, while they come. What has another form is
/// known only at the end.
/// </summary>
sealed class CustomInput : IDisposable
{
    readonly PooledBuffer _arguments = new();
    readonly PooledBuffer _said = new();
    readonly PooledBuffer _half = new();
    readonly byte[] _escape = new byte[6];
    State _state;
    int _matched;
    int _escapeLength;

    static ReadOnlySpan<byte> Opening => "{\"input\":\""u8;

    enum State
    {
        Opening,
        Content,
        Ended,
        Other,
    }

    /// <summary>A call begins.</summary>
    public void Reset()
    {
        _arguments.Clear();
        _half.Clear();
        (_state, _matched, _escapeLength) = (State.Opening, 0, 0);
    }

    /// <summary>The text in the next piece of the arguments; lives until the next call.</summary>
    public JsonText Add(JsonText fragment)
    {
        _said.Clear();
        if (_state is State.Opening or State.Other) fragment.WriteEscaped(_arguments);
        var bytes = fragment.Bytes;
        for (var i = 0; i < bytes.Length && _state is State.Opening or State.Content; i++)
        {
            // An escape of the string that the arguments come in. Letters that are not ASCII stay as they are written.
            if (!fragment.IsEscaped || bytes[i] != '\\' || i + 1 >= bytes.Length) Step(bytes[i], bytes.Slice(i, 1));
            else if (bytes[++i] is (byte)'"' or (byte)'\\') Step(bytes[i], default);
            else if (bytes[i] != 'u' || i + 4 >= bytes.Length) Step((byte)'x', bytes.Slice(i - 1, 2));
            else
            {
                Step((byte)'x', bytes.Slice(i - 1, 6));
                i += 4;
            }
        }
        return JsonText.Escaped(_said.Written);
    }

    /// <summary>The text that only the end tells; lives until the next call.</summary>
    public JsonText End()
    {
        _said.Clear();
        if (_state is State.Content or State.Ended || _arguments.Length == 0) return default;
        using var whole = new PooledBuffer();
        JsonText.Escaped(_arguments.Written).WriteDecoded(whole);
        CustomTools.InputOf(whole.Written).WriteEscaped(_said);
        return JsonText.Escaped(_said.Written);
    }

    /// <summary>Gives pooled buffers back.</summary>
    public void Dispose()
    {
        _arguments.Dispose();
        _said.Dispose();
        _half.Dispose();
    }

    // One letter of the arguments, and how it is written where it is no sign of theirs.
    void Step(byte letter, ReadOnlySpan<byte> written)
    {
        if (_state == State.Opening) Match(letter);
        else if (_escapeLength > 0) AddToEscape(letter);
        else if (letter == '\\') _escape[_escapeLength++] = letter;
        else if (letter == '"')
        {
            Say(default);
            _state = State.Ended;
        }
        else Say(letter < ' ' ? " "u8 : written);
    }

    // The first half of a character waits for the second, or a client would have two broken ones.
    void Say(ReadOnlySpan<byte> written)
    {
        _said.Write(_half.Written);
        _half.Clear();
        (IsFirstHalf(written) ? _half : _said).Write(written);
    }

    // \uD800 to \uDBFF.
    static bool IsFirstHalf(ReadOnlySpan<byte> escape) =>
        escape.Length == 6 && (escape[2] is (byte)'d' or (byte)'D') && escape[3] is (byte)'8' or (byte)'9' or (byte)'a' or (byte)'A' or (byte)'b' or (byte)'B';

    void Match(byte letter)
    {
        if (letter == Opening[_matched]) _matched++;
        else if (letter is not ((byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t') || _matched is > 1 and < 8) _state = State.Other;
        if (_matched == Opening.Length) _state = State.Content;
    }

    // Said when it is whole, for every piece must be a string of its own.
    void AddToEscape(byte letter)
    {
        _escape[_escapeLength++] = letter;
        if (_escapeLength < (_escape[1] == 'u' ? 6 : 2)) return;
        Say(_escape.AsSpan(0, _escapeLength));
        _escapeLength = 0;
    }
}
