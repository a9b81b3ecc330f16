using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using AcpToApi.Tests.Support;

namespace AcpToApi.Tests;

/// <summary>Agents of the Agent Client Protocol, played by tests/FakeAgent.</summary>
public class AcpTests
{
    const string Model = "acp/gemini";

    [Theory]
    [InlineData("chat", true)]
    [InlineData("chat", false)]
    [InlineData("messages", true)]
    [InlineData("messages", false)]
    [InlineData("responses", true)]
    [InlineData("responses", false)]
    [InlineData("gemini", true)]
    [InlineData("ollama", false)]
    public async Task An_agent_answers_in_every_dialect(string dialect, bool stream)
    {
        await using var bridge = await StartAsync();
        using var answer = await bridge.AskAsync(dialect, Model, "<<think Hm.>> <<say one two>> <<junk>> <<say three>>", stream);
        var body = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, body);
        foreach (var word in (string[])["Hm.", "one", "two", "three"]) Assert.Contains(word, body, StringComparison.Ordinal);
        // A chat client asks for token counts if it wants them in a stream.
        if (!stream || dialect != "chat") Assert.Contains("100", body, StringComparison.Ordinal);
        Assert.DoesNotContain("junk", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Text_comes_as_it_is_said()
    {
        await using var bridge = await StartAsync();
        await bridge.SayAsync(Model, "<<say warm>>");
        using var answer = await bridge.AskAsync("chat", Model, "<<slow 300>> <<say a b c d>>", stream: true);
        var times = new List<long>();
        await foreach (var e in answer.ReadEventsAsync())
        {
            if (Front.Chat.TextOf(e) is { Length: > 0 }) times.Add(e.At);
        }
        Assert.Equal(4, times.Count);
        for (var i = 1; i < times.Count; i++) Assert.InRange(Stopwatch.GetElapsedTime(times[i - 1], times[i]).TotalMilliseconds, 100, 1000);
    }

    [Theory]
    [InlineData("", "acp/gemini", "small low ask")]
    [InlineData("", "acp/gemini/vendor/large", "vendor/large low ask")]
    [InlineData("--set-model", "acp/gemini/large", "large low ask")]
    [InlineData("--set-model", "acp/gemini/unlisted", "unlisted low ask")]
    public async Task A_model_is_chosen_as_the_agent_wants_it(string flag, string model, string says)
    {
        await using var bridge = await StartAsync(flag);
        Assert.Equal(says, await bridge.SayAsync(model, "<<model>>"));
    }

    // gemini-cli takes any model, and says 500 when the first prompt shows that there is none.
    [Theory]
    [InlineData("unlisted", "models/unlisted is not found for API version v1beta", 404, "model_not_found")]
    [InlineData("unlisted", "the provider has failed", 500, null)]
    [InlineData("large", "models/large has failed", 500, null)]
    public async Task A_model_that_is_not_offered_and_fails_by_its_name_is_not_found(string model, string message, int status, string? code)
    {
        await using var bridge = await StartAsync("--set-model", "--memory", "MEMORY");
        static void InX(HttpRequestMessage request) => request.Headers.Add("X-Conversation-ID", "x");
        var error = (await bridge.ChatAsync($"acp/gemini/{model}", [AgentBridge.User($"<<error 500 {message}>>")], change: InX, status: status))["error"]!;
        Assert.Equal(code, (string?)error["code"]);
        Assert.Contains(message, (string)error["message"]!, StringComparison.Ordinal);
        if (status == 404) Assert.Contains("it offers small, large", (string)error["message"]!, StringComparison.Ordinal);
        // Without a wish it is the agent's own again.
        Assert.Equal("small low ask", await bridge.SayAsync("acp/gemini", "<<model>>", InX));
    }

    [Fact]
    public async Task What_cannot_be_is_refused_with_a_hint()
    {
        await using var bridge = await StartAsync();
        var error = await bridge.ChatAsync("acp/gemini/huge", [AgentBridge.User("x")], status: 404);
        Assert.Contains("vendor/large", error.ToJsonString(), StringComparison.Ordinal);
        error = await bridge.ChatAsync("acp/nobody", [AgentBridge.User("x")], status: 404);
        Assert.Contains("opencode", error.ToJsonString(), StringComparison.Ordinal);
        error = await bridge.ChatAsync("acp/goose", [AgentBridge.User("x")], status: 503);
        Assert.Contains("'goose'", error.ToJsonString(Wire.Plain), StringComparison.Ordinal);
        Assert.Contains("agents.goose.command", error.ToJsonString(Wire.Plain), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Effort_is_told_where_the_agent_has_a_place_for_it()
    {
        await using var bridge = await StartAsync();
        using var answer = await bridge.Http.PostJsonAsync(bridge.Server.Url + "/v1/chat/completions", new JsonObject
        {
            ["model"] = Model,
            ["reasoning_effort"] = "high",
            ["temperature"] = 0,
            ["messages"] = new JsonArray(AgentBridge.User("<<model>>")),
        });
        Assert.Equal("small high ask", Front.Chat.TextOf(await answer.JsonAsync()));
        Assert.Equal("temperature", answer.Header("x-acptoapi-ignored"));
    }

    [Fact]
    public async Task A_login_is_made_with_a_key_and_else_explained()
    {
        await using var bridge = await AgentBridge.StartAsync([], ["--agent-env", "GEMINI_API_KEY=key-of-the-agent"]);
        bridge.Agents.Add("gemini", "acp", "--auth");
        // Its way with a key has another name here.
        var error = await bridge.ChatAsync(Model, [AgentBridge.User("x")], status: 401);
        Assert.Contains("run 'gemini' and log in there", error.ToJsonString(Wire.Plain), StringComparison.Ordinal);

        using var agents = new FakeAgents();
        var config = Path.Combine(agents.Folder, "config.json");
        var entry = new JsonObject { ["command"] = new JsonArray(agents.Add("mine", "acp"), "--auth"), ["auth"] = "fake-key", ["mode"] = "plan", ["env"] = new JsonObject { ["MINE"] = "yes" } };
        await File.WriteAllTextAsync(config, new JsonObject { ["agents"] = new JsonObject { ["mine"] = entry } }.ToJsonString());
        await using var own = await AgentBridge.StartAsync([], ["--config", config]);
        Assert.Equal("small low plan", await own.SayAsync("acp/mine", "<<model>>"));
        Assert.Equal("yes", await own.SayAsync("acp/mine", "<<env MINE>>"));
    }

    [Fact]
    public async Task An_agent_is_handed_no_key_that_was_not_given_to_it()
    {
        await using var bridge = await AgentBridge.StartAsync([], ["--agent-env", "GIVEN"], new() { ["OPENAI_API_KEY"] = "sk-0123456789", ["GIVEN"] = "this" });
        bridge.Agents.Add("gemini", "acp");
        Assert.Equal("not set", await bridge.SayAsync(Model, "<<env OPENAI_API_KEY>>"));
        Assert.Equal("this", await bridge.SayAsync(Model, "<<env GIVEN>>"));
        Assert.Equal("true", await bridge.SayAsync(Model, "<<env GEMINI_CLI_NO_RELAUNCH>>"));
    }

    [Fact]
    public async Task A_history_that_comes_back_is_told_once()
    {
        await using var bridge = await StartAsync();
        var messages = new JsonArray(new JsonObject { ["role"] = "system", ["content"] = "Be brief." }, AgentBridge.User("<<say first>>"));
        await AnswerAsync(bridge, messages);
        messages.Add(AgentBridge.User("<<heard>>"));
        var heard = Front.Chat.TextOf(await bridge.ChatAsync(Model, messages));
        Assert.Equal("<instructions> Be brief. </instructions> <<say first>> | <<heard>>", heard.Replace("\n", " ", StringComparison.Ordinal));
        // Another beginning: a session of its own, that is told all of it.
        messages[1]!["content"] = "<<say other>>";
        heard = Front.Chat.TextOf(await bridge.ChatAsync(Model, messages));
        Assert.Contains("<conversation_so_far", heard, StringComparison.Ordinal);
        Assert.Contains("<<say other>>", heard, StringComparison.Ordinal);
        Assert.DoesNotContain("<<say first>>", heard, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("--no-load")]
    public async Task A_conversation_outlives_the_server(string flag)
    {
        await using var bridge = await StartAsync(flag, "--memory", "MEMORY");
        var messages = new JsonArray(AgentBridge.User("<<say first>>"));
        await AnswerAsync(bridge, messages);
        if (flag.Length == 0) await bridge.StoredAsync(1);
        await bridge.StartAgainAsync();
        messages.Add(AgentBridge.User("<<heard>>"));
        var heard = Front.Chat.TextOf(await bridge.ChatAsync(Model, messages));
        if (flag.Length == 0) Assert.Equal("<<say first>> | <<heard>>", heard);
        else Assert.Contains("<conversation_so_far", heard, StringComparison.Ordinal);
        Assert.DoesNotContain("replayed", heard, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_process_has_many_sessions_that_hear_nothing_of_each_other()
    {
        await using var bridge = await StartAsync();
        var pids = await Task.WhenAll(Enumerable.Range(0, 12).Select(async i =>
        {
            var said = await bridge.SayAsync(Model, $"<<slow 5>> <<say session{i} speaks>> <<heard>> <<pid>>");
            for (var other = 0; other < 12; other++) Assert.Equal(other == i, said.Contains($"session{other} ", StringComparison.Ordinal));
            return said.Split(">>")[^1];
        }));
        Assert.Single(pids.Distinct());
    }

    [Fact]
    public async Task A_client_that_does_not_read_holds_up_nobody()
    {
        await using var bridge = await StartAsync();
        using var slow = await bridge.AskAsync("chat", Model, "<<flood 40000>> <<say done>>", stream: true);
        Assert.Equal("quick", await bridge.SayAsync(Model, "<<say quick>>").WaitAsync(TimeSpan.FromSeconds(10)));
        var body = await slow.Content.ReadAsStringAsync();
        Assert.True(body.Contains("reads the answer too slowly", StringComparison.Ordinal) || body.Contains("done", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("--permissions", "allow", "yes-once")]
    [InlineData("--permissions", "reject", "no-once")]
    public async Task Permissions_are_given_by_policy(string option, string value, string says)
    {
        await using var bridge = await AgentBridge.StartAsync([], [option, value]);
        bridge.Agents.Add("gemini", "acp");
        Assert.Equal(says, await bridge.SayAsync(Model, "<<ask client_get_weather>>"));
    }

    [Fact]
    public async Task Files_are_read_and_written_below_the_workspace_only()
    {
        using var work = new ToolRun();
        await File.WriteAllTextAsync(Path.Combine(work.Home, "secret.txt"), "the secret");
        File.CreateSymbolicLink(Path.Combine(work.Work, "link"), work.Home);
        await using var bridge = await AgentBridge.StartAsync([], ["--workspace", work.Work]);
        bridge.Agents.Add("gemini", "acp");
        Assert.Contains("the words of note.txt", await bridge.SayAsync(Model, $"<<read {work.Note}>>"), StringComparison.Ordinal);
        foreach (var path in (string[])[$"{work.Work}/../home/secret.txt", $"{work.Work}/link/secret.txt", $"{work.Home}/secret.txt", "/etc/hostname", "note.txt"])
        {
            Assert.Contains("-32602", await bridge.SayAsync(Model, $"<<read {path}>>"), StringComparison.Ordinal);
            Assert.Contains("-32602", await bridge.SayAsync(Model, $"<<write {path} changed>>"), StringComparison.Ordinal);
        }
        Assert.Equal("the secret", await File.ReadAllTextAsync(Path.Combine(work.Home, "secret.txt")));
        Assert.DoesNotContain("code", await bridge.SayAsync(Model, $"<<write {work.Work}/new.txt some words>>"), StringComparison.Ordinal);
        Assert.Equal("some words", await File.ReadAllTextAsync(Path.Combine(work.Work, "new.txt")));

        await using var without = await StartAsync();
        Assert.Contains("-32601", await without.SayAsync(Model, $"<<read {work.Note}>>"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("<<error -32603 it broke>>", 502, "it broke")]
    [InlineData("<<error 429 {\"error\":{\"code\":429,\"message\":\"slow down\"}}>>", 429, "slow down")]
    [InlineData("<<error -32000 Authentication required>>", 401, "run 'gemini' and log in there")]
    [InlineData("<<stop cancelled>>", 502, "gave its turn up")]
    public async Task Failures_have_the_status_that_they_mean(string prompt, int status, string says)
    {
        await using var bridge = await StartAsync();
        var error = await bridge.ChatAsync(Model, [AgentBridge.User(prompt)], status: status);
        Assert.Contains(says, error.ToJsonString(Wire.Plain), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_agent_that_dies_is_started_again_and_what_it_knew_is_told_to_the_new_one()
    {
        await using var bridge = await StartAsync();
        var messages = new JsonArray(AgentBridge.User("<<say first>> <<pid>>"));
        var first = (await AnswerAsync(bridge, messages)).Replace("first", "", StringComparison.Ordinal);
        Process.GetProcessById(int.Parse(first, CultureInfo.InvariantCulture)).Kill();
        await Eventually.TrueAsync(() => !Processes.IsAlive(int.Parse(first, CultureInfo.InvariantCulture)), "the agent is gone");
        messages.Add(AgentBridge.User("<<heard>> <<pid>>"));
        var second = Front.Chat.TextOf(await bridge.ChatAsync(Model, messages));
        Assert.Contains("<conversation_so_far", second, StringComparison.Ordinal);
        Assert.DoesNotContain(">>" + first, second, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_crash_in_the_middle_is_an_error_with_its_last_words()
    {
        await using var bridge = await StartAsync();
        using var answer = await bridge.AskAsync("chat", Model, "<<say one>> <<wait 200>> <<crash>>", stream: true);
        var events = await answer.EventsAsync();
        Front.Chat.AssertBrokenStream(events);
        Assert.Contains("was told to crash", events[^1].Data, StringComparison.Ordinal);
        Assert.Equal("fine", await bridge.SayAsync(Model, "<<say fine>>"));
    }

    [Fact]
    public async Task A_client_that_leaves_stops_the_turn_and_the_session_goes_on()
    {
        await using var bridge = await StartAsync();
        static void Named(HttpRequestMessage request) => request.Headers.Add("X-Conversation-ID", "mine");
        Assert.Equal("warm", await bridge.SayAsync(Model, "<<say warm>>", Named));
        using (var request = new HttpRequestMessage(HttpMethod.Post, bridge.Server.Url + "/v1/chat/completions") { Content = new StringContent(Front.Chat.Body(Model, "<<slow 50>> <<say a b c d e f g h i j k l m n o p q r s t u v w x y z>>", true).ToJsonString(), null, "application/json") })
        {
            request.Headers.Authorization = new("Bearer", Bridge.ClientKey);
            Named(request);
            using var answer = await bridge.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            await foreach (var e in answer.ReadEventsAsync())
            {
                if (Front.Chat.TextOf(e) is { Length: > 0 }) break;
            }
        }
        var began = Stopwatch.GetTimestamp();
        var heard = await bridge.SayAsync(Model, "<<heard>>", Named);
        Assert.InRange(Stopwatch.GetElapsedTime(began).TotalSeconds, 0, 1.5);
        Assert.StartsWith("<<say warm>> | <<slow 50>>", heard, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_agent_that_cannot_be_cancelled_loses_its_session_only()
    {
        await using var bridge = await AgentBridge.StartAsync([], ["--agent-timeout", "1s"]);
        bridge.Agents.Add("gemini", "acp");
        var pid = await bridge.SayAsync(Model, "<<pid>>");
        var error = await bridge.ChatAsync(Model, [AgentBridge.User("<<hang>>")], status: 504);
        Assert.Contains("sent nothing", error.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal(pid, await bridge.SayAsync(Model, "<<pid>>"));
    }

    [Fact]
    public async Task An_agent_that_does_not_answer_at_all_is_given_up()
    {
        await using var bridge = await AgentBridge.StartAsync([], ["--agent-timeout", "500ms"]);
        bridge.Agents.Add("gemini", "acp", "--mute");
        var error = await bridge.ChatAsync(Model, [AgentBridge.User("x")], status: 503);
        Assert.Contains("has not answered", error.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_is_left_when_it_was_idle_or_the_server_ends()
    {
        await using var bridge = await AgentBridge.StartAsync([], ["--worker-idle-timeout", "300ms"]);
        bridge.Agents.Add("gemini", "acp");
        var pid = int.Parse(await bridge.SayAsync(Model, "<<pid>>"), CultureInfo.InvariantCulture);
        await Eventually.TrueAsync(() => !Processes.IsAlive(pid), "the idle agent has ended");
        var next = int.Parse(await bridge.SayAsync(Model, "<<pid>>"), CultureInfo.InvariantCulture);
        Assert.NotEqual(pid, next);
        // Killed, not asked.
        Process.GetProcessById(bridge.Server.ProcessId).Kill();
        await Eventually.TrueAsync(() => !Processes.IsAlive(next), "the agent has ended with the server");
    }

    [Theory]
    [InlineData("claude-agent-acp", "acp/claude", "2")]
    [InlineData("gemini", "acp/gemini", "4")]
    public async Task Only_sessions_of_an_agent_that_starts_a_process_for_each_make_room_for_one_another(string program, string model, string sessions)
    {
        await using var bridge = await AgentBridge.StartAsync([], ["--pool-size", "2"]);
        bridge.Agents.Add(program, "acp", "--memory", Directory.CreateDirectory(Path.Combine(bridge.Home, "memory")).FullName);
        Task<string> SayAsync(string name, string text) => bridge.SayAsync(model, text, request => request.Headers.Add("X-Conversation-ID", name));
        foreach (var name in (string[])["a", "b", "c"]) await SayAsync(name, $"<<say I am {name}>>");
        Assert.Equal(sessions, await SayAsync("d", "<<sessions>>"));
        Assert.Equal("<<say I am a>> | <<heard>>", await SayAsync("a", "<<heard>>"));
    }

    [Fact]
    public async Task Its_own_tools_are_told_as_asked()
    {
        const string Prompt = "<<say Let me see.>> <<own bash {\"command\":\"ls\"} => a b>> <<say Done.>>";
        await using var bridge = await StartAsync();
        var message = (await bridge.ChatAsync(Model, [AgentBridge.User(Prompt)]))["choices"]![0]!;
        Assert.Equal("stop", (string?)message["finish_reason"]);
        var call = Assert.Single(message["message"]!["tool_calls"]!.AsArray())!;
        Assert.Equal(("bash", "{\"command\":\"ls\"}"), ((string)call["function"]!["name"]!, (string)call["function"]!["arguments"]!));
        Assert.Contains("a b", (string)message["message"]!["content"]!, StringComparison.Ordinal);

        await using var hidden = await AgentBridge.StartAsync([], ["--agent-tools", "hidden"]);
        hidden.Agents.Add("gemini", "acp");
        Assert.Equal("Let me see.\n\nDone.", await hidden.SayAsync(Model, Prompt));
    }

    [Fact]
    public async Task A_stop_sequence_ends_the_answer()
    {
        await using var bridge = await StartAsync();
        var body = new JsonObject { ["model"] = Model, ["stop"] = "thr", ["messages"] = new JsonArray(AgentBridge.User("<<say one two three four>>")) };
        using var answer = await bridge.Http.PostJsonAsync(bridge.Server.Url + "/v1/chat/completions", body);
        Assert.Null(answer.Header("x-acptoapi-ignored"));
        Assert.Equal("one two ", Front.Chat.TextOf(await answer.JsonAsync()));
    }

    [Fact]
    public async Task Pictures_reach_agents_that_take_them()
    {
        var picture = new JsonObject { ["role"] = "user", ["content"] = new JsonArray(new JsonObject { ["type"] = "image_url", ["image_url"] = new JsonObject { ["url"] = "data:image/png;base64,aGk=" } }, new JsonObject { ["type"] = "text", ["text"] = "<<prompt>>" }) };
        await using var bridge = await StartAsync();
        Assert.Contains("\"mimeType\":\"image/png\",\"data\":\"aGk=\"", Front.Chat.TextOf(await bridge.ChatAsync(Model, [picture.DeepClone()])), StringComparison.Ordinal);
        await using var text = await StartAsync("--text-only");
        Assert.Contains("takes no pictures", (await text.ChatAsync(Model, [picture.DeepClone()], status: 400)).ToJsonString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"agents":{"mine":{"command":[]}}}""", "agents.mine.command")]
    [InlineData("""{"agents":{"mine":{"comand":["x"]}}}""", "did you mean 'agents.mine.command'")]
    public async Task Mistakes_in_the_file_are_named(string config, string says)
    {
        var outcome = await Server.RunAsync(new() { Arguments = ["--config", "c.json"], Files = new() { ["c.json"] = config } });
        Assert.Equal(2, outcome.ExitCode);
        Assert.Contains(says, outcome.All, StringComparison.Ordinal);
    }

    internal static async Task<AgentBridge> StartAsync(params string[] flags)
    {
        var bridge = await AgentBridge.StartAsync([], []);
        var memory = Path.Combine(bridge.Home, "memory");
        Directory.CreateDirectory(memory);
        bridge.Agents.Add("gemini", "acp", [.. flags.Where(flag => flag.Length > 0).Select(flag => flag == "MEMORY" ? memory : flag)]);
        return bridge;
    }

    static async Task<string> AnswerAsync(AgentBridge bridge, JsonArray messages)
    {
        var said = Front.Chat.TextOf(await bridge.ChatAsync(Model, messages));
        messages.Add(AgentBridge.Assistant(said));
        return said;
    }
}
