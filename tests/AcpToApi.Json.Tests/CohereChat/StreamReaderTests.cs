using AcpToApi.Json.Model;
using AcpToApi.Json.Sinks;
using AcpToApi.Json.Tests.Support;

namespace AcpToApi.Json.Tests.CohereChat;

/// <summary>Answers of Cohere's <c>/v2/chat</c>.</summary>
public class StreamReaderTests
{
    public static TheoryData<string> Streams => [.. Corpus.Cases("cohere", "stream.sse")];

    public static TheoryData<string> Answers => [.. Corpus.Cases("cohere", "response.json")];

    [Theory, MemberData(nameof(Streams))]
    public void How_a_stream_is_cut_makes_no_difference(string name)
    {
        var body = Corpus.Read("cohere", name, "stream.sse");
        var whole = Replay.Stream(WireFormat.CohereChat, body, Replay.Whole);
        Corpus.MatchGolden("cohere", name, "events.txt", whole);
        Assert.Equal(whole, Replay.Stream(WireFormat.CohereChat, body, Replay.Every(1)));
        for (var cut = 1; cut < body.Length; cut++) Assert.Equal(whole, Replay.Stream(WireFormat.CohereChat, body, Replay.CutAt(cut)));
    }

    [Theory, MemberData(nameof(Answers))]
    public void A_whole_answer_is_read(string name) =>
        Corpus.MatchGolden("cohere", name, "events.txt", Replay.Response(WireFormat.CohereChat, Corpus.Read("cohere", name, "response.json")));

    [Theory]
    [InlineData(404, """{"id":"x","message":"model 'm' not found"}""", ErrorKind.ModelNotFound, "model 'm' not found")]
    [InlineData(401, """{"message":"invalid api token"}""", ErrorKind.Authentication, "invalid api token")]
    [InlineData(429, """{"message":"slow down"}""", ErrorKind.RateLimited, "slow down")]
    [InlineData(502, "<html>secret</html>", ErrorKind.UpstreamUnavailable, "status 502")]
    public void Errors_keep_their_status_and_text(int status, string body, ErrorKind kind, string says)
    {
        var error = WireFormat.CohereChat.ReadError(status, System.Text.Encoding.UTF8.GetBytes(body));
        Assert.Equal((kind, status), (error.Kind, error.Status));
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);
    }

    // What a stream says is never more than the grammar allows, however it is damaged.
    [Fact]
    public void No_damage_breaks_the_grammar()
    {
        foreach (var name in Corpus.Cases("cohere", "stream.sse"))
        {
            var body = Corpus.Read("cohere", name, "stream.sse");
            for (var seed = 0; seed < 200; seed++)
            {
                var random = new Random(seed);
                var damaged = body.ToArray();
                for (var i = 0; i < 3; i++) damaged[random.Next(damaged.Length)] = (byte)random.Next(32, 127);
                var sink = new GrammarCheckingSink(NullSink.Instance);
                Replay.Feed(WireFormat.CohereChat, damaged, Replay.Every(11), sink);
                Assert.True(sink.Ended);
            }
        }
    }
}
