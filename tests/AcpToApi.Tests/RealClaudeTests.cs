using System.Text.Json.Nodes;
using AcpToApi.Tests.Support;
using FakeProvider;

namespace AcpToApi.Tests;

/// <summary>The real Claude Code CLI behind the bridge, its model the scripted provider.</summary>
public class RealClaudeTests
{
    static readonly JsonArray Tools = JsonNode.Parse("""[{"type":"function","function":{"name":"get_weather","parameters":{"type":"object","properties":{"city":{"type":"string"}}}}}]""")!.AsArray();

    [Theory]
    [InlineData("chat")]
    [InlineData("messages")]
    [InlineData("responses")]
    public async Task Text_and_thinking_are_streamed(string dialect)
    {
        await using var upstream = FakeServer.Start();
        await using var bridge = await StartAsync(upstream);
        using var answer = await bridge.AskAsync(dialect, "claude/sonnet", "<<think The user greets me.>> <<say Good day to you.>>", stream: true);
        var told = string.Join('\n', await answer.EventsAsync());
        foreach (var word in (string[])["greets", "Good", " day", " you."]) Assert.Contains(word, told, StringComparison.Ordinal);
        var request = (await upstream.RequestAsync()).Json;
        Assert.Contains("sonnet", (string?)request["model"], StringComparison.Ordinal);
        Assert.Empty(request["tools"]!.AsArray());
    }

