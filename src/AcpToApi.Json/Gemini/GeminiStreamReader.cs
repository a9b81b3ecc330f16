using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Gemini;

/// <summary>
/// Reads an answer of <c>:generateContent</c>, streamed or whole. A stream has no end mark: it is complete if a finish reason came, or the prompt
/// was blocked; but counts, more text and even errors may come after that, so Finish is held back until the stream ends.
/// </summary>
sealed class GeminiStreamReader(bool keepExtras) : UpstreamReader
{
    // To a client of this dialect the id is given as it was, so what it carries on the way there may be of any length.
    readonly GeminiToolCalls _calls = new(keepExtras ? int.MaxValue : CarriedSignature.MaxIdLength);
    readonly GeminiGrounding _grounding = new();
    bool _started;
    bool _sawCandidate;
    bool _isBlocked;
    StopReason? _finish;
    BridgeError? _broken;
    TokenUsage _usage;
    bool _usageIsNews;

    protected override void ReadEvent(ReadOnlySpan<byte> eventName, ReadOnlySpan<byte> data, IEventSink sink)
    {
        data = data.Trim(" \t\r\n"u8);
        // Some gateways end every stream as OpenAI does.
        if (!data.IsEmpty && !data.SequenceEqual("[DONE]"u8)) ReadChunks(data, sink);
    }

    protected override void EndOfStream(IEventSink sink)
    {
        if (_finish is not null || _isBlocked || _broken is not null) Close(sink);
        else Fail(sink, BridgeError.UpstreamProtocol("The provider's stream was cut before the answer was complete."));
    }

    protected override void ReadWhole(ReadOnlySpan<byte> body, IEventSink sink)
    {
        ReadChunks(body, sink);
        if (IsDone) return;
        if (_sawCandidate || _isBlocked) Close(sink);
        else Fail(sink, BridgeError.UpstreamProtocol("The provider's answer has no candidates."));
    }

    protected override void Dispose(bool disposing)
    {
        _calls.Dispose();
        _grounding.Dispose();
        base.Dispose(disposing);
    }

    // One chunk, or an array of them: the body of a stream without alt=sse.
    void ReadChunks(ReadOnlySpan<byte> data, IEventSink sink)
    {
        var reader = new Utf8JsonReader(data, BodyReader.Options);
        reader.Read();
        if (reader.TokenType == JsonTokenType.StartArray)
        {
            while (!IsDone && reader.Read() && reader.TokenType != JsonTokenType.EndArray) ReadChunk(ref reader, data, sink);
        }
        else ReadChunk(ref reader, data, sink);
        if (!IsDone && reader.Read()) throw new JsonException();
    }

