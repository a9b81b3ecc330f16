using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.OpenAiChat;

/// <summary>
/// Reads a chat completion, streamed or whole, as providers really send it. Finish is held back until <c>[DONE]</c> or the end of the stream,
/// because the chunk with the token counts comes after the one with the finish reason.
/// </summary>
sealed class OpenAiChatStreamReader(Quirks quirks, bool keepExtras) : UpstreamReader
{
    readonly OpenAiChatToolCalls _calls = new();
    readonly HeldExtras _held = new();
    readonly PooledBuffer _sources = new();
    bool _started;
    bool _sawDelta;
    bool _sawChoice;
    StopReason? _finish;
    bool _finishedInError;
    TokenUsage _usage;
    bool _usageIsNews;
    bool _whole;

    protected override void ReadEvent(ReadOnlySpan<byte> eventName, ReadOnlySpan<byte> data, IEventSink sink)
    {
        data = data.Trim(" \t\r\n"u8);
        if (data.IsEmpty) return;
        if (data.SequenceEqual("[DONE]"u8)) Close(sink, endMark: true);
        else if (eventName.SequenceEqual("error"u8)) Fail(sink, OpenAiChatErrors.ReadInBand(data)); // Groq
        else ReadChunk(data, sink);
    }

    protected override void EndOfStream(IEventSink sink) => Close(sink, endMark: false);

    protected override void ReadWhole(ReadOnlySpan<byte> body, IEventSink sink)
    {
        _whole = true;
        ReadChunk(body, sink);
        if (IsDone) return;
        if (_sawChoice) Close(sink, endMark: true);
        else Fail(sink, BridgeError.UpstreamProtocol("The provider's answer has no choices."));
    }

    protected override void Dispose(bool disposing)
    {
        _calls.Dispose();
        _held.Dispose();
        _sources.Dispose();
        base.Dispose(disposing);
    }

