using System.Text.Json.Nodes;
using AcpToApi.Tests.Support;

namespace AcpToApi.Tests;

/// <summary>claude/: the CLI as a plain model, played by tests/FakeAgent.</summary>
public class SealedClaudeTests
{
    [Theory]
    [InlineData("chat", true)]
    [InlineData("chat", false)]
    [InlineData("messages", true)]
    [InlineData("messages", false)]
    [InlineData("responses", true)]
    [InlineData("responses", false)]
    [InlineData("gemini", true)]
    [InlineData("ollama", true)]
    public async Task Text_and_reasoning_reach_every_dialect(string frontName, bool stream)
    {
        await using var bridge = await StartAsync();
        using var answer = await bridge.AskAsync(frontName, "claude/sonnet", "<<think because of it>> <<say one two three>>", stream);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(answer.IsSuccessStatusCode, text);
        if (!stream) Assert.Contains("one two three", text, StringComparison.Ordinal);
        else foreach (var piece in (string[])["one", " two", " three", "because", " it"]) Assert.Contains(piece, text, StringComparison.Ordinal);
        Assert.NotEmpty(Assert.Single(answer.Headers.GetValues("X-Conversation-ID")));
    }

    [Fact]
    public async Task Model_system_prompt_and_effort_are_given_after_the_boot_and_nothing_is_in_the_arguments()
    {
        await using var bridge = await StartAsync();
        var body = new JsonObject { ["model"] = "claude/opus", ["reasoning_effort"] = "high", ["messages"] = new JsonArray(new JsonObject { ["role"] = "system", ["content"] = "Be a pirate." }, AgentBridge.User("<<who>> <<argv>>")) };
        using var answer = await bridge.Http.PostJsonAsync(bridge.Server.Url + "/v1/chat/completions", body);
        var text = (string)(await answer.JsonAsync())["choices"]![0]!["message"]!["content"]!;
        Assert.Contains("model=opus effort=high system=Be a pirate. tools=", text, StringComparison.Ordinal);
        var arguments = text[text.IndexOf("-p ", StringComparison.Ordinal)..];
        Assert.DoesNotContain("pirate", arguments, StringComparison.Ordinal);
        Assert.DoesNotContain("opus", arguments, StringComparison.Ordinal);
        Assert.Contains("--no-session-persistence", arguments, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_environment_holds_no_keys_but_those_that_were_handed_over()
    {
        await using var bridge = await AgentBridge.StartAsync(["claude"], ["--agent-env", "HANDED_OVER", "--agent-env", "GIVEN=a value"], new()
        {
            ["ANTHROPIC_API_KEY"] = "sk-ant-not-for-the-cli",
            ["OPENAI_API_KEY"] = "sk-not-for-the-cli",
            ["HANDED_OVER"] = "on purpose",
        });
        foreach (var (name, value) in new[] { ("ANTHROPIC_API_KEY", "(unset)"), ("OPENAI_API_KEY", "(unset)"), ("HANDED_OVER", "on purpose"), ("GIVEN", "a value"), ("CLAUDE_CONFIG_DIR", Path.Combine(bridge.Agents.Folder, "claude-config")) })
        {
            Assert.Equal($"{name}={value}", await bridge.SayAsync("claude/sonnet", $"<<env {name}>>"));
        }
    }

    [Fact]
    public async Task Each_process_has_an_empty_folder_of_its_own_that_is_removed()
    {
        await using var bridge = await StartAsync();
        var folder = Cwd(await bridge.SayAsync("claude/sonnet", "<<who>>"));
        Assert.StartsWith(bridge.Temporary, folder, StringComparison.Ordinal);
        var id = (string)(await bridge.ConversationsAsync())["conversations"]![0]!["id"]!;
        await bridge.SendAsync(HttpMethod.Delete, $"/conversations/{id}");
        Assert.False(Directory.Exists(folder));
    }

    [Fact]
    public async Task A_history_is_told_to_a_new_process_turn_by_turn()
    {
        await using var bridge = await StartAsync();
        var answer = await bridge.ChatAsync("claude/sonnet", [AgentBridge.User("first"), AgentBridge.Assistant("one"), AgentBridge.User("second"), AgentBridge.Assistant("two"), AgentBridge.User("<<know>>")]);
        Assert.Equal("user: first | assistant: one | user: second | assistant: two.", Text(answer));
    }

    [Fact]
    public async Task A_known_history_goes_on_in_its_process_and_a_changed_one_does_not()
    {
        await using var bridge = await StartAsync();
        var first = await bridge.ChatAsync("claude/sonnet", [AgentBridge.User("<<who>>")]);
        var process = AgentBridge.Pid(Text(first));
        JsonArray going = [AgentBridge.User("<<who>>"), AgentBridge.Assistant(Text(first) + "\n"), AgentBridge.User("<<who>> <<know>>")];
        var second = Text(await bridge.ChatAsync("claude/sonnet", going));
        Assert.Equal(process, AgentBridge.Pid(second));
        Assert.Equal(1, second.Split("user: <<who>>").Length - 1);
        JsonArray changed = [AgentBridge.User("<<who>>"), AgentBridge.Assistant("I never said this"), AgentBridge.User("<<who>> <<know>>")];
        var third = Text(await bridge.ChatAsync("claude/sonnet", changed));
        Assert.NotEqual(process, AgentBridge.Pid(third));
        Assert.Contains("assistant: I never said this", third, StringComparison.Ordinal);
        // The same history from somebody else is not the same conversation.
        var other = Text(await bridge.ChatAsync("claude/sonnet", going, change: request => request.Headers.Authorization = new("Bearer", "another-key")));
        Assert.NotEqual(process, AgentBridge.Pid(other));
    }

    [Theory]
    [InlineData("<<error 400 bad things>>", 400, "bad things")]
    [InlineData("<<error 529 overloaded>>", 529, "overloaded")]
    [InlineData("<<error 404 no such model>>", 404, "no such model")]
    [InlineData("<<login>>", 401, "/login")]
    [InlineData("<<crash it broke>>", 502, "it broke")]
    [InlineData("<<say half an answer>> <<crash boom>>", 502, "before its answer was complete")]
    [InlineData("<<stop refusal>>", 200, "")]
    public async Task Failures_are_errors_and_never_an_answer(string script, int status, string words)
    {
        await using var bridge = await StartAsync();
        var answer = await bridge.ChatAsync("claude/sonnet", [AgentBridge.User(script)], status: status);
        if (status != 200) Assert.Contains(words, (string)answer["error"]!["message"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_limit_tells_when_it_ends()
    {
        await using var bridge = await StartAsync();
        var ends = DateTimeOffset.UtcNow.AddMinutes(10).ToUnixTimeSeconds();
        using var answer = await bridge.Http.PostJsonAsync(bridge.Server.Url + "/v1/messages", Front.Messages.Body("claude/sonnet", $"<<limit {ends}>>", stream: false));
        Assert.Equal(429, (int)answer.StatusCode);
        Assert.InRange(answer.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 560, 600);
        Front.Messages.AssertError(await answer.JsonAsync(), "limit");
    }

    [Theory]
    [InlineData("<<abandon one two>> <<say one two three four>>", "one two three four", "stop")]
    [InlineData("<<abandon one two>> <<abandon one>> <<fallback one two three>>", "one two three", "stop")]
    [InlineData("<<fallback only whole>>", "only whole", "stop")]
    [InlineData("<<final only in the result>>", "only in the result", "stop")]
    [InlineData("<<say cut here>> <<stop max_tokens>>", "cut here", "length")]
    [InlineData("<<nested of a subagent>> <<long 300000>> <<flood 5000>> <<say plain>>", "plain", "stop")]
    public async Task Faults_and_oddities_of_its_stream_neither_lose_nor_double_text(string script, string expected, string finish)
    {
        await using var bridge = await StartAsync();
        var body = new JsonObject { ["model"] = "claude/sonnet", ["stream"] = true, ["messages"] = new JsonArray(AgentBridge.User(script)) };
        using var answer = await bridge.Http.PostJsonAsync(bridge.Server.Url + "/v1/chat/completions", body);
        var events = await answer.EventsAsync();
        Assert.Equal(expected, string.Concat(events.Select(Front.Chat.TextOf)));
        Assert.Equal(finish, events.Where(e => e.IsJson).Select(e => (string?)e.Json["choices"]!.AsArray().FirstOrDefault()?["finish_reason"]).Last(reason => reason is not null));
    }

    [Fact]
    public async Task An_answer_that_is_begun_anew_differently_is_an_error()
    {
        await using var bridge = await StartAsync();
        var body = new JsonObject { ["model"] = "claude/sonnet", ["stream"] = true, ["messages"] = new JsonArray(AgentBridge.User("<<abandon one two>> <<say something else>>")) };
        using var answer = await bridge.Http.PostJsonAsync(bridge.Server.Url + "/v1/chat/completions", body);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Contains("broke off", text, StringComparison.Ordinal);
        Assert.DoesNotContain("something", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_schema_is_kept_by_the_cli_and_only_the_object_is_the_answer()
    {
        await using var bridge = await StartAsync();
        var body = JsonNode.Parse("""{"model":"claude/sonnet","response_format":{"type":"json_schema","json_schema":{"name":"x","schema":{"title":"a person","type":"object","properties":{"name":{"type":"string"}}}}}}""")!.AsObject();
        body["messages"] = new JsonArray(AgentBridge.User("<<say Here it is:>>"));
        using var answer = await bridge.Http.PostJsonAsync(bridge.Server.Url + "/v1/chat/completions", body);
        Assert.Equal("""{"name":"Ada","of":"a person"}""", Text(await answer.JsonAsync()));
    }

    [Theory]
    [InlineData("claude/no-such-model")]
    [InlineData("claude-code/no-such-model")]
    public async Task A_model_that_the_cli_does_not_know_is_a_404_and_no_substitute_answers(string model)
    {
        await using var bridge = await StartAsync();
        var answer = await bridge.ChatAsync(model, [AgentBridge.User("<<say x>>")], status: 404);
        Assert.Contains("no-such-model", (string)answer["error"]!["message"]!, StringComparison.Ordinal);
        Assert.Equal("model_not_found", (string?)answer["error"]!["code"]);
    }

    [Fact]
    public async Task A_stop_sequence_ends_the_answer_and_the_cli()
    {
        await using var bridge = await StartAsync();
        var body = new JsonObject { ["model"] = "claude/sonnet", ["max_tokens"] = 9, ["stop_sequences"] = new JsonArray("thr"), ["messages"] = new JsonArray(AgentBridge.User("<<slow 20>> <<say one two three four>> <<hang>>")) };
        using var answer = await bridge.Http.PostJsonAsync(bridge.Server.Url + "/v1/messages", body);
        var json = await answer.JsonAsync();
        Assert.Equal("one two ", Front.Messages.TextOf(json));
        Assert.Equal(("stop_sequence", "thr"), ((string?)json["stop_reason"], (string?)json["stop_sequence"]));
    }

    [Fact]
    public async Task What_the_cli_decides_by_itself_is_named()
    {
        await using var bridge = await StartAsync();
        var body = new JsonObject { ["model"] = "claude/sonnet", ["temperature"] = 0.5, ["max_tokens"] = 100, ["seed"] = 1, ["messages"] = new JsonArray(AgentBridge.User("<<say x>>")) };
        using var answer = await bridge.Http.PostJsonAsync(bridge.Server.Url + "/v1/chat/completions", body);
        Assert.Equal("max_tokens, temperature, seed", Assert.Single(answer.Headers.GetValues("x-acptoapi-ignored")));
    }

    [Theory]
    [InlineData("GET", "/v1/models")]
    [InlineData("GET", "/health")]
    [InlineData("GET", "/debug/providers")]
    public async Task Looking_starts_nothing(string method, string path)
    {
        await using var bridge = await StartAsync();
        using var request = new HttpRequestMessage(new HttpMethod(method), bridge.Server.Url + path);
        using var answer = await bridge.Http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Contains("claude", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Empty(Processes.ChildrenOf(bridge.Server.ProcessId));
    }

    [Fact]
    public async Task A_missing_cli_is_a_503_that_says_what_to_do()
    {
        await using var bridge = await AgentBridge.StartAsync([], []);
        foreach (var model in (string[])["claude/sonnet", "sonnet", "claude-code"])
        {
            var answer = await bridge.ChatAsync(model, [AgentBridge.User("x")], status: 503);
            Assert.Contains("npm install -g @anthropic-ai/claude-code", (string)answer["error"]!["message"]!, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("no-version", 503, "does not seem to be")]
    [InlineData("dies-at-boot", 502, "unknown option")]
    public async Task A_broken_cli_is_an_error_with_its_last_words(string fault, int status, string words)
    {
        await using var bridge = await AgentBridge.StartAsync(["claude"], ["--agent-env", $"FAKE_CLAUDE={fault}"]);
        var answer = await bridge.ChatAsync("claude/sonnet", [AgentBridge.User("x")], status: status);
        Assert.Contains(words, (string)answer["error"]!["message"]!, StringComparison.Ordinal);
    }

    static Task<AgentBridge> StartAsync() => AgentBridge.StartAsync(["claude"], []);

    static string Text(JsonNode answer) => (string)answer["choices"]![0]!["message"]!["content"]!;

    static string Cwd(string said) => said[(said.IndexOf("cwd=", StringComparison.Ordinal) + 4)..].Split(' ')[0];
}
