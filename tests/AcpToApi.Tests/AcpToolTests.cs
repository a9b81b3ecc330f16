using System.Net;
using System.Text.Json.Nodes;
using AcpToApi.Tests.Support;

namespace AcpToApi.Tests;

/// <summary>The client's own tools, called by agents over the loopback tool server.</summary>
public class AcpToolTests
{
    const string Model = "acp/gemini";
    const string Prompt = """<<say Let me look.>> <<tool get_weather {"city":"Paris"}>> <<also get_time {"city":"Rome"}>> <<tool get_time {"city":"Oslo"}>> <<say Done.>>""";

    static readonly JsonArray Tools = [Tool("get_weather"), Tool("get_time"), Tool("a.name with a form that no model takes, and much too long for most of them besides")];

    [Theory]
    [InlineData("")]
    [InlineData("--silent-calls")]
    public async Task Calls_go_out_together_and_the_turn_goes_on_with_their_results(string flag)
    {
        await using var bridge = await AcpTests.StartAsync(flag);
        var messages = new JsonArray(AgentBridge.User(Prompt));
        var calls = await AskAsync(bridge, messages, "tool_calls");
        Assert.Equal("Let me look.", (string?)messages[^1]!["content"]);
        Assert.Equal(["get_time {\"city\":\"Rome\"}", "get_weather {\"city\":\"Paris\"}"], calls.Select(Show).Order(StringComparer.Ordinal));
        Answer(messages, calls);
        calls = await AskAsync(bridge, messages, "tool_calls");
        Assert.Equal(["get_time {\"city\":\"Oslo\"}"], calls.Select(Show));
        Answer(messages, calls);
        Assert.Empty(await AskAsync(bridge, messages, "stop"));
        Assert.EndsWith("[get_time: result of get_time Oslo]Done.", (string)messages[^1]!["content"]!, StringComparison.Ordinal);
        // One conversation, whose agent heard one prompt.
        messages.Add(AgentBridge.User("<<heard>>"));
        await AskAsync(bridge, messages, "stop");
        Assert.Equal(2, ((string)messages[^1]!["content"]!).Split(" | ").Length);
    }

    [Theory]
    [InlineData("")]
    [InlineData("--swap-calls")]
    public async Task Calls_without_arguments_keep_their_place(string flag)
    {
        await using var bridge = await AcpTests.StartAsync(flag);
        var messages = new JsonArray(AgentBridge.User("""<<tool get_time {}>> <<also get_weather {"city":"Oslo"}>>"""));
        Assert.Equal(["get_time {}", "get_weather {\"city\":\"Oslo\"}"], (await AskAsync(bridge, messages, "tool_calls")).Select(Show));
    }

