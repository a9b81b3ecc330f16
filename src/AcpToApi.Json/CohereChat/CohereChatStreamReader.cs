using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.CohereChat;

/// <summary>
/// Reads an answer of <c>/v2/chat</c>. Every event is an object whose <c>delta.message</c> holds what is new; a whole answer holds the same message.
/// The plan that the model makes before its calls (<c>tool_plan</c>) is neither text nor reasoning of the answer, and named as lost.
/// </summary>
sealed class CohereChatStreamReader : UpstreamReader
{
    bool _started;
    bool _openCall;
    int _calls;
    bool _hasArguments;

    protected override void ReadEvent(ReadOnlySpan<byte> eventName, ReadOnlySpan<byte> data, IEventSink sink)
    {
        if (data.SequenceEqual("[DONE]"u8)) return;
        var read = Read(data, isWhole: false);
        if (read.IsEnd || !read.Reason.IsEmpty)
        {
            Start(read, sink);
            Finish(read, sink);
            return;
        }
        if (read.Delta.IsEmpty && !read.Error.IsEmpty)
        {
            Fail(sink, CohereChatErrors.InStream(read.Error.ToString()));
            return;
        }
        Start(read, sink);
        if (read.EndsCall) EndCall(sink);
        else if (!read.Message.IsEmpty) ReadMessage(read.Message, sink, isWhole: false);
    }

    protected override void EndOfStream(IEventSink sink) =>
        Fail(sink, BridgeError.UpstreamProtocol("The provider's stream was cut: it ended before the answer was complete."));

    protected override void ReadWhole(ReadOnlySpan<byte> body, IEventSink sink)
    {
        var read = Read(body, isWhole: true);
        if (read.Message.IsEmpty)
        {
            if (read.Error.IsEmpty) throw new JsonException();
            Fail(sink, CohereChatErrors.InStream(read.Error.ToString()));
            return;
        }
        Start(read, sink);
        ReadMessage(read.Message, sink, isWhole: true);
        if (!IsDone) Finish(read, sink);
    }

    void Start(in Answer read, IEventSink sink)
    {
        if (_started) return;
        _started = true;
        sink.Start(new ResponseStart(read.Id, default));
    }

    void Finish(in Answer read, IEventSink sink)
    {
        EndCall(sink);
        if (read.Usage is { } usage) sink.Usage(usage);
        if (read.Reason.Is("ERROR"u8)) Fail(sink, CohereChatErrors.InStream(read.Error.IsEmpty ? null : read.Error.ToString()));
        else if (read.Reason.Is("TIMEOUT"u8)) Fail(sink, new BridgeError(ErrorKind.Timeout, 504, "The provider gave the answer up: it took too long."));
        else Complete(sink, ReasonOf(read.Reason));
    }

    StopReason ReasonOf(JsonText reason)
    {
        if (reason.Is("MAX_TOKENS"u8)) return StopReason.MaxTokens;
        if (reason.Is("ERROR_TOXIC"u8)) return StopReason.ContentFilter;
        if (_calls > 0) return StopReason.ToolCalls;
        return reason.Is("STOP_SEQUENCE"u8) ? StopReason.StopSequence : StopReason.EndTurn;
    }

    void EndCall(IEventSink sink)
    {
        if (!_openCall) return;
        _openCall = false;
        sink.ToolCallEnd(_calls - 1);
    }

