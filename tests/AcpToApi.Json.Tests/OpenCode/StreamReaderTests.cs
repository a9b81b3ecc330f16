using System.Text;
using AcpToApi.Json.Framing;
using AcpToApi.Json.Model;
using AcpToApi.Json.OpenCode;
using AcpToApi.Json.Sinks;
using AcpToApi.Json.Tests.Support;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Tests.OpenCode;

/// <summary>Turns of <c>opencode serve</c> and its relatives: their events, and the reply that ends them.</summary>
public class StreamReaderTests
{
    public static TheoryData<string> Streams => [.. Corpus.Cases("opencode", "stream.sse")];

    [Theory, MemberData(nameof(Streams))]
    public void How_a_stream_is_cut_makes_no_difference(string name)
    {
        var body = Corpus.Read("opencode", name, "stream.sse");
        var reply = Corpus.Cases("opencode", "reply.json").Contains(name) ? Corpus.Read("opencode", name, "reply.json") : null;
        var whole = Turn(body, reply, Replay.Whole);
        Corpus.MatchGolden("opencode", name, "events.txt", whole);
        Assert.Equal(whole, Turn(body, reply, Replay.Every(1)));
        for (var cut = 1; cut < body.Length; cut++) Assert.Equal(whole, Turn(body, reply, Replay.CutAt(cut)));
    }

    [Fact]
    public void An_answer_with_a_schema_is_nothing_but_that()
    {
        var body = Encoding.UTF8.GetBytes("""
            data: {"type":"message.updated","properties":{"info":{"id":"m","role":"assistant"}}}

            data: {"type":"message.part.updated","properties":{"part":{"id":"p","messageID":"m","type":"text","text":"Here it is:"}}}

            data: {"type":"message.part.updated","properties":{"part":{"id":"c","messageID":"m","type":"tool","tool":"StructuredOutput","callID":"1","state":{"status":"completed","input":{"a":1},"output":"ok"}}}}


            """.ReplaceLineEndings("\n"));
        Assert.Contains("text {\\\"a\\\":1}\n", Turn(body, """{"info":{"id":"m","finish":"tool-calls","structured":{"a":1}},"parts":[]}"""u8.ToArray(), Replay.Whole, isStructured: true), StringComparison.Ordinal);
        Assert.Contains("text Here it is:\n", Turn(body, """{"info":{"id":"m","finish":"stop"},"parts":[]}"""u8.ToArray(), Replay.Whole, isStructured: true), StringComparison.Ordinal);
    }

    [Fact]
    public void An_event_allocates_nothing()
    {
        var turn = Encoding.UTF8.GetBytes("""{"type":"message.updated","properties":{"sessionID":"s","info":{"id":"m","role":"assistant"}}}""");
        var part = Encoding.UTF8.GetBytes("""{"type":"message.part.updated","properties":{"sessionID":"s","part":{"id":"p","messageID":"m","type":"text","text":""}}}""");
        var delta = Encoding.UTF8.GetBytes("""{"id":"evt_1","type":"message.part.delta","properties":{"sessionID":"s","messageID":"m","partID":"p","field":"text","delta":" w\u00f6rd"}}""");
        using var reader = new OpenCodeStreamReader();
        var sink = NullSink.Instance;
        reader.Read(default, turn, sink);
        reader.Read(default, part, sink);
        for (var i = 0; i < 2000; i++) reader.Read(default, delta, sink);
        Assert.Equal(0, Allocation.Least(() =>
        {
            for (var i = 0; i < 20; i++) reader.Read(default, delta, sink);
        }));
    }

