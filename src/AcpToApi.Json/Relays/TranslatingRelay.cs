using AcpToApi.Json.Framing;
using AcpToApi.Json.Model;

namespace AcpToApi.Json.Relays;

/// <summary>Reads an upstream's events and says them to a sink.</summary>
public sealed class TranslatingRelay(FrameReader framing, UpstreamReader reader, IEventSink sink) : Relay(framing, reader)
{
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
        IsDone = Reader.IsDone;
    }

    /// <inheritdoc/>
    protected override void End()
    {
        Reader.End(sink);
        IsDone = true;
    }
}
