using System.Text.Json;
using AcpToApi.Json.Model;

namespace AcpToApi.Json.OpenAiChat;

/// <summary>
/// Puts tool calls together from the pieces that providers send: with or without index and id, with names that come late or twice,
/// with arguments in pieces, whole, as an object, or not at all, and pieces of several calls in turn. To the sink one call is open at a time:
/// the next one waits while its arguments may go on.
/// </summary>
sealed class OpenAiChatToolCalls : IDisposable
{
    const int LegacyIndex = -1;

    readonly List<int> _ended = [];
    readonly List<OpenAiChatCall> _waiting = [];
    OpenAiChatCall? _spare;
    OpenAiChatCall? _current;

    /// <summary>Number of calls that were begun.</summary>
    public int Count { get; private set; }

    /// <summary>Whether a call was begun and not ended yet.</summary>
    public bool IsOpen => _current is { IsBegun: true };

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
            var piece = OpenAiChatCallPiece.Read(ref reader, data);
            if ((whole ? Begin(piece, sink) : Take(piece, sink)) is { } broken) return broken;
        }
        return null;
    }

    /// <summary>Reads <c>function_call</c>, which tool calls replaced; Snowflake still sends empty ones.</summary>
    public BridgeError? ReadLegacy(ref Utf8JsonReader reader, ReadOnlySpan<byte> data, IEventSink sink)
    {
        var piece = new OpenAiChatCallPiece { Index = LegacyIndex };
        OpenAiChatCallPiece.ReadFunction(ref reader, data, ref piece);
        return Take(piece, sink);
    }

    /// <summary>Ends the open call, and says those that wait.</summary>
    public BridgeError? End(IEventSink sink)
    {
        while (_current is not null)
        {
            if (EndCurrent(sink) is { } broken) return broken;
            Advance(sink);
        }
        return null;
    }

    /// <summary>Gives pooled buffers back.</summary>
    public void Dispose()
    {
        _current?.Dispose();
        _spare?.Dispose();
        foreach (var call in _waiting) call.Dispose();
    }

    BridgeError? Take(in OpenAiChatCallPiece piece, IEventSink sink)
    {
        if (_current is { } current && current.IsContinuedBy(piece)) return Continue(current, piece, sink);
        foreach (var call in _waiting)
        {
            if (!call.IsContinuedBy(piece)) continue;
            call.Add(piece, sink);
            return null;
        }
        if (piece.Name.IsEmpty && piece.Arguments.IsEmpty && piece.Id.IsEmpty) return null;
        if (piece.Name.IsEmpty && (piece.Index is { } index ? _ended.Contains(index) : piece.Id.IsEmpty && Count > 0))
        {
            return piece.Arguments.IsEmpty ? null : BridgeError.UpstreamProtocol("The provider sent arguments for a tool call that had already ended.");
        }
        if (!MustWait(piece)) return Begin(piece, sink);
        var waiting = New(piece);
        waiting.Add(piece, sink);
        _waiting.Add(waiting);
        return null;
    }

    // Only who numbers its calls can go on with an earlier one.
    bool MustWait(in OpenAiChatCallPiece piece) =>
        _current is { Index: >= 0 } current && piece.Index is >= 0 && piece.Index != current.Index && (_waiting.Count > 0 || current.MayGoOn);

    BridgeError? Begin(in OpenAiChatCallPiece piece, IEventSink sink)
    {
        if (End(sink) is { } broken) return broken;
        _current = New(piece);
        return Continue(_current, piece, sink);
    }

    BridgeError? Continue(OpenAiChatCall call, in OpenAiChatCallPiece piece, IEventSink sink)
    {
        call.Add(piece, sink);
        if (!call.IsBegun && call.HasName) call.Begin(Count++, sink);
        while (_current is { MayGoOn: false } && _waiting.Count > 0)
        {
            if (EndCurrent(sink) is { } broken) return broken;
            Advance(sink);
        }
        return null;
    }

    BridgeError? EndCurrent(IEventSink sink)
    {
        var call = _current!;
        _current = null;
        _ended.Add(call.Index);
        if (call.IsBegun) call.End(sink);
        var isLost = !call.IsBegun && call.HasKept;
        if (_spare is null) _spare = call;
        else call.Dispose();
        return isLost ? BridgeError.UpstreamProtocol("The provider sent a tool call without a name.") : null;
    }

    void Advance(IEventSink sink)
    {
        if (_waiting.Count == 0) return;
        _current = _waiting[0];
        _waiting.RemoveAt(0);
        if (_current.HasName) _current.Begin(Count++, sink);
    }

    OpenAiChatCall New(in OpenAiChatCallPiece piece)
    {
        var call = _spare ?? new OpenAiChatCall();
        _spare = null;
        call.Reset(piece.Index ?? LegacyIndex - 1 - Count);
        return call;
    }
}
