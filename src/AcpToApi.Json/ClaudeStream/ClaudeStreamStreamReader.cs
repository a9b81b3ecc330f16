using System.Text.Json;
using AcpToApi.Json.AnthropicMessages;
using AcpToApi.Json.Framing;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.ClaudeStream;

/// <summary>
/// Reads the lines of one answer of the Claude Code CLI: events of the model's stream wrapped into lines, whole blocks where there was no stream,
/// results of tools, and the <c>result</c> that alone tells whether it succeeded. A turn may hold several messages of the model's.
/// </summary>
public sealed class ClaudeStreamStreamReader(ClaudeTurn turn) : UpstreamReader
{
    readonly ClaudeRepeats _repeats = new();
    readonly PooledBuffer _text = new();
    AnthropicUsage _usage;
    TokenUsage _earlier;
    string _messageId = "";
    AnthropicBlockKind _open;
    CallKind _call;
    int _calls;
    bool _hasArguments;
    bool _started;
    bool _hasText;
    bool _inMessage;
    bool _reasoned;
    bool _repeatsReasoning;
    StopReason _reason = StopReason.EndTurn;
    string _errorKind = "";
    long _resetsAt;

    enum CallKind
    {
        None,
        Client,
        Own,
        Hidden,
    }

    /// <summary>Whether a message of the model's is being streamed, so that more calls may follow.</summary>
    public bool IsInMessage => _inMessage;

    /// <summary>Whether the agent is done with the turn, which it may go on with when the answer has ended.</summary>
    public bool IsTurnOver { get; private set; }

    /// <summary>Ends the answer because the agent waits for the client's tools.</summary>
    public void Park(IEventSink sink)
    {
        if (turn.Waiting.Count == 0) return;
        EndCall(sink);
        Complete(sink, StopReason.ToolCalls);
    }

    /// <inheritdoc/>
    protected override void ReadEvent(ReadOnlySpan<byte> eventName, ReadOnlySpan<byte> data, IEventSink sink)
    {
        var line = ClaudeLine.Read(data);
        if (line.IsNested) return;
        switch (line.Type)
        {
            case ClaudeLineType.StreamEvent:
                ReadStreamEvent(line, sink);
                break;
            case ClaudeLineType.Assistant:
                ReadAssistant(line, sink);
                break;
            case ClaudeLineType.User:
                ReadResults(AnthropicMessage.Read(line.Message).Content, sink);
                break;
            case ClaudeLineType.RateLimit:
                if (ClaudeStreamErrors.ResetOf(line.RateLimit) is > 0 and var resets) _resetsAt = resets;
                break;
            case ClaudeLineType.Result:
                ReadResult(line, sink);
                break;
        }
    }

    /// <inheritdoc/>
    protected override void EndOfStream(IEventSink sink) => Fail(sink, BridgeError.UpstreamProtocol("Claude Code ended before its answer was complete."));

    /// <inheritdoc/>
    protected override void ReadWhole(ReadOnlySpan<byte> body, IEventSink sink)
    {
        using var lines = new LineReader();
        while (lines.TryRead(body, isFinal: true, out var frame, out var consumed))
        {
            if (frame.HasData) Read(frame, sink);
            body = body[consumed..];
        }
        End(sink);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _repeats.Dispose();
        _text.Dispose();
        base.Dispose(disposing);
    }

    void ReadStreamEvent(in ClaudeLine line, IEventSink sink)
    {
        var read = AnthropicEvent.Read(default, line.Event);
        switch (read.Type)
        {
            case AnthropicEventType.MessageStart:
                BeginMessage(AnthropicMessage.Read(read.Message), sink);
                _inMessage = true;
                break;
            case AnthropicEventType.BlockStart:
                BeginBlock(read.Index, AnthropicBlock.Read(read.Block), sink);
                break;
            case AnthropicEventType.BlockDelta:
                ReadDelta(AnthropicBlock.Read(read.Delta), sink);
                break;
            case AnthropicEventType.BlockStop:
                EndCall(sink);
                _open = AnthropicBlockKind.Foreign;
                break;
            case AnthropicEventType.MessageDelta:
                Count(read.Usage, sink);
                ReadReason(AnthropicMessage.Read(read.Delta).Reason);
                break;
            case AnthropicEventType.MessageStop:
                EndMessage(line.Abandoned, sink);
                break;
        }
    }