    // The order of an object's fields is free, and Start must be said first. So the candidates wait until the chunk is known, except when
    // nothing in it could come before them.
    void ReadChunk(ref Utf8JsonReader reader, ReadOnlySpan<byte> data, IEventSink sink)
    {
        if (reader.TokenType != JsonTokenType.StartObject) throw new JsonException();
        var rest = reader;
        var chunk = default(Chunk);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("candidates"u8))
            {
                reader.Read();
                if (reader.TokenType == JsonTokenType.StartArray && _started && !keepExtras) ReadCandidates(ref reader, data, sink);
                else
                {
                    chunk.Candidates = reader;
                    reader.Skip();
                }
            }
            else if (reader.ValueTextEquals("usageMetadata"u8))
            {
                reader.Read();
                ReadUsage(ref reader);
            }
            else if (reader.ValueTextEquals("responseId"u8)) chunk.Id = reader.ReadText();
            else if (reader.ValueTextEquals("modelVersion"u8)) chunk.Model = reader.ReadText();
            else if (reader.ValueTextEquals("promptFeedback"u8)) chunk.Feedback = reader.ReadRawObject(data);
            else if (reader.ValueTextEquals("error"u8)) chunk.Error = reader.ReadRaw(data);
            else reader.SkipValue();
        }
        if (!chunk.Error.IsEmpty)
        {
            Fail(sink, GeminiErrors.ReadInBand(chunk.Error));
            return;
        }
        Begin(chunk, sink);
        if (keepExtras) ReadExtras(rest, data, sink);
        if (chunk.Candidates.TokenType == JsonTokenType.StartArray) ReadCandidates(ref chunk.Candidates, data, sink);
        ReadFeedback(chunk.Feedback, sink);
        TellUsage(sink);
    }

    void Begin(in Chunk chunk, IEventSink sink)
    {
        if (_started || (chunk.Candidates.TokenType == JsonTokenType.None && chunk.Feedback.IsEmpty)) return;
        _started = true;
        sink.Start(new ResponseStart(chunk.Id, chunk.Model));
    }

    // What belongs to the whole answer and has no other meaning here (createTime, and what is to come).
    void ReadExtras(Utf8JsonReader reader, ReadOnlySpan<byte> data, IEventSink sink)
    {
        if (!_started || _calls.IsOpen) return;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("candidates"u8) || reader.ValueTextEquals("usageMetadata"u8) || reader.ValueTextEquals("responseId"u8)
                || reader.ValueTextEquals("modelVersion"u8)) reader.SkipValue();
            else SayExtra(ref reader, data, ExtraScope.Response, sink);
        }
    }

    // Only candidate 0 is read.
    void ReadCandidates(ref Utf8JsonReader reader, ReadOnlySpan<byte> data, IEventSink sink)
    {
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType == JsonTokenType.StartObject && !IsDone) ReadCandidate(ref reader, data, sink);
            else reader.Skip();
        }
    }

    void ReadCandidate(ref Utf8JsonReader reader, ReadOnlySpan<byte> data, IEventSink sink)
    {
        var rest = reader;
        Utf8JsonReader content = default, finish = default;
        JsonText finishMessage = default;
        ReadOnlySpan<byte> logprobs = default;
        var isOther = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("content"u8)) content = reader.Mark();
            else if (reader.ValueTextEquals("finishReason"u8)) finish = reader.Mark();
            else if (reader.ValueTextEquals("finishMessage"u8)) finishMessage = reader.ReadText();
            else if (reader.ValueTextEquals("index"u8)) isOther = reader.ReadCount() is > 0;
            else if (!keepExtras && reader.ValueTextEquals("groundingMetadata"u8)) _grounding.Keep(reader.ReadRaw(data));
            else if (!keepExtras && reader.ValueTextEquals("logprobsResult"u8)) logprobs = reader.ReadRawObject(data);
            else if (!keepExtras && reader.ValueTextEquals("citationMetadata"u8)) _grounding.KeepCitations(reader.ReadRaw(data));
            else reader.SkipValue();
        }
        if (isOther) return;
        _sawCandidate = true;
        if (keepExtras) ReadCandidateExtras(rest, data, sink);
        if (!logprobs.IsEmpty && !_calls.IsOpen) GeminiLogprobs.Say(logprobs, sink);
        if (content.TokenType == JsonTokenType.StartObject) ReadContent(ref content, data, sink);
        ReadFinish(ref finish, finishMessage, sink);
    }

    void ReadCandidateExtras(Utf8JsonReader reader, ReadOnlySpan<byte> data, IEventSink sink)
    {
        if (_calls.IsOpen) return;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("content"u8) || reader.ValueTextEquals("finishReason"u8) || reader.ValueTextEquals("index"u8)) reader.SkipValue();
            else SayExtra(ref reader, data, ExtraScope.Choice, sink);
        }
    }

    void ReadContent(ref Utf8JsonReader reader, ReadOnlySpan<byte> data, IEventSink sink)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isParts = reader.ValueTextEquals("parts"u8);
            reader.Read();
            if (!isParts || reader.TokenType != JsonTokenType.StartArray)
            {
                reader.Skip();
                continue;
            }
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                if (reader.TokenType == JsonTokenType.StartObject) SayPart(GeminiPart.Read(ref reader, data), sink);
                else reader.Skip();
            }
        }
    }

    void SayPart(in GeminiPart part, IEventSink sink)
    {
        if (part.HasCall)
        {
            _calls.Read(part.Call, part.Signature, sink);
            return;
        }
        if (!part.Text.IsEmpty || !part.Signature.IsEmpty || !part.Data.IsEmpty) _calls.End(sink);
        SayTextSignature(part.Signature, sink);
        // Pictures drawn while thinking are drafts.
        if (!part.Data.IsEmpty && !part.IsThought) sink.Media(part.MediaType, part.Data);
        if (!part.Foreign.IsEmpty && !keepExtras) sink.Lost(part.Foreign);
        if (part.Text.IsEmpty) return;
        if (part.IsThought) sink.Reasoning(part.Text);
        else SayText(part.Text, sink);
    }

    void SayText(JsonText text, IEventSink sink)
    {
        if (!keepExtras) _grounding.AddText(text);
        sink.Text(text);
    }

    // Over text a signature is of use to this dialect only, and not demanded back.
    void SayTextSignature(JsonText signature, IEventSink sink)
    {
        if (signature.IsEmpty || !keepExtras) return;
        using var json = new PooledBuffer();
        json.WriteString(signature);
        sink.Extra(ExtraScope.Message, "thoughtSignature"u8, json.Written);
    }

    void ReadFinish(ref Utf8JsonReader finish, JsonText message, IEventSink sink)
    {
        if (finish.TokenType == JsonTokenType.Number && finish.TryGetInt32(out var number) && number > 0) _finish = GeminiFinish.Read(number);
        if (finish.TokenType != JsonTokenType.String) return;
        var reason = JsonText.Of(ref finish);
        if (reason.IsEmpty || reason.Is("FINISH_REASON_UNSPECIFIED"u8)) return;
        _finish = GeminiFinish.Read(reason, out var isBroken);
        if (isBroken) _broken = Broken(reason, message);
        else if (_finish == StopReason.ContentFilter && !message.IsEmpty && !keepExtras)
        {
            _calls.End(sink);
            sink.Refusal(message);
        }
    }

    static BridgeError Broken(JsonText reason, JsonText message)
    {
        var why = message.IsEmpty ? "The model made a tool call that cannot be understood." : message.ToString();
        return new BridgeError(ErrorKind.UpstreamFailed, 502, $"{why} ({reason.ToString()})") { Code = reason.ToString() };
    }

    // A blocked prompt has no candidates, and no other end.
    void ReadFeedback(ReadOnlySpan<byte> feedback, IEventSink sink)
    {
        if (feedback.IsEmpty || _isBlocked) return;
        var reader = new Utf8JsonReader(feedback, BodyReader.Options);
        reader.Read();
        JsonText reason = default, message = default;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("blockReason"u8)) reason = reader.ReadText();
            else if (reader.ValueTextEquals("blockReasonMessage"u8)) message = reader.ReadText();
            else reader.SkipValue();
        }
        _isBlocked = !reason.IsEmpty || !message.IsEmpty;
        if (message.IsEmpty || keepExtras) return;
        _calls.End(sink);
        sink.Refusal(message);
    }

    void ReadUsage(ref Utf8JsonReader reader)
    {
        if (!GeminiUsage.TryRead(ref reader, out var usage)) return;
        _usageIsNews |= usage != _usage;
        _usage = usage;
    }

    static void SayExtra(ref Utf8JsonReader reader, ReadOnlySpan<byte> data, ExtraScope scope, IEventSink sink)
    {
        var name = reader.ValueSpan;
        var json = reader.ReadRaw(data);
        if (!json.IsEmpty) sink.Extra(scope, name, json);
    }

    void TellUsage(IEventSink sink)
    {
        if (!_usageIsNews || !_started || _calls.IsOpen) return;
        _usageIsNews = false;
        sink.Usage(_usage);
    }

    void Close(IEventSink sink)
    {
        if (_broken is not null)
        {
            Fail(sink, _broken);
            return;
        }
        if (!_started) sink.Start(default);
        _calls.End(sink);
        _grounding.Say(sink);
        TellUsage(sink);
        var reason = _isBlocked ? StopReason.ContentFilter : _finish ?? StopReason.EndTurn;
        // A tool call ends with STOP, too.
        Complete(sink, reason == StopReason.EndTurn && _calls.Count > 0 ? StopReason.ToolCalls : reason);
    }

    ref struct Chunk
    {
        public JsonText Id;
        public JsonText Model;
        public Utf8JsonReader Candidates;
        public ReadOnlySpan<byte> Feedback;
        public ReadOnlySpan<byte> Error;
    }
}
