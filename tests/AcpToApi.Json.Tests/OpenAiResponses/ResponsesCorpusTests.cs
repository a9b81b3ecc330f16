using System.Text;
using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Sinks;
using AcpToApi.Json.Tests.Support;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Tests.OpenAiResponses;

/// <summary>What each body of the corpus means, how it is written, and that it means the same however the network cuts it.</summary>
public class ResponsesCorpusTests
{
    const string Folder = "openai-responses";

    static readonly WireFormat Format = WireFormat.OpenAiResponses;

    static readonly ResponseContext Context = new("0a1b2c", JsonString.Of("asked-model"), 1700000001)
    {
        // A tool of the corpus is a custom one.
        Request = Format.ReadRequest("""{"model":"m","input":"x","tools":[{"type":"custom","name":"apply_patch"},{"type":"function","name":"get_weather"}],"temperature":0}"""u8.ToArray()),
    };

    public static TheoryData<string> Streams => [.. Corpus.Cases(Folder, "stream.sse")];

    public static TheoryData<string> Responses => [.. Corpus.Cases(Folder, "response.json")];

    public static TheoryData<string> Requests => [.. Corpus.Cases(Folder, "request.json")];

    [Theory, MemberData(nameof(Streams))]
    public void A_stream_means_its_golden_at_every_split(string name)
    {
        var body = Corpus.Read(Folder, name, "stream.sse");
        var whole = Replay.Stream(Format, body, Replay.Whole);
        Corpus.MatchGolden(Folder, name, "events.txt", whole);
        Assert.Equal(whole, Replay.Stream(Format, body, Replay.Every(1)));
        for (var cut = 1; cut < body.Length; cut++) Assert.Equal(whole, Replay.Stream(Format, body, Replay.CutAt(cut)));
    }

    [Theory, MemberData(nameof(Streams))]
    public void A_stream_is_written_as_its_golden_and_keeps_the_rules(string name)
    {
        var written = Written(name);
        Corpus.MatchGolden(Folder, name, "responses.sse", written);
        ResponsesRules.Check(written);
    }

    [Theory, MemberData(nameof(Streams))]
    public void What_is_written_reads_as_the_same_events(string name) =>
        Assert.Equal(Comparable(Corpus.Read(Folder, name, "stream.sse")), Comparable(Encoding.UTF8.GetBytes(Written(name))));

    [Theory, MemberData(nameof(Responses))]
    public void A_whole_answer_means_its_golden_and_is_written_as_one(string name)
    {
        var body = Corpus.Read(Folder, name, "response.json");
        Corpus.MatchGolden(Folder, name, "events.txt", Replay.Response(Format, body));
        using var answer = new ResponseCollector();
        using var reader = Format.CreateReader(Quirks.None, keepExtras: false);
        reader.ReadResponse(body, answer);
        if (answer.Failure is not null) return;
        using var output = new PooledBuffer();
        Format.WriteResponse(answer, Context, output);
        Corpus.MatchGolden(Folder, name, "responses.json", Encoding.UTF8.GetString(output.Written) + "\n");
    }

    [Theory, MemberData(nameof(Requests))]
    public void A_request_is_written_as_its_golden_and_then_stays_as_it_is(string name)
    {
        var (once, ignored) = Rewritten(Format, Corpus.Read(Folder, name, "request.json"));
        Corpus.MatchGolden(Folder, name, "responses.json", $"{once}\nignored: {ignored}\n");
        Assert.Equal(once, Rewritten(Format, Encoding.UTF8.GetBytes(once)).Body);
    }

    [Theory]
    [InlineData("codex_like")]
    [InlineData("foreign_reasoning")]
    [InlineData("unknown_items")]
    [InlineData("dangling")]
    public void Other_upstreams_get_it_in_their_dialect(string name)
    {
        var body = Corpus.Read(Folder, name, "request.json");
        var (chat, chatIgnored) = Rewritten(WireFormat.OpenAiChat, body);
        var (messages, messagesIgnored) = Rewritten(WireFormat.AnthropicMessages, body);
        Corpus.MatchGolden(Folder, name, "foreign.txt", $"chat: {chat}\nignored: {chatIgnored}\n\nmessages: {messages}\nignored: {messagesIgnored}\n");
    }

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
            Replay.Feed(Format, damaged, Replay.Whole, sink);
            Assert.True(sink.Ended, Encoding.UTF8.GetString(damaged));
        }
    }

    [Theory, MemberData(nameof(Requests))]
    public void A_damaged_body_is_refused_or_read_but_never_throws_anything_else(string name)
    {
        var random = new Random(20250704);
        var body = Corpus.Read(Folder, name, "request.json");
        for (var round = 0; round < 300; round++)
        {
            var damaged = body.ToArray();
            for (var i = random.Next(1, 4); i > 0; i--) damaged[random.Next(damaged.Length)] = (byte)"{}[]\",:0anul\\ \xff"[random.Next(15)];
            try
            {
                Rewritten(Format, damaged);
            }
            catch (BridgeException refused)
            {
                Assert.Equal(400, refused.Error.Status);
            }
        }
    }

    static string Written(string name)
    {
        using var output = new PooledBuffer();
        using var writer = Format.CreateWriter(output, Context);
        Replay.Feed(Format, Corpus.Read(Folder, name, "stream.sse"), Replay.Whole, writer);
        return Encoding.UTF8.GetString(output.Written);
    }

    // Without what the writer must invent: ids, models that never came, codes of failures, and {} for no arguments at all.
    static string Comparable(byte[] stream)
    {
        var lines = Replay.Stream(Format, stream, Replay.Whole).Split('\n').Where(line => !line.StartsWith("start ", StringComparison.Ordinal))
            .Select(line => line.StartsWith("error ", StringComparison.Ordinal) ? "error" : line);
        var all = string.Join('\n', lines);
        for (var i = 0; i < 10; i++) all = all.Replace($"\narguments {i} {{}}\nend {i}", $"\nend {i}", StringComparison.Ordinal);
        return System.Text.RegularExpressions.Regex.Replace(all, "signature (acptoapi:responses:[^:]*:)+", "signature ");
    }

    static (string Body, string Ignored) Rewritten(WireFormat upstream, byte[] body)
    {
        using var output = new PooledBuffer();
        var ignored = new IgnoredFields();
        var request = Format.ReadRequest(body);
        upstream.WriteRequest(request, new UpstreamTarget(request.Model, Quirks.None, request.Stream), output, ignored);
        JsonDocument.Parse(output.WrittenMemory).Dispose();
        return (Encoding.UTF8.GetString(output.Written), ignored.ToString());
    }
}
