using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.AnthropicMessages;

/// <summary>
/// Reads an answer of <c>/v1/messages</c>. Blocks come one after the other and carry an index; what belongs to a block that is not the
/// client's (see <see cref="AnthropicBlockKind.Foreign"/>) is passed over.
/// </summary>
sealed class AnthropicMessagesStreamReader(bool keepExtras) : UpstreamReader
{
    const int NoCall = -1;

    readonly AnthropicBlockTable _blocks = new();
    readonly PooledBuffer _wholeInput = new();
    readonly AnthropicCitations _citations = new();
    AnthropicUsage _usage;
    StopReason? _reason;
    JsonString _stopSequence;
    bool _started;
    bool _reasoned;
    int _calls;
    int _openCall = NoCall;
    int _openCallBlock;
    bool _hasArguments;

    protected override void ReadEvent(ReadOnlySpan<byte> eventName, ReadOnlySpan<byte> data, IEventSink sink)
    {
        // Some gateways end every stream as OpenAI does.
        if (data.SequenceEqual("[DONE]"u8)) return;
        var read = AnthropicEvent.Read(eventName, data);
        switch (read.Type)
        {
            case AnthropicEventType.BlockDelta:
                ReadBlockDelta(read, sink);
                break;
            case AnthropicEventType.BlockStart:
                EnsureStarted(sink);
                StartBlock(AnthropicBlock.Read(read.Block), read.Index, sink);
                break;
            case AnthropicEventType.BlockStop:
                if (IsOfOpenCall(read.Index)) EndCall(sink);
                _citations.EndBlock(sink);
                break;
            case AnthropicEventType.MessageStart:
                ReadMessageStart(AnthropicMessage.Read(read.Message), sink);
                break;
            case AnthropicEventType.MessageDelta:
                ReadMessageDelta(read, sink);
                break;
            case AnthropicEventType.MessageStop:
                EnsureStarted(sink);
                Finish(sink);
                break;
            case AnthropicEventType.Error:
                Fail(sink, AnthropicMessagesErrors.ReadInStream(data));
                break;
        }
    }

    protected override void EndOfStream(IEventSink sink)
    {
        if (_reason is not null) Finish(sink);
        else Fail(sink, BridgeError.UpstreamProtocol("The provider's stream ended before the answer was complete."));
    }

    protected override void ReadWhole(ReadOnlySpan<byte> body, IEventSink sink)
    {
        var message = AnthropicMessage.Read(body);
        if (message.IsError)
        {
            Fail(sink, AnthropicMessagesErrors.ReadInStream(body));
            return;
        }
        if (!message.IsMessage && message.Content.IsEmpty) throw new JsonException();
        ReadMessageStart(message, sink);
        if (_usage.IsKnown) sink.Usage(_usage.Neutral);
        ReadExtras(message, message.ContextManagement, sink);
        Finish(sink);
    }

    protected override void Dispose(bool disposing)
    {
        _wholeInput.Dispose();
        base.Dispose(disposing);
    }

    void EnsureStarted(IEventSink sink)
    {
        if (_started) return;
        _started = true;
        sink.Start(default);
    }

    // A second message_start in one body (spliced by proxies, or the provider going on after a tool of its own) continues the answer; its blocks
    // are counted from 0 again.
    void ReadMessageStart(in AnthropicMessage message, IEventSink sink)
    {
        _usage.Update(message.Usage);
        if (_started) EndCall(sink);
        else sink.Start(new ResponseStart(message.Id, message.Model, _usage.IsKnown ? _usage.Neutral : null));
        _started = true;
        _blocks.Clear();
        ReadContent(message.Content, sink);
        ReadStop(message);
    }

