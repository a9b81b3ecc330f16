using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.OpenAiChat;

/// <summary>A tool call as far as it has come; what cannot be said yet is kept.</summary>
sealed class OpenAiChatCall : IDisposable
{
    readonly PooledBuffer _id = new();
    readonly PooledBuffer _name = new();
    readonly PooledBuffer _kept = new();
    ObjectEnd _end;
    int _number;
    bool _isCustom;

    /// <summary>Its <c>index</c>; negative where the provider gave none.</summary>
    public int Index { get; private set; }

    /// <summary>Whether its begin has been said.</summary>
    public bool IsBegun { get; private set; }

    /// <summary>Whether more arguments may come: not once they are a whole object. Of free text nobody knows.</summary>
    public bool MayGoOn => !_isCustom && !_end.IsReached;

    /// <summary>Whether it has a name, without which it is none.</summary>
    public bool HasName => _name.Length > 0;

    /// <summary>Whether arguments came before the name did.</summary>
    public bool HasKept => _kept.Length > 0;

    /// <summary>Makes it a new call.</summary>
    public void Reset(int index)
    {
        (Index, IsBegun, _isCustom, _end) = (index, false, false, default);
        _id.Clear();
        _name.Clear();
        _kept.Clear();
    }

    /// <summary>
    /// Whether a piece goes on with this call. Gemini's compatible endpoint gives all calls the index 0, Mistral gives none: then a new id or name
    /// tells a new call.
    /// </summary>
    public bool IsContinuedBy(in OpenAiChatCallPiece piece)
    {
        if (piece.Index is { } index && index != Index) return false;
        var sameId = piece.Id.IsEmpty || _id.Length == 0 || piece.Id.Bytes.SequenceEqual(_id.Written);
        if (piece.Name.IsEmpty || !HasName) return sameId || piece.Index is not null;
        if (!sameId) return false;
        return piece.Name.Bytes.SequenceEqual(_name.Written) && (piece.Index is not null || !piece.Id.IsEmpty);
    }

    /// <summary>Takes a piece in; the arguments are kept where the begin has not been said.</summary>
    public void Add(in OpenAiChatCallPiece piece, IEventSink sink)
    {
        if (_id.Length == 0) _id.Write(piece.Id.Bytes);
        if (!HasName && !piece.Name.IsEmpty)
        {
            _isCustom = piece.IsCustom;
            _name.Write(piece.Name.Bytes);
        }
        if (piece.Arguments.IsEmpty) return;
        if (!_isCustom) _end.Add(piece.Arguments);
        if (IsBegun) SayArguments(piece.Arguments, sink);
        else piece.Arguments.WriteEscaped(_kept);
    }

    /// <summary>Says its begin and what was kept.</summary>
    public void Begin(int number, IEventSink sink)
    {
        (_number, IsBegun) = (number, true);
        sink.ToolCallStart(number, JsonText.Escaped(_id.Written), JsonText.Escaped(_name.Written));
        // A custom tool takes free text; to the rest of the world it is a function with one argument.
        if (_isCustom) sink.ToolCallArguments(number, JsonText.Plain("{\"input\":\""u8));
        if (_kept.Length > 0) SayArguments(JsonText.Escaped(_kept.Written), sink);
    }

    /// <summary>Says its end.</summary>
    public void End(IEventSink sink)
    {
        if (_isCustom) sink.ToolCallArguments(_number, JsonText.Plain("\"}"u8));
        sink.ToolCallEnd(_number);
    }

    /// <summary>Gives pooled buffers back.</summary>
    public void Dispose()
    {
        _id.Dispose();
        _name.Dispose();
        _kept.Dispose();
    }

    // The escaped form of the free text is what stands inside the JSON of the arguments.
    void SayArguments(JsonText arguments, IEventSink sink) =>
        sink.ToolCallArguments(_number, _isCustom ? JsonText.Plain(arguments.Bytes) : arguments);
}
