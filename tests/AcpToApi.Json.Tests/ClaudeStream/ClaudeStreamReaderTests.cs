using System.Text;
using AcpToApi.Json.ClaudeStream;
using AcpToApi.Json.Framing;
using AcpToApi.Json.Mcp;
using AcpToApi.Json.Model;
using AcpToApi.Json.Sinks;
using AcpToApi.Json.Tests.Support;

namespace AcpToApi.Json.Tests.ClaudeStream;

/// <summary>Answers of the Claude Code CLI, as lines of stream-json.</summary>
public class ClaudeStreamReaderTests
{
    const string Success = """{"duration_api_ms":1,"is_error":false,"subtype":"success","result":"R","type":"result"}""";

    [Fact]
    public void A_turn_with_two_messages_and_a_tool_of_the_agents_own_is_read_however_it_is_cut()
    {
        var body = Lines(
            """{"type":"system","subtype":"init","session_id":"s","tools":[]}""",
            Event("""{"type":"message_start","message":{"id":"m1","model":"claude-x","usage":{"input_tokens":10,"cache_read_input_tokens":5,"output_tokens":1}}}"""),
            Event("""{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}"""),
            Event("""{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Hm\u00e9"}}"""),
            """{"type":"system","subtype":"thinking_tokens","tokens":1}""",
            Event("""{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"c2ln"}}"""),
            """{"type":"assistant","message":{"id":"m1","model":"claude-x","content":[{"type":"thinking","thinking":"Hm\u00e9","signature":"c2ln"}],"stop_reason":null}}""",
            Event("""{"type":"content_block_stop","index":0}"""),
            Event("""{"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}}"""),
            Event("""{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"One \ud83d\ude00"}}"""),
            """{"type":"assistant","message":{"id":"m1","model":"claude-x","content":[{"type":"text","text":"One \ud83d\ude00"}],"stop_reason":null}}""",
            Event("""{"type":"content_block_stop","index":1}"""),
            Event("""{"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"t1","name":"Read","input":{}}}"""),
            Event("""{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\"a\":"}}"""),
            Event("""{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"1}"}}"""),
            Event("""{"type":"content_block_stop","index":2}"""),
            Event("""{"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":20}}"""),
            Event("""{"type":"message_stop"}"""),
            """{"type":"user","message":{"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":[{"type":"text","text":"the words"}]}]}}""",
            """{"type":"assistant","parent_tool_use_id":"t9","message":{"id":"n","model":"m","content":[{"type":"text","text":"of a subagent"}]}}""",
            Event("""{"type":"message_start","message":{"id":"m2","model":"claude-x","usage":{"input_tokens":30,"output_tokens":1}}}"""),
            Event("""{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"""),
            Event("""{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Done."}}"""),
            Event("""{"type":"content_block_stop","index":0}"""),
            Event("""{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":4}}"""),
            Event("""{"type":"message_stop"}"""),
            "",
            Success);
        var whole = Read(body, Replay.Whole);
        Assert.Equal(
            """
            start id=m1 model=claude-x usage input=15 output=1 cache_read=5 cache_write=0 reasoning=0
            reasoning Hm\u00e9
            signature c2ln
            text One \ud83d\ude00
            call 0 id=t1 name=Read
            arguments 0 {\"a\":1}
            end 0
            usage input=15 output=20 cache_read=5 cache_write=0 reasoning=0
            text \n\n<tool_result name=\"Read\">\nthe words\n</tool_result>\n\nDone.
            usage input=45 output=24 cache_read=5 cache_write=0 reasoning=0
            finish EndTurn

            """, whole, ignoreLineEndingDifferences: true);
        foreach (var size in (int[])[1, 2, 3, 7, 64]) Assert.Equal(whole, Read(body, Replay.Every(size)));
        for (var cut = 1; cut < body.Length; cut++) Assert.Equal(whole, Read(body, Replay.CutAt(cut)));
    }

    [Theory]
    [InlineData("m0", "text one two", "one", " two", " three")]
    [InlineData("m1", "finish EndTurn", "one two three", "", "")]
    public void What_an_abandoned_message_said_is_not_said_again(string id, string expected, string first, string second, string third)
    {
        var body = Lines(
            Event("""{"type":"message_start","message":{"id":"a","model":"x"}}"""),
            Event("""{"type":"content_block_start","index":0,"content_block":{"type":"text","text":"one two"}}"""),
            Event("""{"type":"content_block_stop","index":0}"""),
            """{"type":"stream_event","event":{"type":"message_stop"},"abandoned_blocks":{"api_message_id":"a","from_block_index":0}}""",
            Event($$$"""{"type":"message_start","message":{"id":"{{{id}}}","model":"x"}}"""),
            Event("""{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"""),
            Event($$$"""{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"{{{first}}}"}}"""),
            Event($$$"""{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"{{{second}}}"}}"""),
            Event($$$"""{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"{{{third}}}"}}"""),
            Event("""{"type":"message_stop"}"""),
            Success);
        var record = Read(body, Replay.Whole);
        Assert.Contains(expected, record, StringComparison.Ordinal);
        Assert.Contains("text one two three\n", record, StringComparison.Ordinal);
    }

