using System.Text;
using System.Text.Json.Nodes;
using AcpToApi.Json.Acp;
using AcpToApi.Json.Mcp;
using AcpToApi.Json.Model;
using AcpToApi.Json.Sinks;
using AcpToApi.Json.Tests.Support;

namespace AcpToApi.Json.Tests.Acp;

/// <summary>Turns of agents of the Agent Client Protocol.</summary>
public class StreamReaderTests
{
    static readonly AcpFormat Format = new(AcpContent.None);

    const string Reply = """{"jsonrpc":"2.0","id":3,"result":{"stopReason":"end_turn","usage":{"inputTokens":100,"outputTokens":20,"totalTokens":120}}}""";

    static readonly string[] Turn =
    [
        Update("""{"sessionUpdate":"available_commands_update","availableCommands":[]}"""),
        Update("""{"sessionUpdate":"user_message_chunk","content":{"type":"text","text":"replayed"}}"""),
        Update("""{"sessionUpdate":"agent_thought_chunk","content":{"type":"text","text":"Hm\u00e9"}}"""),
        Update("""{"sessionUpdate":"plan","entries":[{"content":"look","priority":"high","status":"completed"},{"content":"answer","priority":"low","status":"pending"}]}"""),
        Update("""{"sessionUpdate":"agent_message_chunk","messageId":"m","content":{"type":"text","text":""}}"""),
        Update("""{"sessionUpdate":"agent_message_chunk","messageId":"m","content":{"type":"text","text":"One \ud83d\ude00"}}"""),
        Update("""{"sessionUpdate":"tool_call","toolCallId":"t1","title":"bash","kind":"execute","status":"pending","rawInput":{}}"""),
        Update("""{"sessionUpdate":"tool_call_update","toolCallId":"t1","title":"ls -l","rawInput":{"command":"ls -l"}}"""),
        Update("""{"sessionUpdate":"tool_call_update","toolCallId":"t1","status":"completed","content":[{"type":"content","content":{"type":"text","text":"a\nb"}},{"type":"diff","path":"/a","newText":"x"}]}"""),
        Update("""{"sessionUpdate":"tool_call","toolCallId":"t2","title":"note.txt","kind":"read","status":"in_progress"}"""),
        Update("""{"sessionUpdate":"tool_call_update","toolCallId":"t2","status":"failed","rawOutput":"no such file"}"""),
        Update("""{"sessionUpdate":"agent_message_chunk","content":{"type":"image","mimeType":"image/png","data":"aGk="}}"""),
        Update("""{"sessionUpdate":"agent_message_chunk","content":{"type":"resource_link","uri":"file:///a","name":"a"}}"""),
        Update("""{"sessionUpdate":"usage_update","used":7,"size":200000}"""),
        Update("""{"sessionUpdate":"current_mode_update","currentModeId":"x"}"""),
        Update("""{"sessionUpdate":"something_new","x":[{}]}"""),
        """{"jsonrpc":"2.0","method":"_auth/status_update","params":{}}""",
        Reply,
    ];

    [Fact]
    public void A_turn_is_read_however_it_is_cut()
    {
        var body = Encoding.UTF8.GetBytes(string.Join('\n', Turn) + "\n");
        var whole = Read(body, Replay.Whole);
        Assert.Equal(
            """
            start id= model=
            reasoning Hm\u00e9\nPlan:\n- [x] look\n- [ ] answer\n
            text One \ud83d\ude00
            call 0 id=t1 name=bash
            arguments 0 {\"command\":\"ls -l\"}
            end 0
            text \n\n<tool_result name=\"bash\">\na\nb\nchanged /a\n</tool_result>\n\n
            call 1 id=t2 name=read
            arguments 1 {\"title\":\"note.txt\"}
            end 1
            text \n\n<tool_result name=\"read\" failed=\"true\">\nno such file\n</tool_result>\n\n
            media image/png aGk=
            text file:///a
            usage input=100 output=20 cache_read=0 cache_write=0 reasoning=0
            finish EndTurn

            """, whole);
        Assert.Equal(whole, Read(body, Replay.Every(1)));
        for (var cut = 1; cut < body.Length; cut++) Assert.Equal(whole, Read(body, Replay.CutAt(cut)));
    }

