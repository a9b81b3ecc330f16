using System.Text;
using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Sinks;
using AcpToApi.Json.Tests.Support;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Tests.Gemini;

public class StreamWriterTests
{
    const string Folder = "gemini";

    static readonly WireFormat Format = WireFormat.Gemini;

    public static TheoryData<string> Streams => [.. Corpus.Cases(Folder, "stream.sse")];

    public static TheoryData<string> Responses => [.. Corpus.Cases(Folder, "response.json")];

    static ResponseContext Context => new("0a1b2c", JsonString.Of("asked-model"), 1700000001);

    [Theory, MemberData(nameof(Streams))]
    public void Stream_is_written_as_it_should(string name) =>
        Corpus.MatchGolden(Folder, name, "gemini.sse", Written(writer => Replay.Feed(Format, Corpus.Read(Folder, name, "stream.sse"), Replay.Whole, writer, keepExtras: true)));

    [Theory, MemberData(nameof(Responses))]
    public void Response_is_written_as_it_should(string name)
    {
        using var answer = new ResponseCollector();
        using var reader = Format.CreateReader(Quirks.None, keepExtras: true);
        reader.ReadResponse(Corpus.Read(Folder, name, "response.json"), answer);
        using var output = new PooledBuffer();
        if (answer.Failure is { } failure) Format.WriteError(failure, output);
        else Format.WriteResponse(answer, Context, output);
        JsonDocument.Parse(output.WrittenMemory).Dispose();
        Corpus.MatchGolden(Folder, name, "gemini.json", Encoding.UTF8.GetString(output.Written) + "\n");
    }

    // To another dialect's client the calls' signatures go in the ids; both ways must say the same.
    [Theory, MemberData(nameof(Streams))]
    public void What_is_written_reads_back_as_the_same_events(string name)
    {
        var body = Corpus.Read(Folder, name, "stream.sse");
        foreach (var keepExtras in (bool[])[false, true])
        {
            var events = Replay.Stream(Format, body, Replay.Whole, keepExtras: keepExtras);
            var written = Encoding.UTF8.GetBytes(Written(writer => Replay.Feed(Format, body, Replay.Whole, writer, keepExtras: keepExtras)));
            Assert.Equal(Comparable(events), Comparable(Replay.Stream(Format, written, Replay.Whole, keepExtras: keepExtras)));
        }
    }

    [Theory, MemberData(nameof(Streams))]
    public void An_array_holds_the_same_chunks(string name)
    {
        var body = Corpus.Read(Folder, name, "stream.sse");
        var events = Written(writer => Replay.Feed(Format, body, Replay.Whole, writer, keepExtras: true));
        var array = Written(writer =>
        {
            writer.Ping();
            Replay.Feed(Format, body, Replay.Whole, writer, keepExtras: true);
        }, WireFormat.GeminiArray.CreateWriter);
        using var json = JsonDocument.Parse(array);
        var chunks = events.Split("\r\n\r\n", StringSplitOptions.RemoveEmptyEntries).Select(frame => frame["data: ".Length..]);
        Assert.Equal(chunks, json.RootElement.EnumerateArray().Select(chunk => chunk.GetRawText()));
        Assert.Equal(Replay.Stream(Format, Encoding.UTF8.GetBytes(events), Replay.Whole), Replay.Stream(Format, Encoding.UTF8.GetBytes(array), Replay.Every(3)));
    }

    [Fact]
    public void Pings_mean_nothing()
    {
        Assert.Equal(": ping\r\n\r\n", Written(writer => writer.Ping()));
        var array = Written(writer =>
        {
            writer.Ping();
            writer.Start(default);
            writer.Text(JsonText.Plain("x"u8));
            writer.Ping();
            writer.Finish(StopReason.EndTurn, default);
        }, WireFormat.GeminiArray.CreateWriter);
        using var json = JsonDocument.Parse(array);
        Assert.Equal(2, json.RootElement.GetArrayLength());
    }

