using System.Diagnostics;
using System.Text.Json.Nodes;
using AcpToApi.Tests.Support;

namespace AcpToApi.Tests;

/// <summary>The HTTP backend of coding agents, against their fake servers.</summary>
public class OpenCodeServeTests(FakeAgentBridge bridge) : IClassFixture<FakeAgentBridge>
{
    public static TheoryData<string, string, bool> Ways => new MatrixTheoryData<string, string, bool>(["opencode", "kilo"], ["chat", "messages"], [true, false]);

    [Theory, MemberData(nameof(Ways))]
    public async Task An_answer_arrives_through_every_dialect(string agent, string frontName, bool stream)
    {
        var front = Front.Of(frontName);
        using var answer = await AskAsync(front, $"{agent}/mock/m", "<<noise>> <<think Let me see.>> <<noise>> <<say Hello to \"you\", wörld.>>", stream);
        Assert.Equal(200, (int)answer.StatusCode);
        Assert.NotNull(answer.Header("X-Conversation-ID"));
        if (stream)
        {
            var events = await answer.EventsAsync();
            Assert.Equal("Hello to \"you\", wörld.", string.Concat(events.Select(front.TextOf)));
            Assert.True(events.Count(e => front.TextOf(e) is { Length: > 0 }) > 2, "it is not streamed");
            Assert.Contains(events, front.IsEnd);
            Assert.Contains("Let", string.Concat(events.Select(e => e.Data)), StringComparison.Ordinal);
            return;
        }
        var whole = await answer.JsonAsync();
        Assert.Equal("Hello to \"you\", wörld.", front.TextOf(whole));
        Assert.Contains("Let me see.", whole.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal(15 + 5, (int)(whole["usage"]!["completion_tokens"] ?? whole["usage"]!["output_tokens"])!);
    }

    [Fact]
    public async Task Responses_gemini_and_ollama_are_answered_too()
    {
        foreach (var (path, body) in ((string, string)[])[
            ("/v1/responses", """{"model":"opencode/m","input":"<<say one two>>"}"""),
            ("/v1beta/models/opencode/m:generateContent", """{"contents":[{"role":"user","parts":[{"text":"<<say one two>>"}]}]}"""),
            ("/api/chat", """{"model":"opencode/m","stream":false,"messages":[{"role":"user","content":"<<say one two>>"}]}"""),
            ("/v1/completions", """{"model":"opencode/m","prompt":"<<say one two>>"}"""),
        ])
        {
            using var answer = await bridge.Http.PostAsync(bridge.Server.Url + path, body);
            Assert.Contains("one two", (await answer.JsonAsync()).ToJsonString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Its_own_tools_are_told_as_calls_and_results()
    {
        var events = await StreamAsync("<<say Look.>> <<own read {\"path\":\"a\"} => the words>> <<bad bash no such tool>> <<step>> <<say Done.>>");
        var text = Text(events);
        Assert.Contains("Look.", text, StringComparison.Ordinal);
        Assert.Contains("the words", text, StringComparison.Ordinal);
        Assert.Contains("failed=\"true\"", text, StringComparison.Ordinal);
        Assert.EndsWith("Done.", text, StringComparison.Ordinal);
        var calls = events.Where(e => e.IsJson).SelectMany(e => e.Json["choices"]?[0]?["delta"]?["tool_calls"]?.AsArray() ?? []).ToList();
        Assert.Equal(["read", "bash"], calls.Select(call => (string?)call!["function"]?["name"]).Where(name => name is not null));
        Assert.Equal("{\"path\":\"a\"}", string.Concat(calls.Where(call => (int)call!["index"]! == 0).Select(call => (string?)call!["function"]?["arguments"])));
        Assert.Equal("stop", Finish(events));
    }

    [Theory]
    [InlineData("<<whole All at once.>>", "All at once.")]
    [InlineData("<<say one two>> <<again>> <<say three>>", "one twothree")]
    [InlineData("<<retry 3>> <<say after all>>", "after all")]
    [InlineData("<<late 200>> <<say the last words come late>>", "the last words come late")]
    [InlineData("<<slow 5>> <<say one two>> <<deaf>> <<slow 50>> <<say three four>>", "one twothree four")]
    [InlineData("<<ask bash>>", "permission: reject")]
    [InlineData("<<child bash>>", "permission: reject")]
    [InlineData("<<question>>", "reject")]
    public async Task Nothing_is_lost_doubled_or_waited_for(string script, string says)
    {
        var events = await StreamAsync(script);
        Assert.Contains(says, Text(events), StringComparison.Ordinal);
        if (!script.Contains("bash", StringComparison.Ordinal)) Assert.Equal(says, Text(events));
        Assert.Equal("stop", Finish(events));
    }

    [Theory]
    [InlineData("<<error 401 invalid key>>", 401, "invalid key")]
    [InlineData("<<error 429 slow down>>", 429, "slow down")]
    [InlineData("<<unknown Model not found: x/y>>", 404, "Model not found: x/y")]
    [InlineData("<<unknown it broke>>", 502, "it broke")]
    [InlineData("<<retry 9>>", 503, "failed 4 times")]
    public async Task A_failure_has_its_status_and_reason(string script, int status, string says)
    {
        foreach (var stream in (bool[])[true, false])
        {
            using var answer = await AskAsync(Front.Chat, "opencode/m", script, stream);
            Assert.Equal(status, (int)answer.StatusCode);
            Front.Chat.AssertError(await answer.JsonAsync(), says);
            if (status == 429) Assert.Equal("7", answer.Header("Retry-After"));
        }
    }

    [Fact]
    public async Task A_failure_after_text_is_an_error_event()
    {
        Front.Chat.AssertBrokenStream(await StreamAsync("<<say some words>> <<error 500 it broke>>"));
        Front.Chat.AssertBrokenStream(await StreamAsync("<<say some words>> <<crash>>", "kilo/m"));
        // And another one is started for the next.
        Assert.Equal("again", Text(await StreamAsync("<<say again>>", "kilo/m")));
    }

    [Fact]
    public async Task The_length_and_a_schema_are_heeded()
    {
        Assert.Equal("length", Finish(await StreamAsync("<<say cut>> <<finish length>>")));
        var body = Front.Chat.Body("opencode/m", "<<say Here:>> <<structured {\"name\":\"Ada\"}>>", stream: false);
        body["response_format"] = JsonNode.Parse("""{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object","properties":{"name":{"type":"string"}}}}}""");
        using var answer = await bridge.Http.PostJsonAsync(bridge.Server.Url + Front.Chat.Path, body);
        Assert.Equal("{\"name\":\"Ada\"}", Front.Chat.TextOf(await answer.JsonAsync()));
        await bridge.LoggedAsync(log => log.Contains("\"format\":{\"type\":\"json_schema\",\"schema\":{\"type\":\"object\"", StringComparison.Ordinal), "the schema");
    }

    [Fact]
    public async Task A_conversation_goes_on_in_its_session_and_a_strange_one_is_told_as_a_transcript()
    {
        var body = JsonNode.Parse("""{"model":"opencode/m","messages":[{"role":"user","content":"<<say first answer>>"}]}""")!;
        using var first = await bridge.Http.PostJsonAsync(bridge.Server.Url + Front.Chat.Path, body);
        var id = first.Header("X-Conversation-ID");
        Assert.Equal("first answer", Front.Chat.TextOf(await first.JsonAsync()));
        body = JsonNode.Parse("""{"model":"opencode/m","messages":[{"role":"user","content":"<<say first answer>>"},{"role":"assistant","content":"first answer"},{"role":"user","content":"<<echo>>"}]}""")!;
        using var second = await bridge.Http.PostJsonAsync(bridge.Server.Url + Front.Chat.Path, body);
        Assert.Equal(id, second.Header("X-Conversation-ID"));
        var told = JsonNode.Parse(Front.Chat.TextOf(await second.JsonAsync()))!;
        Assert.Equal("<<echo>>", (string?)Assert.Single(told["parts"]!.AsArray())!["text"]);

        body["messages"]![1]!["content"] = "never said";
        using var strange = await bridge.Http.PostJsonAsync(bridge.Server.Url + Front.Chat.Path, body);
        Assert.NotEqual(id, strange.Header("X-Conversation-ID"));
        told = JsonNode.Parse(Front.Chat.TextOf(await strange.JsonAsync()))!;
        Assert.Contains("<assistant>\nnever said\n</assistant>", (string)told["parts"]![0]!["text"]!, StringComparison.Ordinal);
        Assert.Equal("<<echo>>", (string?)told["parts"]![1]!["text"]);
    }

    [Fact]
    public async Task A_client_that_leaves_has_the_turn_stopped()
    {
        using (var answer = await AskAsync(Front.Chat, "opencode/m", "<<say some words>> <<hang>>", stream: true))
        {
            await foreach (var e in answer.ReadEventsAsync())
            {
                if (Front.Chat.TextOf(e) is { Length: > 0 }) break;
            }
        }
        await bridge.LoggedAsync(log => log.Contains("/abort", StringComparison.Ordinal), "an abort");
    }

    [Fact]
    public async Task Two_conversations_at_once_hear_only_themselves_and_a_slow_client_stalls_nobody()
    {
        using var slow = await AskAsync(Front.Chat, "opencode/m", "<<huge 40>>", stream: true);
        var texts = await Task.WhenAll(Enumerable.Range(0, 8).Select(async i => Text(await StreamAsync($"<<slow 2>> <<say a{i} b{i} c{i} d{i}>>"))));
        for (var i = 0; i < texts.Length; i++) Assert.Equal($"a{i} b{i} c{i} d{i}", texts[i]);
        var events = await slow.EventsAsync();
        Assert.Equal(40 << 20, events.Sum(e => Front.Chat.TextOf(e)?.Length ?? 0));
    }

    [Fact]
    public async Task Models_are_listed_once_it_runs_and_its_keys_never()
    {
        await StreamAsync("<<say x>>");
        await StreamAsync("<<say x>>", "kilo/m");
        await using var fresh = await OwnServer.StartAsync([]);
        var before = await fresh.Http.GetStringAsync(fresh.Server.Url + "/v1/models");
        Assert.DoesNotContain("opencode/", before, StringComparison.Ordinal);
        Assert.Empty(ProcessesOf(fresh.Marker));
    }

    [Fact]
    public async Task A_server_that_is_told_of_is_used_and_never_replaced()
    {
        await using var own = await OwnServer.StartAsync(["--opencode", $"http://127.0.0.1:{Server.FreePort()}"]);
        using var answer = await own.AskAsync("<<say x>>");
        Assert.Equal(503, (int)answer.StatusCode);
        Front.Chat.AssertError(await answer.JsonAsync(), "--opencode");
        Assert.Empty(ProcessesOf(own.Marker));
    }

    [Fact]
    public async Task A_server_of_somebody_else_needs_its_password_and_keeps_named_conversations()
    {
        var port = Server.FreePort();
        var log = Path.GetTempFileName();
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "FakeAgent"), ["opencode", "serve", "--hostname", "127.0.0.1", "--port", $"{port}"]) { RedirectStandardOutput = true };
        start.Environment["OPENCODE_SERVER_PASSWORD"] = "s3cret";
        start.Environment["FAKE_LOG"] = log;
        using var theirs = Process.Start(start)!;
        try
        {
            await theirs.StandardOutput.ReadLineAsync();
            await theirs.StandardOutput.ReadLineAsync();
            await using (var without = await OwnServer.StartAsync(["--opencode", $"http://127.0.0.1:{port}"]))
            {
                using var refused = await without.AskAsync("<<say x>>");
                Assert.Equal(401, (int)refused.StatusCode);
                Front.Chat.AssertError(await refused.JsonAsync(), "OPENCODE_SERVER_PASSWORD");
            }
            await using (var own = await OwnServer.StartAsync(["--opencode", $"http://127.0.0.1:{port}"], new() { ["OPENCODE_SERVER_PASSWORD"] = "s3cret" }))
            {
                Assert.Contains("opencode/mock/vendor/deep", await own.Http.GetStringAsync(own.Server.Url + "/v1/models"), StringComparison.Ordinal);
                Assert.DoesNotContain("sk-secret", await own.Http.GetStringAsync(own.Server.Url + "/v1/models"), StringComparison.Ordinal);
                var tooled = Front.Chat.Body("opencode/m", "hi", stream: false);
                tooled["tools"] = JsonNode.Parse(OpenCodeToolTests.Tools);
                using var foreign = await own.Http.PostJsonAsync(own.Server.Url + Front.Chat.Path, tooled);
                Assert.Equal(400, (int)foreign.StatusCode);
                Front.Chat.AssertError(await foreign.JsonAsync(), "acp/");
                using var named = await own.AskAsync("<<say one>>", "mine");
                Assert.Equal("one", Front.Chat.TextOf(await named.JsonAsync()));
                using var other = await own.AskAsync("<<say two>>");
                Assert.Equal("two", Front.Chat.TextOf(await other.JsonAsync()));
                await own.StopAsync();
            }
            var asked = File.ReadAllText(log);
            Assert.Contains("\"title\":\"mine\"", asked, StringComparison.Ordinal);
            Assert.Equal(2, asked.Split('\n').Count(line => line.StartsWith("DELETE /session/", StringComparison.Ordinal)));
            Assert.False(theirs.HasExited);
        }
        finally
        {
            theirs.Kill();
            File.Delete(log);
        }
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task Nothing_is_left_when_the_server_ends(bool killed)
    {
        await using var own = await OwnServer.StartAsync([]);
        using var answer = await own.AskAsync("<<say x>>");
        Assert.Equal("x", Front.Chat.TextOf(await answer.JsonAsync()));
        Assert.Single(ProcessesOf(own.Marker));
        Assert.Single(Directory.GetDirectories(own.Temp, "acptoapi-agent-*"));
        if (killed) Process.GetProcessById(own.Server.ProcessId).Kill();
        else await own.StopAsync();
        for (var i = 0; i < 200 && (ProcessesOf(own.Marker).Count > 0 || Directory.GetDirectories(own.Temp, "acptoapi-agent-*").Length > 0); i++) await Task.Delay(10);
        Assert.Empty(ProcessesOf(own.Marker));
        Assert.Empty(Directory.GetDirectories(own.Temp, "acptoapi-agent-*"));
    }

    [Fact]
    public async Task What_does_not_start_or_is_not_there_says_why()
    {
        await using (var broken = await OwnServer.StartAsync(["--agent-env", "FAKE_START=exit"]))
        {
            using var answer = await broken.AskAsync("<<say x>>");
            Assert.Equal(503, (int)answer.StatusCode);
            Front.Chat.AssertError(await answer.JsonAsync(), "the database is locked");
        }
        await using var bare = await Server.StartAsync(new() { Environment = new() { ["PATH"] = "/nowhere" } });
        using var missing = await bridge.Http.PostJsonAsync(bare.Url + Front.Chat.Path, Front.Chat.Body("kilo/m", "hi", stream: false));
        Assert.Equal(503, (int)missing.StatusCode);
        Front.Chat.AssertError(await missing.JsonAsync(), "'kilo'", "PATH");
    }

    static List<int> ProcessesOf(string marker)
    {
        var found = new List<int>();
        foreach (var folder in Directory.GetDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), out var pid)) continue;
            try
            {
                if (File.ReadAllText(Path.Combine(folder, "environ")).Contains($"FAKE_MARKER={marker}", StringComparison.Ordinal)) found.Add(pid);
            }
            catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
            {
                // It ended while we looked, or is none of ours.
            }
        }
        return found;
    }

    Task<HttpResponseMessage> AskAsync(Front front, string model, string text, bool stream) => bridge.Http.PostJsonAsync(bridge.Server.Url + front.Path, front.Body(model, text, stream));

    async Task<List<Frame>> StreamAsync(string text, string model = "opencode/m")
    {
        using var answer = await AskAsync(Front.Chat, model, text, stream: true);
        Assert.True((int)answer.StatusCode == 200, await (answer.IsSuccessStatusCode ? Task.FromResult("") : answer.Content.ReadAsStringAsync()));
        return await answer.EventsAsync();
    }

    internal static string Text(IEnumerable<Frame> events) => string.Concat(events.Select(Front.Chat.TextOf));

    internal static string? Finish(IEnumerable<Frame> events) =>
        events.Where(e => e.IsJson).Select(e => (string?)e.Json["choices"]?.AsArray().FirstOrDefault()?["finish_reason"]).LastOrDefault(reason => reason is not null);
}
