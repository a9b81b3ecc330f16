using AcpToApi.Json.Model;
using AcpToApi.Json.OpenAiChat;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.OpenAiResponses;

/// <summary>What a piece of an item is.</summary>
enum OpenAiResponsesPieceKind
{
    Text,
    Refusal,
    Citation,
    Logprobs,
    Image,
    Reasoning,
    Signature,
    CallStart,
    Arguments,
    CallEnd,
}

/// <summary>
/// Says the pieces of items in an order that the neutral stream allows. Here items may come interleaved, there nothing may stand inside a tool
/// call: while one is open, the pieces of all others wait.
/// </summary>
sealed class OpenAiResponsesPieces : IDisposable
{
    PooledBuffer _bytes = new();
    PooledBuffer _spareBytes = new();
    List<Piece> _waiting = [];
    List<Piece> _spare = [];
    OpenAiResponsesItem? _open;

    /// <summary>Number of calls that were begun.</summary>
    public int Calls { get; private set; }

    /// <summary>Says a piece, or keeps it.</summary>
    public void Say(OpenAiResponsesItem item, OpenAiResponsesPieceKind kind, JsonText text, IEventSink sink)
    {
        SayOrHold(item, kind, text, sink);
        while (_open is null && _waiting.Count > 0) SayWaiting(sink);
    }

    /// <summary>Ends calls that the provider did not end, and says all that waits.</summary>
    public void Close(IEventSink sink)
    {
        while (_open is { } open)
        {
            open.IsEnded = true;
            Say(open, OpenAiResponsesPieceKind.CallEnd, default, sink);
        }
    }

    /// <summary>Gives pooled buffers back.</summary>
    public void Dispose()
    {
        _bytes.Dispose();
        _spareBytes.Dispose();
    }

    void SayWaiting(IEventSink sink)
    {
        (_waiting, _spare) = (_spare, _waiting);
        (_bytes, _spareBytes) = (_spareBytes, _bytes);
        foreach (var piece in _spare) piece.Item.IsHeld = false;
        foreach (var (item, kind, start, length, isEscaped) in _spare)
        {
            var bytes = _spareBytes.Written.Slice(start, length);
            SayOrHold(item, kind, isEscaped ? JsonText.Escaped(bytes) : JsonText.Plain(bytes), sink);
        }
        _spare.Clear();
        _spareBytes.Clear();
    }

    void SayOrHold(OpenAiResponsesItem item, OpenAiResponsesPieceKind kind, JsonText text, IEventSink sink)
    {
        // A text without an index, or with a wrong one, may seem to be the open call's: it waits, and the call's own pieces do not.
        if (item.IsHeld || (_open is not null && (_open != item || kind < OpenAiResponsesPieceKind.CallStart)))
        {
            item.IsHeld = _open != item;
            _waiting.Add(new Piece(item, kind, _bytes.Length, text.Bytes.Length, text.IsEscaped));
            _bytes.Write(text.Bytes);
            return;
        }
        switch (kind)
        {
            case OpenAiResponsesPieceKind.Text:
                sink.Text(text);
                break;
            case OpenAiResponsesPieceKind.Refusal:
                sink.Refusal(text);
                break;
            case OpenAiResponsesPieceKind.Citation:
                OpenAiChatAnnotation.Say(text.Bytes, WireFormat.OpenAiResponses, sink);
                break;
            case OpenAiResponsesPieceKind.Logprobs:
                OpenAiChatLogprobs.SayList(text.Bytes, sink);
                break;
            case OpenAiResponsesPieceKind.Image:
                sink.Media(JsonText.Plain(ImageType.Of(text.Bytes)), text);
                break;
            case OpenAiResponsesPieceKind.Reasoning:
                sink.Reasoning(text);
                break;
            case OpenAiResponsesPieceKind.Signature:
                sink.ReasoningSignature(text);
                break;
            case OpenAiResponsesPieceKind.CallStart:
                _open = item;
                item.Call = Calls++;
                sink.ToolCallStart(item.Call, JsonText.Escaped(item.CallId.Written), JsonText.Escaped(item.Name.Written));
                break;
            case OpenAiResponsesPieceKind.Arguments:
                sink.ToolCallArguments(item.Call, text);
                break;
            case OpenAiResponsesPieceKind.CallEnd:
                if (item.Kind == OpenAiResponsesItemKind.Custom) sink.ToolCallArguments(item.Call, JsonText.Plain("\"}"u8));
                sink.ToolCallEnd(item.Call);
                _open = null;
                break;
        }
    }

    readonly record struct Piece(OpenAiResponsesItem Item, OpenAiResponsesPieceKind Kind, int Start, int Length, bool IsEscaped);
}
