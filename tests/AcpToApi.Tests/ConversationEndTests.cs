using System.Diagnostics;
using System.Text.Json.Nodes;
using AcpToApi.Tests.Support;

namespace AcpToApi.Tests;

/// <summary>Turns of coding agents that end as nobody planned: from outside, in the middle, or with something left over.</summary>
public class ConversationEndTests
{
    const string Model = "claude-code";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_conversation_that_is_deleted_while_it_answers_ends_its_turn_and_gives_its_worker_back(bool forget)
    {
        await using var bridge = await AgentBridge.StartAsync(["claude"], ["--pool-size", "1"]);
        var worker = AgentBridge.Pid(await bridge.SayAsync(Model + ":x", "<<who>>"));
        var running = bridge.ChatAsync(Model + ":x", [AgentBridge.User("<<wait 60000>> <<say too late>>")], status: 503);
        await Eventually.TrueAsync(() => (string?)bridge.GetAsync("/conversations/x").GetAwaiter().GetResult()["state"] == "busy", "a busy conversation");

        await bridge.SendAsync(HttpMethod.Delete, "/conversations/x" + (forget ? "?forget=true" : ""));
        Assert.False(Processes.IsAlive(worker));
        Assert.Contains("was ended", (string)(await running)["error"]!["message"]!, StringComparison.Ordinal);
        // The one place in the pool is free, and nothing runs that nobody knows of.
        Assert.Equal("next", await bridge.SayAsync(Model + ":y", "<<say next>>"));
        Assert.Equal(forget ? 1 : 2, (await bridge.ConversationsAsync())["conversations"]!.AsArray().Count);
        await bridge.StoredAsync(forget ? 1 : 2);
        Assert.StartsWith(forget ? "." : "user: <<who>>", await bridge.SayAsync(Model + ":x", "<<know>>"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_what_earlier_servers_remembered_the_last_thousand_are_kept()
    {
        await using var bridge = await AgentBridge.StartAsync(["claude"], []);
        await bridge.SayAsync(Model + ":mine", "<<say red>>");
        var mine = Assert.Single(await bridge.StoredAsync(1));
        var stored = JsonNode.Parse(await File.ReadAllTextAsync(mine))!;
        for (var i = 0; i < 1003; i++)
        {
            stored["id"] = $"old-{i}";
            stored["last_used"] = DateTimeOffset.UtcNow.AddMinutes(-i - 1).ToUnixTimeSeconds();
            await WriteAsync($"old-{i}", stored.ToJsonString(), TimeSpan.FromMinutes(i + 1));
        }
        await WriteAsync("no-JSON", "x", TimeSpan.FromDays(31));
        await bridge.StartAgainAsync();
        Assert.Equal(1000, (await bridge.ConversationsAsync())["conversations"]!.AsArray().Count);
        Assert.Equal(1000, bridge.Stored().Length);
        Assert.Contains(mine, bridge.Stored());
        Assert.Contains(Path.Combine(Path.GetDirectoryName(mine)!, "old-998.json"), bridge.Stored());
        await bridge.SayAsync(Model + ":new", "<<say blue>>");
        Assert.Equal(1000, (await bridge.ConversationsAsync())["conversations"]!.AsArray().Count);

        async Task WriteAsync(string name, string content, TimeSpan age)
        {
            var file = Path.Combine(Path.GetDirectoryName(mine)!, name + ".json");
            await File.WriteAllTextAsync(file, content);
            File.SetLastWriteTimeUtc(file, DateTime.UtcNow - age);
        }
    }

    [Fact]
    public async Task The_rest_of_a_turn_whose_answer_failed_is_not_the_beginning_of_the_next_answer()
    {
        await using var bridge = await AgentBridge.StartAsync(["claude"], []);
        // What has been told cannot be taken back: the answer fails, and the program goes on.
        using (var failed = await bridge.AskAsync("chat", Model + ":x", "<<abandon one two>> <<say something else>> <<wait 200>> <<say the rest>>", stream: true))
        {
            Assert.Contains("broke off", await failed.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        }
        Assert.Equal("next", await bridge.SayAsync(Model + ":x", "<<say next>>"));
    }

    [Fact]
    public async Task Lines_that_are_no_messages_are_passed_over()
    {
        await using var bridge = await AgentBridge.StartAsync(["claude"], []);
        Assert.Equal("onetwo", await bridge.SayAsync(Model, "<<say one>> <<garbage>> <<say two>>"));
    }

    [Fact]
    public async Task Several_answers_to_one_request_are_streamed_one_after_the_other()
    {
        await using var bridge = await AgentBridge.StartAsync(["claude"], []);
        var body = Front.Chat.Body("claude/sonnet", "<<say one>>", stream: true);
        body["n"] = 2;
        using var answer = await bridge.Http.PostJsonAsync(bridge.Server.Url + Front.Chat.Path, body);
        var choices = (await answer.EventsAsync()).Where(e => e.IsJson).SelectMany(e => e.Json["choices"]?.AsArray() ?? []).ToList();
        Assert.Equal([0, 1], choices.Where(choice => choice!["finish_reason"] is not null).Select(choice => (int)choice!["index"]!));
    }

    [Fact]
    public async Task Last_words_of_a_program_are_short_and_hold_none_of_its_keys()
    {
        const string Token = "sk-ant-oat01-never-shown";
        await using var bridge = await AgentBridge.StartAsync(["claude"], [], new() { ["CLAUDE_CODE_OAUTH_TOKEN"] = Token });
        var error = (await bridge.ChatAsync(Model, [AgentBridge.User($"<<flood 20>> <<crash cannot log in with {Token}>>")], status: 502))["error"]!;
        Assert.Contains("cannot log in with [redacted]", (string)error["message"]!, StringComparison.Ordinal);
        Assert.True(((string)error["message"]!).Length < 500);
        Assert.DoesNotContain(Token, bridge.Server.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_of_a_conversation_may_be_odd_but_not_endless()
    {
        await using var bridge = await AgentBridge.StartAsync(["claude"], []);
        const string Odd = "../../etc/passwd \"x\" %2f?<<";
        Assert.Equal("one", await bridge.SayAsync(Model, "<<say one>>", Named(Odd)));
        Assert.Equal("user: <<say one>> | assistant: one.", await bridge.SayAsync(Model, "<<know>>", Named(Odd)));
        var refused = await bridge.ChatAsync(Model, [AgentBridge.User("hi")], change: Named(new string('x', 201)), status: 400);
        Assert.Contains("200 characters", (string)refused["error"]!["message"]!, StringComparison.Ordinal);

        static Action<HttpRequestMessage> Named(string id) => request => request.Headers.TryAddWithoutValidation("X-Conversation-ID", id);
    }

    [Theory]
    [InlineData("opencode", "opencode", "opencode/m")]
    [InlineData("gemini", "acp", "acp/gemini")]
    public async Task A_parked_turn_does_not_hold_the_servers_end_up(string program, string role, string model)
    {
        await using var bridge = await AgentBridge.StartAsync([], []);
        bridge.Agents.Add(program, role);
        var tools = new JsonArray(new JsonObject { ["type"] = "function", ["function"] = new JsonObject { ["name"] = "get_weather", ["parameters"] = new JsonObject { ["type"] = "object" } } });
        var answer = await bridge.ChatAsync(model, [AgentBridge.User("<<tool get_weather {}>>")], tools);
        Assert.Equal("tool_calls", (string?)answer["choices"]![0]!["finish_reason"]);
        var began = Stopwatch.GetTimestamp();
        Assert.Equal(0, await bridge.Server.StopAsync());
        Assert.True(Stopwatch.GetElapsedTime(began).TotalSeconds < 10, $"it took {Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s");
    }
}
