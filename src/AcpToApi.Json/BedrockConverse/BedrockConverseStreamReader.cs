using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.BedrockConverse;

/// <summary>
/// Reads an answer of Converse or ConverseStream. The stop reason comes before the token counts, which end the stream; blocks of text have no start.
/// </summary>
sealed class BedrockConverseStreamReader : UpstreamReader
{
    const int NoCall = -1;

    readonly BedrockCitations _citations = new();
    StopReason? _reason;
    JsonString _stopSequence;
    bool _isMalformed;
    bool _started;
    bool _reasoned;
    int _calls;
    int _openCall = NoCall;
    int _openCallBlock;
    int _serverToolBlock = NoCall;

    protected override void ReadEvent(ReadOnlySpan<byte> eventName, ReadOnlySpan<byte> data, IEventSink sink)
    {
        var read = BedrockEvent.Read(data);
        if (eventName.SequenceEqual("contentBlockDelta"u8)) ReadDelta(read, sink);
        else if (eventName.SequenceEqual("contentBlockStart"u8)) StartBlock(BedrockBlock.Read(read.Start), read.Index, sink);
        else if (eventName.SequenceEqual("contentBlockStop"u8)) StopBlock(read.Index, sink);
        else if (eventName.SequenceEqual("messageStart"u8)) EnsureStarted(sink);
        else if (eventName.SequenceEqual("messageStop"u8)) ReadStop(read, sink);
        else if (eventName.SequenceEqual("metadata"u8)) ReadMetadata(read, sink);
    }

    protected override BridgeError ReadError(ReadOnlySpan<byte> name, ReadOnlySpan<byte> data) => BedrockConverseErrors.ReadInStream(name, data);

    protected override void EndOfStream(IEventSink sink)
    {
        if (_reason is not null) Finish(sink);
        else Fail(sink, BridgeError.UpstreamProtocol("The provider's stream ended before the answer was complete."));
    }

    protected override void ReadWhole(ReadOnlySpan<byte> body, IEventSink sink)
    {
        var read = BedrockEvent.Read(body);
        if (read.Output.IsEmpty && read.StopReason.IsEmpty) throw new JsonException();
        EnsureStarted(sink);
        ReadContent(Member(Member(read.Output, "message"u8, JsonTokenType.StartObject), "content"u8, JsonTokenType.StartArray), sink);
        ReadStop(read, sink);
        if (!read.Usage.IsEmpty) sink.Usage(BedrockUsage.Read(read.Usage));
        Finish(sink);
    }

    void EnsureStarted(IEventSink sink)
    {
        if (_started) return;
        _started = true;
        // Converse tells neither an id nor the model.
        sink.Start(default);
    }

