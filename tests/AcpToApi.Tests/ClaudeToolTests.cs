using System.Text.Json.Nodes;
using AcpToApi.Tests.Support;

namespace AcpToApi.Tests;

/// <summary>The client's own tools, called by Claude Code (played by tests/FakeAgent) over its control protocol, and answered by the client's next request.</summary>
public class ClaudeToolTests
{
    static readonly JsonArray Tools = JsonNode.Parse("""
        [{"type":"function","function":{"name":"get_weather","description":"The weather.","parameters":{"type":"object","properties":{"city":{"type":"string"}}}}},
         {"type":"function","function":{"name":"a tool.with/an odd name that is far longer than any model would take it, really","parameters":{}}}]
        """)!.AsArray();

    public static TheoryData<string> Models => new("claude/sonnet", "claude-code");

    [Theory]
    [MemberData(nameof(Models))]
    public async Task A_call_goes_out_and_its_result_comes_back_into_the_same_turn(string model)
    {
        await using var bridge = await StartAsync();
        JsonArray messages = [AgentBridge.User("""<<say Let me see.>> <<tool get_weather {"city":"Oslo"}>>""")];
        var first = await bridge.ChatAsync(model, messages, Tools);
        var call = Calls(first).Single();
        Assert.Equal("tool_calls", (string?)first["choices"]![0]!["finish_reason"]);
        Assert.Equal(("get_weather", """{"city":"Oslo"}"""), ((string)call["function"]!["name"]!, (string)call["function"]!["arguments"]!));
        Assert.Equal("Let me see.", Text(first));
        Assert.Equal("waiting", (string?)(await bridge.ConversationsAsync())["conversations"]![0]!["state"]);

        Answer(messages, first, _ => "4 degrees");
        var second = await bridge.ChatAsync(model, messages, Tools);
        Assert.Equal("Tool said: 4 degrees.", Text(second));
        Assert.Equal("stop", (string?)second["choices"]![0]!["finish_reason"]);
        Assert.Single((await bridge.ConversationsAsync())["conversations"]!.AsArray());
    }

    [Theory]
    [MemberData(nameof(Models))]
    public async Task Two_calls_in_parallel_and_three_rounds(string model)
    {
        await using var bridge = await StartAsync();
        JsonArray messages = [AgentBridge.User("""<<tools get_weather {"city":"Oslo"} & get_weather {"city":"Rome"}>> <<tool get_weather {"city":"Bonn"}>> <<tools get_weather {"city":"Kyiv"} & get_weather {"city":"Lima"}>>""")];
        var expected = new[] { new[] { "Oslo", "Rome" }, ["Bonn"], ["Kyiv", "Lima"] };
        JsonNode answer = null!;
        foreach (var cities in expected)
        {
            answer = await bridge.ChatAsync(model, messages, Tools);
            Assert.Equal(cities, Calls(answer).Select(City));
            // Results may come in any order.
            Answer(messages, answer, call => "sun in " + City(call), reverse: true);
        }
        answer = await bridge.ChatAsync(model, messages, Tools);
        Assert.Equal("Tool said: sun in Kyiv & sun in Lima.", Text(answer));
    }

    [Fact]
    public async Task The_same_over_messages_streamed()
    {
        await using var bridge = await StartAsync();
        var body = JsonNode.Parse("""{"model":"claude/sonnet","max_tokens":100,"stream":true,"tools":[{"name":"get_weather","input_schema":{"type":"object"}}]}""")!.AsObject();
        body["messages"] = new JsonArray(AgentBridge.User("""<<think hm>> <<tools get_weather {"city":"Oslo"} & get_weather {"city":"Rome"}>>"""));
        using var first = await bridge.Http.PostJsonAsync(bridge.Server.Url + "/v1/messages", body);
        var blocks = new List<JsonObject>();
        foreach (var e in await first.EventsAsync())
        {
            if (e.Name == "content_block_start") blocks.Add(e.Json["content_block"]!.DeepClone().AsObject());
            else if ((string?)e.Json["delta"]?["partial_json"] is { } json) blocks[^1]["json"] = (string?)blocks[^1]["json"] + json;
            else if (e.Name == "message_delta") Assert.Equal("tool_use", (string?)e.Json["delta"]!["stop_reason"]);
        }
        var calls = blocks.Where(block => (string?)block["type"] == "tool_use").ToList();
        Assert.Equal(2, calls.Count);
        body["messages"]!.AsArray().Add(new JsonObject
        {
            ["role"] = "assistant",
            ["content"] = new JsonArray([.. calls.Select(call => new JsonObject { ["type"] = "tool_use", ["id"] = call["id"]!.DeepClone(), ["name"] = "get_weather", ["input"] = JsonNode.Parse((string)call["json"]!) })]),
        });
        body["messages"]!.AsArray().Add(new JsonObject
        {
            ["role"] = "user",
            ["content"] = new JsonArray([.. calls.Select((call, i) => new JsonObject { ["type"] = "tool_result", ["tool_use_id"] = call["id"]!.DeepClone(), ["content"] = $"answer {i}", ["is_error"] = i == 1 })]),
        });
        using var second = await bridge.Http.PostJsonAsync(bridge.Server.Url + "/v1/messages", body);
        Assert.Equal("Tool said: answer 0 & answer 1.", string.Concat((await second.EventsAsync()).Select(Front.Messages.TextOf)));
    }