    void BeginMessage(in AnthropicMessage message, IEventSink sink)
    {
        EndCall(sink);
        _messageId = message.Id.ToString();
        if (_usage.IsKnown) _earlier += _usage.Neutral;
        _usage = default;
        _usage.Update(message.Usage);
        _repeats.BeginMessage();
        _reasoned = false;
        if (!_started) sink.Start(new ResponseStart(message.Id, message.Model, _usage.IsKnown ? _usage.Neutral : null));
        _started = true;
    }

    void EndMessage(ReadOnlySpan<byte> abandoned, IEventSink sink)
    {
        EndCall(sink);
        _inMessage = false;
        if (!abandoned.IsEmpty)
        {
            _repeats.Abandon(FirstBlockOf(abandoned));
            _repeatsReasoning = _reasoned;
            // A call that was told cannot be taken back, and will come again with another id.
            if (turn.Waiting.Count > 0) Fail(sink, BrokenOff());
        }
        else if (_reason == StopReason.MaxTokens) Complete(sink, StopReason.MaxTokens);
        else Park(sink);
    }

    void BeginBlock(int index, in AnthropicBlock block, IEventSink sink)
    {
        EndCall(sink);
        _open = block.Kind;
        _repeats.BeginBlock(Math.Max(index, 0));
        switch (block.Kind)
        {
            case AnthropicBlockKind.Text or AnthropicBlockKind.Thinking:
                ReadDelta(block, sink);
                break;
            case AnthropicBlockKind.RedactedThinking:
                if (!_repeatsReasoning) sink.RedactedReasoning(block.Data);
                break;
            case AnthropicBlockKind.ToolUse:
                BeginCall(block, sink);
                break;
        }
    }

    void ReadDelta(in AnthropicBlock delta, IEventSink sink)
    {
        switch (_open)
        {
            case AnthropicBlockKind.Text:
                if (!delta.Text.IsEmpty) Say(delta.Text, sink);
                break;
            case AnthropicBlockKind.Thinking:
                SayReasoning(delta, sink);
                break;
            case AnthropicBlockKind.ToolUse:
                if (!delta.PartialJson.IsEmpty) SayArguments(delta.PartialJson, sink);
                break;
        }
    }

    void Say(JsonText text, IEventSink sink)
    {
        // Beside the object that the client asked for nothing may stand.
        if (turn.IsStructured)
        {
            sink.Reasoning(text);
            return;
        }
        _hasText = true;
        if (!_repeats.TrySay(text, sink)) Fail(sink, BrokenOff());
    }

    void SayReasoning(in AnthropicBlock delta, IEventSink sink)
    {
        if (_repeatsReasoning) return;
        if (!delta.Thinking.IsEmpty || (!delta.Signature.IsEmpty && !_reasoned))
        {
            _reasoned = true;
            sink.Reasoning(delta.Thinking);
        }
        if (!delta.Signature.IsEmpty) sink.ReasoningSignature(delta.Signature);
    }

    void BeginCall(in AnthropicBlock block, IEventSink sink)
    {
        _hasArguments = false;
        var name = block.Name.ToString();
        if (turn.IsStructured && name == "StructuredOutput") _call = CallKind.Hidden;
        else if (name.StartsWith(ClaudeStreamRequestWriter.ToolPrefix, StringComparison.Ordinal))
        {
            _call = CallKind.Client;
            turn.Waiting.Add(block.Id.ToString());
            var original = turn.Tools?.Original(name[ClaudeStreamRequestWriter.ToolPrefix.Length..]) ?? name;
            sink.ToolCallStart(_calls, block.Id, JsonString.Of(original).Text);
        }
        else if (sink is IAgentSink agent)
        {
            _call = CallKind.Own;
            turn.Own.Add(block.Id.ToString());
            agent.OwnToolStart(block.Id, block.Name);
        }
        else _call = CallKind.Hidden;
        if (block.Input.Length > 2) SayArguments(JsonText.Plain(block.Input), sink);
    }

