using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.ClaudeStream;

/// <summary>
/// Keeps a text from being said twice: when the model's stream breaks, the CLI gives the message up and asks again, from its beginning. What was
/// already passed on is expected to come again, and only what goes beyond it is news.
/// </summary>
sealed class ClaudeRepeats : IDisposable
{
    readonly PooledBuffer _said = new();
    readonly PooledBuffer _piece = new();
    readonly List<int> _blockStarts = [];
    int _expected;

    /// <summary>Whether what comes may be a repetition.</summary>
    public bool IsRepeating => _expected < _said.Length;

    /// <summary>A message begins; what an abandoned one said is still expected.</summary>
    public void BeginMessage()
    {
        if (!IsRepeating)
        {
            _said.Clear();
            _expected = 0;
        }
        _blockStarts.Clear();
    }

    /// <summary>A block begins.</summary>
    public void BeginBlock(int index)
    {
        while (_blockStarts.Count <= index) _blockStarts.Add(_expected);
    }

    /// <summary>The message was given up from a block on: from there its text will come again.</summary>
    public void Abandon(int fromBlock) => _expected = fromBlock < _blockStarts.Count ? _blockStarts[fromBlock] : _said.Length;

    /// <summary>Says what is new of a text; false when it differs from what was said before, which nobody can take back.</summary>
    public bool TrySay(JsonText text, IEventSink sink)
    {
        if (!IsRepeating)
        {
            text.WriteDecoded(_said);
            _expected = _said.Length;
            sink.Text(text);
            return true;
        }
        _piece.Clear();
        text.WriteDecoded(_piece);
        var before = _said.Written[_expected..];
        var same = Math.Min(before.Length, _piece.Length);
        if (!_piece.Written[..same].SequenceEqual(before[..same])) return false;
        _expected += same;
        if (same == _piece.Length) return true;
        _said.Write(_piece.Written[same..]);
        _expected = _said.Length;
        sink.Text(JsonText.Plain(_piece.Written[same..]));
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _said.Dispose();
        _piece.Dispose();
    }
}
