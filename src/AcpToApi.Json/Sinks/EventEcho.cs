using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Sinks;

/// <summary>Writes every event as a JSON object, for people who want to see what a stream means; the objects are separated by commas.</summary>
public sealed class EventEcho(PooledBuffer output) : IEventSink
{
    bool _some;

    /// <inheritdoc/>
    public void Start(in ResponseStart start)
    {
        Begin("start"u8);
        Field("id"u8, start.Id);
        Field("model"u8, start.Model);
        if (start.Usage is { } usage) Counts(usage);
        End();
    }

    /// <inheritdoc/>
    public void Text(JsonText text) => Piece("text"u8, text);

    /// <inheritdoc/>
    public void Logprobs(ReadOnlySpan<byte> tokens)
    {
        Begin("logprobs"u8);
        output.Write(",\"tokens\":["u8);
        output.Write(tokens);
        output.Write((byte)']');
        End();
    }

    /// <inheritdoc/>
    public void Citation(in Citation citation)
    {
        Begin("citation"u8);
        Field("url"u8, citation.Url);
        Field("title"u8, citation.Title);
        Field("quote"u8, citation.Quote);
        Number("start"u8, citation.Start);
        Number("end"u8, citation.End);
        End();
    }

    /// <inheritdoc/>
    public void Lost(JsonText name)
    {
        Begin("lost"u8);
        Field("name"u8, name);
        End();
    }

    /// <inheritdoc/>
    public void Media(JsonText mediaType, JsonText data)
    {
        Begin("media"u8);
        Field("media_type"u8, mediaType);
        Number("data_bytes"u8, data.Bytes.Length);
        End();
    }

    /// <inheritdoc/>
    public void Reasoning(JsonText text) => Piece("reasoning"u8, text);

    /// <inheritdoc/>
    public void ReasoningSignature(JsonText signature) => Piece("reasoning_signature"u8, signature);

    /// <inheritdoc/>
    public void RedactedReasoning(JsonText data) => Piece("redacted_reasoning"u8, data);

    /// <inheritdoc/>
    public void Refusal(JsonText text) => Piece("refusal"u8, text);

    /// <inheritdoc/>
    public void ToolCallStart(int index, JsonText id, JsonText name)
    {
        Begin("tool_call_start"u8);
        Number("index"u8, index);
        Field("id"u8, id);
        Field("name"u8, name);
        End();
    }

    /// <inheritdoc/>
    public void ToolCallArguments(int index, JsonText fragment)
    {
        Begin("tool_call_arguments"u8);
        Number("index"u8, index);
        Field("text"u8, fragment);
        End();
    }

    /// <inheritdoc/>
    public void ToolCallEnd(int index)
    {
        Begin("tool_call_end"u8);
        Number("index"u8, index);
        End();
    }

    /// <inheritdoc/>
    public void Usage(in TokenUsage usage)
    {
        Begin("usage"u8);
        Counts(usage);
        End();
    }

    /// <inheritdoc/>
    public void Extra(ExtraScope scope, ReadOnlySpan<byte> name, ReadOnlySpan<byte> json)
    {
        Begin("extra"u8);
        Field("scope"u8, scope.ToString());
        Field("name"u8, JsonText.Escaped(name));
        output.Write(",\"json\":"u8);
        output.Write(json);
        End();
    }

    /// <inheritdoc/>
    public void Finish(StopReason reason, JsonText stopSequence)
    {
        Begin("finish"u8);
        Field("reason"u8, reason.ToString());
        Field("stop_sequence"u8, stopSequence);
        End();
    }

    /// <inheritdoc/>
    public void Error(BridgeError error)
    {
        Begin("error"u8);
        Field("kind"u8, error.Kind.ToString());
        Number("status"u8, error.Status);
        Field("message"u8, error.Message);
        if (error.Code is { } code) Field("code"u8, code);
        End();
    }

    void Piece(ReadOnlySpan<byte> name, JsonText text)
    {
        Begin(name);
        Field("text"u8, text);
        End();
    }

    void Counts(in TokenUsage usage)
    {
        Number("input"u8, usage.Input);
        Number("output"u8, usage.Output);
        Number("cache_read"u8, usage.CacheRead);
        Number("cache_write"u8, usage.CacheWrite);
        Number("reasoning"u8, usage.Reasoning);
    }

    void Begin(ReadOnlySpan<byte> name)
    {
        output.Write(_some ? ",{\"event\":\""u8 : "{\"event\":\""u8);
        output.Write(name);
        output.Write((byte)'"');
        _some = true;
    }

    void End() => output.Write((byte)'}');

    void Field(ReadOnlySpan<byte> name, string text) => Field(name, JsonString.Of(text).Text);

    void Field(ReadOnlySpan<byte> name, JsonText text)
    {
        if (text.IsEmpty) return;
        Name(name);
        output.WriteString(text);
    }

    void Number(ReadOnlySpan<byte> name, long number)
    {
        Name(name);
        output.Write(number);
    }

    void Name(ReadOnlySpan<byte> name)
    {
        output.Write(",\""u8);
        output.Write(name);
        output.Write("\":"u8);
    }
}