    void SayArguments(JsonText piece, IEventSink sink)
    {
        _hasArguments = true;
        if (_call == CallKind.Client) sink.ToolCallArguments(_calls, piece);
        else if (_call == CallKind.Own) ((IAgentSink)sink).OwnToolArguments(piece);
    }

    void EndCall(IEventSink sink)
    {
        var call = _call;
        _call = CallKind.None;
        if (call is CallKind.Client or CallKind.Own && !_hasArguments)
        {
            _call = call;
            SayArguments(JsonText.Plain("{}"u8), sink);
            _call = CallKind.None;
        }
        if (call == CallKind.Client) sink.ToolCallEnd(_calls++);
        else if (call == CallKind.Own) ((IAgentSink)sink).OwnToolEnd();
    }

    // Each block comes whole as well, in a line of its own; what was streamed is old. After a fault the CLI asks without a stream: then it is news.
    void ReadAssistant(in ClaudeLine line, IEventSink sink)
    {
        var message = AnthropicMessage.Read(line.Message);
        if (!line.Error.IsEmpty || message.Model.Is("<synthetic>"u8))
        {
            // The words of an error in the model's place; the result says what it means.
            if (!line.Error.IsEmpty) _errorKind = line.Error.ToString();
            return;
        }
        if (_inMessage || message.Id.Is(System.Text.Encoding.UTF8.GetBytes(_messageId))) return;
        var id = _messageId;
        BeginMessage(message, sink);
        // Further blocks of the same message come in further lines.
        _messageId = id;
        ReadReason(message.Reason);
        foreach (var block in new AnthropicBlocks(message.Content))
        {
            BeginBlock(0, block, sink);
            EndCall(sink);
        }
        if (_usage.IsKnown) sink.Usage(_earlier + _usage.Neutral);
    }

    void ReadReason(JsonText reason)
    {
        if (!reason.IsEmpty) _reason = AnthropicStopReasons.Read(reason);
    }

    void Count(ReadOnlySpan<byte> usage, IEventSink sink)
    {
        _usage.Update(usage);
        if (_usage.IsKnown) sink.Usage(_earlier + _usage.Neutral);
    }

    void ReadResults(ReadOnlySpan<byte> content, IEventSink sink)
    {
        if (content.IsEmpty || content[0] != (byte)'[' || sink is not IAgentSink agent) return;
        var json = new Utf8JsonReader(content);
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.StartObject)
        {
            var result = ClaudeToolResult.Read(json.Raw(content), _text);
            if (result.Id.IsEmpty || !turn.Own.Remove(result.Id.ToString())) continue;
            agent.OwnToolResult(result.Id, JsonText.Plain(_text.Written), result.IsError);
        }
    }

    void ReadResult(in ClaudeLine line, IEventSink sink)
    {
        IsTurnOver = true;
        EndCall(sink);
        if (line.IsError || !line.Subtype.Is("success"u8))
        {
            Fail(sink, ClaudeStreamErrors.Read(line, _errorKind, _resetsAt, turn.Now));
            return;
        }
        if (!_started) sink.Start(default);
        if (turn.IsStructured)
        {
            if (line.Structured.IsEmpty)
            {
                Fail(sink, BridgeError.UpstreamProtocol("Claude Code ended without an object that keeps the schema of response_format."));
                return;
            }
            sink.Text(JsonText.Plain(line.Structured));
        }
        else if (_repeats.IsRepeating || (!_hasText && !line.Result.IsEmpty)) Say(line.Result, sink);
        if (!IsDone) Complete(sink, _reason is StopReason.ToolCalls or StopReason.PauseTurn ? StopReason.EndTurn : _reason);
    }

    static int FirstBlockOf(ReadOnlySpan<byte> abandoned)
    {
        var json = new Utf8JsonReader(abandoned);
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("from_block_index"u8)) return (int)(json.ReadCount() ?? 0);
            json.SkipValue();
        }
        return 0;
    }

    static BridgeError BrokenOff() =>
        new(ErrorKind.UpstreamFailed, 502, "Claude Code: the model's answer broke off, and the next attempt was a different one; what came before is incomplete.");
}
