namespace AcpToApi.Json.Framing;

/// <summary>Finds where the events of a stream end, and knows no dialect. It owns no input.</summary>
public abstract class FrameReader : IDisposable
{
    /// <summary>What ends an event on the wire, to complete a last one that lacks it.</summary>
    public abstract ReadOnlySpan<byte> Terminator { get; }

    /// <summary>
    /// Looks for the end of the next event in <paramref name="input"/>. True: <paramref name="found"/> is the event and <paramref name="consumed"/>
    /// the bytes it took. False: more input is needed; <paramref name="consumed"/> is 0 and the same bytes must come again, with more behind them.
    /// </summary>
    public abstract bool TryRead(ReadOnlySpan<byte> input, bool isFinal, out Frame found, out int consumed);

    /// <summary>Gives pooled buffers back.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives pooled buffers back.</summary>
    protected virtual void Dispose(bool disposing) { }
}
