using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.OpenAiChat;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.OpenAiCompletions;

/// <summary>
/// Reads <c>text_completion</c> chunks, and whole answers, which look the same. Only the first choice is read: answers are passed through, and
/// what is wanted of them is how they end and what they cost.
/// </summary>
sealed class OpenAiCompletionsStreamReader(Quirks quirks) : UpstreamReader
{
    bool _started;
    bool _sawChoice;
    StopReason? _finish;

    protected override void ReadEvent(ReadOnlySpan<byte> eventName, ReadOnlySpan<byte> data, IEventSink sink)
    {
        data = data.Trim(" \t\r\n"u8);
        if (data.IsEmpty) return;
        if (data.SequenceEqual("[DONE]"u8)) Close(sink, endMark: true);
        else ReadChunk(data, sink);
    }

    protected override void EndOfStream(IEventSink sink) => Close(sink, endMark: false);

    protected override void ReadWhole(ReadOnlySpan<byte> body, IEventSink sink)
    {
        ReadChunk(body, sink);
        if (IsDone) return;
        if (_sawChoice) Close(sink, endMark: true);
        else Fail(sink, BridgeError.UpstreamProtocol("The provider's answer has no choices."));
    }

    // The order of an object's fields is free, so the choices wait until the chunk is known.
    void ReadChunk(ReadOnlySpan<byte> data, IEventSink sink)
    {
        var reader = new Utf8JsonReader(data, BodyReader.Options);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject) throw new JsonException();
        JsonText id = default, model = default;
        ReadOnlySpan<byte> choices = default, error = default;
        TokenUsage? usage = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("id"u8)) id = reader.ReadText();
            else if (reader.ValueTextEquals("model"u8)) model = reader.ReadText();
            else if (reader.ValueTextEquals("choices"u8)) choices = reader.ReadRaw(data);
            else if (reader.ValueTextEquals("error"u8)) error = reader.ReadRaw(data);
            else if (!reader.ValueTextEquals("usage"u8)) reader.SkipValue();
            else
            {
                reader.Read();
                if (OpenAiChatUsage.TryRead(ref reader, quirks, out var counts)) usage = counts;
            }
        }
        if (!error.IsEmpty)
        {
            Fail(sink, OpenAiChatErrors.ReadInBand(error));
            return;
        }
        if (!choices.IsEmpty) ReadChoices(choices, id, model, sink);
        if (usage is not { } told) return;
        Begin(id, model, sink);
        sink.Usage(told);
    }

    void ReadChoices(ReadOnlySpan<byte> data, JsonText id, JsonText model, IEventSink sink)
    {
        var reader = new Utf8JsonReader(data, BodyReader.Options);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray) return;
        while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
        {
            JsonText text = default, finish = default;
            long index = 0;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("text"u8)) text = reader.ReadText();
                else if (reader.ValueTextEquals("finish_reason"u8)) finish = reader.ReadText();
                else if (reader.ValueTextEquals("index"u8)) index = reader.ReadCount() ?? 0;
                else reader.SkipValue();
            }
            if (index != 0) continue;
            _sawChoice = true;
            Begin(id, model, sink);
            if (!text.IsEmpty) sink.Text(text);
            if (OpenAiChatFinish.TryRead(finish, out var reason, out _)) _finish = reason;
        }
    }

    void Begin(JsonText id, JsonText model, IEventSink sink)
    {
        if (_started) return;
        _started = true;
        sink.Start(new ResponseStart(id, model));
    }

    void Close(IEventSink sink, bool endMark)
    {
        if (_finish is null && !endMark)
        {
            Fail(sink, BridgeError.UpstreamProtocol("The provider's stream was cut before the answer was complete."));
            return;
        }
        Begin(default, default, sink);
        Complete(sink, _finish ?? StopReason.EndTurn);
    }
}