    [Fact]
    public async Task Calls_that_overtake_one_another_are_told_as_the_agent_announced_them()
    {
        await using var bridge = await AcpTests.StartAsync("--swap-calls");
        var messages = new JsonArray(AgentBridge.User("""<<tool get_weather {"city":"Paris"}>> <<also get_time {"city":"Rome"}>> <<also get_weather {"city":"Oslo"}>>"""));
        var calls = await AskAsync(bridge, messages, "tool_calls");
        Assert.Equal(["get_weather {\"city\":\"Paris\"}", "get_time {\"city\":\"Rome\"}", "get_weather {\"city\":\"Oslo\"}"], calls.Select(Show));
        Answer(messages, calls);
        Assert.Empty(await AskAsync(bridge, messages, "stop"));
        var said = (string)messages[^1]!["content"]!;
        foreach (var result in (string[])["[get_weather: result of get_weather Paris]", "[get_time: result of get_time Rome]", "[get_weather: result of get_weather Oslo]"]) Assert.Contains(result, said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Streamed_calls_of_the_messages_dialect_park_the_turn_too()
    {
        await using var bridge = await AcpTests.StartAsync();
        var body = Front.Messages.Body(Model, """<<tool get_weather {"city":"Paris"}>>""", stream: true);
        body["tools"] = new JsonArray(new JsonObject { ["name"] = "get_weather", ["input_schema"] = new JsonObject { ["type"] = "object" } });
        using var answer = await bridge.Http.PostJsonAsync(bridge.Server.Url + "/v1/messages", body);
        var events = await answer.EventsAsync();
        var use = events.Single(e => (string?)e.Json["content_block"]?["type"] == "tool_use").Json["content_block"]!;
        Assert.Equal("tool_use", (string?)events.Single(e => e.Name == "message_delta").Json["delta"]!["stop_reason"]);
        body["messages"]!.AsArray().Add(new JsonObject { ["role"] = "assistant", ["content"] = new JsonArray(new JsonObject { ["type"] = "tool_use", ["id"] = use["id"]!.DeepClone(), ["name"] = "get_weather", ["input"] = new JsonObject { ["city"] = "Paris" } }) });
        body["messages"]!.AsArray().Add(new JsonObject { ["role"] = "user", ["content"] = new JsonArray(new JsonObject { ["type"] = "tool_result", ["tool_use_id"] = use["id"]!.DeepClone(), ["content"] = "21 degrees", ["is_error"] = true }, new JsonObject { ["type"] = "text", ["text"] = "And hurry." }) });
        body["stream"] = false;
        using var rest = await bridge.Http.PostJsonAsync(bridge.Server.Url + "/v1/messages", body);
        Assert.Equal("[get_weather: 21 degreesAnd hurry. (failed)]", Front.Messages.TextOf(await rest.JsonAsync()));
    }

    [Fact]
    public async Task A_name_that_agents_do_not_take_comes_back_as_it_was()
    {
        await using var bridge = await AcpTests.StartAsync();
        var offered = JsonNode.Parse(await OfferedAsync(bridge))!["result"]!["tools"]!.AsArray().Select(tool => (string)tool!["name"]!).ToList();
        Assert.All(offered, name => Assert.Matches("^[a-zA-Z0-9_-]{1,48}$", name));
        var messages = new JsonArray(AgentBridge.User($"<<tool {offered[2]}>>"));
        var call = Assert.Single(await AskAsync(bridge, messages, "tool_calls"));
        Assert.Equal((string?)Tools[2]!["function"]!["name"], (string?)call!["function"]!["name"]);
    }

    [Fact]
    public async Task Changed_history_replays_the_turn()
    {
        await using var bridge = await AcpTests.StartAsync();
        var messages = new JsonArray(AgentBridge.User("""<<tool get_weather {"city":"Paris"}>>"""));
        var calls = await AskAsync(bridge, messages, "tool_calls");
        Answer(messages, calls);
        messages[0]!["content"] = "something else";
        messages.Add(AgentBridge.User("<<heard>>"));
        await AskAsync(bridge, messages, "stop");
        var heard = (string)messages[^1]!["content"]!;
        foreach (var told in (string[])["<conversation_so_far", "something else", "result of get_weather Paris"]) Assert.Contains(told, heard, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_never_comes_back_ends_the_parked_turn()
    {
        await using var bridge = await AgentBridge.StartAsync([], ["--agent-timeout", "700ms"]);
        bridge.Agents.Add("gemini", "acp");
        var messages = new JsonArray(AgentBridge.User("""<<tool get_weather {"city":"Paris"}>>"""));
        var calls = await AskAsync(bridge, messages, "tool_calls");
        await Eventually.TrueAsync(() => bridge.Server.Output.Contains("POST /mcp/", StringComparison.Ordinal) && bridge.Server.Output.Split("POST /mcp/").Length == 5, "the parked call was answered");
        // Late: the conversation is told anew.
        Answer(messages, calls);
        messages.Add(AgentBridge.User("<<heard>>"));
        await AskAsync(bridge, messages, "stop");
        Assert.Contains("result of get_weather Paris", (string)messages[^1]!["content"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_agent_without_tool_servers_is_offered_none_in_silence()
    {
        await using var bridge = await AcpTests.StartAsync("--no-mcp");
        var error = await bridge.ChatAsync(Model, [AgentBridge.User("x")], Tools, status: 400);
        Assert.Contains("leave 'tools' out", error.ToJsonString(Wire.Plain), StringComparison.Ordinal);
        Assert.Equal("none", await bridge.SayAsync(Model, "<<mcp>>"));
    }

    [Fact]
    public async Task The_tool_server_is_for_its_agent_only()
    {
        await using var bridge = await AcpTests.StartAsync();
        var told = Front.Chat.TextOf(await bridge.ChatAsync(Model, [AgentBridge.User("<<mcp>>")], Tools)).Split(' ');
        var (url, secret) = (told[0], told[2]);
        Assert.StartsWith(bridge.Server.Url + "/mcp/", url, StringComparison.Ordinal);
        Assert.Equal(64, secret.Length);
        async Task<HttpStatusCode> StatusAsync(HttpMethod method, string at, string key)
        {
            using var request = new HttpRequestMessage(method, at);
            if (method == HttpMethod.Post) request.Content = new StringContent("""{"jsonrpc":"2.0","id":1,"method":"ping"}""", null, "application/json");
            request.Headers.Authorization = new("Bearer", key);
            using var answer = await bridge.Http.SendAsync(request);
            return answer.StatusCode;
        }
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(HttpMethod.Post, url, secret));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(HttpMethod.Post, url, secret[1..]));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(HttpMethod.Post, url + "0", secret));
        Assert.Equal(HttpStatusCode.MethodNotAllowed, await StatusAsync(HttpMethod.Get, url, secret));
        Assert.DoesNotContain(secret, bridge.Server.Output, StringComparison.Ordinal);
    }

    static async Task<string> OfferedAsync(AgentBridge bridge)
    {
        var told = Front.Chat.TextOf(await bridge.ChatAsync(Model, [AgentBridge.User("<<mcp>>")], Tools)).Split(' ');
        using var answer = await bridge.Http.PostAsync(told[0], """{"jsonrpc":"2.0","id":1,"method":"tools/list"}""", request =>
        {
            request.Headers.Remove("Authorization");
            request.Headers.Authorization = new("Bearer", told[2]);
        });
        return await answer.Content.ReadAsStringAsync();
    }

    static async Task<JsonArray> AskAsync(AgentBridge bridge, JsonArray messages, string finish)
    {
        var choice = (await bridge.ChatAsync(Model, messages, Tools))["choices"]![0]!;
        Assert.True((string?)choice["finish_reason"] == finish, choice.ToJsonString());
        messages.Add(choice["message"]!.DeepClone());
        return choice["message"]!["tool_calls"]?.DeepClone().AsArray() ?? [];
    }

    static void Answer(JsonArray messages, JsonArray calls)
    {
        foreach (var call in calls)
        {
            var arguments = JsonNode.Parse((string)call!["function"]!["arguments"]!)!;
            messages.Add(new JsonObject { ["role"] = "tool", ["tool_call_id"] = call["id"]!.DeepClone(), ["content"] = $"result of {call["function"]!["name"]} {arguments["city"]}" });
        }
    }

    static string Show(JsonNode? call) => $"{call!["function"]!["name"]} {call["function"]!["arguments"]}";

    static JsonObject Tool(string name) => new()
    {
        ["type"] = "function",
        ["function"] = new JsonObject { ["name"] = name, ["parameters"] = new JsonObject { ["type"] = "object", ["properties"] = new JsonObject { ["city"] = new JsonObject { ["type"] = "string" } } } },
    };
}
