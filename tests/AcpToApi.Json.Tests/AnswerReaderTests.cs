using AcpToApi.Json.Model;
using AcpToApi.Json.Sinks;
using AcpToApi.Json.Tests.Support;

namespace AcpToApi.Json.Tests;

/// <summary>What each answer of the corpus means, in every wire format, and that neither the network nor damage makes it mean what cannot be.</summary>
public class AnswerReaderTests
{
    const int Rounds = 200;

    [Theory, MemberData(nameof(Answers.Streams), MemberType = typeof(Answers))]
    public void A_stream_means_its_golden_however_it_is_cut(string folder, string name)
    {
        var (format, body) = (Answers.Format(folder), Answers.Stream(folder, name));
        Corpus.MatchGolden(folder, name, "events.txt", Replay.Stream(format, body, Replay.Whole));
        foreach (var keepExtras in (bool[])[false, true])
        {
            var whole = Replay.Stream(format, body, Replay.Whole, keepExtras: keepExtras);
            Assert.Equal(whole, Replay.Stream(format, body, Replay.Every(1), keepExtras: keepExtras));
            for (var cut = 1; cut < body.Length; cut++) Assert.Equal(whole, Replay.Stream(format, body, Replay.CutAt(cut), keepExtras: keepExtras));
        }
    }

    [Theory, MemberData(nameof(Answers.Streams), MemberType = typeof(Answers))]
    public void A_stream_that_breaks_off_ends_in_an_answer_or_an_error(string folder, string name)
    {
        var body = Answers.Stream(folder, name);
        for (var length = 0; length < body.Length; length++) AssertEnds(Answers.Format(folder), body[..length], $"{length} bytes");
    }

    [Theory, MemberData(nameof(Answers.Streams), MemberType = typeof(Answers))]
    public void A_damaged_stream_ends_in_an_answer_or_an_error(string folder, string name)
    {
        var body = Answers.Stream(folder, name);
        for (var seed = 0; seed < Rounds; seed++) AssertEnds(Answers.Format(folder), Damage.Of(body, seed), $"seed {seed}");
    }

    [Theory, MemberData(nameof(Answers.Whole), MemberType = typeof(Answers))]
    public void A_whole_answer_means_its_golden(string folder, string name) =>
        Corpus.MatchGolden(folder, name, "events.txt", Replay.Response(Answers.Format(folder), Corpus.Read(folder, name, "response.json")));

    [Theory, MemberData(nameof(Answers.Whole), MemberType = typeof(Answers))]
    public void A_damaged_whole_answer_ends_in_an_answer_or_an_error(string folder, string name)
    {
        var body = Corpus.Read(folder, name, "response.json");
        for (var seed = 0; seed < Rounds; seed++)
        {
            var sink = new GrammarCheckingSink(NullSink.Instance);
            using var reader = Answers.Format(folder).CreateReader(Quirks.None, keepExtras: seed % 2 == 0);
            reader.ReadResponse(Damage.Of(body, seed), sink);
            Assert.True(sink.Ended, $"seed {seed}");
        }
    }

    static void AssertEnds(WireFormat format, byte[] body, string what)
    {
        var sink = new GrammarCheckingSink(NullSink.Instance);
        Replay.Feed(format, body, Replay.Every(100), sink, keepExtras: body.Length % 2 == 0);
        Assert.True(sink.Ended, what);
    }
}
