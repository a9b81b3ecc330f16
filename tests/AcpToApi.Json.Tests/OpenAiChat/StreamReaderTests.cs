using System.Text;
using AcpToApi.Json.Model;
using AcpToApi.Json.Tests.Support;

namespace AcpToApi.Json.Tests.OpenAiChat;

public class StreamReaderTests
{
    const string Folder = "openai-chat";

    static readonly WireFormat Format = WireFormat.OpenAiChat;

    public static TheoryData<string> Streams => [.. Corpus.Cases(Folder, "stream.sse")];

    public static TheoryData<string> Responses => [.. Corpus.Cases(Folder, "response.json")];

    [Theory, MemberData(nameof(Streams))]
    public void Stream_means_what_it_should(string name) =>
        Corpus.MatchGolden(Folder, name, "events.txt", Replay.Stream(Format, Corpus.Read(Folder, name, "stream.sse"), Replay.Whole));

    [Theory, MemberData(nameof(Responses))]
    public void Response_means_what_it_should(string name) =>
        Corpus.MatchGolden(Folder, name, "events.txt", Replay.Response(Format, Corpus.Read(Folder, name, "response.json")));

    [Theory]
    [InlineData("azure_prompt_filter_first")]
    [InlineData("extras_in_all_places")]
    [InlineData("usage_inside_call")]
    [InlineData("delta_and_message")]
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

    [Fact]
    public void Reasoning_that_is_counted_apart_is_added_to_the_output()
    {
        const string Stream = """
            data: {"id":"1","model":"m","choices":[{"index":0,"delta":{"content":"x"},"finish_reason":"stop"}]}

            data: {"choices":[],"usage":{"prompt_tokens":291,"completion_tokens":26,"total_tokens":513,"completion_tokens_details":{"reasoning_tokens":196}}}

            data: [DONE]


            """;
        Assert.Contains("usage input=291 output=222 cache_read=0 cache_write=0 reasoning=196",
            Replay.Stream(Format, Encoding.UTF8.GetBytes(Stream), Replay.Whole, Quirks.OutputExcludesReasoning), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"id":"1","choices":[{"index":0,"delta":{"content":"x"},"finish_reason":null}]}""", true)]
    [InlineData("""{"id":"1","choices":[{"index":0,"delta":{"content":"say \"finish_reason\":\"stop\" and \"usage\":{"},"finish_reason":null}],"usage":null}""", true)]
    [InlineData("""{"id":"1","choices":[{"index":0,"delta":{"reasoning_content":"x"}}]}""", true)]
    [InlineData("""{"id":"1","choices":[{"index":0,"delta":{"content":"x"},"finish_reason":"stop"}]}""", false)]
    [InlineData("""{"id":"1","choices":[{"index":0,"delta":{"content":"x"}}],"usage":{"prompt_tokens":1}}""", false)]
    [InlineData("""{"id":"1","choices":[{"index":0,"delta":{"content":"x"}}],"error":{"message":"x"}}""", false)]
    [InlineData("""{"id":"1","choices":[{"index":0,"delta":{"tool_calls":[]}}]}""", false)]
    [InlineData("[DONE]", false)]
    public void Only_a_piece_of_content_passes_as_content_only(string data, bool expected) =>
        Assert.Equal(expected, Format.IsContentOnly(default, Encoding.UTF8.GetBytes(data)));
}
