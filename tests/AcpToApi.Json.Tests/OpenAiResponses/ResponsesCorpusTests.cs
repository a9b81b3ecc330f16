using System.Text;
using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Sinks;
using AcpToApi.Json.Tests.Support;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Tests.OpenAiResponses;

/// <summary>How what each body of the corpus means is written.</summary>
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
    public void A_whole_answer_is_written_as_its_golden(string name)
    {
        var body = Corpus.Read(Folder, name, "response.json");
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
