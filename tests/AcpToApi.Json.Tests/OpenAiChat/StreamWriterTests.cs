using System.Text;
using AcpToApi.Json.Model;
using AcpToApi.Json.Sinks;
using AcpToApi.Json.Tests.Support;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Tests.OpenAiChat;

public class StreamWriterTests
{
    const string Folder = "openai-chat";

    static readonly WireFormat Format = WireFormat.OpenAiChat;

    public static TheoryData<string> Streams => [.. Corpus.Cases(Folder, "stream.sse")];

    public static TheoryData<string> Responses => [.. Corpus.Cases(Folder, "response.json")];

    static ResponseContext Context(bool usage = true) => new("0a1b2c", JsonString.Of("asked-model"), 1700000001, IncludeUsage: usage);

    [Theory, MemberData(nameof(Streams))]
    public void Stream_is_written_as_it_should(string name) =>
        Corpus.MatchGolden(Folder, name, "chat.sse", Written(writer => Replay.Feed(Format, Corpus.Read(Folder, name, "stream.sse"), Replay.Whole, writer, keepExtras: true)));

    [Theory, MemberData(nameof(Responses))]
    public void Response_is_written_as_it_should(string name)
    {
        using var answer = new ResponseCollector();
        using var reader = Format.CreateReader(Quirks.None, keepExtras: true);
        reader.ReadResponse(Corpus.Read(Folder, name, "response.json"), answer);
        using var output = new PooledBuffer();
        if (answer.Failure is { } failure) Format.WriteError(failure, output);
        else Format.WriteResponse(answer, Context(), output);
        Corpus.MatchGolden(Folder, name, "chat.json", Encoding.UTF8.GetString(output.Written) + "\n");
    }

    [Theory, MemberData(nameof(Streams))]
    public void What_is_written_keeps_the_rules_of_the_wire(string name) =>
        WireRules.Check(Written(writer => Replay.Feed(Format, Corpus.Read(Folder, name, "stream.sse"), Replay.Whole, writer, keepExtras: true)));

    // Only what the dialect has no word for may differ: who failed, missing ids, the moment at which usage is told.
    [Theory, MemberData(nameof(Streams))]
    public void What_is_written_reads_back_as_the_same_events(string name)
    {
        var body = Corpus.Read(Folder, name, "stream.sse");
        var written = Written(writer => Replay.Feed(Format, body, Replay.Whole, writer));
        Assert.Equal(Comparable(Replay.Stream(Format, body, Replay.Whole)), Comparable(Replay.Stream(Format, Encoding.UTF8.GetBytes(written), Replay.Whole)));
    }

