using AcpToApi.Json.Model;

namespace AcpToApi.Json.Sinks;

/// <summary>Hands every event on; the base of sinks that change or watch a few.</summary>
public abstract class ForwardingSink(IEventSink next) : IEventSink
{
    /// <inheritdoc/>
    public virtual void Start(in ResponseStart start) => next.Start(start);

    /// <inheritdoc/>
    public virtual void Text(JsonText text) => next.Text(text);

    /// <inheritdoc/>
    public virtual void Logprobs(ReadOnlySpan<byte> tokens) => next.Logprobs(tokens);

    /// <inheritdoc/>
    public virtual void Reasoning(JsonText text) => next.Reasoning(text);

    /// <inheritdoc/>
    public virtual void ReasoningSignature(JsonText signature) => next.ReasoningSignature(signature);

    /// <inheritdoc/>
    public virtual void RedactedReasoning(JsonText data) => next.RedactedReasoning(data);

    /// <inheritdoc/>
    public virtual void Refusal(JsonText text) => next.Refusal(text);

    /// <inheritdoc/>
    public virtual void Citation(in Citation citation) => next.Citation(citation);

    /// <inheritdoc/>
    public virtual void Media(JsonText mediaType, JsonText data) => next.Media(mediaType, data);

    /// <inheritdoc/>
    public virtual void ToolCallStart(int index, JsonText id, JsonText name) => next.ToolCallStart(index, id, name);

    /// <inheritdoc/>
    public virtual void ToolCallArguments(int index, JsonText fragment) => next.ToolCallArguments(index, fragment);

    /// <inheritdoc/>
    public virtual void ToolCallEnd(int index) => next.ToolCallEnd(index);

    /// <inheritdoc/>
    public virtual void Usage(in TokenUsage usage) => next.Usage(usage);

    /// <inheritdoc/>
    public virtual void Extra(ExtraScope scope, ReadOnlySpan<byte> name, ReadOnlySpan<byte> json) => next.Extra(scope, name, json);

    /// <inheritdoc/>
    public virtual void Lost(JsonText name) => next.Lost(name);

    /// <inheritdoc/>
    public virtual void Finish(StopReason reason, JsonText stopSequence) => next.Finish(reason, stopSequence);

    /// <inheritdoc/>
    public virtual void Error(BridgeError error) => next.Error(error);
}