    void ReadContent(ReadOnlySpan<byte> content, IEventSink sink)
    {
        if (content.IsEmpty) return;
        var json = new Utf8JsonReader(content);
        json.Read();
        if (json.TokenType == JsonTokenType.String && json.ValueSpan.Length > 0) sink.Text(JsonText.Of(ref json));
        if (json.TokenType != JsonTokenType.StartArray) return;
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            var start = (int)json.TokenStartIndex;
            json.Skip();
            if (content[start] != (byte)'{') continue;
            StartBlock(AnthropicBlock.Read(content[start..(int)json.BytesConsumed]), index: -1, sink);
            EndCall(sink);
            _citations.EndBlock(sink);
        }
    }

    void StartBlock(in AnthropicBlock block, int index, IEventSink sink)
    {
        EndCall(sink);
        _citations.EndBlock(sink);
        _blocks.Open(index, block.Kind);
        _reasoned = false;
        switch (block.Kind)
        {
            case AnthropicBlockKind.Text:
                if (!block.Text.IsEmpty) SayText(block.Text, sink);
                _citations.Keep(block.Citations);
                break;
            case AnthropicBlockKind.Thinking:
                ReadThinking(block, sink);
                break;
            case AnthropicBlockKind.RedactedThinking:
                sink.RedactedReasoning(block.Data);
                break;
            case AnthropicBlockKind.ToolUse:
                StartCall(block, index, sink);
                break;
            case AnthropicBlockKind.Foreign when !keepExtras && !block.Type.IsEmpty:
                EnsureStarted(sink);
                sink.Lost(block.Type);
                break;
        }
    }

    void SayText(JsonText text, IEventSink sink)
    {
        _citations.Count(text);
        sink.Text(text);
    }

    // Mostly `"input":{}` comes first and the arguments follow in deltas; some calls (programmatic ones) are whole at once.
    void StartCall(in AnthropicBlock block, int index, IEventSink sink)
    {
        (_openCall, _openCallBlock, _hasArguments) = (_calls++, index, false);
        _wholeInput.Clear();
        _wholeInput.Write(block.Input);
        sink.ToolCallStart(_openCall, block.Id, block.Name);
    }

    bool IsOfOpenCall(int index) => _openCall != NoCall && (index < 0 || _openCallBlock < 0 || index == _openCallBlock);

    void EndCall(IEventSink sink)
    {
        if (_openCall == NoCall) return;
        if (!_hasArguments && _wholeInput.Length > 2) sink.ToolCallArguments(_openCall, JsonText.Plain(_wholeInput.Written));
        sink.ToolCallEnd(_openCall);
        _openCall = NoCall;
    }

    void ReadBlockDelta(in AnthropicEvent read, IEventSink sink)
    {
        var delta = AnthropicBlock.Read(read.Delta);
        switch (_blocks.KindOf(read.Index, delta))
        {
            case AnthropicBlockKind.Text:
                _citations.Keep(delta.Citations);
                if (delta.Text.IsEmpty) break;
                EnsureStarted(sink);
                EndCall(sink);
                SayText(delta.Text, sink);
                break;
            case AnthropicBlockKind.Thinking:
                EnsureStarted(sink);
                EndCall(sink);
                ReadThinking(delta, sink);
                break;
            case AnthropicBlockKind.ToolUse:
                if (!delta.PartialJson.IsEmpty) ReadArguments(read.Index, delta.PartialJson, sink);
                break;
        }
    }

    // A signature may stand alone, where the provider keeps the thinking itself to itself.
    void ReadThinking(in AnthropicBlock block, IEventSink sink)
    {
        if (!block.Thinking.IsEmpty || (!block.Signature.IsEmpty && !_reasoned))
        {
            _reasoned = true;
            sink.Reasoning(block.Thinking);
        }
        if (!block.Signature.IsEmpty) sink.ReasoningSignature(block.Signature);
    }

    void ReadArguments(int index, JsonText piece, IEventSink sink)
    {
        if (!IsOfOpenCall(index))
        {
            // Arguments that arrive when their call has ended cannot be added to it; to drop them would run the tool with half of them.
            Fail(sink, BridgeError.UpstreamProtocol("The provider sent arguments of a tool call after its end."));
            return;
        }
        _hasArguments = true;
        sink.ToolCallArguments(_openCall, piece);
    }

    void ReadMessageDelta(in AnthropicEvent read, IEventSink sink)
    {
        EnsureStarted(sink);
        EndCall(sink);
        _usage.Update(read.Usage);
        if (!read.Usage.IsEmpty && _usage.IsKnown) sink.Usage(_usage.Neutral);
        var delta = AnthropicMessage.Read(read.Delta);
        ReadStop(delta);
        ReadExtras(delta, read.ContextManagement, sink);
    }

    void ReadStop(in AnthropicMessage message)
    {
        if (message.Reason.IsEmpty) return;
        _reason = AnthropicStopReasons.Read(message.Reason);
        _stopSequence = message.StopSequence.Keep();
    }

    void ReadExtras(in AnthropicMessage message, ReadOnlySpan<byte> contextManagement, IEventSink sink)
    {
        if (keepExtras)
        {
            if (!message.StopDetails.IsEmpty) sink.Extra(ExtraScope.Choice, "stop_details"u8, message.StopDetails);
            if (!message.Container.IsEmpty) sink.Extra(ExtraScope.Choice, "container"u8, message.Container);
            if (!contextManagement.IsEmpty) sink.Extra(ExtraScope.Response, "context_management"u8, contextManagement);
            return;
        }
        if (_reason == StopReason.ContentFilter && !message.StopDetails.IsEmpty) ReadExplanation(message.StopDetails, sink);
    }

    static void ReadExplanation(ReadOnlySpan<byte> stopDetails, IEventSink sink)
    {
        var json = new Utf8JsonReader(stopDetails);
        json.Read();
        if (json.TokenType != JsonTokenType.StartObject) return;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (!json.ValueTextEquals("explanation"u8))
            {
                json.SkipValue();
                continue;
            }
            var explanation = json.ReadText();
            if (!explanation.IsEmpty) sink.Refusal(explanation);
        }
    }

    // A gateway may leave the reason out, or say end_turn although the client's calls wait for results: then what the answer holds tells it.
    void Finish(IEventSink sink)
    {
        EndCall(sink);
        _citations.EndBlock(sink);
        var reason = _reason ?? StopReason.EndTurn;
        Complete(sink, reason == StopReason.EndTurn && _calls > 0 ? StopReason.ToolCalls : reason, _stopSequence.Text);
    }
}