    [Fact]
    public void An_error_ends_the_stream_without_a_finish()
    {
        static void Say(ClientWriter writer)
        {
            writer.Start(default);
            writer.Text(JsonText.Plain("half"u8));
            writer.Error(BridgeError.UpstreamProtocol("It was \"cut\"."));
        }
        const string Error = "{\"error\":{\"code\":502,\"message\":\"It was \\\"cut\\\".\",\"status\":\"INTERNAL\"}}";
        Assert.EndsWith($"data: {Error}\r\n\r\n", Written(Say), StringComparison.Ordinal);
        Assert.EndsWith($",\r\n{Error}]", Written(Say, WireFormat.GeminiArray.CreateWriter), StringComparison.Ordinal);
        Assert.DoesNotContain("finishReason", Written(Say), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "{}")]
    [InlineData(" {\"a\":\n [1, 2]\r\n} ", " {\"a\":  [1, 2]  } ")]
    [InlineData("[1]", "{\"arguments\":\"[1]\"}")]
    [InlineData("{\"a\":", "{\"arguments\":\"{\\\"a\\\":\"}")]
    [InlineData("{\"a\":\"line\\nfeed 🦙\"}", "{\"a\":\"line\\nfeed 🦙\"}")]
    public void Arguments_are_an_object_on_one_line(string arguments, string expected)
    {
        var written = Written(writer =>
        {
            writer.Start(default);
            writer.ToolCallStart(0, JsonText.Plain("toolu_1"u8), JsonText.Plain("f"u8));
            foreach (var piece in Encoding.UTF8.GetBytes(arguments).Chunk(3)) writer.ToolCallArguments(0, JsonText.Plain(piece));
            writer.ToolCallEnd(0);
            writer.Finish(StopReason.ToolCalls, default);
        });
        Assert.Contains("{\"functionCall\":{\"id\":\"toolu_1\",\"name\":\"f\",\"args\":" + expected + "}}", written, StringComparison.Ordinal);
        Assert.Contains("\"finishReason\":\"STOP\"", written, StringComparison.Ordinal);
    }

    // Through a Gemini client and back: Anthropic's signature finds home, and never stands where Google would take it for its own.
    [Fact]
    public void Reasoning_that_another_provider_signed_comes_back()
    {
        using var output = new PooledBuffer();
        var writer = Format.CreateWriter(output, Context);
        writer.Start(default);
        writer.Reasoning(JsonText.Plain("First "u8));
        writer.Reasoning(JsonText.Plain("\"thought\""u8));
        writer.ReasoningSignature(JsonText.Plain("Q2xhdWRl+/A="u8));
        writer.RedactedReasoning(JsonText.Plain("UmVk"u8));
        writer.Text(JsonText.Plain("Said."u8));
        writer.Finish(StopReason.EndTurn, default);
        var parts = Encoding.UTF8.GetString(output.Written).Split("\r\n\r\n", StringSplitOptions.RemoveEmptyEntries)
            .Select(frame => JsonDocument.Parse(frame["data: ".Length..]).RootElement.GetProperty("candidates")[0].GetProperty("content").GetProperty("parts")[0].GetRawText());
        // SDKs lose what stands on an empty text.
        Assert.Contains("""{"text":"\"thought\"","thought":true,"thoughtSignature":"acptoapiQ2xhdWRl+/A="}""", parts);
        // Python's SDK sends bytes back in the URL-safe alphabet.
        var history = string.Join(",", parts).Replace("+/A=", "-_A=", StringComparison.Ordinal);
        var request = Format.ReadRequest(Encoding.UTF8.GetBytes($$"""{"contents":[{"parts":[{"text":"x"}]},{"role":"model","parts":[{{history}}]},{"parts":[{"text":"y"}]}]}"""));
        Assert.Equal(
            """{"role":"assistant","content":[{"type":"thinking","thinking":"First \"thought\"","signature":"Q2xhdWRl+/A="},{"type":"redacted_thinking","data":"UmVk"},{"type":"text","text":"Said."}]}""",
            Upstream(request, WireFormat.AnthropicMessages).GetProperty("messages")[1].GetRawText());
        Assert.DoesNotContain("Q2xhdWRl", Upstream(request, Format).GetRawText(), StringComparison.Ordinal);
    }

