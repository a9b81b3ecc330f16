using System.Text.Json.Nodes;
using AcpToApi.Tests.Support;

namespace AcpToApi.Tests;

/// <summary>claude-code: the CLI as an agent with conversations, played by tests/FakeAgent.</summary>
public class ClaudeCodeAgentTests
{
    const string Model = "claude-code";

    [Fact]
    public async Task A_conversation_goes_on_by_header_by_suffix_and_by_the_id_it_was_given()
    {
        await using var bridge = await StartAsync();
        Assert.Equal("one", await bridge.SayAsync(Model, "<<say one>>", InConversation("mine")));
        Assert.Equal("user: <<say one>> | assistant: one.", await bridge.SayAsync(Model, "<<know>>", InConversation("mine")));
        Assert.Equal("two", await bridge.SayAsync(Model + ":yours", "<<say two>>"));
        Assert.Equal("user: <<say two>> | assistant: two.", await bridge.SayAsync(Model + ":yours", "<<know>>"));

        using var answer = await bridge.AskAsync("chat", Model, "<<say three>>", stream: false);
        var id = Assert.Single(answer.Headers.GetValues("X-Conversation-ID"));
        Assert.Equal("user: <<say three>> | assistant: three.", await bridge.SayAsync(Model, "<<know>>", InConversation(id)));
    }

    [Fact]
    public async Task The_whole_history_sent_again_is_not_told_again()
    {
        await using var bridge = await StartAsync();
        JsonArray history = [AgentBridge.User("<<say one>>")];
        foreach (var id in (string?[])["named", null])
        {
            history = [AgentBridge.User($"<<say one {id}>>")];
            await bridge.ChatAsync(Model, history, change: InConversation(id));
            history.Add(AgentBridge.Assistant($"one {id}".Trim()));
            history.Add(AgentBridge.User("<<know>>"));
            Assert.Equal($"user: <<say one {id}>> | assistant: one {id}".TrimEnd() + ".", Text(await bridge.ChatAsync(Model, history, change: InConversation(id))));
        }
    }