    [Fact]
    public async Task A_history_with_calls_and_results_reaches_the_model_as_it_was()
    {
        await using var upstream = FakeServer.Start();
        await using var bridge = await StartAsync(upstream);
        JsonArray messages =
        [
            new JsonObject { ["role"] = "system", ["content"] = "Be terse." },
            AgentBridge.User("the first question"),
            new JsonObject { ["role"] = "assistant", ["content"] = "Let me see.", ["tool_calls"] = JsonNode.Parse("""[{"id":"call_1","type":"function","function":{"name":"get_weather","arguments":"{\"city\":\"Oslo\"}"}}]""") },
            new JsonObject { ["role"] = "tool", ["tool_call_id"] = "call_1", ["content"] = "4 degrees" },
            AgentBridge.Assistant("It is cold."),
            AgentBridge.User("<<say indeed>>"),
        ];
        Assert.Equal("indeed", Front.Chat.TextOf(await bridge.ChatAsync("claude/haiku", messages, Tools)));
        var request = Assert.Single(upstream.Requests()).Json;
        var turns = request["messages"]!.AsArray().Where(turn => (string?)turn!["role"] != "system").Select(turn => turn!.ToJsonString()).ToList();
        Assert.Equal(5, turns.Count);
        Assert.Contains("the first question", turns[0], StringComparison.Ordinal);
        Assert.Contains("\"name\":\"mcp__client__get_weather\",\"input\":{\"city\":\"Oslo\"}", turns[1], StringComparison.Ordinal);
        Assert.Contains("4 degrees", turns[2], StringComparison.Ordinal);
        Assert.Contains("It is cold.", turns[3], StringComparison.Ordinal);
        Assert.Contains(request["system"]!.AsArray(), part => (string?)part!["text"] == "Be terse.");
        Assert.Contains("haiku", (string?)request["model"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("claude/sonnet")]
    [InlineData("claude-code")]
    public async Task The_clients_tools_are_called_twice_in_parallel_and_once_more(string model)
    {
        await using var upstream = FakeServer.Start();
        await using var bridge = await StartAsync(upstream);
        JsonArray messages = [AgentBridge.User("""<<tool mcp__client__get_weather {"city":"Oslo"}>> <<also mcp__client__get_weather {"city":"Rome"}>> <<tool mcp__client__get_weather {"city":"Bonn"}>>""")];
        foreach (var cities in (string[][])[["Oslo", "Rome"], ["Bonn"]])
        {
            var choice = (await bridge.ChatAsync(model, messages, Tools))["choices"]![0]!;
            Assert.Equal("tool_calls", (string?)choice["finish_reason"]);
            var calls = choice["message"]!["tool_calls"]!.AsArray();
            Assert.Equal(cities, calls.Select(call => (string?)JsonNode.Parse((string)call!["function"]!["arguments"]!)!["city"]));
            Assert.All(calls, call => Assert.Equal("get_weather", (string?)call!["function"]!["name"]));
            messages.Add(choice["message"]!.DeepClone());
            foreach (var (call, city) in calls.Zip(cities)) messages.Add(new JsonObject { ["role"] = "tool", ["tool_call_id"] = call!["id"]!.DeepClone(), ["content"] = $"sun in {city}" });
        }
        var last = Front.Chat.TextOf(await bridge.ChatAsync(model, messages, Tools));
        foreach (var city in (string[])["Oslo", "Rome", "Bonn"]) Assert.Contains($"sun in {city}", last, StringComparison.Ordinal);
        // One turn of one process: each request of the model's holds one exchange more, and the first question once.
        Assert.Equal(3, upstream.Requests().Count);
    }

    [Fact]
    public async Task The_agent_uses_its_own_tools_in_the_workspace()
    {
        await using var upstream = FakeServer.Start();
        using var run = new ToolRun();
        await using var bridge = await StartAsync(upstream, "--workspace", run.Work);
        var message = (await bridge.ChatAsync("claude-code", [AgentBridge.User($$"""<<say Let me look.>> <<tool Read {"file_path":{{JsonValue.Create(run.Note).ToJsonString()}}}>>""")]))["choices"]![0]!;
        Assert.Equal("stop", (string?)message["finish_reason"]);
        Assert.Equal("Read", (string?)Assert.Single(message["message"]!["tool_calls"]!.AsArray())!["function"]!["name"]);
        var text = (string)message["message"]!["content"]!;
        Assert.Contains("<tool_result name=\"Read\">", text, StringComparison.Ordinal);
        Assert.Contains("the words of note.txt", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_needs_permission_is_denied_and_the_turn_goes_on()
    {
        await using var upstream = FakeServer.Start();
        using var run = new ToolRun();
        await using var bridge = await StartAsync(upstream, "--workspace", run.Work);
        var text = await bridge.SayAsync("claude-code", """<<tool Bash {"command":"touch made.txt","description":"Make"}>>""");
        Assert.Contains("--permissions reject", text, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(run.Work, "made.txt")));
    }

    [Fact]
    public async Task A_conversation_survives_its_worker_and_the_server()
    {
        await using var upstream = FakeServer.Start();
        await using var bridge = await StartAsync(upstream);
        Assert.Equal("one", await bridge.SayAsync("claude-code:x", "<<say one>>"));
        await bridge.SendAsync(HttpMethod.Delete, "/conversations/x");
        Assert.Equal("two", await bridge.SayAsync("claude-code:x", "<<say two>>"));
        await bridge.StartAgainAsync();
        Assert.Equal("three", await bridge.SayAsync("claude-code:x", "<<say three>>"));
        var seen = upstream.Requests()[^1].Json["messages"]!.ToJsonString(Wire.Plain);
        foreach (var part in (string[])["<<say one>>", "\"one\"", "<<say two>>", "\"two\"", "<<say three>>"]) Assert.Contains(part, seen, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_schema_is_kept()
    {
        await using var upstream = FakeServer.Start();
        await using var bridge = await StartAsync(upstream);
        var body = JsonNode.Parse("""{"model":"claude/sonnet","response_format":{"type":"json_schema","json_schema":{"name":"x","schema":{"type":"object","properties":{"name":{"type":"string"}},"required":["name"]}}}}""")!.AsObject();
        body["messages"] = new JsonArray(AgentBridge.User("""<<tool StructuredOutput {"name":"Ada"}>>"""));
        using var answer = await bridge.Http.PostJsonAsync(bridge.Server.Url + "/v1/chat/completions", body);
        Assert.Equal("""{"name":"Ada"}""", Front.Chat.TextOf(await answer.JsonAsync()));
    }

    [Theory]
    [InlineData("<<error 400 bad things>>", 400, "bad things")]
    [InlineData("<<error 403 not you>>", 403, "not you")]
    [InlineData("<<error 429 slow down>>", 429, "slow down")]
    public async Task Errors_of_its_provider_are_errors(string script, int status, string words)
    {
        await using var upstream = FakeServer.Start();
        await using var bridge = await StartAsync(upstream, "--agent-env", "CLAUDE_CODE_MAX_RETRIES=1");
        var answer = await bridge.ChatAsync("claude/sonnet", [AgentBridge.User(script)], status: status);
        Assert.Contains(words, (string)answer["error"]!["message"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_login_the_client_is_told_what_to_run()
    {
        await using var bridge = await AgentBridge.StartAsync([], ["--claude-bin", await NpmPackage.ClaudeCodeAsync(), "--claude-warm", "0"]);
        var answer = await bridge.ChatAsync("claude/sonnet", [AgentBridge.User("hello")], status: 401);
        Assert.Contains("/login", (string)answer["error"]!["message"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_leaves_stops_the_model()
    {
        await using var upstream = FakeServer.Start();
        await using var bridge = await StartAsync(upstream);
        using (var answer = await bridge.AskAsync("chat", "claude/sonnet", "<<slow 100>> <<say a b c d e f g h i j k l m n o p q r s t u v w x y z>>", stream: true))
        {
            await foreach (var e in answer.ReadEventsAsync())
            {
                if (Front.Chat.TextOf(e) is " c") break;
            }
        }
        var request = Assert.Single(upstream.Requests());
        Assert.True((await request.Closed.WaitAsync(TimeSpan.FromSeconds(2), TestContext.Current.CancellationToken)).Early);
    }

    static async Task<AgentBridge> StartAsync(FakeServer upstream, params string[] arguments) => await AgentBridge.StartAsync(
        [], ["--claude-bin", await NpmPackage.ClaudeCodeAsync(), "--agent-env", $"ANTHROPIC_BASE_URL={upstream.Url}", "--agent-env", "ANTHROPIC_API_KEY=sk-of-claude-code", "--claude-warm", "0", .. arguments]);
}