    [Fact]
    public void An_attempt_that_says_something_else_is_an_error()
    {
        var record = Read(Lines(
            Event("""{"type":"message_start","message":{"id":"a","model":"x"}}"""),
            Event("""{"type":"content_block_start","index":0,"content_block":{"type":"text","text":"one two"}}"""),
            """{"type":"stream_event","event":{"type":"message_stop"},"abandoned_blocks":{"from_block_index":0}}""",
            Event("""{"type":"message_start","message":{"id":"b","model":"x"}}"""),
            Event("""{"type":"content_block_start","index":0,"content_block":{"type":"text","text":"one three"}}"""),
            Success), Replay.Whole);
        Assert.Contains("text one two\n", record, StringComparison.Ordinal);
        Assert.Contains("error UpstreamFailed 502", record, StringComparison.Ordinal);
        Assert.DoesNotContain("three", record, StringComparison.Ordinal);
    }

    [Fact]
    public void The_answer_ends_with_the_calls_of_the_clients_tools_and_goes_on_in_another()
    {
        var turn = new ClaudeTurn { Tools = new McpToolServer([new ToolDefinition { Name = JsonString.Of("get.weather") }]) };
        var offered = McpToolServer.Offered(JsonString.Of("get.weather"));
        var first = Read(turn, Lines(
            Event("""{"type":"message_start","message":{"id":"a","model":"x"}}"""),
            Event($$$$"""{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t1","name":"mcp__client__{{{{offered}}}}","input":{}}}"""),
            Event("""{"type":"content_block_stop","index":0}"""),
            Event($$$$"""{"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"t2","name":"mcp__client__{{{{offered}}}}","input":{}}}"""),
            Event("""{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"x\":2}"}}"""),
            Event("""{"type":"content_block_stop","index":1}"""),
            Event("""{"type":"message_delta","delta":{"stop_reason":"tool_use"}}"""),
            Event("""{"type":"message_stop"}""")));
        Assert.Equal(
            """
            start id=a model=x
            call 0 id=t1 name=get.weather
            arguments 0 {}
            end 0
            call 1 id=t2 name=get.weather
            arguments 1 {\"x\":2}
            end 1
            finish ToolCalls

            """, first, ignoreLineEndingDifferences: true);
        Assert.Equal(["t1", "t2"], turn.Waiting.Order());
        turn.Waiting.Clear();
        Assert.EndsWith("text R\nfinish EndTurn\n", Read(turn, Lines(
            """{"type":"user","message":{"content":[{"type":"tool_result","tool_use_id":"t1","content":"not the agent's own"}]}}""", Success)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"type":"result","subtype":"success","is_error":true,"api_error_status":400,"result":"API Error: 400 bad"}""", "error InvalidRequest 400  Claude Code: API Error: 400 bad")]
    [InlineData("""{"type":"result","subtype":"error_during_execution","is_error":true}""", "error UpstreamUnavailable 502  Claude Code: it was stopped")]
    [InlineData("""{"type":"result","subtype":"error_max_turns"}""", "most turns")]
    [InlineData("""{"type":"result","subtype":"success","is_error":true,"result":"Claude AI usage limit reached|1760000000"}""", "error RateLimited 429")]
    [InlineData("""{"type":"result","subtype":"success","is_error":true,"result":"Not logged in · Please run /login"}""", "error Authentication 401")]
    [InlineData("not JSON", "error UpstreamProtocol 502")]
    [InlineData("{\"type\":\"system\"}", "ended before its answer was complete")]
    public void Failures_are_errors(string line, string expected) => Assert.Contains(expected, Read(Lines(line), Replay.Whole), StringComparison.Ordinal);

    [Fact]
    public void The_end_of_a_limit_is_told_as_a_wait()
    {
        var record = new RecordingSink();
        using var reader = ClaudeStreamFormat.CreateReader(new ClaudeTurn { Now = 1_760_000_000 });
        var error = default(BridgeError);
        var sink = new OwnToolPresenter(new Catching(record, caught => error = caught), OwnTools.Calls);
        foreach (var line in (string[])["""{"type":"rate_limit_event","rate_limit_info":{"status":"rejected","resetsAt":1760000600}}""", """{"type":"result","is_error":true,"subtype":"success","result":"You've hit your limit"}"""])
        {
            reader.Read(new Frame { Data = Encoding.UTF8.GetBytes(line), HasData = true }, sink);
        }
        Assert.Equal((429, 600), (error?.Status, error?.RetryAfterSeconds));
    }

    [Fact]
    public void Only_the_object_is_the_answer_where_a_schema_is_to_be_kept()
    {
        string[] lines =
        [
            Event("""{"type":"message_start","message":{"id":"a","model":"x"}}"""),
            Event("""{"type":"content_block_start","index":0,"content_block":{"type":"text","text":"Here:"}}"""),
            Event("""{"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"t","name":"StructuredOutput","input":{"n":1}}}"""),
            Event("""{"type":"message_stop"}"""),
        ];
        Assert.EndsWith("reasoning Here:\ntext {\\\"n\\\":1}\nfinish EndTurn\n", Read(new ClaudeTurn { IsStructured = true }, Lines([.. lines, """{"type":"result","subtype":"success","result":"{}","structured_output":{"n":1}}"""])), StringComparison.Ordinal);
        Assert.Contains("error UpstreamProtocol 502", Read(new ClaudeTurn { IsStructured = true }, Lines([.. lines, Success])), StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_is_allocated_per_piece_of_text()
    {
        using var reader = ClaudeStreamFormat.CreateReader(new ClaudeTurn());
        var delta = Encoding.UTF8.GetBytes(Event("""{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" word"}}"""));
        void Say(string line) => reader.Read(new Frame { Data = Encoding.UTF8.GetBytes(line), HasData = true }, NullSink.Instance);
        Say(Event("""{"type":"message_start","message":{"id":"a","model":"x"}}"""));
        Say(Event("""{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"""));
        void Many()
        {
            for (var i = 0; i < 100; i++) reader.Read(new Frame { Data = delta, HasData = true }, NullSink.Instance);
        }
        for (var i = 0; i < 300; i++) Many();
        // What was said is kept, to know it again; its buffer doubles now and then.
        Assert.Equal(0, Allocation.Least(Many));
    }

    /// <summary>What the real CLI printed.</summary>
    [Fact]
    public void Recorded_runs_are_read()
    {
        if (SharedFixtures.Root is null || Path.Combine(SharedFixtures.Root, "..", "real-tools", "recordings", "claude") is not { } folder || !Directory.Exists(folder)) Assert.Skip(SharedFixtures.Absent);
        else
        {
            var ends = new Dictionary<string, string>
            {
                ["text-partial"] = "text Hello from the mock.",
                ["thinking-partial"] = "reasoning The user greets me.\nsignature",
                ["tool-read-partial"] = "call 0",
                ["error-400"] = "error InvalidRequest 400",
                ["error-401"] = "error Authentication 401",
                ["error-403"] = "error PermissionDenied 403",
                ["error-429"] = "error RateLimited 429",
                ["error-529"] = "error Overloaded 529",
                ["no-key"] = "error Authentication 401",
                ["model-bad"] = "error ModelNotFound 404",
                ["upstream-down"] = "error UpstreamUnavailable 502",
                ["error-cut"] = "text one two three four five\n",
                ["error-midstream"] = "text one two three four five\n",
                ["stop-length"] = "finish MaxTokens",
                ["json-output"] = "",
                ["plain-output"] = "",
            };
            var count = 0;
            foreach (var file in Directory.GetFiles(folder, "*.stdout.jsonl"))
            {
                var name = Path.GetFileName(file)[..^".stdout.jsonl".Length];
                var body = File.ReadAllBytes(file);
                var whole = Read(body, Replay.Whole);
                Assert.Equal(whole, Read(body, Replay.Every(7)));
                if (ends.TryGetValue(name, out var expected)) Assert.True(whole.Contains(expected, StringComparison.Ordinal), $"{name}: {whole}");
                count++;
            }
            Assert.True(count > 40, $"{count} recordings only");
        }
    }

    static string Event(string data) => $$"""{"type":"stream_event","event":{{data}},"session_id":"s","parent_tool_use_id":null}""";

    static byte[] Lines(params string[] lines) => Encoding.UTF8.GetBytes(string.Join('\n', lines) + "\n");

    static string Read(byte[] body, IEnumerable<int> pieces)
    {
        var record = new RecordingSink();
        Replay.Feed(WireFormat.ClaudeStream, body, pieces, new OwnToolPresenter(new GrammarCheckingSink(record), OwnTools.Calls));
        return record.Record;
    }

    static string Read(ClaudeTurn turn, byte[] body)
    {
        var record = new RecordingSink();
        using var reader = ClaudeStreamFormat.CreateReader(turn);
        reader.ReadResponse(body, new OwnToolPresenter(new GrammarCheckingSink(record), OwnTools.Calls));
        return record.Record;
    }

    sealed class Catching(IEventSink next, Action<BridgeError> caught) : ForwardingSink(next)
    {
        public override void Error(BridgeError error) => caught(error);
    }
}