    // Only the last thought waits, for whatever comes next.
    [Fact]
    public void A_thought_waits_for_one_event()
    {
        using var output = new PooledBuffer();
        var writer = Format.CreateWriter(output, Context);
        writer.Start(default);
        foreach (var (say, sees) in (ReadOnlySpan<(Action, string)>)[
            (() => writer.Reasoning(JsonText.Plain("one"u8)), ""),
            (writer.Ping, ": ping"),
            (() => writer.Reasoning(JsonText.Plain("two"u8)), "one"),
            (() => writer.ToolCallStart(0, default, JsonText.Plain("f"u8)), "two"),
            (() => writer.ToolCallEnd(0), "functionCall"),
            (() => writer.Reasoning(JsonText.Plain("three"u8)), ""),
            (() => writer.Text(JsonText.Plain("four"u8)), "three"),
            (() => writer.Reasoning(JsonText.Plain("five"u8)), ""),
            (() => writer.Error(BridgeError.UpstreamProtocol("cut")), "five")])
        {
            output.Clear();
            say();
            var written = Encoding.UTF8.GetString(output.Written);
            if (sees.Length == 0) Assert.Empty(written);
            else Assert.Contains(sees, written, StringComparison.Ordinal);
        }
    }

    static JsonElement Upstream(ChatRequest request, WireFormat format)
    {
        using var body = new PooledBuffer();
        format.WriteRequest(request, new UpstreamTarget(JsonString.Of("m"), Quirks.None, Stream: false), body, new IgnoredFields());
        return JsonDocument.Parse(body.Written.ToArray()).RootElement;
    }

    // Random legal answers: reading them back gives the same answer.
    [Fact]
    public void Any_legal_answer_survives_the_round_trip()
    {
        for (var seed = 0; seed < 2000; seed++)
        {
            var recorded = new RecordingSink();
            RandomAnswer.Say(new Random(seed), new GrammarCheckingSink(recorded));
            var create = seed % 2 == 0 ? Format.CreateWriter : (Func<PooledBuffer, ResponseContext, ClientWriter>)WireFormat.GeminiArray.CreateWriter;
            var written = Encoding.UTF8.GetBytes(Written(writer => RandomAnswer.Say(new Random(seed), writer), create));
            Assert.Equal(Loose(recorded.Record), Loose(Replay.Stream(Format, written, Replay.Every(1 + (seed % 40)))));
        }
    }

    // As above, without what the dialect has no word for.
    static string Loose(string record) => Comparable(string.Concat(record.Split('\n')
            .Where(line => !line.StartsWith("signature", StringComparison.Ordinal) && !line.StartsWith("redacted", StringComparison.Ordinal)
                && !line.StartsWith("citation", StringComparison.Ordinal))
            // Arguments are an object here, which stands on one line.
            .Select(line => line.StartsWith("arguments", StringComparison.Ordinal) ? System.Text.RegularExpressions.Regex.Replace(line, @"(?<!\\)\\n", " ") : line)
            .Select(line => line + "\n")))
        .Replace("ContextWindow", "MaxTokens", StringComparison.Ordinal);

    static string Written(Action<ClientWriter> say, Func<PooledBuffer, ResponseContext, ClientWriter>? create = null)
    {
        using var output = new PooledBuffer();
        say((create ?? Format.CreateWriter)(output, Context));
        return Encoding.UTF8.GetString(output.Written);
    }

    // The dialect has no word for a refusal but its end and none for who failed, tells counts and the id at other moments, and a call only when it is whole.
    static string Comparable(string record)
    {
        if (record.Contains("\nrefusal", StringComparison.Ordinal)) record = record.Replace("\nfinish EndTurn", "\nfinish ContentFilter", StringComparison.Ordinal);
        var lines = new List<string>();
        string? usage = null;
        foreach (var line in record.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var kind = line.Split(' ')[0];
            if (kind == "usage") usage = line;
            else if (kind == "error")
            {
                if (lines.Count > 0 && lines[^1].StartsWith("call", StringComparison.Ordinal)) lines.RemoveAt(lines.Count - 1);
                lines.Add("error " + line.Split(' ')[^1]);
                usage = null;
            }
            else if (kind is "text" or "refusal" or "reasoning")
            {
                var piece = line[kind.Length..];
                kind = kind == "refusal" ? "text" : kind;
                if (lines.Count > 0 && lines[^1].Split(' ')[0] == kind) lines[^1] += piece[1..];
                else lines.Add(kind + piece);
            }
            else if (kind != "start" && !line.StartsWith("extra Response", StringComparison.Ordinal) && !line.StartsWith("extra Choice", StringComparison.Ordinal)) lines.Add(line);
        }
        return string.Join("\n", lines).Replace("__tsig_d", "", StringComparison.Ordinal) + "\n" + usage;
    }
}
