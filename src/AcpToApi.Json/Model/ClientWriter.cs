using AcpToApi.Json.Text;

namespace AcpToApi.Json.Model;

/// <summary>Writes one streamed answer in a client's dialect: events in, frames out, appended to a buffer that the pump flushes.</summary>
public abstract class ClientWriter : IEventSink, IDisposable
{
    /// <summary>Fields of the writer's own wire format that wait for the frame they belong to.</summary>
    private protected PendingExtras Extras { get; } = new();

    /// <summary>
    /// The whole answer as one body, where the dialect's stream ends with it (OpenAI Responses), so that it can be stored; empty until then and
    /// for other dialects. Valid until the writer is disposed.
    /// </summary>
    public virtual ReadOnlyMemory<byte> WholeAnswer => default;

    /// <summary>Whether it keeps what it has written until the answer ends.</summary>
    public virtual bool KeepsAnswer => false;

    /// <summary>Whether an upstream's events are passed on in another packing (<see cref="Pass"/>), and not byte for byte.</summary>
    public virtual bool Repacks => false;

    /// <summary>Passes on what an event of the upstream carries.</summary>
    public virtual void Pass(ReadOnlySpan<byte> data) { }

    /// <summary>Ends what was passed on, if nothing else has ended it.</summary>
    public virtual void EndPassed() { }

    /// <summary>A frame that keeps the connection alive and means nothing; may be written between any two events.</summary>
    public abstract void Ping();

    /// <inheritdoc/>
    public abstract void Start(in ResponseStart start);

    /// <inheritdoc/>
    public abstract void Text(JsonText text);

    /// <inheritdoc/>
    public abstract void Logprobs(ReadOnlySpan<byte> tokens);

    /// <inheritdoc/>
    public abstract void Reasoning(JsonText text);

    /// <inheritdoc/>
    public abstract void ReasoningSignature(JsonText signature);

    /// <inheritdoc/>
    public abstract void RedactedReasoning(JsonText data);

    /// <inheritdoc/>
    public abstract void Refusal(JsonText text);

    /// <inheritdoc/>
    public abstract void Citation(in Citation citation);

    /// <inheritdoc/>
    public abstract void Media(JsonText mediaType, JsonText data);

    /// <inheritdoc/>
    public abstract void ToolCallStart(int index, JsonText id, JsonText name);

    /// <inheritdoc/>
    public abstract void ToolCallArguments(int index, JsonText fragment);

    /// <inheritdoc/>
    public abstract void ToolCallEnd(int index);

    /// <inheritdoc/>
    public abstract void Usage(in TokenUsage usage);

    /// <inheritdoc/>
    public void Extra(ExtraScope scope, ReadOnlySpan<byte> name, ReadOnlySpan<byte> json) => Extras.Set(scope, name, json);

    /// <inheritdoc/>
    public abstract void Finish(StopReason reason, JsonText stopSequence);

    /// <inheritdoc/>
    public abstract void Error(BridgeError error);

    /// <summary>Gives pooled buffers back.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives pooled buffers back.</summary>
    protected virtual void Dispose(bool disposing) => Extras.Dispose();
}
