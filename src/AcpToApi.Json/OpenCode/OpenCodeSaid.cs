using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.OpenCode;

/// <summary>
/// What was said in a step of the answer, as text or as reasoning. When the step is tried again from its start, as agents do after a fault in the
/// middle, what comes a second time is not said twice.
/// </summary>
sealed class OpenCodeSaid : IDisposable
{
    readonly PooledBuffer _said = new();
    readonly PooledBuffer _piece = new();
    int _repeated = -1;

    /// <summary>A step begins; unless it is the same one again, nothing was said in it.</summary>
    public void Begin()
    {
        if (_repeated < 0) _said.Clear();
    }

    /// <summary>The step is over: nothing of it will be repeated.</summary>
    public void End()
    {
        _said.Clear();
        _repeated = -1;
    }

    /// <summary>What is said next begins with the start of the step.</summary>
    public void Repeat()
    {
        if (_said.Length > 0) _repeated = 0;
    }

    /// <summary>Takes a piece; what of it is new is returned, valid until the next call. <paramref name="length"/> is that of the piece, decoded.</summary>
    public JsonText Add(JsonText text, out int length)
    {
        _piece.Clear();
        text.WriteDecoded(_piece);
        length = _piece.Length;
        if (_repeated < 0)
        {
            _said.Write(_piece.Written);
            return text;
        }
        var same = _said.Written[_repeated..].CommonPrefixLength(_piece.Written);
        if (same == length && _repeated + same < _said.Length)
        {
            _repeated += same;
            return default;
        }
        if (_repeated + same == _said.Length)
        {
            // Caught up: from here on it is new.
            _repeated = -1;
            _said.Write(_piece.Written[same..]);
            return JsonText.Plain(_piece.Written[same..]);
        }
        // The model says something else this time: all of that, below what the client has already.
        var again = _said.Written[.._repeated].ToArray();
        _repeated = -1;
        _said.Clear();
        _said.Write(again);
        _said.Write(_piece.Written);
        _piece.Clear();
        _piece.Write("\n\n"u8);
        _piece.Write(_said.Written);
        return JsonText.Plain(_piece.Written);
    }

    public void Dispose()
    {
        _said.Dispose();
        _piece.Dispose();
    }
}