    [Fact]
    public async Task It_is_resumed_after_an_eviction_and_after_a_restart_of_the_server()
    {
        await using var bridge = await StartAsync();
        var first = AgentBridge.Pid(await bridge.SayAsync(Model + ":x", "<<say one>> <<who>>"));
        await bridge.SendAsync(HttpMethod.Delete, "/conversations/x");
        Assert.False(Processes.IsAlive(first));
        Assert.Equal("stored", (string?)(await bridge.GetAsync("/conversations/x"))["state"]);
        Assert.NotEqual(first, AgentBridge.Pid(await bridge.SayAsync(Model + ":x", "<<who>>")));

        await bridge.StartAgainAsync();
        var said = await bridge.SayAsync(Model + ":x", "<<know>>");
        Assert.StartsWith("user: <<say one>> <<who>> | assistant: one", said, StringComparison.Ordinal);
        Assert.Contains("user: <<who>> | assistant: model=", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_session_that_its_agent_has_lost_is_begun_anew_with_what_the_client_sent()
    {
        await using var bridge = await StartAsync();
        await bridge.SayAsync(Model + ":x", "<<say one>>");
        await bridge.SendAsync(HttpMethod.Delete, "/conversations/x");
        Directory.Delete(Path.Combine(bridge.Home, "claude-config"), recursive: true);
        JsonArray history = [AgentBridge.User("<<say one>>"), AgentBridge.Assistant("one"), AgentBridge.User("<<know>>")];
        Assert.Equal("user: <<say one>> | assistant: one.", Text(await bridge.ChatAsync(Model + ":x", history)));
    }

    [Fact]
    public async Task A_worker_that_was_killed_while_idle_is_replaced()
    {
        await using var bridge = await StartAsync();
        var first = AgentBridge.Pid(await bridge.SayAsync(Model + ":x", "<<say one>> <<who>>"));
        System.Diagnostics.Process.GetProcessById(first).Kill();
        Assert.StartsWith("user: <<say one>> <<who>> | assistant: one", await bridge.SayAsync(Model + ":x", "<<know>>"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_requests_for_one_conversation_wait_for_each_other()
    {
        await using var bridge = await StartAsync();
        await bridge.SayAsync(Model + ":x", "<<say begin>>");
        var slow = bridge.SayAsync(Model + ":x", "<<wait 400>> <<say slow>>");
        await Eventually.TrueAsync(() => (string?)bridge.GetAsync("/conversations/x").GetAwaiter().GetResult()["state"] == "busy", "a busy conversation");
        var fast = bridge.SayAsync(Model + ":x", "<<know>>");
        Assert.Equal("slow", await slow);
        Assert.EndsWith("user: <<wait 400>> <<say slow>> | assistant: slow.", await fast, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Conversations_at_once_do_not_mix()
    {
        await using var bridge = await StartAsync();
        var said = await Task.WhenAll(Enumerable.Range(0, 5).Select(async i =>
        {
            await bridge.SayAsync($"{Model}:c{i}", $"<<slow 5>> <<say mine is {i} and {i}>>");
            return await bridge.SayAsync($"{Model}:c{i}", "<<know>>");
        }));
        for (var i = 0; i < said.Length; i++) Assert.Equal($"user: <<slow 5>> <<say mine is {i} and {i}>> | assistant: mine is {i} and {i}.", said[i]);
    }

    [Fact]
    public async Task At_capacity_the_longest_unused_worker_makes_room_and_a_full_pool_is_a_503()
    {
        await using var bridge = await AgentBridge.StartAsync(["claude"], ["--pool-size", "2"]);
        var a = AgentBridge.Pid(await bridge.SayAsync(Model + ":a", "<<who>>"));
        var b = AgentBridge.Pid(await bridge.SayAsync(Model + ":b", "<<who>>"));
        await bridge.SayAsync(Model + ":a", "<<say used again>>");
        await bridge.SayAsync(Model + ":c", "<<say third>>");
        Assert.True(Processes.IsAlive(a));
        Assert.False(Processes.IsAlive(b));
        Assert.StartsWith("user: <<who>>", await bridge.SayAsync(Model + ":b", "<<know>>"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_waits_for_its_turn_in_a_conversation_hears_that_the_server_is_alive()
    {
        await using var bridge = await AgentBridge.StartAsync(["claude"], ["--keepalive", "100ms"]);
        var first = bridge.SayAsync(Model + ":x", "<<wait 1500>> <<say first>>");
        await Eventually.TrueAsync(() => Processes.ChildrenOf(bridge.Server.ProcessId).Exists(process => process.Command.Contains("--session-id", StringComparison.Ordinal)), "the first one's process");
        var body = Front.Chat.Body(Model + ":x", "<<say second>>", stream: true);
        body["temperature"] = 0.5;
        using var second = await bridge.Http.PostJsonAsync(bridge.Server.Url + Front.Chat.Path, body);
        Assert.Equal("x", Assert.Single(second.Headers.GetValues("X-Conversation-ID")));
        Assert.False(first.IsCompleted);
        var text = await second.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        // Its answer has gone out before; on a connection of its own it may be read a moment later.
        Assert.Equal("first", await first.WaitAsync(TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken));
        Assert.StartsWith(":", text, StringComparison.Ordinal);
        Assert.Contains("\n: x-acptoapi-ignored: max_tokens, temperature\n\n", text, StringComparison.Ordinal);
        Assert.Contains("second", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Signs_of_life_do_not_keep_a_dead_agent_from_being_replaced()
    {
        await using var bridge = await AgentBridge.StartAsync(["claude"], ["--keepalive", "100ms"]);
        var first = bridge.ChatAsync(Model + ":x", [AgentBridge.User("<<wait 1500>> <<crash>>")], status: 502);
        var sessions = Path.Combine(bridge.Home, "claude-config", "projects", "fake");
        await Eventually.TrueAsync(() => Directory.Exists(sessions) && Directory.GetFiles(sessions).Length > 0, "the first one's session");
        using var second = await bridge.AskAsync("chat", Model + ":x", "<<say second>>", stream: true);
        Assert.False(first.IsCompleted);
        // What it would be resumed from is gone.
        Directory.Delete(sessions, recursive: true);
        Assert.Equal("second", string.Concat((await second.EventsAsync()).Select(Front.Chat.TextOf)));
        await first;
    }

    [Fact]
    public async Task Without_a_wish_the_cli_chooses_by_itself_again()
    {
        await using var bridge = await AgentBridge.StartAsync(["claude"], []);
        JsonArray ask = [AgentBridge.User("<<who>>")];
        void InX(HttpRequestMessage request) => request.Headers.Add("X-Conversation-ID", "x");
        var body = new JsonObject { ["model"] = "claude-code/haiku", ["reasoning_effort"] = "high", ["messages"] = ask.DeepClone() };
        using var wished = await bridge.Http.PostJsonAsync(bridge.Server.Url + "/v1/chat/completions", body, InX);
        Assert.Contains("model=haiku effort=high ", (await wished.JsonAsync()).ToJsonString(), StringComparison.Ordinal);
        Assert.Contains("model=opus effort=medium ", (await bridge.ChatAsync("claude-code", ask, change: InX)).ToJsonString(), StringComparison.Ordinal);
        // A model that was refused changes nothing.
        await bridge.ChatAsync("claude-code/no-such-model", ask, change: InX, status: 404);
        Assert.Contains("model=opus effort=medium ", (await bridge.ChatAsync("claude-code", ask, change: InX)).ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_idle_worker_is_ended_and_its_conversation_stays()
    {
        await using var bridge = await AgentBridge.StartAsync(["claude"], ["--worker-idle-timeout", "300ms"]);
        var process = AgentBridge.Pid(await bridge.SayAsync(Model + ":x", "<<who>>"));
        await Eventually.TrueAsync(() => !Processes.IsAlive(process), "an idle worker that is ended");
        Assert.StartsWith("user: <<who>>", await bridge.SayAsync(Model + ":x", "<<know>>"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Its_own_tools_are_calls_and_marked_results_for_a_client_without_tools()
    {
        await using var bridge = await StartAsync();
        var body = new JsonObject { ["model"] = Model, ["stream"] = true, ["messages"] = new JsonArray(AgentBridge.User("""<<say Looking.>> <<own Read {"file_path":"a.txt"} => the words>> <<say Done.>>""")) };
        using var answer = await bridge.Http.PostJsonAsync(bridge.Server.Url + "/v1/chat/completions", body);
        var chunks = (await answer.EventsAsync()).Where(e => e.IsJson).Select(e => e.Json["choices"]!.AsArray().FirstOrDefault()).OfType<JsonNode>().ToList();
        var calls = chunks.SelectMany(chunk => chunk["delta"]?["tool_calls"]?.AsArray() ?? []).ToList();
        Assert.Equal("Read", (string?)calls[0]!["function"]!["name"]);
        Assert.Equal("""{"file_path":"a.txt"}""", string.Concat(calls.Select(call => (string?)call!["function"]!["arguments"])));
        var text = string.Concat(chunks.Select(chunk => (string?)chunk["delta"]?["content"]));
        Assert.Equal("Looking.\n\n<tool_result name=\"Read\">\nthe words\n</tool_result>\n\nDone.", text);
        Assert.Equal("stop", chunks.Select(chunk => (string?)chunk["finish_reason"]).Last(reason => reason is not null));
    }

    [Theory]
    [InlineData("text", "<tool_call name=\"Read\">", "<tool_result name=\"Read\">", false)]
    [InlineData("reasoning", "<tool_call name=\"Read\">", "<tool_result name=\"Read\">", true)]
    [InlineData("hidden", null, null, false)]
    public async Task They_are_told_as_the_option_says(string mode, string? call, string? result, bool inReasoning)
    {
        await using var bridge = await AgentBridge.StartAsync(["claude"], ["--agent-tools", mode]);
        var message = (await bridge.ChatAsync(Model, [AgentBridge.User("""<<own Read {"file_path":"a.txt"} => the words>> <<say Done.>>""")]))["choices"]![0]!["message"]!;
        Assert.Null(message["tool_calls"]);
        var place = (string?)message[inReasoning ? "reasoning_content" : "content"] ?? "";
        if (call is null) Assert.Equal("Done.", place);
        else
        {
            Assert.Contains(call, place, StringComparison.Ordinal);
            Assert.Contains(result!, place, StringComparison.Ordinal);
            if (inReasoning) Assert.Equal("Done.", (string?)message["content"]);
        }
    }

    [Theory]
    [InlineData("reject", "denied")]
    [InlineData("allow", "the words")]
    public async Task Permission_is_answered_by_policy(string policy, string outcome)
    {
        await using var bridge = await AgentBridge.StartAsync(["claude"], ["--permissions", policy]);
        var text = await bridge.SayAsync(Model, """<<ask Bash {"command":"touch x"} => the words>> <<say Done.>>""");
        Assert.Contains($">\n{outcome}\n</tool_result>", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_works_in_the_workspace_and_with_the_permission_mode_that_were_given()
    {
        using var folder = new ToolRun();
        await using var bridge = await AgentBridge.StartAsync(["claude"], ["--workspace", folder.Work, "--claude-permission-mode", "plan"]);
        var said = await bridge.SayAsync(Model, "<<who>> <<argv>>");
        Assert.Contains($"cwd={folder.Work} ", said, StringComparison.Ordinal);
        Assert.Contains("--permission-mode plan", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_forgotten_conversation_leaves_nothing_anywhere()
    {
        await using var bridge = await StartAsync();
        await bridge.SayAsync(Model + ":x", "<<say one>>");
        Assert.NotEmpty(Directory.GetFiles(Path.Combine(bridge.Home, "claude-config"), "*.jsonl", SearchOption.AllDirectories));
        var answer = await bridge.SendAsync(HttpMethod.Delete, "/conversations/x?forget=true");
        Assert.True((bool)answer["forgotten"]!);
        Assert.Empty(Directory.GetFiles(Path.Combine(bridge.Home, "claude-config"), "*.jsonl", SearchOption.AllDirectories));
        Assert.Empty(bridge.Stored());
        Assert.Equal(".", await bridge.SayAsync(Model + ":x", "<<know>>"));
    }

    [Fact]
    public async Task What_is_stored_does_not_hold_what_was_said()
    {
        await using var bridge = await StartAsync();
        await bridge.SayAsync(Model + ":x", "<<say a secret word>>");
        var file = Assert.Single(await bridge.StoredAsync(1));
        Assert.DoesNotContain("secret", await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Conversations_of_another_key_are_not_seen()
    {
        await using var bridge = await StartAsync();
        await bridge.SayAsync(Model + ":x", "<<say mine>>", request => request.Headers.Authorization = new("Bearer", "somebody-else"));
        Assert.Empty((await bridge.ConversationsAsync())["conversations"]!.AsArray());
        Assert.Equal(".", await bridge.SayAsync(Model + ":x", "<<know>>"));
    }

    static Task<AgentBridge> StartAsync() => AgentBridge.StartAsync(["claude"], []);

    static Action<HttpRequestMessage> InConversation(string? id) => request =>
    {
        if (id is not null) request.Headers.Add("X-Conversation-ID", id);
    };

    static string Text(JsonNode answer) => (string)answer["choices"]![0]!["message"]!["content"]!;
}
