using System.Text;
using AcpToApi.Json.Model;
using AcpToApi.Json.Sinks;
using AcpToApi.Json.Tests.Support;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Tests.AnthropicMessages;

/// <summary>How what each recorded body means is written.</summary>
public class AnthropicCorpusTests
{
    const string Format = "anthropic-messages";

    static readonly ResponseContext Context = new("corpus", JsonString.Of("asked-model"), 0, EstimatedInputTokens: 7);

    public static TheoryData<string> Streams => [.. Corpus.Cases(Format, "stream.sse")];

    public static TheoryData<string> Responses => [.. Corpus.Cases(Format, "response.json")];

    public static TheoryData<string> Requests => [.. Corpus.Cases(Format, "request.json")];

    [Theory, MemberData(nameof(Streams))]
    public void A_stream_is_written_as_its_golden_and_keeps_the_block_rules(string name)
    {
        var written = Written(name);
        Corpus.MatchGolden(Format, name, "messages.sse", Encoding.UTF8.GetString(written));
        AnthropicBlockRules.Check(written);
    }

    [Theory, MemberData(nameof(Streams))]
    public void What_is_written_reads_as_the_same_events(string name)
    {
        var first = Record(Corpus.Read(Format, name, "stream.sse"));
        Assert.Equal(WithoutStarts(first), WithoutStarts(Record(Written(name))));
    }

    // Text blocks are joined where they are written, and a source belongs to all of its block.
    static string WithoutStarts(string record) => System.Text.RegularExpressions.Regex.Replace(record, @"(?m)^citation \d+-", "citation ");

    [Theory, MemberData(nameof(Responses))]
    public void A_whole_answer_is_written_as_its_golden(string name)
    {
        var body = Corpus.Read(Format, name, "response.json");
        using var answer = new ResponseCollector();
        using var reader = WireFormat.AnthropicMessages.CreateReader(Quirks.None, keepExtras: false);
        reader.ReadResponse(body, answer);
        if (answer.Failure is not null) return;
        using var output = new PooledBuffer();
        WireFormat.AnthropicMessages.WriteResponse(answer, Context, output);
        Corpus.MatchGolden(Format, name, "messages.json", Encoding.UTF8.GetString(output.Written));
    }

    [Theory, MemberData(nameof(Requests))]
    public void A_request_is_written_as_its_golden_and_then_stays_as_it_is(string name)
    {
        var (once, ignored) = Rewritten(Corpus.Read(Format, name, "request.json"));
        Corpus.MatchGolden(Format, name, "messages.json", $"{Encoding.UTF8.GetString(once)}\nignored: {ignored}\n");
        Assert.Equal(Encoding.UTF8.GetString(once), Encoding.UTF8.GetString(Rewritten(once).Body));
    }

    [Theory, MemberData(nameof(Streams))]
    public void Fields_of_the_same_dialect_survive(string name)
    {
        var body = Corpus.Read(Format, name, "stream.sse");
        using var output = new PooledBuffer();
        Replay.Feed(WireFormat.AnthropicMessages, body, Replay.Whole, WireFormat.AnthropicMessages.CreateWriter(output, Context), keepExtras: true);
        Assert.Equal(
            Encoding.UTF8.GetString(body).Contains("\"explanation\""), Encoding.UTF8.GetString(output.Written).Contains("\"stop_details\":{"));
    }

    static byte[] Written(string name)
    {
        using var output = new PooledBuffer();
        var writer = WireFormat.AnthropicMessages.CreateWriter(output, Context);
        Replay.Feed(WireFormat.AnthropicMessages, Corpus.Read(Format, name, "stream.sse"), Replay.Whole, writer);
        return output.Written.ToArray();
    }

    // Without what the writer must invent, or this dialect cannot say: ids and counts that never came, refusals, types of failures.
    static string Record(byte[] stream) => string.Join('\n', Replay.Stream(WireFormat.AnthropicMessages, stream, Replay.Whole)
        .Split('\n').Where(line => !line.StartsWith("start ") && !line.StartsWith("usage ") && !line.StartsWith("error "))
        .Select(line => line.Replace("refusal ", "text ")))
        .Replace("text Well\ntext ", "text Well");

    static (byte[] Body, string Ignored) Rewritten(byte[] body)
    {
        using var output = new PooledBuffer();
        var ignored = new IgnoredFields();
        var request = WireFormat.AnthropicMessages.ReadRequest(body);
        WireFormat.AnthropicMessages.WriteRequest(request, new UpstreamTarget(request.Model, Quirks.None, request.Stream), output, ignored);
        return (output.Written.ToArray(), ignored.ToString());
    }
}
