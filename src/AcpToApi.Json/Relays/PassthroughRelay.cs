using AcpToApi.Json.Framing;
using AcpToApi.Json.Model;
using AcpToApi.Json.Sinks;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Relays;

/// <summary>
/// Passes an upstream's events through byte for byte, whole events only, so that something may be added between any two of them; in another
/// packing only where the client's dialect has one (<see cref="ClientWriter.Repacks"/>).
/// Events that may tell usage, finish or an error are read on the side; a stream that is cut gets one error event of its own dialect at the end.
/// </summary>
public sealed class PassthroughRelay(WireFormat format, UpstreamReader reader, UsageTap tap, ClientWriter writer, PooledBuffer output)
    : Relay(format.CreateFraming(), reader)
{
    /// <inheritdoc/>
    public override void Fail(BridgeError error)
    {
        // After the upstream's own end or error there is nothing to add.
        if (!Reader.IsDone)
        {
            tap.Error(error);
            writer.Error(error);
        }
        else writer.EndPassed();
        IsDone = true;
    }

    /// <inheritdoc/>
    protected override void Take(in Frame found, ReadOnlySpan<byte> raw)
    {
        if (!found.IsTerminated) TakeLast(found, raw);
        else
        {
            Pass(found, raw);
            if (!found.HasData) return;
            if (format.IsContentOnly(found.Name, found.Data)) tap.MarkContent();
            else Reader.Read(found, tap);
            // The end mark has been passed: the client need not wait until the provider closes.
            IsDone = tap.Finished is not null;
            if (IsDone) writer.EndPassed();
        }
    }

    void Pass(in Frame found, ReadOnlySpan<byte> raw)
    {
        if (!writer.Repacks) output.Write(raw);
        else if (found.HasData) writer.Pass(found.Data);
    }

    /// <inheritdoc/>
    protected override void End()
    {
        var failed = tap.Failure is not null;
        Reader.End(tap);
        if (!failed && tap.Failure is { } truncated) writer.Error(truncated);
        else writer.EndPassed();
        IsDone = true;
    }

    // The body ended without its end mark: a whole event is completed, a torn one is replaced by the error that it is.
    void TakeLast(in Frame found, ReadOnlySpan<byte> raw)
    {
        var failed = tap.Failure is not null;
        Reader.Read(found, tap);
        if (!failed && tap.Failure is { } torn)
        {
            writer.Error(torn);
            return;
        }
        Pass(found, raw);
        if (!writer.Repacks) output.Write(Framing.Terminator);
    }
}
