using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.AnthropicMessages;

/// <summary>
/// Writes a streamed answer of <c>/v1/messages</c>. Blocks are not events here but a state: at most one is open; whatever belongs to another
/// closes it first, so that indexes count from 0 without gaps and every start has its stop before the next one.
/// </summary>
sealed class AnthropicMessagesStreamWriter(PooledBuffer output, ResponseContext context) : ClientWriter
{
    // Every frame is a fixed start, the varying middle, and a fixed end.
    static ReadOnlySpan<byte> MessageStart => "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\""u8;
    static ReadOnlySpan<byte> BlockStart => "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":"u8;
    static ReadOnlySpan<byte> BlockDelta => "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":"u8;
    static ReadOnlySpan<byte> BlockStop => "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":"u8;
    static ReadOnlySpan<byte> MessageDelta => "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\""u8;
    static ReadOnlySpan<byte> MessageStop => "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"u8;
    static ReadOnlySpan<byte> PingFrame => "event: ping\ndata: {\"type\":\"ping\"}\n\n"u8;
    static ReadOnlySpan<byte> ErrorStart => "event: error\ndata: "u8;
    static ReadOnlySpan<byte> FrameEnd => "\n\n"u8;
    static ReadOnlySpan<byte> ObjectFrameEnd => "}\n\n"u8;
    static ReadOnlySpan<byte> DeltaEnd => "\"}}\n\n"u8;

    Block _open;
    int _index = -1;
    bool _started;
    TokenUsage? _usage;
    bool _isCounted;
    bool _isRefused;
    long _contentBytes;
    int _citations;

    enum Block
    {
        None,
        Text,
        Refusal,
        Thinking,
        ToolUse,
    }

    public override void Ping() => output.Write(PingFrame);

    public override void Start(in ResponseStart start)
    {
        _started = true;
        _usage = start.Usage;
        output.Write(MessageStart);
        AnthropicMessageHead.WriteId(start.Id, context, output);
        output.Write("\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\""u8);
        (start.Model.IsEmpty ? context.Model.Text : start.Model).WriteEscaped(output);
        output.Write("\",\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,\"usage\":"u8);
        // Clients show their context's fill from this number; 0 would mean an empty context (Claude Code).
        var usage = start.Usage is { Input: > 0 } told ? told : new TokenUsage(Math.Max(context.EstimatedInputTokens, 1), 0);
        AnthropicMessageHead.WriteUsage(usage, output);
        output.Write("}}\n\n"u8);
    }

    public override void Text(JsonText text) => WriteText(Block.Text, text);

    // The dialect has no place for them, nor a way to ask for them.
    public override void Logprobs(ReadOnlySpan<byte> tokens) { }

    public override void Refusal(JsonText text)
    {
        _isRefused |= !text.IsEmpty;
        WriteText(Block.Refusal, text);
    }

    public override void Reasoning(JsonText text)
    {
        if (text.IsEmpty) return;
        OpenThinking();
        WriteDelta("\"delta\":{\"type\":\"thinking_delta\",\"thinking\":\""u8, text);
    }

    public override void ReasoningSignature(JsonText signature)
    {
        OpenThinking();
        WriteSignature(signature);
        // Each signature ends its block: thinking that follows is another one.
        EndBlock();
        _open = Block.None;
    }

    public override void RedactedReasoning(JsonText data)
    {
        BeginBlock();
        output.Write("\"content_block\":{\"type\":\"redacted_thinking\",\"data\":\""u8);
        data.WriteEscaped(output);
        output.Write(DeltaEnd);
        EndBlock();
    }

    public override void Citation(in Citation citation)
    {
        OpenText(Block.Text);
        output.Write(BlockDelta);
        output.Write((long)_index);
        output.Write(",\"delta\":{\"type\":\"citations_delta\",\"citation\":"u8);
        AnthropicCitations.Write(citation, _citations++, output);
        output.Write("}}\n\n"u8);
    }

