using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.OpenAiChat;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Ollama;

/// <summary>
/// Reads an answer of <c>/api/chat</c> (or <c>/api/generate</c>, whose text is in <c>response</c>). A whole answer looks like the last line of a
/// stream, with all that was said in it. Calls come whole and have no ids; <c>done</c> ends the answer, and without it the answer was cut.
/// </summary>
sealed class OllamaStreamReader : UpstreamReader
{
    bool _started;
    int _calls;

    protected override void ReadEvent(ReadOnlySpan<byte> eventName, ReadOnlySpan<byte> data, IEventSink sink) => ReadLine(data, sink);

    protected override void EndOfStream(IEventSink sink) =>
        Fail(sink, BridgeError.UpstreamProtocol("The provider's stream was cut: it ended without its last line."));

    protected override void ReadWhole(ReadOnlySpan<byte> body, IEventSink sink) => ReadLine(body, sink, isWhole: true);

    void ReadLine(ReadOnlySpan<byte> data, IEventSink sink, bool isWhole = false)
    {
        var reader = new Utf8JsonReader(data, BodyReader.Options);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject) throw new JsonException();
        JsonText model = default, reason = default, text = default, thinking = default, error = default;
        ReadOnlySpan<byte> message = default, logprobs = default;
        long? input = null, output = null;
        var (done, hasText) = (false, false);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("model"u8)) model = reader.ReadText();
            else if (reader.ValueTextEquals("message"u8)) message = reader.ReadRawObject(data);
            else if (reader.ValueTextEquals("response"u8))
            {
                text = reader.ReadText();
                hasText = true;
            }
            else if (reader.ValueTextEquals("thinking"u8)) thinking = reader.ReadText();
            else if (reader.ValueTextEquals("done"u8))
            {
                reader.Read();
                done = reader.TokenType == JsonTokenType.True;
            }
            else if (reader.ValueTextEquals("logprobs"u8)) logprobs = reader.ReadRaw(data);
            else if (reader.ValueTextEquals("done_reason"u8)) reason = reader.ReadText();
            else if (reader.ValueTextEquals("prompt_eval_count"u8)) input = reader.ReadCount();
            else if (reader.ValueTextEquals("eval_count"u8)) output = reader.ReadCount();
            else if (reader.ValueTextEquals("error"u8)) error = reader.ReadText();
            else reader.SkipValue();
        }
        if (reader.Read()) throw new JsonException();
        if (!error.IsEmpty)
        {
            Fail(sink, OllamaErrors.InStream(error));
            return;
        }
        if (isWhole && !(done && (hasText || !message.IsEmpty)))
        {
            Fail(sink, BridgeError.UpstreamProtocol("The provider's answer has no message, or is not done."));
            return;
        }
        if (!_started) sink.Start(new ResponseStart(default, model));
        _started = true;
        if (!logprobs.IsEmpty) OpenAiChatLogprobs.SayList(logprobs, sink);
        if (!thinking.IsEmpty) sink.Reasoning(thinking);
        if (!text.IsEmpty) sink.Text(text);
        if (!message.IsEmpty) ReadMessage(message, sink);
        if (!done) return;
        // A prompt that was cached whole is not counted at all.
        if (input is not null || output is not null) sink.Usage(new TokenUsage(input ?? 0, output ?? 0));
        Complete(sink, reason.Is("length"u8) ? StopReason.MaxTokens : _calls > 0 ? StopReason.ToolCalls : StopReason.EndTurn);
    }

    void ReadMessage(ReadOnlySpan<byte> data, IEventSink sink)
    {
        var reader = new Utf8JsonReader(data, BodyReader.Options);
        reader.Read();
        JsonText text = default, thinking = default;
        ReadOnlySpan<byte> calls = default, images = default;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("content"u8)) text = reader.ReadText();
            else if (reader.ValueTextEquals("thinking"u8)) thinking = reader.ReadText();
            else if (reader.ValueTextEquals("tool_calls"u8)) calls = reader.ReadRaw(data);
            else if (reader.ValueTextEquals("images"u8)) images = reader.ReadRaw(data);
            else reader.SkipValue();
        }
        if (!thinking.IsEmpty) sink.Reasoning(thinking);
        if (!text.IsEmpty) sink.Text(text);
        if (!images.IsEmpty) ReadImages(images, sink);
        if (!calls.IsEmpty) ReadCalls(calls, sink);
    }

    static void ReadImages(ReadOnlySpan<byte> data, IEventSink sink)
    {
        var reader = new Utf8JsonReader(data, BodyReader.Options);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray) return;
        while (reader.Read() && reader.TokenType == JsonTokenType.String) sink.Media(JsonText.Plain(ImageType.Of(reader.ValueSpan)), JsonText.Of(ref reader));
    }

    void ReadCalls(ReadOnlySpan<byte> data, IEventSink sink)
    {
        var reader = new Utf8JsonReader(data, BodyReader.Options);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray) return;
        while (reader.Read() && reader.TokenType == JsonTokenType.StartObject) ReadCall(ref reader, data, sink);
    }

    void ReadCall(ref Utf8JsonReader reader, ReadOnlySpan<byte> data, IEventSink sink)
    {
        JsonText id = default, name = default;
        ReadOnlySpan<byte> arguments = default;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("id"u8)) id = reader.ReadText();
            else if (!reader.ValueTextEquals("function"u8)) reader.SkipValue();
            else
            {
                reader.Read();
                while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
                {
                    if (reader.ValueTextEquals("name"u8)) name = reader.ReadText();
                    else if (reader.ValueTextEquals("arguments"u8)) arguments = reader.ReadRaw(data);
                    else reader.SkipValue();
                }
            }
        }
        sink.ToolCallStart(_calls, id, name);
        // An object here; a string from servers that copied OpenAI's form.
        if (arguments is [(byte)'"', .., (byte)'"']) sink.ToolCallArguments(_calls, JsonText.Escaped(arguments[1..^1]));
        else if (!arguments.IsEmpty) sink.ToolCallArguments(_calls, JsonText.Plain(arguments));
        sink.ToolCallEnd(_calls++);
    }
}