    [Theory]
    [InlineData("""{"stopReason":"max_tokens"}""", "finish MaxTokens")]
    [InlineData("""{"stopReason":"max_turn_requests"}""", "finish MaxTokens")]
    [InlineData("""{"stopReason":"refusal"}""", "finish ContentFilter")]
    [InlineData("""{"stopReason":"cancelled"}""", "error UpstreamFailed 502  The agent gave its turn up.")]
    [InlineData("""{"stopReason":"end_turn","_meta":{"quota":{"token_count":{"input_tokens":5,"output_tokens":2}}}}""", "usage input=5 output=2 cache_read=0 cache_write=0 reasoning=0\nfinish EndTurn")]
    [InlineData("""{"stopReason":"end_turn","usage":{"inputTokens":10,"outputTokens":4,"cachedReadTokens":30,"cachedWriteTokens":5,"totalTokens":49}}""", "usage input=45 output=4 cache_read=30 cache_write=5 reasoning=0\nfinish EndTurn")]
    [InlineData("""{"stopReason":"end_turn","usage":{"inputTokens":40,"outputTokens":4,"cachedReadTokens":30,"totalTokens":44}}""", "usage input=40 output=4 cache_read=30 cache_write=0 reasoning=0\nfinish EndTurn")]
    [InlineData("""{"stopReason":"end_turn","usage":{"inputTokens":100,"outputTokens":15,"thoughtTokens":5,"totalTokens":120}}""", "usage input=100 output=20 cache_read=0 cache_write=0 reasoning=5\nfinish EndTurn")]
    public void A_turn_ends_as_the_reply_says(string result, string record) =>
        Assert.Equal("start id= model=\n" + record + "\n", Read(Encoding.UTF8.GetBytes("{\"id\":1,\"result\":" + result + "}"), Replay.Whole));

    [Theory]
    [InlineData("""{"code":-32000,"message":"Authentication required"}""", 401, "Authentication required")]
    [InlineData("""{"code":-32603,"message":"Internal error: bad things","data":{"service":"session","errorName":"APIError"}}""", 502, "bad things")]
    [InlineData("""{"code":-32603,"message":"Internal error: API Error: 429 slow down","data":{"errorKind":"rate_limit"}}""", 429, "API Error: 429 slow down")]
    [InlineData("""{"code":-32603,"message":"Internal error","data":{"errorKind":"authentication_failed","details":"no key"}}""", 401, "no key")]
    [InlineData("""{"code":400,"message":"{\"error\":{\"code\":400,\"message\":\"bad things\",\"status\":\"INVALID_ARGUMENT\"}}"}""", 400, "bad things")]
    [InlineData("""{"code":500,"message":"{\"error\":{\"code\":503,\"message\":\"busy\"}}"}""", 503, "busy")]
    [InlineData("""{"code":-32603,"message":"Internal error","data":{"details":"No previous sessions found."}}""", 502, "No previous sessions found.")]
    [InlineData("""{"code":-32603}""", 502, "The agent reported an error and gave no reason.")]
    public void Errors_get_the_status_that_they_mean(string error, int status, string message)
    {
        var read = AcpErrors.Read(Encoding.UTF8.GetBytes(error));
        Assert.Equal((status, message), (read.Status, read.Message));
    }

    [Fact]
    public void An_answer_that_became_too_long_is_no_failure() =>
        Assert.Equal("start id= model=\nfinish MaxTokens\n", Read("""{"id":1,"error":{"code":-32603,"message":"Internal error","data":{"errorKind":"max_output_tokens"}}}"""u8.ToArray(), Replay.Whole));

