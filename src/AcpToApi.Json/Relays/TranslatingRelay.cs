using AcpToApi.Json.Framing;
using AcpToApi.Json.Model;
using AcpToApi.Json.Sinks;

namespace AcpToApi.Json.Relays;

/// <summary>Reads an upstream's events and says them to a sink.</summary>
public sealed class TranslatingRelay(FrameReader framing, UpstreamReader reader, IEventSink sink) : Relay(framing, reader)
{
    // What comes after a stop sequence is not waited for, not even the counts.
    bool IsStopped => sink is StopSequences { HasStopped: true };

    /// <inheritdoc/>
    public override void Fail(BridgeError error)
    {
        if (!Reader.IsDone) sink.Error(error);
        IsDone = true;
    }

    /// <inheritdoc/>
    protected override void Take(in Frame found, ReadOnlySpan<byte> raw)
    {
        if (found.HasData) Reader.Read(found, sink);
        if (IsStopped && !Reader.IsDone) sink.Finish(StopReason.StopSequence, default);
        IsDone = Reader.IsDone || IsStopped;
    }

    /// <inheritdoc/>
    protected override void End()
    {
        Reader.End(sink);
        IsDone = true;
    }
}
