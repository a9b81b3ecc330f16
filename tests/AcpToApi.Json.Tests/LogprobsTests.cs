using System.Text;
using AcpToApi.Json.Model;
using AcpToApi.Json.Sinks;
using AcpToApi.Json.Tests.Support;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Tests;

/// <summary>How likely tokens were is asked for and told in every format that has it, streamed and whole.</summary>
public sealed class LogprobsTests
{
    static readonly Dictionary<string, (string Request, string Answer)> Formats = new()
    {
        ["chat"] = ("""{"model":"m","messages":[{"role":"user","content":"x"}],"logprobs":true,"top_logprobs":2}""",
            """{"choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"logprobs":{"content":[TOKEN],"refusal":null},"finish_reason":"stop"}]}"""),
        ["responses"] = ("""{"model":"m","input":"x","include":["message.output_text.logprobs"],"top_logprobs":2}""",
            """{"status":"completed","output":[{"type":"message","content":[{"type":"output_text","text":"Hi","logprobs":[TOKEN]}]}]}"""),
        ["ollama"] = ("""{"model":"m","messages":[{"role":"user","content":"x"}],"logprobs":true,"top_logprobs":2}""",
            """{"message":{"role":"assistant","content":"Hi"},"done":true,"done_reason":"stop","logprobs":[TOKEN]}"""),
        ["gemini"] = ("""{"contents":[{"role":"user","parts":[{"text":"x"}]}],"generationConfig":{"responseLogprobs":true,"logprobs":2}}""",
            """{"candidates":[{"content":{"parts":[{"text":"Hi"}]},"finishReason":"STOP","logprobsResult":{"chosenCandidates":[{"token":"H\"i","logProbability":-0.5}],"topCandidates":[{"candidates":[{"token":"Ho","logProbability":-1.25}]}]}}]}"""),
    };

    const string Token = """{"token":"H\"i","logprob":-0.5,"bytes":[72,34,105],"top_logprobs":[{"token":"Ho","logprob":-1.25,"bytes":[72,111]}]}""";

    public static TheoryData<string, string> Pairs
    {
        get
        {
            var pairs = new TheoryData<string, string>();
            foreach (var from in Formats.Keys) foreach (var to in Formats.Keys) pairs.Add(from, to);
            return pairs;
        }
    }

    [Theory, MemberData(nameof(Pairs))]
    public void They_are_asked_for(string from, string to)
    {
        using var body = new PooledBuffer();
        var ignored = new IgnoredFields();
        Format(to).WriteRequest(Format(from).ReadRequest(Encoding.UTF8.GetBytes(Formats[from].Request)), new UpstreamTarget(JsonString.Of("m"), Quirks.None, false), body, ignored);
        Assert.Equal(2, Format(to).ReadRequest(body.WrittenMemory).Sampling.Logprobs);
        Assert.DoesNotContain("logprobs", ignored.ToString(), StringComparison.OrdinalIgnoreCase);
    }

    [Theory, MemberData(nameof(Pairs))]
    public void They_are_told(string from, string to)
    {
        var context = new ResponseContext("id", JsonString.Of("m"), 1);
        using var collector = new ResponseCollector();
        Read(from, collector);
        using var whole = new PooledBuffer();
        Format(to).WriteResponse(collector, context, whole);
        Assert.Contains($"logprobs {Token}\ntext Hi\n", Replay.Response(Format(to), whole.Written.ToArray()), StringComparison.Ordinal);

        using var frames = new PooledBuffer();
        using var writer = Format(to).CreateWriter(frames, context);
        Read(from, writer);
        Assert.Contains($"logprobs {Token}\ntext Hi\n", Replay.Stream(Format(to), frames.Written.ToArray(), Replay.Every(1)), StringComparison.Ordinal);
    }

    [Theory, InlineData("messages"), InlineData("converse"), InlineData("cohere")]
    public void Who_cannot_tell_them_says_so(string to)
    {
        using var body = new PooledBuffer();
        var ignored = new IgnoredFields();
        Format(to).WriteRequest(WireFormat.OpenAiChat.ReadRequest(Encoding.UTF8.GetBytes(Formats["chat"].Request)), new UpstreamTarget(JsonString.Of("m"), Quirks.None, false), body, ignored);
        Assert.Equal("logprobs", ignored.ToString());
    }

    static void Read(string format, IEventSink sink)
    {
        using var reader = Format(format).CreateReader(Quirks.None, keepExtras: false);
        reader.ReadResponse(Encoding.UTF8.GetBytes(Formats[format].Answer.Replace("TOKEN", Token, StringComparison.Ordinal)), new GrammarCheckingSink(sink));
    }

    static WireFormat Format(string name) => WireFormat.All.Single(format => format.Name == name);
}