    [Theory]
    [InlineData("""{"id":1,"error":{"code":-32603,"message":"Internal error: API Error: 400 bad","data":{"errorKind":"unknown"}}}""", "error InvalidRequest 400 unknown API Error: 400 bad")]
    [InlineData("""{"id":1,"result":{"stopReason":"end_turn"}}""", "text API Error: 400 bad\nfinish EndTurn")]
    public void An_error_is_never_the_text_of_an_answer(string reply, string record)
    {
        var said = Update("""{"sessionUpdate":"agent_message_chunk","content":{"type":"text","text":"API Error: 400 bad"}}""");
        Assert.Equal("start id= model=\n" + record + "\n", Read(Encoding.UTF8.GetBytes(said + "\n" + reply), Replay.Whole));
    }

    [Theory]
    [InlineData("client_get_weather")]
    [InlineData("mcp__client__get_weather")]
    [InlineData("mcp_client_get_weather")]
    [InlineData("get_weather (client MCP Server)")]
    public void Calls_of_the_clients_tools_are_not_the_agents_own(string title)
    {
        var record = new RecordingSink();
        using var reader = new AcpStreamReader(Tools());
        var sink = new OwnToolPresenter(new GrammarCheckingSink(record), OwnTools.Calls);
        Feed(reader, Update($$$"""{"sessionUpdate":"tool_call","toolCallId":"t","title":"{{{title}}}","kind":"other","status":"pending","rawInput":{}}"""), sink);
        Assert.Equal("get_weather", Assert.Single(reader.ClientCalls).Name);
        Feed(reader, Update("""{"sessionUpdate":"tool_call_update","toolCallId":"t","title":"changed","status":"in_progress","rawInput":{"city":"Paris"}}"""), sink);
        Assert.Equal("""{"city":"Paris"}""", Encoding.UTF8.GetString(Assert.Single(reader.ClientCalls).Arguments));
        Feed(reader, Update("""{"sessionUpdate":"tool_call_update","toolCallId":"t","status":"completed","rawOutput":"x"}"""), sink);
        Assert.Empty(reader.ClientCalls);
        Feed(reader, Reply, sink);
        Assert.DoesNotContain("call", record.Record, StringComparison.Ordinal);
    }

    // What an agent wants to run may be called like anything: only what is surely the client's is let pass unasked.
    [Theory]
    [InlineData("get_weather", "other")]
    [InlineData("touch a_client_get_weather", "other")]
    [InlineData("client_get_weather", "execute")]
    [InlineData("rm x; get_weather (client MCP Server)", "execute")]
    [InlineData("client_get_weather && rm x", "other")]
    public void A_command_never_passes_for_the_clients_tool(string title, string kind)
    {
        var asked = $$$"""{"jsonrpc":"2.0","id":0,"method":"session/request_permission","params":{"sessionId":"s","toolCall":{"toolCallId":"t","title":"{{{title}}}","kind":"{{{kind}}}"},"options":[]}}""";
        Assert.False(AcpRequests.IsForTool(Framing.JsonRpcMessage.Read(Encoding.UTF8.GetBytes(asked)), Tools()));
    }

    [Fact]
    public void A_piece_of_text_costs_no_memory()
    {
        var line = Encoding.UTF8.GetBytes(Update("""{"sessionUpdate":"agent_message_chunk","content":{"type":"text","text":"word"}}"""));
        using var reader = new AcpStreamReader(null);
        reader.Read(default, line, NullSink.Instance);
        Assert.Equal(0, Allocation.Least(() =>
        {
            for (var i = 0; i < 100; i++) reader.Read(default, line, NullSink.Instance);
        }));
    }

    [Fact]
    public void No_damage_breaks_the_grammar()
    {
        var body = Encoding.UTF8.GetBytes(string.Join('\n', Turn) + "\n");
        for (var seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            var damaged = body.ToArray();
            for (var i = 0; i < 3; i++) damaged[random.Next(damaged.Length)] = (byte)random.Next(32, 127);
            var sink = new GrammarCheckingSink(NullSink.Instance);
            Replay.Feed(Format, damaged, Replay.Every(11), new OwnToolPresenter(sink, OwnTools.Calls));
            Assert.True(sink.Ended);
        }
    }