    [Fact]
    public async Task The_agents_own_tools_are_only_narrated_to_a_client_that_has_tools()
    {
        await using var bridge = await StartAsync();
        var message = (await bridge.ChatAsync("claude-code", [AgentBridge.User("""<<own Bash {"command":"rm x"} => removed>> <<say Done.>>""")], Tools))["choices"]![0]!["message"]!;
        Assert.Null(message["tool_calls"]);
        Assert.Equal("Done.", (string?)message["content"]);
        Assert.Contains("<tool_call name=\"Bash\">", (string?)message["reasoning_content"], StringComparison.Ordinal);
        Assert.Contains("removed", (string?)message["reasoning_content"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Names_that_no_model_takes_are_shortened_and_restored()
    {
        await using var bridge = await StartAsync();
        var who = await bridge.ChatAsync("claude/sonnet", [AgentBridge.User("<<who>>")], Tools);
        var offered = Text(who).Split("tools=")[1].Split(' ')[0].Split(',')[1];
        Assert.Matches("^[A-Za-z0-9_-]{1,48}$", offered);
        var answer = await bridge.ChatAsync("claude/sonnet", [AgentBridge.User($"<<tool {offered} {{}}>>")], Tools);
        Assert.Equal((string?)Tools[1]!["function"]!["name"], (string?)Calls(answer).Single()["function"]!["name"]);
    }

    [Fact]
    public async Task A_client_that_never_comes_back_costs_a_worker_for_so_long_and_no_longer()
    {
        await using var bridge = await AgentBridge.StartAsync(["claude"], ["--agent-timeout", "500ms", "--claude-warm", "0"]);
        await bridge.ChatAsync("claude/sonnet", [AgentBridge.User("""<<tool get_weather {"city":"Oslo"}>>""")], Tools);
        Assert.Single(Processes.ChildrenOf(bridge.Server.ProcessId), process => process.Command.Contains("claude", StringComparison.Ordinal));
        await Eventually.TrueAsync(() => !Processes.ChildrenOf(bridge.Server.ProcessId).Exists(process => process.Command.Contains("claude", StringComparison.Ordinal)), "the parked worker is ended");
        await Eventually.TrueAsync(() => bridge.ConversationsAsync().GetAwaiter().GetResult()["conversations"]!.AsArray().Count == 0, "the conversation is gone");
    }

    [Fact]
    public async Task A_client_that_comes_back_too_late_or_with_a_changed_history_has_the_turn_replayed()
    {
        await using var bridge = await StartAsync();
        JsonArray messages = [AgentBridge.User("""<<tool get_weather {"city":"Oslo"}>>""")];
        var first = await bridge.ChatAsync("claude/sonnet", messages, Tools);
        JsonArray changed = [AgentBridge.User("another question <<know>>")];
        Answer(changed, first, _ => "4 degrees");
        var second = await bridge.ChatAsync("claude/sonnet", changed, Tools);
        Assert.Equal("Hello from the fake agent.", Text(second));
        changed.Add(AgentBridge.Assistant(Text(second)));
        changed.Add(AgentBridge.User("<<know>>"));
        var third = Text(await bridge.ChatAsync("claude/sonnet", changed, Tools));
        Assert.Equal("user: another question <<know>> | assistant: [tool_use] | user: [result 4 degrees] | assistant: Hello from the fake agent..", third);
    }

    [Fact]
    public async Task A_result_that_is_missing_is_said_to_be_missing()
    {
        await using var bridge = await StartAsync();
        JsonArray messages = [AgentBridge.User("""<<tools get_weather {"city":"Oslo"} & get_weather {"city":"Rome"}>>""")];
        var first = await bridge.ChatAsync("claude/sonnet", messages, Tools);
        Answer(messages, first, _ => "4 degrees");
        messages.RemoveAt(messages.Count - 1);
        Assert.Equal("Tool said: 4 degrees & no result was returned.", Text(await bridge.ChatAsync("claude/sonnet", messages, Tools)));
    }

    [Fact]
    public async Task Tools_that_must_not_be_called_are_not_offered()
    {
        await using var bridge = await StartAsync();
        var body = new JsonObject { ["model"] = "claude/sonnet", ["tool_choice"] = "none", ["tools"] = Tools.DeepClone(), ["messages"] = new JsonArray(AgentBridge.User("<<who>>")) };
        using var answer = await bridge.Http.PostJsonAsync(bridge.Server.Url + "/v1/chat/completions", body);
        Assert.Contains("tools= cwd", Text(await answer.JsonAsync()), StringComparison.Ordinal);
    }

    static Task<AgentBridge> StartAsync() => AgentBridge.StartAsync(["claude"], ["--claude-warm", "0"]);

    static string Text(JsonNode answer) => (string?)answer["choices"]![0]!["message"]!["content"] ?? "";

    static List<JsonNode> Calls(JsonNode answer) => [.. answer["choices"]![0]!["message"]!["tool_calls"]!.AsArray().Select(call => call!)];

    static string City(JsonNode call) => (string)JsonNode.Parse((string)call["function"]!["arguments"]!)!["city"]!;

    // The client's next request: the answer as it was, and a result for each call.
    static void Answer(JsonArray messages, JsonNode answer, Func<JsonNode, string> result, bool reverse = false)
    {
        messages.Add(answer["choices"]![0]!["message"]!.DeepClone());
        var calls = Calls(answer);
        if (reverse) calls.Reverse();
        foreach (var call in calls) messages.Add(new JsonObject { ["role"] = "tool", ["tool_call_id"] = call["id"]!.DeepClone(), ["content"] = result(call) });
    }
}
