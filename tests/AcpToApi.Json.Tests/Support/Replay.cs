using AcpToApi.Json.Framing;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Tests.Support;

/// <summary>Feeds a recorded body to a reader the way the pump does, in pieces of any size.</summary>
static class Replay
{
    /// <summary>Feeds a stream cut where <paramref name="pieces"/> says, and returns the record of its events.</summary>
    public static string Stream(WireFormat format, ReadOnlyMemory<byte> body, IEnumerable<int> pieces, Quirks quirks = Quirks.None, bool keepExtras = false)
    {
        var record = new RecordingSink();
        Feed(format, body, pieces, new GrammarCheckingSink(record), quirks, keepExtras);
        return record.Record;
    }

    /// <summary>Feeds a stream to any sink.</summary>
    public static void Feed(
        WireFormat format, ReadOnlyMemory<byte> body, IEnumerable<int> pieces, IEventSink sink, Quirks quirks = Quirks.None, bool keepExtras = false)
    {
        using var framing = format.CreateFraming();
        using var reader = format.CreateReader(quirks, keepExtras);
        using var pending = new PooledBuffer();
        var read = 0;
        foreach (var size in pieces)
        {
            if (read == body.Length) break;
            var take = Math.Min(size, body.Length - read);
            pending.Write(body.Span.Slice(read, take));
            read += take;
            Drain(framing, reader, pending, isFinal: false, sink);
        }
        pending.Write(body.Span[read..]);
        Drain(framing, reader, pending, isFinal: false, sink);
        Drain(framing, reader, pending, isFinal: true, sink);
        reader.End(sink);
    }

    /// <summary>Feeds a whole answer, and returns the record of its events.</summary>
    public static string Response(WireFormat format, ReadOnlySpan<byte> body, Quirks quirks = Quirks.None, bool keepExtras = false)
    {
        var record = new RecordingSink();
        using var reader = format.CreateReader(quirks, keepExtras);
        reader.ReadResponse(body, new GrammarCheckingSink(record));
        return record.Record;
    }

    /// <summary>The whole body in one piece.</summary>
    public static IEnumerable<int> Whole => [int.MaxValue];

    /// <summary>Pieces of one size.</summary>
    public static IEnumerable<int> Every(int size) => Enumerable.Repeat(size, int.MaxValue);

    /// <summary>Two pieces.</summary>
    public static IEnumerable<int> CutAt(int position) => [position, int.MaxValue];

    static void Drain(FrameReader framing, UpstreamReader reader, PooledBuffer pending, bool isFinal, IEventSink sink)
    {
        var taken = 0;
        while (framing.TryRead(pending.Written[taken..], isFinal, out var found, out var consumed))
        {
            if (found.HasData) reader.Read(found, sink);
            taken += consumed;
        }
        var rest = pending.Written[taken..].ToArray();
        pending.Clear();
        pending.Write(rest);
    }
}
