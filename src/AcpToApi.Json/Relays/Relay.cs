using AcpToApi.Json.Framing;
using AcpToApi.Json.Model;

namespace AcpToApi.Json.Relays;

/// <summary>What the pump does with an upstream's events: one of translating them or passing them through.</summary>
public abstract class Relay(FrameReader framing, UpstreamReader reader) : IDisposable
{
    /// <summary>Finds the upstream's events.</summary>
    protected FrameReader Framing { get; } = framing;

    /// <summary>The reader of the upstream's events.</summary>
    protected UpstreamReader Reader { get; } = reader;

    /// <summary>Whether the answer is over, so that no more need be read.</summary>
    public bool IsDone { get; protected set; }

    /// <summary>Takes all whole events from <paramref name="input"/>; returns how many bytes they were. The rest must come again, with more.</summary>
    public int Feed(ReadOnlySpan<byte> input, bool isFinal)
    {
        var taken = 0;
        while (!IsDone && Framing.TryRead(input[taken..], isFinal, out var found, out var consumed))
        {
            Take(found, input.Slice(taken, consumed));
            taken += consumed;
        }
        if (isFinal && !IsDone) End();
        return taken;
    }

    /// <summary>The upstream failed outside of its stream (silence, a broken connection): the client is told so.</summary>
    public abstract void Fail(BridgeError error);

    /// <summary>One event and the bytes it stood in.</summary>
    protected abstract void Take(in Frame found, ReadOnlySpan<byte> raw);

    /// <summary>The upstream closed the stream.</summary>
    protected abstract void End();

    /// <summary>Gives pooled buffers back.</summary>
    public void Dispose()
    {
        Framing.Dispose();
        Reader.Dispose();
        GC.SuppressFinalize(this);
    }
}