    // What the real agents said (see the folder's README); each prompt with its reply is one answer.
    [Fact]
    public void Recorded_agents_are_read()
    {
        if (SharedFixtures.Root is null || Path.Combine(SharedFixtures.Root, "..", "real-tools", "recordings", "acp") is not { } folder || !Directory.Exists(folder)) Assert.Skip(SharedFixtures.Absent);
        else
        {
            var files = Directory.GetFiles(folder, "*.jsonl").Where(file => !file.EndsWith(".requests.jsonl", StringComparison.Ordinal)).ToList();
            var prompts = 0;
            foreach (var file in files)
            {
                var lines = File.ReadAllLines(file).Select(line => JsonNode.Parse(line)!).ToList();
                if (lines.Find(line => (string?)line["msg"]!["method"] == "session/prompt") is not { } prompt) continue;
                prompts++;
                var id = prompt["msg"]!["id"]!.ToJsonString();
                var heard = lines.Where(line => (string?)line["dir"] == "<" && (line["msg"]!["method"] is not null || line["msg"]!["id"]?.ToJsonString() == id));
                var record = Read(Encoding.UTF8.GetBytes(string.Join('\n', heard.Select(line => line["msg"]!.ToJsonString()))), Replay.Whole);
                var name = Path.GetFileNameWithoutExtension(file);
                var end = record.TrimEnd('\n').Split('\n')[^1];
                if (name.EndsWith(".error-400", StringComparison.Ordinal)) Assert.Equal((name, $"error {(name.StartsWith('o') || name.StartsWith('k') ? "UpstreamFailed 502 APIError" : name.StartsWith('c') ? "InvalidRequest 400 unknown API Error: 400" : "InvalidRequest 400 ")} bad things"), (name, end));
                else if (name.EndsWith(".cancel", StringComparison.Ordinal)) Assert.StartsWith("error UpstreamFailed 502", end, StringComparison.Ordinal);
                else if (name.EndsWith(".unknown-session", StringComparison.Ordinal)) Assert.Contains("ession not found", end, StringComparison.Ordinal);
                else if (name == "claude.stop-length") Assert.Equal("finish MaxTokens", end);
                else Assert.Equal((name, "finish EndTurn"), (name, end));
                if (name.EndsWith(".text", StringComparison.Ordinal)) Assert.Contains("text Hello from the mock.\n", record, StringComparison.Ordinal);
                if (!name.EndsWith(".thought", StringComparison.Ordinal)) continue;
                Assert.Contains("text Good day to you.\n", record, StringComparison.Ordinal);
                // gemini-cli makes a heading of each piece.
                if (name.StartsWith("gemini", StringComparison.Ordinal)) Assert.Contains("greets", record, StringComparison.Ordinal);
                else Assert.Contains("reasoning The user greets me.\n", record, StringComparison.Ordinal);
                if (name.EndsWith(".tool-allow", StringComparison.Ordinal)) Assert.Contains("touch made.txt", record, StringComparison.Ordinal);
            }
            Assert.True(prompts > 30, $"{prompts} prompts only");
        }
    }

    static McpToolServer Tools() => new([new ToolDefinition { Name = JsonString.Of("get_weather") }]);

    static string Update(string update) => """{"jsonrpc":"2.0","method":"session/update","params":{"sessionId":"s","update":""" + update + "}}";

    static void Feed(AcpStreamReader reader, string line, OwnToolPresenter sink) => reader.Read(default, Encoding.UTF8.GetBytes(line), sink);

    static string Read(byte[] body, IEnumerable<int> pieces)
    {
        var record = new RecordingSink();
        Replay.Feed(Format, body, pieces, new OwnToolPresenter(new GrammarCheckingSink(record), OwnTools.Calls));
        return record.Record;
    }
}