    // The order of an object's fields is free, and Start must be said before what the choices hold. So the choices wait until the whole
    // chunk is known, except when nothing in the chunk could come before them.
    void ReadChunk(ReadOnlySpan<byte> data, IEventSink sink)
    {
        var reader = new Utf8JsonReader(data, BodyReader.Options);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject) throw new JsonException();
        var chunk = default(Chunk);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("choices"u8))
            {
                reader.Read();
                chunk.HasChoices = reader.TokenType == JsonTokenType.StartArray;
                if (chunk.HasChoices && _started && !keepExtras && !OpenAiChatLogprobs.MayBeIn(data)) ReadChoices(ref reader, data, ref chunk, sink);
                else
                {
                    chunk.Choices = reader;
                    chunk.ChoicesWait = chunk.HasChoices;
                    reader.Skip();
                }
            }
            else ReadField(ref reader, data, ref chunk, sink);
        }
        if (_whole && reader.Read()) throw new JsonException();
        if (chunk.ChoicesWait) ReadChoices(ref chunk.Choices, data, ref chunk, sink);
        if (IsDone) return;
        TellUsage(sink);
        if (!chunk.Error.IsEmpty) Fail(sink, OpenAiChatErrors.ReadInBand(chunk.Error));
        else if (chunk.IsError && !chunk.HasChoices) Fail(sink, OpenAiChatErrors.ReadInBand(data)); // vLLM: {"object":"error","message":…}
        else if (_finishedInError) Fail(sink, new BridgeError(ErrorKind.UpstreamFailed, 502, "The provider ended the answer with an error and gave no reason."));
    }

    void ReadField(ref Utf8JsonReader reader, ReadOnlySpan<byte> data, ref Chunk chunk, IEventSink sink)
    {
        if (reader.ValueTextEquals("id"u8)) chunk.Id = reader.ReadText();
        else if (reader.ValueTextEquals("model"u8)) chunk.Model = reader.ReadText();
        else if (reader.ValueTextEquals("object"u8)) chunk.IsError = reader.ReadText().Is("error"u8);
        else if (reader.ValueTextEquals("usage"u8))
        {
            reader.Read();
            ReadUsage(ref reader);
        }
        else if (reader.ValueTextEquals("error"u8)) chunk.Error = reader.ReadRaw(data);
        else if (reader.ValueTextEquals("x_groq"u8)) ReadGroq(ref reader, data, ref chunk);
        else if (!keepExtras && reader.ValueTextEquals("citations"u8)) KeepSources(reader.ReadRaw(data));
        // Padding against traffic analysis (OpenAI, Bedrock) says nothing.
        else if (reader.ValueTextEquals("created"u8) || reader.ValueTextEquals("obfuscation"u8) || reader.ValueTextEquals("p"u8)) reader.SkipValue();
        else ReadExtra(ref reader, data, ExtraScope.Response, sink);
    }

    void ReadChoices(ref Utf8JsonReader reader, ReadOnlySpan<byte> data, ref Chunk chunk, IEventSink sink)
    {
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType == JsonTokenType.StartObject && !IsDone) ReadChoice(ref reader, data, ref chunk, sink);
            else reader.Skip();
        }
    }

    // Only choice 0 is read. As above, the delta waits where something that follows it could matter.
    void ReadChoice(ref Utf8JsonReader reader, ReadOnlySpan<byte> data, ref Chunk chunk, IEventSink sink)
    {
        var rest = reader;
        Utf8JsonReader delta = default, message = default;
        bool deltaWaits = false, hasMessage = false, isKnown = false, isOther = false;
        JsonText finish = default;
        ReadOnlySpan<byte> logprobs = default;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("index"u8))
            {
                reader.Read();
                isOther = reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var index) && index != 0;
                isKnown = true;
            }
            else if (reader.ValueTextEquals("delta"u8))
            {
                reader.Read();
                if (reader.TokenType == JsonTokenType.StartObject && !isOther)
                {
                    _sawDelta = true;
                    if (isKnown && !chunk.ChoicesWait && !keepExtras)
                    {
                        Begin(chunk, sink);
                        ReadMessage(ref reader, data, sink);
                        continue;
                    }
                    delta = reader;
                    deltaWaits = true;
                }
                reader.Skip();
            }
            else if (reader.ValueTextEquals("message"u8))
            {
                reader.Read();
                hasMessage = reader.TokenType == JsonTokenType.StartObject;
                message = reader;
                reader.Skip();
            }
            else if (reader.ValueTextEquals("finish_reason"u8)) finish = reader.ReadText();
            else if (reader.ValueTextEquals("error"u8)) chunk.Error = reader.ReadRaw(data); // OpenRouter, not streamed
            else if (!keepExtras && reader.ValueTextEquals("logprobs"u8)) logprobs = reader.ReadRawObject(data);
            else reader.SkipValue();
        }
        if (isOther || IsDone) return;
        Begin(chunk, sink);
        if (keepExtras) ReadChoiceExtras(rest, data, sink);
        if (!logprobs.IsEmpty && EndCall(sink)) OpenAiChatLogprobs.Say(logprobs, sink);
        // Perplexity sends the whole message beside each delta, and an empty delta beside a whole answer's message; others answer a stream
        // with one chunk that holds a message only.
        if (hasMessage && (_whole || !_sawDelta)) ReadMessage(ref message, data, sink);
        else if (deltaWaits) ReadMessage(ref delta, data, sink);
        if (!OpenAiChatFinish.TryRead(finish, out var reason, out var failed)) return;
        _finish = reason;
        _finishedInError = failed;
    }

    void ReadChoiceExtras(Utf8JsonReader reader, ReadOnlySpan<byte> data, IEventSink sink)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("index"u8) || reader.ValueTextEquals("delta"u8) || reader.ValueTextEquals("message"u8)
                || reader.ValueTextEquals("finish_reason"u8) || reader.ValueTextEquals("error"u8)) reader.SkipValue();
            else ReadExtra(ref reader, data, ExtraScope.Choice, sink);
        }
    }

    void ReadMessage(ref Utf8JsonReader reader, ReadOnlySpan<byte> data, IEventSink sink)
    {
        JsonText reasoningContent = default, reasoning = default, refusal = default;
        Utf8JsonReader content = default, calls = default, legacyCall = default, images = default;
        ReadOnlySpan<byte> annotations = default;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("content"u8)) content = reader.Mark();
            else if (reader.ValueTextEquals("reasoning_content"u8)) reasoningContent = reader.ReadText();
            else if (reader.ValueTextEquals("reasoning"u8)) reasoning = reader.ReadText();
            else if (reader.ValueTextEquals("refusal"u8)) refusal = reader.ReadText();
            else if (reader.ValueTextEquals("tool_calls"u8)) calls = reader.Mark();
            else if (reader.ValueTextEquals("function_call"u8)) legacyCall = reader.Mark();
            else if (reader.ValueTextEquals("role"u8)) reader.SkipValue();
            else if (!keepExtras && reader.ValueTextEquals("annotations"u8)) annotations = reader.ReadRaw(data);
            else if (!keepExtras && reader.ValueTextEquals("images"u8)) images = reader.Mark();
            else ReadExtra(ref reader, data, ExtraScope.Message, sink);
        }
        // Some proxies send the same reasoning under both names.
        SayReasoning(reasoningContent.IsEmpty ? reasoning : reasoningContent, sink);
        ReadContent(ref content, data, sink);
        if (!refusal.IsEmpty && EndCall(sink)) sink.Refusal(refusal);
        if (!annotations.IsEmpty && EndCall(sink)) OpenAiChatAnnotation.SayAll(annotations, WireFormat.OpenAiChat, sink);
        if (images.TokenType == JsonTokenType.StartArray && EndCall(sink)) OpenAiChatImages.Say(ref images, sink);
        if (IsDone) return;
        BridgeError? broken = null;
        if (legacyCall.TokenType == JsonTokenType.StartObject) broken = _calls.ReadLegacy(ref legacyCall, data, sink);
        if (broken is null && calls.TokenType == JsonTokenType.StartArray) broken = _calls.Read(ref calls, data, _whole, sink);
        if (broken is not null) Fail(sink, broken);
    }

    void ReadContent(ref Utf8JsonReader reader, ReadOnlySpan<byte> data, IEventSink sink)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.String:
                SayText(JsonText.Of(ref reader), sink);
                break;
            case JsonTokenType.StartArray:
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray) ReadContentPart(ref reader, sink);
                break;
            case JsonTokenType.StartObject or JsonTokenType.Number or JsonTokenType.True or JsonTokenType.False:
                // Cloudflare: with a JSON Schema the content is the object itself.
                SayText(JsonText.Plain(reader.Raw(data)), sink);
                break;
        }
    }

    // Mistral: content is an array of text and thinking parts; the latter hold an array of text parts again.
    void ReadContentPart(ref Utf8JsonReader reader, IEventSink sink)
    {
        if (reader.TokenType == JsonTokenType.String) SayText(JsonText.Of(ref reader), sink);
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return;
        }
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("text"u8)) SayText(reader.ReadText(), sink);
            else if (reader.ValueTextEquals("refusal"u8))
            {
                var refusal = reader.ReadText();
                if (!refusal.IsEmpty && EndCall(sink)) sink.Refusal(refusal);
            }
            else if (reader.ValueTextEquals("thinking"u8)) ReadThinking(ref reader, sink);
            else reader.SkipValue();
        }
    }

    void ReadThinking(ref Utf8JsonReader reader, IEventSink sink)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.String) SayReasoning(JsonText.Of(ref reader), sink);
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            reader.Skip();
            return;
        }
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType == JsonTokenType.String) SayReasoning(JsonText.Of(ref reader), sink);
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                reader.Skip();
                continue;
            }
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("text"u8)) SayReasoning(reader.ReadText(), sink);
                else reader.SkipValue();
            }
        }
    }

    void ReadUsage(ref Utf8JsonReader reader)
    {
        if (!OpenAiChatUsage.TryRead(ref reader, quirks, out var usage)) return;
        _usageIsNews |= usage != _usage;
        _usage = usage;
    }

    // Perplexity and xAI: the sources of the whole answer, told again with every chunk.
    void KeepSources(ReadOnlySpan<byte> json)
    {
        _sources.Clear();
        _sources.Write(json);
    }

    void ReadGroq(ref Utf8JsonReader reader, ReadOnlySpan<byte> data, ref Chunk chunk)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return;
        }
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("usage"u8))
            {
                reader.Read();
                ReadUsage(ref reader);
            }
            else if (reader.ValueTextEquals("error"u8)) chunk.Error = reader.ReadRaw(data);
            else reader.SkipValue();
        }
    }

    void ReadExtra(ref Utf8JsonReader reader, ReadOnlySpan<byte> data, ExtraScope scope, IEventSink sink)
    {
        var name = reader.ValueSpan;
        var json = reader.ReadRaw(data);
        if (!keepExtras || json.IsEmpty) return;
        if (_started && !_calls.IsOpen) sink.Extra(scope, name, json);
        else _held.Add(scope, name, json);
    }

    void Begin(in Chunk chunk, IEventSink sink)
    {
        _sawChoice = true;
        if (_started) return;
        _started = true;
        sink.Start(new ResponseStart(chunk.Id, chunk.Model));
        _held.Release(sink);
    }

    void SayText(JsonText text, IEventSink sink)
    {
        if (!text.IsEmpty && EndCall(sink)) sink.Text(text);
    }

    void SayReasoning(JsonText text, IEventSink sink)
    {
        if (!text.IsEmpty && EndCall(sink)) sink.Reasoning(text);
    }

    // False when that ended the answer in an error.
    bool EndCall(IEventSink sink)
    {
        if (IsDone) return false;
        if (_calls.End(sink) is { } broken) Fail(sink, broken);
        else _held.Release(sink);
        return !IsDone;
    }

    void TellUsage(IEventSink sink)
    {
        if (!_usageIsNews || !_started || _calls.IsOpen) return;
        _usageIsNews = false;
        sink.Usage(_usage);
    }

    void Close(IEventSink sink, bool endMark)
    {
        if (_finish is null && !endMark)
        {
            Fail(sink, BridgeError.UpstreamProtocol("The provider's stream was cut before the answer was complete."));
            return;
        }
        Begin(default, sink);
        if (!EndCall(sink)) return;
        OpenAiChatAnnotation.SayAll(_sources.Written, WireFormat.OpenAiChat, sink);
        TellUsage(sink);
        // Some providers say "stop" although they made calls, or "tool_calls" although they made none.
        var reason = (_finish ?? StopReason.EndTurn, _calls.Count > 0) switch
        {
            (StopReason.EndTurn, true) => StopReason.ToolCalls,
            (StopReason.ToolCalls, false) => StopReason.EndTurn,
            (var said, _) => said,
        };
        Complete(sink, reason);
    }

    ref struct Chunk
    {
        public JsonText Id;
        public JsonText Model;
        public Utf8JsonReader Choices;
        public bool HasChoices;
        public bool ChoicesWait;
        public ReadOnlySpan<byte> Error;
        public bool IsError;
    }
}
