using System.Text;
using AcpToApi.Json.Model;
using AcpToApi.Json.Tests.Support;

namespace AcpToApi.Json.Tests.Gemini;

public class StreamReaderTests
{
    const string Folder = "gemini";

    static readonly WireFormat Format = WireFormat.Gemini;

    public static TheoryData<string> Streams => [.. Corpus.Cases(Folder, "stream.sse")];

    public static TheoryData<string> Responses => [.. Corpus.Cases(Folder, "response.json")];

    [Theory, MemberData(nameof(Streams))]
    public void Stream_means_what_it_should(string name) =>
        Corpus.MatchGolden(Folder, name, "events.txt", Replay.Stream(Format, Corpus.Read(Folder, name, "stream.sse"), Replay.Whole));

    [Theory, MemberData(nameof(Responses))]
    public void Response_means_what_it_should(string name) =>
        Corpus.MatchGolden(Folder, name, "events.txt", Replay.Response(Format, Corpus.Read(Folder, name, "response.json")));

    [Theory]
    [InlineData("extras_everywhere")]
    [InlineData("signatures_on_text")]
    [InlineData("signature_too_long_for_an_id")]
    [InlineData("prompt_blocked")]
    public void Fields_of_the_own_format_are_kept_when_asked(string name) =>
        Corpus.MatchGolden(Folder, name, "extras.txt", Replay.Stream(Format, Corpus.Read(Folder, name, "stream.sse"), Replay.Whole, keepExtras: true));

    [Theory, MemberData(nameof(Streams))]
    public void How_a_stream_is_cut_makes_no_difference(string name)
    {
        var body = Corpus.Read(Folder, name, "stream.sse");
        foreach (var keepExtras in (bool[])[false, true])
        {
            var whole = Replay.Stream(Format, body, Replay.Whole, keepExtras: keepExtras);
            Assert.Equal(whole, Replay.Stream(Format, body, Replay.Every(1), keepExtras: keepExtras));
            for (var cut = 1; cut < body.Length; cut++) Assert.Equal(whole, Replay.Stream(Format, body, Replay.CutAt(cut), keepExtras: keepExtras));
        }
    }

    // Every prefix of a stream ends in Finish or Error, and never in an exception.
    [Theory, MemberData(nameof(Streams))]
    public void A_stream_cut_short_ends_properly(string name)
    {
        var body = Corpus.Read(Folder, name, "stream.sse");
        for (var length = 0; length < body.Length; length += 3)
        {
            var sink = new GrammarCheckingSink(new RecordingSink());
            Replay.Feed(Format, body.AsMemory(0, length), Replay.Whole, sink);
            Assert.True(sink.Ended, $"nothing said the end after {length} bytes");
        }
    }

    // Whatever happens to a byte on its way: an answer or an error, and the grammar holds.
    [Theory, MemberData(nameof(Streams))]
    public void A_damaged_stream_ends_properly(string name)
    {
        var random = new Random(20250704);
        var body = Corpus.Read(Folder, name, "stream.sse");
        if (body.Length == 0) return;
        for (var round = 0; round < 100; round++)
        {
            var damaged = body.ToArray();
            for (var i = random.Next(1, 4); i > 0; i--) damaged[random.Next(damaged.Length)] = (byte)"{}[]\",:0anul\\ \xff"[random.Next(15)];
            var sink = new GrammarCheckingSink(new RecordingSink());
            Replay.Feed(Format, damaged, Replay.Whole, sink, keepExtras: round % 2 == 0);
            Assert.True(sink.Ended, Encoding.UTF8.GetString(damaged));
        }
    }

    // An array's elements are told as they come, not when the array is whole.
    [Fact]
    public void An_array_is_read_while_it_grows()
    {
        var body = "[{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"One\"}]}}]}"u8;
        using var framing = Format.CreateFraming();
        using var reader = Format.CreateReader(Quirks.None, keepExtras: false);
        var sink = new RecordingSink();
        var taken = 0;
        while (framing.TryRead(body[taken..], isFinal: false, out var found, out var consumed))
        {
            if (found.HasData) reader.Read(found.Name, found.Data, sink);
            taken += consumed;
        }
        Assert.Equal("start id= model=\ntext One\n", sink.Record);
    }

    [Theory]
    [InlineData("""{"candidates":[{"content":{"parts":[{"text":"x"}],"role":"model"},"index":0}],"modelVersion":"m"}""", true)]
    [InlineData("""{"candidates":[{"content":{"parts":[{"text":"say \"finishReason\" and \"error\""}],"role":"model"}}]}""", true)]
    [InlineData("""{"candidates":[{"content":{"parts":[{"text":"x"}]},"finishReason":"STOP"}]}""", false)]
    [InlineData("""{"candidates":[{"content":{"parts":[{"text":"x"}]}}],"usageMetadata":{"promptTokenCount":1}}""", false)]
    [InlineData("""{"candidates":[{"content":{"parts":[{"text":"x"},{"functionCall":{"name":"f"}}]}}]}""", false)]
    [InlineData("""{"promptFeedback":{"blockReason":"SAFETY"}}""", false)]
    [InlineData("""{"error":{"code":500}}""", false)]
    public void Only_a_piece_of_content_passes_as_content_only(string data, bool expected) =>
        Assert.Equal(expected, Format.IsContentOnly(default, Encoding.UTF8.GetBytes(data)));
}
