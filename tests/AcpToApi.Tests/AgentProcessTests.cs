using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using AcpToApi.Tests.Support;

namespace AcpToApi.Tests;

/// <summary>No process, zombie, folder or descriptor of an agent outlives what it was started for, however that ends.</summary>
public class AgentProcessTests
{
    [Fact]
    public async Task A_client_that_leaves_ends_the_work_and_the_sealed_process()
    {
        await using var bridge = await AgentBridge.StartAsync(["claude"], ["--claude-warm", "0"]);
        var (process, child) = await LeaveAsync(bridge, "claude/sonnet");
        await Eventually.TrueAsync(() => !Processes.IsAlive(process) && !Processes.IsAlive(child), "the process and its child are gone", seconds: 1.5);
    }

    [Fact]
    public async Task A_client_that_leaves_interrupts_the_agent_which_keeps_its_conversation()
    {
        await using var bridge = await AgentBridge.StartAsync(["claude"], []);
        var (process, _) = await LeaveAsync(bridge, "claude-code:x");
        await Eventually.TrueAsync(() => (string?)bridge.GetAsync("/conversations/x").GetAwaiter().GetResult()["state"] == "hot", "the interrupted worker is hot");
        Assert.Contains($"pid={process}", await bridge.SayAsync("claude-code:x", "<<who>>"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task When_the_server_is_killed_the_agents_and_what_they_started_are_gone()
    {
        await using var bridge = await AgentBridge.StartAsync(["claude"], []);
        var said = await bridge.SayAsync("claude-code:x", "<<who>> <<child>>");
        var (process, child) = (Number(said, "pid="), Number(said, "child="));
        Assert.True(Processes.IsAlive(process) && Processes.IsAlive(child));
        var guard = Processes.ChildrenOf(bridge.Server.ProcessId).Find(entry => entry.Command.Contains("guard-children", StringComparison.Ordinal))?.Id ?? 0;
        Process.GetProcessById(bridge.Server.ProcessId).Kill();
        await Eventually.TrueAsync(() => !Processes.IsAlive(process) && !Processes.IsAlive(child), "the agent and its child are gone", seconds: 2);
        Assert.True(guard > 0);
        await Eventually.TrueAsync(() => !Processes.IsAlive(guard), "the guard is gone");
        await bridge.StartAgainAsync();
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("= 0123456789abcdef 0\n", true)]
    public async Task The_guard_leaves_a_number_alone_whose_child_has_ended(string ended, bool lives)
    {
        if (!OperatingSystem.IsLinux()) Assert.Skip("processes are looked up in /proc");
        using var other = Process.Start(new ProcessStartInfo("setsid", ["sleep", "60"]))!;
        using var guard = Process.Start(new ProcessStartInfo(PublishedBinary.Path, ["guard-children"]) { RedirectStandardInput = true })!;
        await Eventually.TrueAsync(() => Processes.All().Exists(process => process.Id == other.Id && process.Command.StartsWith("sleep", StringComparison.Ordinal)), "a group of its own");
        await guard.StandardInput.WriteAsync($"+ 0123456789abcdef \n= 0123456789abcdef {other.Id}\n{ended}");
        guard.StandardInput.Close();
        await guard.WaitForExitAsync(TestContext.Current.CancellationToken);
        if (lives) Assert.False(other.HasExited);
        else await Eventually.TrueAsync(() => other.HasExited, "a child that was not ended is");
        other.Kill();
    }

    [Fact]
    public async Task Asked_to_stop_the_server_takes_its_agents_along()
    {
        await using var bridge = await AgentBridge.StartAsync(["claude"], ["--claude-warm", "1"]);
        var process = Number(await bridge.SayAsync("claude/sonnet", "<<who>>"), "pid=");
        var children = Processes.ChildrenOf(bridge.Server.ProcessId);
        var guard = Assert.Single(children, child => child.Command.Contains("guard-children", StringComparison.Ordinal)).Id;
        var agents = children.ConvertAll(child => child.Id).FindAll(id => id != guard);
        Assert.Contains(process, agents);
        Assert.Equal(0, await bridge.Server.StopAsync());
        Assert.DoesNotContain(Processes.All(), entry => agents.Contains(entry.Id) && entry.State != 'Z');
        // It sees the server's end, and ends.
        await Eventually.TrueAsync(() => !Processes.IsAlive(guard), "the guard is gone");
        await bridge.StartAgainAsync();
    }

    [Fact]
    public async Task A_silent_agent_is_an_error_in_time_and_is_ended()
    {
        await using var bridge = await AgentBridge.StartAsync(["claude"], ["--agent-timeout", "700ms", "--claude-warm", "0"]);
        var answer = await bridge.ChatAsync("claude/sonnet", [AgentBridge.User("<<hang>>")], status: 504);
        Assert.Contains("0.7 s", (string)answer["error"]!["message"]!, StringComparison.Ordinal);
        await Eventually.TrueAsync(() => !Processes.ChildrenOf(bridge.Server.ProcessId).Exists(process => process.Command.Contains("claude", StringComparison.Ordinal)), "the silent process is ended");
    }

    /// <summary>Runs that are left, killed or crash at random points; after them nothing is left but the server.</summary>
    [Fact]
    public async Task Many_runs_ended_at_random_leave_nothing()
    {
        const int Runs = 200;
        await using var bridge = await AgentBridge.StartAsync(["claude"], ["--pool-size", "3"]);
        await bridge.SayAsync("claude/sonnet", "<<say warm>>");
        var descriptors = Descriptors(bridge);
        var random = new Random(4800);
        var plans = Enumerable.Range(0, Runs).Select(i => (Number: i, Way: random.Next(4), After: random.Next(0, 250))).ToList();
        var next = -1;
        await Task.WhenAll(Enumerable.Range(0, 4).Select(async _ =>
        {
            for (var i = Interlocked.Increment(ref next); i < Runs; i = Interlocked.Increment(ref next)) await EndAsync(bridge, plans[i]);
        }));
        await Eventually.TrueAsync(() => Processes.ChildrenOf(bridge.Server.ProcessId).TrueForAll(child => child.State != 'Z'), "no zombie is left");
        foreach (var conversation in (await bridge.ConversationsAsync())["conversations"]!.AsArray())
        {
            await bridge.SendAsync(HttpMethod.Delete, $"/conversations/{(string)conversation!["id"]!}?forget=true");
        }
        // The guard, and one process that waits.
        await Eventually.TrueAsync(() => Processes.ChildrenOf(bridge.Server.ProcessId).Count <= 2, $"no agent is left: {string.Join("; ", Processes.ChildrenOf(bridge.Server.ProcessId))}");
        await Eventually.TrueAsync(() => Directory.GetFileSystemEntries(bridge.Temporary).Length <= 1, "no folder is left but that of the process that waits");
        await Eventually.TrueAsync(() => Descriptors(bridge) <= descriptors + 5, $"descriptors: {descriptors} before, {Descriptors(bridge)} after");
        Assert.Equal("alive", await bridge.SayAsync("claude/sonnet", "<<say alive>>"));
    }

    static async Task EndAsync(AgentBridge bridge, (int Number, int Way, int After) plan)
    {
        var model = plan.Number % 2 == 0 ? "claude/sonnet" : $"claude-code:r{plan.Number % 5}";
        var script = plan.Way == 0 ? "<<say a>> <<crash>>" : "<<slow 20>> <<who>> <<child>> <<say a b c d e f g h i j k l m n o p>>";
        using var leave = new CancellationTokenSource(plan.Way == 1 ? Timeout.Infinite : plan.After);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, bridge.Server.Url + "/v1/chat/completions")
            {
                Content = new StringContent(new JsonObject { ["model"] = model, ["stream"] = true, ["messages"] = new JsonArray(AgentBridge.User($"{plan.Number} {script}")) }.ToJsonString(), null, "application/json"),
            };
            request.Headers.Authorization = new("Bearer", Bridge.ClientKey);
            using var answer = await bridge.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, leave.Token);
            if (plan.Way != 1)
            {
                await answer.Content.ReadAsStringAsync(leave.Token);
                return;
            }
            // From outside, the hard way.
            await foreach (var e in answer.ReadEventsAsync())
            {
                if (!e.IsJson || Front.Chat.TextOf(e) is not { } text || !text.Contains("pid=", StringComparison.Ordinal)) continue;
                try
                {
                    Process.GetProcessById(Number(text, "pid=")).Kill();
                }
                catch (ArgumentException)
                {
                    // Evicted meanwhile.
                }
                break;
            }
        }
        catch (Exception left) when (left is OperationCanceledException or HttpRequestException or IOException)
        {
            // That was the plan.
        }
    }

    static async Task<(int Process, int Child)> LeaveAsync(AgentBridge bridge, string model)
    {
        using var answer = await bridge.AskAsync("chat", model, "<<who>> <<child>> <<slow 50>> <<say a b c d e f g h i j k l m n o p q r s t u v w x y z>> <<wait 5000>>", stream: true);
        var (process, child) = (0, 0);
        await foreach (var e in answer.ReadEventsAsync())
        {
            var text = Front.Chat.TextOf(e) ?? "";
            if (text.Contains("pid=", StringComparison.Ordinal)) process = Number(text, "pid=");
            if (text.Contains("child=", StringComparison.Ordinal)) child = Number(text, "child=");
            if (text == " c") break;
        }
        Assert.True(process > 0 && child > 0);
        return (process, child);
    }

    static int Descriptors(AgentBridge bridge) => Directory.GetFileSystemEntries($"/proc/{bridge.Server.ProcessId}/fd").Length;

    static int Number(string said, string name) => int.Parse(new string([.. said[(said.IndexOf(name, StringComparison.Ordinal) + name.Length)..].TakeWhile(char.IsAsciiDigit)]), CultureInfo.InvariantCulture);
}