    [Theory]
    [InlineData(500, """{"name":"UnknownError","data":{"message":"Unexpected server error.","ref":"x"}}""", ErrorKind.UpstreamFailed, "Unexpected server error.")]
    [InlineData(404, """{"name":"NotFoundError","data":{"message":"Session not found"}}""", ErrorKind.ModelNotFound, "Session not found")]
    [InlineData(401, "", ErrorKind.Authentication, "status 401")]
    [InlineData(502, "<html>secret</html>", ErrorKind.UpstreamUnavailable, "status 502")]
    public void Errors_keep_their_status_and_text(int status, string body, ErrorKind kind, string says)
    {
        var error = WireFormat.OpenCode.ReadError(status, Encoding.UTF8.GetBytes(body));
        Assert.Equal((kind, status), (error.Kind, error.Status));
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);
    }

    // What a stream says is never more than the grammar allows, however it is damaged.
    [Fact]
    public void No_damage_breaks_the_grammar()
    {
        foreach (var name in Corpus.Cases("opencode", "stream.sse"))
        {
            var body = Corpus.Read("opencode", name, "stream.sse");
            for (var seed = 0; seed < 200; seed++)
            {
                var random = new Random(seed);
                var damaged = body.ToArray();
                for (var i = 0; i < 5; i++) damaged[random.Next(damaged.Length)] = (byte)random.Next(32, 127);
                Turn(damaged, """{"info":{"id":"msg_2","finish":"stop"},"parts":[]}"""u8.ToArray(), Replay.Every(1000));
            }
        }
    }

    [Fact]
    public void What_the_real_ones_said_is_read()
    {
        if (SharedFixtures.Root is null) Assert.Skip(SharedFixtures.Absent);
        var recordings = Path.Combine(SharedFixtures.Root, "..", "real-tools", "recordings");
        if (!Directory.Exists(recordings)) Assert.Skip($"No recordings of agents in {recordings}.");
        foreach (var agent in (string[])["opencode", "kilo"])
        {
            string Read(string name, string? reply = null) => Turn(
                File.ReadAllBytes(Path.Combine(recordings, agent, name + ".sse.txt")),
                reply ?? File.ReadLines(Path.Combine(recordings, agent, name + ".http.jsonl")).Select(line => System.Text.Json.Nodes.JsonNode.Parse(line)!)
                    .First(call => ((string)call["path"]!).EndsWith("/message", StringComparison.Ordinal) && (string?)call["method"] == "POST")["response"]!.ToJsonString());
            Assert.Equal("start id= model=\ntext Hello from the mock.\nusage input=100 output=20\nfinish EndTurn\n", Plain(Read("text")));
            Assert.Contains("reasoning The user greets me.\ntext Good day to you.\n", Read("reasoning"), StringComparison.Ordinal);
            Assert.Contains("name=read\narguments 0 {\\\"filePath\\\":\\\"/project/note.txt\\\"}", Read("tool-read"), StringComparison.Ordinal);
            Assert.Contains("hello from note.txt", Read("tool-read"), StringComparison.Ordinal);
            Assert.Contains("text cut here\n", Read("stop-length"), StringComparison.Ordinal);
            Assert.Contains("finish MaxTokens", Read("stop-length"), StringComparison.Ordinal);
            Assert.Contains("failed=\\\"true\\\"", Read("permission-reject"), StringComparison.Ordinal);
            Assert.Contains("Authentication 401", Read("error-401"), StringComparison.Ordinal);
            Assert.Contains("ModelNotFound 404", Read("model-404"), StringComparison.Ordinal);
            Assert.Contains("text Hello from the mock.\n", Read("error-429"), StringComparison.Ordinal);
            Assert.Contains("text one two three\n", Read("error-midstream", """{"info":{"id":"x","error":{"name":"MessageAbortedError","data":{"message":"Aborted"}}},"parts":[]}"""), StringComparison.Ordinal);
        }
    }

    static string Plain(string record) => System.Text.RegularExpressions.Regex.Replace(record, @"(usage input=\d+ output=\d+)[^\n]*", "$1");

    static string Turn(byte[] body, string reply) => Turn(body, Encoding.UTF8.GetBytes(reply), Replay.Whole);

    static string Turn(byte[] body, byte[]? reply, IEnumerable<int> pieces, bool isStructured = false)
    {
        var record = new RecordingSink();
        var grammar = new GrammarCheckingSink(record);
        var sink = new OwnToolPresenter(grammar, OwnTools.Calls);
        using var framing = new SseReader();
        using var reader = new OpenCodeStreamReader(isStructured);
        using var pending = new PooledBuffer();
        var read = 0;
        foreach (var size in pieces)
        {
            if (read == body.Length) break;
            var take = Math.Min(size, body.Length - read);
            pending.Write(body.AsSpan(read, take));
            read += take;
            var taken = 0;
            while (framing.TryRead(pending.Written[taken..], read == body.Length, out var found, out var consumed))
            {
                if (found.HasData) reader.Read(found, sink);
                taken += consumed;
            }
            var rest = pending.Written[taken..].ToArray();
            pending.Clear();
            pending.Write(rest);
        }
        if (reply is null) reader.End(sink);
        else if (!reader.IsDone) reader.ReadResponse(reply, sink);
        Assert.True(grammar.Ended);
        return record.Record;
    }
}