    // The dialect's answers hold no pictures. A comment is all that can tell of one, and disturbs nobody.
    public override void Media(JsonText mediaType, JsonText data)
    {
        output.Write(": the model made "u8);
        mediaType.WriteEscaped(output);
        output.Write(", which this dialect cannot carry\n\n"u8);
    }

    public override void ToolCallStart(int index, JsonText id, JsonText name)
    {
        BeginBlock();
        _open = Block.ToolUse;
        output.Write("\"content_block\":{\"type\":\"tool_use\",\"id\":\""u8);
        AnthropicMessageHead.WriteCallId(id, index, context, output);
        output.Write("\",\"name\":\""u8);
        name.WriteEscaped(output);
        output.Write("\",\"input\":{}}}\n\n"u8);
        // Anthropic itself sends an empty piece first; some clients begin to collect only then.
        WriteDelta("\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\""u8, default);
    }

    public override void ToolCallArguments(int index, JsonText fragment)
    {
        if (!fragment.IsEmpty) WriteDelta("\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\""u8, fragment);
    }

    public override void ToolCallEnd(int index) => Close();

    public override void Usage(in TokenUsage usage)
    {
        _usage = usage;
        _isCounted = true;
    }

    public override void Finish(StopReason reason, JsonText stopSequence)
    {
        if (!_started) Start(default);
        Close();
        output.Write(MessageDelta);
        output.Write(AnthropicStopReasons.Write(reason, _isRefused));
        output.Write("\",\"stop_sequence\":"u8);
        AnthropicMessageHead.WriteStringOrNull(stopSequence, output);
        Extras.Write(ExtraScope.Choice, output);
        Extras.Write(ExtraScope.Message, output);
        output.Write("},\"usage\":"u8);
        AnthropicMessageHead.WriteUsage(FinalUsage(), output);
        Extras.Write(ExtraScope.Response, output);
        output.Write(ObjectFrameEnd);
        output.Write(MessageStop);
    }

    // Open blocks stay open and no message_stop comes: nobody may take what there is for a whole answer.
    public override void Error(BridgeError error)
    {
        output.Write(ErrorStart);
        AnthropicMessagesErrors.Write(error, output);
        output.Write(FrameEnd);
    }

    void WriteText(Block kind, JsonText text)
    {
        if (text.IsEmpty) return;
        OpenText(kind);
        WriteDelta("\"delta\":{\"type\":\"text_delta\",\"text\":\""u8, text);
    }

    void OpenText(Block kind)
    {
        if (_open == kind) return;
        BeginBlock();
        _open = kind;
        output.Write("\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n"u8);
    }

    void OpenThinking()
    {
        if (_open == Block.Thinking) return;
        BeginBlock();
        _open = Block.Thinking;
        output.Write("\"content_block\":{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"\"}}\n\n"u8);
    }

    void BeginBlock()
    {
        Close();
        output.Write(BlockStart);
        output.Write((long)++_index);
        output.Write((byte)',');
    }

    void Close()
    {
        if (_open == Block.None) return;
        // Nobody signed it: AI SDK drops thinking that ends without a signature at all, and only an empty one says so.
        if (_open == Block.Thinking) WriteSignature(default);
        EndBlock();
        _open = Block.None;
    }

    void EndBlock()
    {
        output.Write(BlockStop);
        output.Write((long)_index);
        output.Write(ObjectFrameEnd);
    }

    void WriteSignature(JsonText signature) => WriteDelta("\"delta\":{\"type\":\"signature_delta\",\"signature\":\""u8, signature);

    void WriteDelta(ReadOnlySpan<byte> start, JsonText text)
    {
        _contentBytes += text.Bytes.Length;
        output.Write(BlockDelta);
        output.Write((long)_index);
        output.Write((byte)',');
        output.Write(start);
        text.WriteEscaped(output);
        output.Write(DeltaEnd);
    }

    // An upstream that counts nothing: some four bytes make a token.
    TokenUsage FinalUsage()
    {
        var usage = _usage ?? new TokenUsage(Math.Max(context.EstimatedInputTokens, 1), 0);
        return _isCounted ? usage : usage with { Output = (_contentBytes + 3) / 4 };
    }
}
