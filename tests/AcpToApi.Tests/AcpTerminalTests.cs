using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using AcpToApi.Tests.Support;

namespace AcpToApi.Tests;

/// <summary>Commands that an agent of the Agent Client Protocol, played by tests/FakeAgent, runs through us.</summary>
public class AcpTerminalTests
{
    const string Model = "acp/gemini";

    [Fact]
    public async Task A_command_runs_in_the_workspace_and_both_its_streams_are_heard_in_order()
    {
        await using var run = await Run.StartAsync();
        Assert.True((bool)(await run.SayAsync("<<client>>"))[0]["terminal"]!);
        var answers = await run.SayAsync("<<terminal for i in 1 2 3; do echo out $i; echo err $i 1>&2; done; cat note.txt; cat; exit 7>>");
        var answer = Assert.Single(answers);
        Assert.Equal("out 1\nerr 1\nout 2\nerr 2\nout 3\nerr 3\nthe words of note.txt\n", (string?)answer["output"]);
        Assert.False((bool)answer["truncated"]!);
        Assert.Equal(Status(7), answer["exitStatus"]!.ToJsonString());
    }

    [Fact]
    public async Task A_command_has_what_a_shell_would_give_it_in_place_of_a_terminal()
    {
        await using var run = await Run.StartAsync();
        // Standard streams that can be opened by name, and nobody who types.
        foreach (var line in (string[])["echo words > /dev/stderr", "echo words | tee /dev/stderr > /dev/null", "cat /dev/stdin; echo words", "test ! -p /dev/stdin && test ! -S /dev/stdin && echo words"])
        {
            var answer = Assert.Single(await run.SayAsync($"<<terminal {line}>>"));
            Assert.Equal(("words\n", Status(0)), ((string?)answer["output"], answer["exitStatus"]!.ToJsonString()));
        }
    }