    void ReadMessage(ReadOnlySpan<byte> data, IEventSink sink, bool isWhole)
    {
        var reader = new Utf8JsonReader(data, BodyReader.Options);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject) return;
        Utf8JsonReader content = default, calls = default, citations = default;
        var hasPlan = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("content"u8)) content = reader.Mark();
            else if (reader.ValueTextEquals("tool_calls"u8)) calls = reader.Mark();
            else if (reader.ValueTextEquals("citations"u8)) citations = reader.Mark();
            else if (reader.ValueTextEquals("tool_plan"u8)) hasPlan = !reader.ReadText().IsEmpty;
            else reader.SkipValue();
        }
        if (hasPlan) sink.Lost(JsonText.Plain("tool_plan"u8));
        ReadContent(ref content, sink);
        if (!_openCall) CohereChatCitations.Read(ref citations, sink);
        // One call an event, or all of them in an array.
        if (calls.TokenType == JsonTokenType.StartObject) ReadCall(ref calls, data, sink);
        else if (calls.TokenType == JsonTokenType.StartArray)
        {
            while (!IsDone && calls.Read() && calls.TokenType == JsonTokenType.StartObject)
            {
                ReadCall(ref calls, data, sink);
                if (isWhole) EndCall(sink);
            }
        }
    }

    void ReadContent(ref Utf8JsonReader content, IEventSink sink)
    {
        switch (content.TokenType)
        {
            case JsonTokenType.String:
                Say(JsonText.Of(ref content), default, sink);
                break;
            case JsonTokenType.StartObject:
                ReadPart(ref content, sink);
                break;
            case JsonTokenType.StartArray:
                while (content.Read() && content.TokenType == JsonTokenType.StartObject) ReadPart(ref content, sink);
                break;
        }
    }

    void ReadPart(ref Utf8JsonReader part, IEventSink sink)
    {
        JsonText text = default, thinking = default;
        while (part.Read() && part.TokenType == JsonTokenType.PropertyName)
        {
            if (part.ValueTextEquals("text"u8)) text = part.ReadText();
            else if (part.ValueTextEquals("thinking"u8)) thinking = part.ReadText();
            else part.SkipValue();
        }
        Say(text, thinking, sink);
    }

    void Say(JsonText text, JsonText thinking, IEventSink sink)
    {
        if (text.IsEmpty && thinking.IsEmpty) return;
        EndCall(sink);
        if (!thinking.IsEmpty) sink.Reasoning(thinking);
        if (!text.IsEmpty) sink.Text(text);
    }

    // An id or a name begins a call. Its arguments come in pieces, may be missing altogether, and may be "null" for a tool that takes none.
    void ReadCall(ref Utf8JsonReader call, ReadOnlySpan<byte> data, IEventSink sink)
    {
        JsonText id = default, name = default, arguments = default;
        while (call.Read() && call.TokenType == JsonTokenType.PropertyName)
        {
            if (call.ValueTextEquals("id"u8)) id = call.ReadText();
            else if (!call.ValueTextEquals("function"u8)) call.SkipValue();
            else
            {
                call.Read();
                if (call.TokenType != JsonTokenType.StartObject) continue;
                while (call.Read() && call.TokenType == JsonTokenType.PropertyName)
                {
                    if (call.ValueTextEquals("name"u8)) name = call.ReadText();
                    else if (call.ValueTextEquals("arguments"u8)) arguments = ReadArguments(ref call, data);
                    else call.SkipValue();
                }
            }
        }
        if (!name.IsEmpty)
        {
            EndCall(sink);
            sink.ToolCallStart(_calls++, id, name);
            (_openCall, _hasArguments) = (true, false);
        }
        if (arguments.IsEmpty || (!_hasArguments && arguments.Is("null"u8))) return;
        if (!_openCall)
        {
            Fail(sink, BridgeError.UpstreamProtocol("The provider sent arguments for a tool call that had not begun or had already ended."));
            return;
        }
        _hasArguments = true;
        sink.ToolCallArguments(_calls - 1, arguments);
    }

    static JsonText ReadArguments(scoped ref Utf8JsonReader reader, ReadOnlySpan<byte> data)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.String) return JsonText.Of(ref reader);
        return reader.TokenType == JsonTokenType.StartObject ? JsonText.Plain(reader.Raw(data)) : default;
    }

    static Answer Read(ReadOnlySpan<byte> data, bool isWhole)
    {
        var reader = new Utf8JsonReader(data, BodyReader.Options);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject) throw new JsonException();
        var answer = default(Answer);
        ReadFields(ref reader, data, ref answer, isTop: !isWhole);
        if (reader.Read()) throw new JsonException();
        return answer;
    }

    // What a whole answer holds at its top stands in an event's delta. An error's message is a text, an answer's an object.
    static void ReadFields(ref Utf8JsonReader reader, ReadOnlySpan<byte> data, ref Answer answer, bool isTop)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("id"u8)) answer.Id = reader.ReadText();
            else if (reader.ValueTextEquals("type"u8))
            {
                var type = reader.ReadText();
                answer.IsEnd = type.Is("message-end"u8);
                answer.EndsCall = type.Is("tool-call-end"u8);
            }
            else if (reader.ValueTextEquals("delta"u8) && isTop)
            {
                reader.Read();
                if (reader.TokenType != JsonTokenType.StartObject) continue;
                answer.Delta = data[(int)reader.TokenStartIndex..];
                ReadFields(ref reader, data, ref answer, isTop: false);
            }
            else if (reader.ValueTextEquals("message"u8) || reader.ValueTextEquals("error"u8))
            {
                reader.Read();
                if (reader.TokenType == JsonTokenType.String) answer.Error = JsonText.Of(ref reader);
                else if (reader.TokenType == JsonTokenType.StartObject) answer.Message = reader.Raw(data);
                else reader.Skip();
            }
            else if (reader.ValueTextEquals("finish_reason"u8)) answer.Reason = reader.ReadText();
            else if (reader.ValueTextEquals("usage"u8))
            {
                reader.Read();
                if (reader.TokenType == JsonTokenType.StartObject) answer.Usage = CohereChatUsage.Read(ref reader);
                else reader.Skip();
            }
            else reader.SkipValue();
        }
    }

    ref struct Answer
    {
        public JsonText Id;
        public JsonText Reason;
        public JsonText Error;
        public ReadOnlySpan<byte> Delta;
        public ReadOnlySpan<byte> Message;
        public TokenUsage? Usage;
        public bool IsEnd;
        public bool EndsCall;
    }
}
