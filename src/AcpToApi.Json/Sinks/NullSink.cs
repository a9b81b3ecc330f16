using AcpToApi.Json.Model;

namespace AcpToApi.Json.Sinks;

/// <summary>Hears everything and does nothing.</summary>
public sealed class NullSink : IEventSink
{
    /// <summary>The one there need be.</summary>
    public static NullSink Instance { get; } = new();

    /// <inheritdoc/>
    public void Start(in ResponseStart start) { }

    /// <inheritdoc/>
    public void Text(JsonText text) { }

    /// <inheritdoc/>
    public void Logprobs(ReadOnlySpan<byte> tokens) { }

    /// <inheritdoc/>
    public void Reasoning(JsonText text) { }

    /// <inheritdoc/>
    public void ReasoningSignature(JsonText signature) { }

    /// <inheritdoc/>
    public void RedactedReasoning(JsonText data) { }

    /// <inheritdoc/>
    public void Refusal(JsonText text) { }

    /// <inheritdoc/>
    public void Citation(in Citation citation) { }

    /// <inheritdoc/>
    public void Media(JsonText mediaType, JsonText data) { }

    /// <inheritdoc/>
    public void ToolCallStart(int index, JsonText id, JsonText name) { }

    /// <inheritdoc/>
    public void ToolCallArguments(int index, JsonText fragment) { }

    /// <inheritdoc/>
    public void ToolCallEnd(int index) { }

    /// <inheritdoc/>
    public void Usage(in TokenUsage usage) { }

    /// <inheritdoc/>
    public void Extra(ExtraScope scope, ReadOnlySpan<byte> name, ReadOnlySpan<byte> json) { }

    /// <inheritdoc/>
    public void Finish(StopReason reason, JsonText stopSequence) { }

    /// <inheritdoc/>
    public void Error(BridgeError error) { }
}