    [Fact]
    public void Usage_is_told_only_to_who_asked()
    {
        static void Say(ClientWriter writer)
        {
            writer.Start(new ResponseStart(default, default, new TokenUsage(5, 0)));
            writer.Text(JsonText.Plain("x"u8));
            writer.Usage(new TokenUsage(5, 1));
            writer.Finish(StopReason.EndTurn, default);
        }
        Assert.DoesNotContain("usage", Written(Say, usage: false), StringComparison.Ordinal);
        Assert.Contains("\"choices\":[],\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":1", Written(Say), StringComparison.Ordinal);
    }

    [Fact]
    public void A_ping_is_a_comment() => Assert.Equal(": ping\n\n", Written(writer => writer.Ping()));

    [Fact]
    public void An_error_in_the_stream_has_no_end_mark()
    {
        var written = Written(writer =>
        {
            writer.Start(new ResponseStart(default, default));
            writer.Text(JsonText.Plain("half"u8));
            writer.Error(BridgeError.UpstreamProtocol("It was \"cut\"."));
        });
        Assert.EndsWith("data: {\"error\":{\"message\":\"It was \\\"cut\\\".\",\"type\":\"server_error\",\"param\":null,\"code\":null}}\n\n", written, StringComparison.Ordinal);
        Assert.DoesNotContain("[DONE]", written, StringComparison.Ordinal);
    }

    [Fact]
    public void What_OpenAI_has_no_place_for_leaves_no_trace()
    {
        var written = Written(writer =>
        {
            writer.Start(new ResponseStart(JsonText.Plain("msg_1"u8), JsonText.Plain("m"u8)));
            writer.RedactedReasoning(JsonText.Plain("AAAA"u8));
            writer.Reasoning(JsonText.Plain("hm"u8));
            writer.ReasoningSignature(JsonText.Plain("c2lnbmVk"u8));
            writer.Finish(StopReason.PauseTurn, default);
        });
        Assert.DoesNotContain("AAAA", written, StringComparison.Ordinal);
        Assert.DoesNotContain("c2lnbmVk", written, StringComparison.Ordinal);
        Assert.Contains("\"finish_reason\":\"stop\"", written, StringComparison.Ordinal);
    }

    [Fact]
    public void A_repeated_extra_field_stands_once_in_an_object()
    {
        var written = Written(writer =>
        {
            writer.Start(new ResponseStart(default, default));
            writer.Extra(ExtraScope.Choice, "logprobs"u8, "1"u8);
            writer.Extra(ExtraScope.Choice, "logprobs"u8, "2"u8);
            writer.Text(JsonText.Plain("x"u8));
            writer.Finish(StopReason.EndTurn, default);
        });
        Assert.Contains("\"delta\":{\"content\":\"x\"},\"logprobs\":2,\"finish_reason\":null", written, StringComparison.Ordinal);
        Assert.DoesNotContain("\"logprobs\":1", written, StringComparison.Ordinal);
    }

    [Fact]
    public void An_extra_field_on_several_lines_stays_in_its_frame()
    {
        var written = Written(writer =>
        {
            writer.Start(new ResponseStart(default, default));
            writer.Extra(ExtraScope.Response, "citations"u8, "[\n  1,\r\n  2\n]"u8);
            writer.Finish(StopReason.EndTurn, default);
        });
        WireRules.Check(written);
        Assert.Contains("\"citations\":[   1,    2 ]", written, StringComparison.Ordinal);
    }

    // Random legal answers: the wire's rules hold, and reading them back gives the same answer.
    [Fact]
    public void Any_legal_answer_survives_the_round_trip()
    {
        for (var seed = 0; seed < 2000; seed++)
        {
            var recorded = new RecordingSink();
            RandomAnswer.Say(new Random(seed), new GrammarCheckingSink(recorded));
            var written = Written(writer => RandomAnswer.Say(new Random(seed), writer));
            WireRules.Check(written);
            Assert.Equal(Comparable(recorded.Record), Comparable(Replay.Stream(Format, Encoding.UTF8.GetBytes(written), Replay.Every(1 + (seed % 40)))));
        }
    }

    static string Written(Action<ClientWriter> say, bool usage = true)
    {
        using var output = new PooledBuffer();
        say(Format.CreateWriter(output, Context(usage)));
        return Encoding.UTF8.GetString(output.Written);
    }

    static string Comparable(string record)
    {
        var lines = new List<string>();
        string? usage = null;
        foreach (var line in record.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.StartsWith("usage", StringComparison.Ordinal)) usage = line;
            else if (line.StartsWith("start", StringComparison.Ordinal)) continue;
            else if (line.StartsWith("error", StringComparison.Ordinal)) lines.Add("error " + line[(line.IndexOf(' ', 7) + 1)..].Split(' ')[^1]);
            else if (line.StartsWith("signature", StringComparison.Ordinal) || line.StartsWith("redacted", StringComparison.Ordinal)) continue;
            else if (lines.Count > 0 && line.Split(' ')[0] is "text" or "reasoning" or "refusal" && lines[^1].Split(' ')[0] == line.Split(' ')[0])
            {
                lines[^1] += line[(line.IndexOf(' ', 0) + 1)..]; // what was told between them is told at the end
            }
            else lines.Add(line.StartsWith("call", StringComparison.Ordinal) ? line.Replace("id= ", "id=call_0a1b2c_0 ", StringComparison.Ordinal) : line);
        }
        // {} stands for no arguments at all, and the dialect has fewer reasons to end.
        var merged = string.Join("\n", lines).Replace("ContextWindow", "MaxTokens", StringComparison.Ordinal);
        for (var i = 0; i < 10; i++) merged = merged.Replace($"\narguments {i} {{}}\nend {i}", $"\nend {i}", StringComparison.Ordinal);
        return usage is null || merged.Contains("\nerror", StringComparison.Ordinal) ? merged : merged + "\n" + usage;
    }
}
