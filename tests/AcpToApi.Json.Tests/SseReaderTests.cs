using System.Net.ServerSentEvents;
using System.Text;
using AcpToApi.Json.Framing;

namespace AcpToApi.Json.Tests;

/// <summary>Framing, with System.Net.ServerSentEvents as the oracle wherever the standard is kept.</summary>
public class SseReaderTests
{
    public static TheoryData<string> Streams =>
    [
        "data: a\n\ndata: b\n\n",
        "data: a\r\n\r\ndata: b\r\n\r\n",
        "data: a\r\rdata: b\r\r",
        "data:a\n\ndata:  two spaces\n\n",
        "event: x\ndata: 1\ndata: 2\n\n",
        "data\n\ndata:\n\n",
        ": comment\n\ndata: after comment\n\n",
        "id: 1\nretry: 10\nunknown: x\nevent: y\ndata: {\"a\":\"é日🦙\"}\n\n",
        "\uFEFFdata: bom\n\n",
        "data: a\ndata: b\r\ndata: c\rdata: d\n\n",
        "data: first\ndata: second\n\ndata: third\ndata: fourth\n\n",
    ];

    [Theory, MemberData(nameof(Streams))]
    public async Task Agrees_with_the_standard_parser_at_every_split(string stream)
    {
        var bytes = Encoding.UTF8.GetBytes(stream);
        var expected = await Oracle(bytes);
        Assert.Equal(expected, Read(bytes, bytes.Length));
        for (var size = 1; size < bytes.Length; size++) Assert.Equal(expected, Read(bytes, size));
    }

    // The standard resets the name at a blank line; System.Net.ServerSentEvents keeps it.
    [Fact]
    public void A_name_without_data_is_forgotten() => Assert.Equal(["|unnamed"], Read("event: lost\n\ndata: unnamed\n\n"u8.ToArray(), 5));

    [Fact]
    public void An_event_without_its_blank_line_is_handed_out_at_the_end() =>
        Assert.Equal(["|a", "x|b"], Read("data: a\n\nevent: x\ndata: b"u8.ToArray(), 3));

    [Fact]
    public void Consumed_bytes_cover_the_whole_stream()
    {
        var bytes = ": c\n\ndata: a\r\n\r\nevent: e\ndata: b\n\n"u8.ToArray();
        using var reader = new SseReader();
        var taken = 0;
        while (reader.TryRead(bytes.AsSpan(taken), isFinal: false, out _, out var consumed)) taken += consumed;
        Assert.Equal(bytes.Length, taken);
    }

    static async Task<List<string>> Oracle(byte[] bytes)
    {
        var events = new List<string>();
        await foreach (var item in SseParser.Create(new MemoryStream(bytes), (type, data) => Encoding.UTF8.GetString(data)).EnumerateAsync())
        {
            events.Add($"{(item.EventType == "message" ? "" : item.EventType)}|{item.Data}");
        }
        return events;
    }

    static List<string> Read(byte[] bytes, int size)
    {
        var events = new List<string>();
        using var reader = new SseReader();
        var start = 0;
        for (var end = Math.Min(size, bytes.Length); ; end = Math.Min(end + size, bytes.Length))
        {
            while (reader.TryRead(bytes.AsSpan(start, end - start), isFinal: end == bytes.Length, out var found, out var consumed))
            {
                start += consumed;
                if (found.HasData) events.Add($"{Encoding.UTF8.GetString(found.Name)}|{Encoding.UTF8.GetString(found.Data)}");
            }
            if (end == bytes.Length) return events;
        }
    }
}