    static ReadOnlySpan<byte> Member(ReadOnlySpan<byte> raw, ReadOnlySpan<byte> name, JsonTokenType kind)
    {
        if (raw.IsEmpty) return default;
        var json = new Utf8JsonReader(raw);
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var found = json.ValueTextEquals(name);
            json.Read();
            if (found && json.TokenType == kind) return json.Raw(raw);
            json.Skip();
        }
        return default;
    }

    void ReadContent(ReadOnlySpan<byte> content, IEventSink sink)
    {
        if (content.IsEmpty) return;
        var json = new Utf8JsonReader(content);
        json.Read();
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            var isObject = json.TokenType == JsonTokenType.StartObject;
            var raw = json.Raw(content);
            if (!isObject) continue;
            var block = BedrockBlock.Read(raw);
            _reasoned = false;
            StartBlock(block, index: NoCall, sink);
            ReadText(block, sink);
            if (_openCall != NoCall && !block.ToolInputObject.IsEmpty) sink.ToolCallArguments(_openCall, JsonText.Plain(block.ToolInputObject));
            EndCall(sink);
            _citations.EndBlock(sink);
        }
    }

    void StartBlock(in BedrockBlock block, int index, IEventSink sink)
    {
        EnsureStarted(sink);
        EndCall(sink);
        _reasoned = false;
        if (!block.IsToolUse) return;
        if (block.IsServerTool)
        {
            _serverToolBlock = index;
            return;
        }
        (_openCall, _openCallBlock) = (_calls++, index);
        sink.ToolCallStart(_openCall, block.ToolId, block.ToolName);
    }

    void StopBlock(int index, IEventSink sink)
    {
        if (IsOfOpenCall(index)) EndCall(sink);
        if (_openCall == NoCall) _citations.EndBlock(sink);
        _reasoned = false;
    }

    bool IsOfOpenCall(int index) => _openCall != NoCall && (index < 0 || index == _openCallBlock);

    void EndCall(IEventSink sink)
    {
        if (_openCall == NoCall) return;
        sink.ToolCallEnd(_openCall);
        _openCall = NoCall;
    }

    void ReadDelta(in BedrockEvent read, IEventSink sink)
    {
        EnsureStarted(sink);
        var delta = BedrockBlock.Read(read.Delta);
        if (delta.IsToolUse) ReadArguments(read.Index, delta.ToolInput, sink);
        else ReadText(delta, sink);
    }

    void ReadText(in BedrockBlock block, IEventSink sink)
    {
        if (!block.Text.IsEmpty)
        {
            EndCall(sink);
            _citations.Count(block.Text);
            sink.Text(block.Text);
        }
        if (!block.Citation.IsEmpty) _citations.Keep(block.Citation);
        if (!block.Cited.IsEmpty) ReadCited(block.Cited, sink);
        if (!block.Image.IsEmpty) ReadImage(Member(Member(block.Image, "source"u8, JsonTokenType.StartObject), "bytes"u8, JsonTokenType.String), sink);
        if (block.HasReasoning) ReadReasoning(block, sink);
    }

    void ReadCited(ReadOnlySpan<byte> cited, IEventSink sink)
    {
        foreach (var isSource in (ReadOnlySpan<bool>)[false, true])
        {
            var items = Member(cited, isSource ? "citations"u8 : "content"u8, JsonTokenType.StartArray);
            if (items.IsEmpty) continue;
            var json = new Utf8JsonReader(items);
            json.Read();
            while (json.Read() && json.TokenType != JsonTokenType.EndArray)
            {
                var isObject = json.TokenType == JsonTokenType.StartObject;
                var raw = json.Raw(items);
                if (isObject && isSource) _citations.Keep(raw);
                else if (isObject) ReadText(BedrockBlock.Read(raw), sink);
            }
        }
    }

    void ReadImage(ReadOnlySpan<byte> quoted, IEventSink sink)
    {
        if (quoted.Length < 2) return;
        EndCall(sink);
        sink.Media(JsonText.Plain(ImageType.Of(quoted[1..^1])), JsonText.Escaped(quoted[1..^1]));
    }

    // A signature may stand alone, where the provider keeps the thinking itself to itself.
    void ReadReasoning(in BedrockBlock block, IEventSink sink)
    {
        EndCall(sink);
        if (!block.Redacted.IsEmpty) sink.RedactedReasoning(block.Redacted);
        if (!block.Reasoning.IsEmpty || (!block.Signature.IsEmpty && !_reasoned))
        {
            _reasoned = true;
            sink.Reasoning(block.Reasoning);
        }
        if (!block.Signature.IsEmpty) sink.ReasoningSignature(block.Signature);
    }

    void ReadArguments(int index, JsonText piece, IEventSink sink)
    {
        if (piece.IsEmpty || (index >= 0 && index == _serverToolBlock)) return;
        if (IsOfOpenCall(index)) sink.ToolCallArguments(_openCall, piece);
        // Arguments that arrive when their call has ended cannot be added to it; to drop them would run the tool with half of them.
        else Fail(sink, BridgeError.UpstreamProtocol("The provider sent arguments of a tool call after its end."));
    }

    void ReadStop(in BedrockEvent read, IEventSink sink)
    {
        EnsureStarted(sink);
        EndCall(sink);
        _citations.EndBlock(sink);
        _reason = ReasonOf(read.StopReason);
        _isMalformed = read.StopReason.Is("malformed_tool_use"u8) || read.StopReason.Is("malformed_model_output"u8);
        if (read.ModelFields.IsEmpty) return;
        // Claude's own fields, which the request asked for: {"stop_sequence"}, in a stream {"delta":{"stop_sequence"}}.
        var delta = Member(read.ModelFields, "delta"u8, JsonTokenType.StartObject);
        var sequence = Member(delta.IsEmpty ? read.ModelFields : delta, "stop_sequence"u8, JsonTokenType.String);
        if (sequence.Length >= 2) _stopSequence = JsonText.Escaped(sequence[1..^1]).Keep();
    }

    static StopReason ReasonOf(JsonText reason)
    {
        if (reason.Is("tool_use"u8)) return StopReason.ToolCalls;
        if (reason.Is("max_tokens"u8)) return StopReason.MaxTokens;
        if (reason.Is("stop_sequence"u8)) return StopReason.StopSequence;
        if (reason.Is("guardrail_intervened"u8) || reason.Is("content_filtered"u8)) return StopReason.ContentFilter;
        return reason.Is("model_context_window_exceeded"u8) ? StopReason.ContextWindow : StopReason.EndTurn;
    }

    // The counts are the last event.
    void ReadMetadata(in BedrockEvent read, IEventSink sink)
    {
        EnsureStarted(sink);
        EndCall(sink);
        if (!read.Usage.IsEmpty) sink.Usage(BedrockUsage.Read(read.Usage));
        if (_reason is not null) Finish(sink);
    }

    void Finish(IEventSink sink)
    {
        if (_isMalformed)
        {
            Fail(sink, new BridgeError(ErrorKind.UpstreamFailed, 502, "The model made a tool call or an answer that is none; ask again, perhaps with simpler tools."));
            return;
        }
        var reason = _reason ?? StopReason.EndTurn;
        Complete(sink, reason == StopReason.EndTurn && _calls > 0 ? StopReason.ToolCalls : reason, _stopSequence.Text);
    }
}