    [Fact]
    public async Task The_whole_machine_may_be_the_workspace()
    {
        using var folder = new ToolRun();
        await using var bridge = await AgentBridge.StartAsync([], ["--permissions", "allow", "--workspace", "/"]);
        bridge.Agents.Add("gemini", "acp");
        var note = Path.Combine(folder.Work, "note.txt");
        await File.WriteAllTextAsync(note, "written here", TestContext.Current.CancellationToken);
        var said = await bridge.SayAsync(Model, $$"""<<call fs/read_text_file {"path":"{{note}}"}>> <<call terminal/create {"command":"pwd","cwd":"{{folder.Work}}"}>>""");
        Assert.Contains("written here", said, StringComparison.Ordinal);
        Assert.Contains("terminalId", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_signal_is_told_and_is_no_exit_code()
    {
        await using var run = await Run.StartAsync();
        Assert.Equal(Status("SIGSEGV"), (await run.SayAsync("<<terminal kill -SEGV $$>>"))[0]["exitStatus"]!.ToJsonString());
        Assert.Equal(Status(139), (await run.SayAsync("<<terminal exit 139>>"))[0]["exitStatus"]!.ToJsonString());
    }

    [Fact]
    public async Task It_gets_the_usual_variables_and_those_given_and_no_keys()
    {
        await using var run = await Run.StartAsync(environment: new() { ["OPENAI_API_KEY"] = "sk-never", ["GEMINI_API_KEY"] = "never" });
        var answers = await run.SayAsync(Create("env", ("env", JsonNode.Parse("""[{"name":"MINE","value":"a \"b\""},{"name":"ACPTOAPI_RUN","value":"x"},{"name":"NONE"}]"""))) + Wait + Output);
        var lines = ((string)answers[2]["output"]!).Split('\n');
        Assert.Contains("MINE=a \"b\"", lines);
        Assert.Contains(lines, line => line.StartsWith("PATH=", StringComparison.Ordinal));
        Assert.DoesNotContain("ACPTOAPI_RUN=x", lines);
        Assert.DoesNotContain(lines, line => line.Contains("never", StringComparison.Ordinal));
    }

    [Theory]
    // Of the end, whole characters: each is two or three bytes.
    [InlineData("printf 'aééé'", 4, "éé", true)]
    [InlineData("printf 'aééé'", 5, "éé", true)]
    [InlineData("printf 'aééé'", 6, "ééé", true)]
    [InlineData("printf 'aééé'", 7, "aééé", false)]
    [InlineData("printf '€€'", 5, "€", true)]
    [InlineData("printf '€€'", 0, "", true)]
    [InlineData("printf ''", 0, "", false)]
    [InlineData("printf '\\377a'", 100, "\uFFFDa", false)]
    public async Task The_end_of_the_output_is_kept(string command, int limit, string says, bool truncated)
    {
        await using var run = await Run.StartAsync();
        var answers = await run.SayAsync(Create("sh", Line(command), ("outputByteLimit", limit)) + Wait + Output);
        Assert.Equal((says, truncated), ((string)answers[2]["output"]!, (bool)answers[2]["truncated"]!));
    }

    [Fact]
    public async Task Long_output_is_bounded_and_half_a_character_is_not_shown_while_more_comes()
    {
        await using var run = await Run.StartAsync();
        var answers = await run.SayAsync("<<terminal seq 1 400000>>");
        var output = (string)answers[0]["output"]!;
        Assert.Equal(1024 * 1024, output.Length);
        Assert.EndsWith("\n399999\n400000\n", output, StringComparison.Ordinal);
        Assert.True((bool)answers[0]["truncated"]!);

        answers = await run.SayAsync(Create("sh", Line("printf 'a\\303'; sleep 0.7; printf '\\251'")) + "<<wait 350>>" + Output + Wait + Output);
        Assert.Equal("a", (string?)answers[1]["output"]);
        Assert.Null(answers[1]["exitStatus"]);
        Assert.Equal("aé", (string?)answers[3]["output"]);
    }

    [Fact]
    public async Task Waiting_holds_up_nothing_and_a_killed_command_can_still_be_read()
    {
        await using var run = await Run.StartAsync();
        var later = Wait.Replace("call", "later", StringComparison.Ordinal);
        var answers = await run.SayAsync(Create("sh", Line("echo begun; sleep 1000 & sleep 1000")) + later + "<<wait 300>>" + $"<<call fs/read_text_file {{\"path\":\"{run.Folder.Note}\"}}>>" + Output + Kill + "<<answers>>" + Output + Release + Output);
        Assert.Equal("the words of note.txt\n", (string?)answers[1]["content"]);
        Assert.Equal(("begun\n", null), ((string?)answers[2]["output"], answers[2]["exitStatus"]));
        Assert.Equal("{}", answers[3].ToJsonString());
        Assert.Equal(Status("SIGTERM"), answers[4].ToJsonString());
        Assert.Equal(("begun\n", Status("SIGTERM")), ((string?)answers[5]["output"], answers[5]["exitStatus"]!.ToJsonString()));
        Assert.Equal("{}", answers[6].ToJsonString());
        Assert.Equal(-32602, (int)answers[7]["code"]!);
        await Eventually.TrueAsync(() => !Processes.All().Exists(process => process.Command == "sleep 1000 "), "the command's child is gone", seconds: 2);
    }

    [Fact]
    public async Task A_command_that_leaves_somebody_behind_has_ended()
    {
        await using var run = await Run.StartAsync();
        var answers = await run.SayAsync(Create("sh", Line("trap '' TERM; setsid sleep 1001 & echo $!")) + Wait + Output);
        Assert.Equal(Status(0), answers[1].ToJsonString());
        var left = int.Parse((string)answers[2]["output"]!, CultureInfo.InvariantCulture);
        Assert.True(Processes.IsAlive(left));
        await run.SayAsync(Release);
        await Eventually.TrueAsync(() => !Processes.IsAlive(left), "who was left behind is gone", seconds: 2);
    }

    [Fact]
    public async Task Folders_elsewhere_and_what_cannot_be_started_are_errors()
    {
        await using var run = await Run.StartAsync();
        Directory.CreateDirectory(Path.Combine(run.Folder.Work, "sub"));
        File.CreateSymbolicLink(Path.Combine(run.Folder.Work, "link"), run.Folder.Home);
        foreach (var folder in (string[])["/", run.Folder.Home, $"{run.Folder.Work}/link", $"{run.Folder.Work}/../home", run.Folder.Work + "2", "sub"])
        {
            var refused = Assert.Single(await run.SayAsync(Create("pwd", ("cwd", folder))));
            Assert.Equal(-32602, (int)refused["code"]!);
            Assert.Contains("cwd", (string)refused["message"]!, StringComparison.Ordinal);
        }
        Assert.Equal($"{run.Folder.Work}/sub\n", (string?)(await run.SayAsync(Create("pwd", ("cwd", run.Folder.Work + "/sub")) + Wait + Output))[2]["output"]);

        Assert.Contains("no-such-program", await ErrorAsync(Create("no-such-program")), StringComparison.Ordinal);
        Assert.Contains("no such program", await ErrorAsync(Create("no such program", ("args", new JsonArray("x")))), StringComparison.Ordinal);
        Assert.Contains("Permission denied", await ErrorAsync(Create("./note.txt")), StringComparison.Ordinal);
        Assert.Contains("no folder", await ErrorAsync(Create("pwd", ("cwd", run.Folder.Work + "/none"))), StringComparison.Ordinal);
        Assert.Contains("'command'", await ErrorAsync("<<call terminal/create {}>>"), StringComparison.Ordinal);
        Assert.Contains("'args[0]'", await ErrorAsync(Create("echo", ("args", new JsonArray("a\0b")))), StringComparison.Ordinal);
        Assert.Contains("no such terminal", await ErrorAsync(Output.Replace("$T", "other", StringComparison.Ordinal)), StringComparison.Ordinal);
        // What some agents send: a line for the shell.
        Assert.Equal("2\n", (string?)(await run.SayAsync(Create("cd sub && echo $((1 + 1))") + Wait + Output))[2]["output"]);

        async Task<string> ErrorAsync(string script) => (string)Assert.Single(await run.SayAsync(script))["message"]!;
    }

    [Fact]
    public async Task A_session_has_only_so_many_of_them()
    {
        await using var run = await Run.StartAsync();
        var answers = await run.SayAsync(string.Concat(Enumerable.Repeat(Create("true"), 101)) + Release + Create("true"));
        Assert.All(answers.Take(100), answer => Assert.NotNull(answer["terminalId"]));
        Assert.Contains("release some", (string)answers[100]["message"]!, StringComparison.Ordinal);
        Assert.NotNull(answers[102]["terminalId"]);
    }

    [Theory]
    [InlineData(true, "reject", "--permissions allow")]
    [InlineData(false, "allow", "--workspace")]
    public async Task Without_a_workspace_or_permission_nothing_is_run(bool workspace, string permissions, string says)
    {
        await using var run = await Run.StartAsync(workspace, permissions);
        Assert.False((bool)(await run.SayAsync("<<client>>"))[0]["terminal"]!);
        foreach (var script in (string[])["<<terminal echo x>>", Wait, Output, Kill, Release])
        {
            var refused = Assert.Single(await run.SayAsync(script.Replace("$T", "x", StringComparison.Ordinal)));
            Assert.Equal(-32601, (int)refused["code"]!);
            Assert.Contains(says, (string)refused["message"]!, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Terminals_belong_to_their_session_and_end_with_it()
    {
        await using var run = await Run.StartAsync();
        await run.SayAsync("<<say warm>>", "other");
        var descriptors = Descriptors(run);
        var (command, child) = await BeginAsync(run, "mine");
        foreach (var script in (string[])[Wait, Output, Kill, Release]) Assert.Equal(-32602, (int)(await run.SayAsync(script, "other"))[0]["code"]!);
        Assert.Equal(-32602, (int)(await run.SayAsync("<<call terminal/create {\"command\":\"pwd\",\"sessionId\":\"none\"}>>", "other"))[0]["code"]!);
        Assert.True(Processes.IsAlive(command) && Processes.IsAlive(child));
        await run.Bridge.SendAsync(HttpMethod.Delete, "/conversations/mine");
        await Eventually.TrueAsync(() => !Processes.IsAlive(command) && !Processes.IsAlive(child), "the command and its child are gone", seconds: 2);
        await Eventually.TrueAsync(() => Processes.ChildrenOf(run.Bridge.Server.ProcessId).TrueForAll(process => process.State != 'Z'), "no zombie is left");
        await Eventually.TrueAsync(() => Descriptors(run) <= descriptors, $"descriptors: {descriptors} before, {Descriptors(run)} after");
    }

    [Theory]
    [InlineData("crash")]
    [InlineData("stop")]
    [InlineData("kill")]
    public async Task Commands_end_with_their_agent_and_with_the_server(string how)
    {
        await using var run = await Run.StartAsync();
        var (command, child) = await BeginAsync(run, "mine");
        Assert.True(Processes.IsAlive(command) && Processes.IsAlive(child));
        if (how == "crash") await run.Bridge.AskAsync("chat", Model, "<<crash>>", stream: true);
        else if (how == "stop") await run.Bridge.Server.StopAsync();
        else Process.GetProcessById(run.Bridge.Server.ProcessId).Kill();
        await Eventually.TrueAsync(() => !Processes.IsAlive(command) && !Processes.IsAlive(child), "the command and its child are gone", seconds: 2);
        if (how != "crash") await run.Bridge.StartAgainAsync();
    }

    const string Wait = "<<call terminal/wait_for_exit {\"terminalId\":\"$T\"}>>";
    const string Output = "<<call terminal/output {\"terminalId\":\"$T\"}>>";
    const string Kill = "<<call terminal/kill {\"terminalId\":\"$T\"}>>";
    const string Release = "<<call terminal/release {\"terminalId\":\"$T\"}>>";

    static string Create(string command, params (string Name, JsonNode? Value)[] more)
    {
        var parameters = new JsonObject { ["command"] = command };
        foreach (var (name, value) in more) parameters[name] = value;
        return $"<<call terminal/create {parameters.ToJsonString()}>>";
    }

    // Of a shell.
    static (string, JsonNode?) Line(string line) => ("args", new JsonArray("-c", line));

    static string Status(int code) => $"{{\"exitCode\":{code},\"signal\":null}}";

    static string Status(string signal) => $"{{\"exitCode\":null,\"signal\":\"{signal}\"}}";

    // A command that does not mind being asked to end, and a child of it that left its group.
    static async Task<(int Command, int Child)> BeginAsync(Run run, string conversation)
    {
        var answers = await run.SayAsync(Create("sh", Line("trap '' TERM; setsid sleep 1002 & echo $$ $!; while :; do sleep 1; done")) + "<<wait 300>>" + Output, conversation);
        var ids = ((string)answers[1]["output"]!).Split(' ');
        return (int.Parse(ids[0], CultureInfo.InvariantCulture), int.Parse(ids[1], CultureInfo.InvariantCulture));
    }

    static int Descriptors(Run run) => Directory.GetFiles($"/proc/{run.Bridge.Server.ProcessId}/fd").Length;

    /// <summary>A server, an agent, a workspace.</summary>
    sealed class Run(AgentBridge bridge, ToolRun folder) : IAsyncDisposable
    {
        public AgentBridge Bridge => bridge;

        public ToolRun Folder => folder;

        public static async Task<Run> StartAsync(bool workspace = true, string permissions = "allow", Dictionary<string, string>? environment = null)
        {
            var folder = new ToolRun();
            var bridge = await AgentBridge.StartAsync([], ["--permissions", permissions, .. workspace ? new[] { "--workspace", folder.Work } : []], environment);
            bridge.Agents.Add("gemini", "acp");
            return new Run(bridge, folder);
        }

        /// <summary>What the agent says, a value on each line.</summary>
        public async Task<List<JsonNode>> SayAsync(string script, string conversation = "main")
        {
            var said = await bridge.SayAsync(Model, script, request => request.Headers.Add("X-Conversation-ID", conversation));
            return said.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line.StartsWith('{')).Select(line => JsonNode.Parse(line)!).ToList();
        }

        public async ValueTask DisposeAsync()
        {
            await bridge.DisposeAsync();
            folder.Dispose();
        }
    }
}
