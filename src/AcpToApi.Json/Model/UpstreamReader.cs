using System.Text.Json;
using AcpToApi.Json.Framing;

namespace AcpToApi.Json.Model;

/// <summary>
/// Reads one answer of an upstream into events: fed event by event (<see cref="Read(in Frame, IEventSink)"/>, then <see cref="End"/>), or whole (<see cref="ReadResponse"/>).
/// It owns no buffers but those that the protocol forces, never throws on what an upstream sends, and says Finish or Error exactly once.
/// </summary>
public abstract class UpstreamReader : IDisposable
{
    /// <summary>Whether Finish or Error has been said; whatever follows is ignored.</summary>
    public bool IsDone { get; private set; }

    /// <summary>One event of the stream, or what its framing made of it.</summary>
    public void Read(in Frame frame, IEventSink sink)
    {
        if (IsDone) return;
        if (frame.Broken is { } broken) Fail(sink, broken);
        else if (frame.IsError) Fail(sink, ReadError(frame.Name, frame.Data));
        else Read(frame.Name, frame.Data, sink);
    }

    /// <summary>One event of the stream: its name (empty when it has none) and its data.</summary>
    public void Read(ReadOnlySpan<byte> eventName, ReadOnlySpan<byte> data, IEventSink sink)
    {
        if (IsDone) return;
        try
        {
            ReadEvent(eventName, data, sink);
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException or FormatException or BridgeException)
        {
            Fail(sink, BridgeError.UpstreamProtocol("The provider sent an event that is not valid JSON of its protocol."));
        }
    }

    /// <summary>The upstream closed the stream: finishes the answer if it is complete, reports the truncation if it is not.</summary>
    public void End(IEventSink sink)
    {
        if (IsDone) return;
        try
        {
            EndOfStream(sink);
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException or FormatException or BridgeException)
        {
            Fail(sink, BridgeError.UpstreamProtocol("The provider sent something that is not valid JSON of its protocol."));
        }
    }

    /// <summary>A whole answer that was not streamed.</summary>
    public void ReadResponse(ReadOnlySpan<byte> body, IEventSink sink)
    {
        try
        {
            ReadWhole(body, sink);
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException or FormatException or BridgeException)
        {
            if (!IsDone) Fail(sink, BridgeError.UpstreamProtocol("The provider's answer is not valid JSON of its protocol."));
        }
    }

    /// <summary>Reads one event; may throw what Utf8JsonReader throws.</summary>
    protected abstract void ReadEvent(ReadOnlySpan<byte> eventName, ReadOnlySpan<byte> data, IEventSink sink);

    /// <summary>What an error of the framing means (<see cref="Frame.IsError"/>); only some framings have any.</summary>
    protected virtual BridgeError ReadError(ReadOnlySpan<byte> name, ReadOnlySpan<byte> data) =>
        new(ErrorKind.UpstreamFailed, 502, "The provider reported an error in its answer.");

    /// <summary>Says Finish or Error, as the stream's state demands at its end.</summary>
    protected abstract void EndOfStream(IEventSink sink);

    /// <summary>Reads a whole answer, up to Finish or Error; may throw what Utf8JsonReader throws.</summary>
    protected abstract void ReadWhole(ReadOnlySpan<byte> body, IEventSink sink);

    /// <summary>Says Finish, once.</summary>
    protected void Complete(IEventSink sink, StopReason reason, JsonText stopSequence = default)
    {
        if (IsDone) return;
        IsDone = true;
        sink.Finish(reason, stopSequence);
    }

    /// <summary>Says Error, once.</summary>
    protected void Fail(IEventSink sink, BridgeError error)
    {
        if (IsDone) return;
        IsDone = true;
        sink.Error(error);
    }

    /// <summary>Gives pooled buffers back.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives pooled buffers back.</summary>
    protected virtual void Dispose(bool disposing) { }
}
