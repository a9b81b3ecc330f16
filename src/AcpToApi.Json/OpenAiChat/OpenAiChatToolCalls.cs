using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.OpenAiChat;

/// <summary>
/// Puts tool calls together from the pieces that providers send: with or without index and id, with names that come late or twice,
/// with arguments in pieces, whole, as an object, or not at all. At most one call is open; a new one ends it.
/// </summary>
sealed class OpenAiChatToolCalls : IDisposable
{
    const int LegacyIndex = -1;

    readonly PooledBuffer _id = new();
    readonly PooledBuffer _name = new();
    readonly PooledBuffer _early = new();
    readonly List<int> _ended = [];
    int _index;
    bool _isPending;
    bool _isCustom;

    /// <summary>Number of calls that were begun.</summary>
    public int Count { get; private set; }

    /// <summary>Whether a call was begun and not ended yet.</summary>
    public bool IsOpen { get; private set; }

    /// <summary>Reads <c>tool_calls</c>; a message's (<paramref name="whole"/>) elements are one call each. Returns what was broken, if anything.</summary>
    public BridgeError? Read(ref Utf8JsonReader reader, ReadOnlySpan<byte> data, bool whole, IEventSink sink)
    {
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                reader.Skip();
                continue;
            }
            var piece = ReadPiece(ref reader, data);
            if ((whole ? Begin(piece, sink) : Take(piece, sink)) is { } broken) return broken;
        }
        return null;
    }

    /// <summary>Reads <c>function_call</c>, which tool calls replaced; Snowflake still sends empty ones.</summary>
    public BridgeError? ReadLegacy(ref Utf8JsonReader reader, ReadOnlySpan<byte> data, IEventSink sink)
    {
        var piece = new Piece { Index = LegacyIndex };
        ReadFunction(ref reader, data, ref piece);
        return Take(piece, sink);
    }

    /// <summary>Ends the open call, if there is one.</summary>
    public BridgeError? End(IEventSink sink)
    {
        if (!IsOpen && !_isPending) return null;
        _ended.Add(_index);
        if (_isPending)
        {
            _isPending = false;
            return _early.Length == 0 ? null : BridgeError.UpstreamProtocol("The provider sent a tool call without a name.");
        }
        if (_isCustom) sink.ToolCallArguments(Count - 1, JsonText.Plain("\"}"u8));
        IsOpen = false;
        sink.ToolCallEnd(Count - 1);
        return null;
    }

    /// <summary>Gives pooled buffers back.</summary>
    public void Dispose()
    {
        _id.Dispose();
        _name.Dispose();
        _early.Dispose();
    }

    BridgeError? Take(in Piece piece, IEventSink sink)
    {
        if ((IsOpen || _isPending) && Continues(piece)) return Continue(piece, sink);
        if (piece.Name.IsEmpty && piece.Arguments.IsEmpty && piece.Id.IsEmpty) return null;
        if (piece.Name.IsEmpty && (piece.Index is { } index ? _ended.Contains(index) : piece.Id.IsEmpty && Count > 0))
        {
            return piece.Arguments.IsEmpty ? null : BridgeError.UpstreamProtocol("The provider sent arguments for a tool call that had already ended.");
        }
        return Begin(piece, sink);
    }

    // Gemini's compatible endpoint gives all calls the index 0, Mistral gives none: then a new id or name tells a new call.
    bool Continues(in Piece piece)
    {
        if (piece.Index is { } index && index != _index) return false;
        var sameId = piece.Id.IsEmpty || _id.Length == 0 || piece.Id.Bytes.SequenceEqual(_id.Written);
        if (piece.Name.IsEmpty || _isPending) return sameId || piece.Index is not null;
        if (!sameId) return false;
        return piece.Name.Bytes.SequenceEqual(_name.Written) && (piece.Index is not null || !piece.Id.IsEmpty);
    }

    BridgeError? Begin(in Piece piece, IEventSink sink)
    {
        if (End(sink) is { } broken) return broken;
        _index = piece.Index ?? LegacyIndex - 1 - Count;
        _isPending = true;
        _isCustom = false;
        _id.Clear();
        _name.Clear();
        _early.Clear();
        return Continue(piece, sink);
    }

    BridgeError? Continue(in Piece piece, IEventSink sink)
    {
        if (_id.Length == 0) _id.Write(piece.Id.Bytes);
        if (_isPending && piece.Name.IsEmpty)
        {
            piece.Arguments.WriteEscaped(_early);
            return null;
        }
        if (_isPending)
        {
            _isPending = false;
            _isCustom = piece.IsCustom;
            _name.Write(piece.Name.Bytes);
            IsOpen = true;
            sink.ToolCallStart(Count++, JsonText.Escaped(_id.Written), piece.Name);
            // A custom tool takes free text; to the rest of the world it is a function with one argument.
            if (_isCustom) sink.ToolCallArguments(Count - 1, JsonText.Plain("{\"input\":\""u8));
            if (_early.Length > 0) SayArguments(JsonText.Escaped(_early.Written), sink);
        }
        SayArguments(piece.Arguments, sink);
        return null;
    }

    // The escaped form of the free text is what stands inside the JSON of the arguments.
    void SayArguments(JsonText arguments, IEventSink sink)
    {
        if (!arguments.IsEmpty) sink.ToolCallArguments(Count - 1, _isCustom ? JsonText.Plain(arguments.Bytes) : arguments);
    }

    static Piece ReadPiece(scoped ref Utf8JsonReader reader, ReadOnlySpan<byte> data)
    {
        var piece = default(Piece);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var (isIndex, isId) = (reader.ValueTextEquals("index"u8), reader.ValueTextEquals("id"u8));
            var (isFunction, isCustom) = (reader.ValueTextEquals("function"u8), reader.ValueTextEquals("custom"u8));
            reader.Read();
            if (isIndex && reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var index) && index >= 0) piece.Index = index;
            else if (isId && reader.TokenType == JsonTokenType.String) piece.Id = JsonText.Of(ref reader);
            else if (isFunction && reader.TokenType == JsonTokenType.StartObject) ReadFunction(ref reader, data, ref piece);
            else if (isCustom && reader.TokenType == JsonTokenType.StartObject) ReadCustom(ref reader, data, ref piece);
            else reader.Skip();
        }
        return piece;
    }

    static void ReadFunction(scoped ref Utf8JsonReader reader, ReadOnlySpan<byte> data, ref Piece piece)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var (isName, isArguments) = (reader.ValueTextEquals("name"u8), reader.ValueTextEquals("arguments"u8) || reader.ValueTextEquals("input"u8));
            reader.Read();
            if (isName && reader.TokenType == JsonTokenType.String) piece.Name = JsonText.Of(ref reader);
            else if (isArguments && reader.TokenType == JsonTokenType.String) piece.Arguments = JsonText.Of(ref reader);
            else if (isArguments && reader.TokenType != JsonTokenType.Null) piece.Arguments = JsonText.Plain(reader.Raw(data));
            else reader.Skip();
        }
    }

    // Snowflake sends an empty custom object beside each function.
    static void ReadCustom(scoped ref Utf8JsonReader reader, ReadOnlySpan<byte> data, ref Piece piece)
    {
        var custom = default(Piece);
        ReadFunction(ref reader, data, ref custom);
        if (custom.Name.IsEmpty && custom.Arguments.IsEmpty) return;
        piece.Name = custom.Name;
        piece.Arguments = custom.Arguments;
        piece.IsCustom = true;
    }

    ref struct Piece
    {
        public int? Index;
        public JsonText Id;
        public JsonText Name;
        public JsonText Arguments;
        public bool IsCustom;
    }
}
