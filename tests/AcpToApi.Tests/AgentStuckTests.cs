using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using AcpToApi.Tests.Support;
using AcpToApi.Transport;

namespace AcpToApi.Tests;

/// <summary>Agents that stop listening, and clients that leave while one is slow, hold up nobody and leave nothing behind.</summary>
public class AgentStuckTests
{
    const string Acp = "acp/gemini";
    const string OpenCode = "opencode/mock/m";

    [Fact]
    public async Task An_agent_that_stops_reading_is_ended_and_the_request_hears_why()
    {
        await using var bridge = await AgentBridge.StartAsync([], ["--agent-timeout", "2s"]);
        bridge.Agents.Add("gemini", "acp");
        var agent = await PidAsync(bridge);
        await SignalAsync("STOP", agent);
        var began = Stopwatch.GetTimestamp();
        var error = await bridge.ChatAsync(Acp, [AgentBridge.User(new string('a', 2 * 1024 * 1024))], change: InX, status: 502);
        Assert.Contains("does not read", error.ToJsonString(Wire.Plain), StringComparison.Ordinal);
        Assert.InRange(Stopwatch.GetElapsedTime(began).TotalSeconds, 1.5, 8);
        await Eventually.TrueAsync(() => !Processes.IsAlive(agent), "the agent is gone", seconds: 3);
        Assert.NotEqual(agent, await PidAsync(bridge));
    }

    [Fact]
    public async Task A_session_that_an_agent_opens_when_its_client_has_left_is_closed()
    {
        await using var bridge = await AgentBridge.StartAsync([], []);
        bridge.Agents.Add("gemini", "acp");
        var agent = await PidAsync(bridge);
        await SignalAsync("STOP", agent);
        await LeaveAsync(bridge, Acp);
        await SignalAsync("CONT", agent);
        await UntilAsync(async () => await bridge.SayAsync(Acp, "<<sessions>>", InX) == "1", "only the first session is open");
    }

    [Fact]
    public async Task A_session_that_a_server_makes_when_its_client_has_left_is_deleted()
    {
        using var folder = new FakeAgents();
        var log = Path.Combine(folder.Folder, "log");
        await using var bridge = await AgentBridge.StartAsync(["opencode"], ["--agent-env", $"FAKE_LOG={log}"]);
        Assert.Equal("warm", await bridge.SayAsync(OpenCode, "<<say warm>>", InX));
        var agent = Processes.ChildrenOf(bridge.Server.ProcessId).Single(process => process.Command.Contains("FakeAgent", StringComparison.Ordinal)).Id;
        Assert.DoesNotContain("DELETE", await File.ReadAllTextAsync(log), StringComparison.Ordinal);
        await SignalAsync("STOP", agent);
        await LeaveAsync(bridge, OpenCode);
        await SignalAsync("CONT", agent);
        await Eventually.TrueAsync(() => File.ReadAllText(log).Contains("DELETE /session/", StringComparison.Ordinal), "the session is deleted");
    }

    [Fact]
    public void A_guard_that_does_not_listen_is_given_up_after_a_moment()
    {
        if (OperatingSystem.IsWindows()) Assert.Skip("coding agents run on Linux and macOS only");
        var folder = Directory.CreateTempSubdirectory("acptoapi-test-");
        var place = new UnixDomainSocketEndPoint(Path.Combine(folder.FullName, "line"));
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(place);
        listener.Listen();
        var ours = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        ours.Connect(place);
        using var guard = listener.Accept();
        folder.Delete(recursive: true);
        var killed = 0;
        using var line = new GuardLine(ours, () => killed++);
        var began = Stopwatch.GetTimestamp();
        var told = 0;
        while (line.TryTell($"+ {new string('0', 16)} /some/folder\n")) told++;
        Assert.InRange(Stopwatch.GetElapsedTime(began).TotalSeconds, 0.2, 5);
        Assert.Equal(1, killed);
        // Bursts of starts are no reason.
        Assert.InRange(told, 100, int.MaxValue);
    }

    [Fact]
    public async Task Only_ordinary_files_are_read_and_written_and_their_text_is_made_valid()
    {
        using var work = new ToolRun();
        var (pipe, broken, link) = (Path.Combine(work.Work, "pipe"), Path.Combine(work.Work, "broken.txt"), Path.Combine(work.Work, "link"));
        using (var make = Process.Start("mkfifo", [pipe])) await make.WaitForExitAsync(TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(broken, [.. "caf"u8, 0xe9, .. " und \""u8, 0xff, 0xed, 0xa0, 0x80, .. "\"\nzwei"u8], TestContext.Current.CancellationToken);
        File.CreateSymbolicLink(link, broken);
        await using var bridge = await AgentBridge.StartAsync([], ["--workspace", work.Work]);
        bridge.Agents.Add("gemini", "acp");
        foreach (var path in (string[])[pipe, work.Work])
        {
            Assert.Contains("no ordinary file", await bridge.SayAsync(Acp, $"<<read {path}>>"), StringComparison.Ordinal);
            Assert.Contains("no ordinary file", await bridge.SayAsync(Acp, $"<<write {path} words>>"), StringComparison.Ordinal);
        }
        foreach (var path in (string[])[broken, link])
        {
            var said = JsonNode.Parse(await bridge.SayAsync(Acp, $"<<read {path}>>"))!;
            Assert.Equal("caf\ufffd und \"\ufffd\ufffd\ufffd\ufffd\"\nzwei", (string?)said["content"]);
        }
        await using var machine = await AgentBridge.StartAsync([], ["--workspace", "/"]);
        machine.Agents.Add("gemini", "acp");
        Assert.Contains("no ordinary file", await machine.SayAsync(Acp, "<<read /dev/zero>>"), StringComparison.Ordinal);
    }

    static void InX(HttpRequestMessage request) => request.Headers.Add("X-Conversation-ID", "x");

    static async Task<int> PidAsync(AgentBridge bridge) => int.Parse(await bridge.SayAsync(Acp, "<<pid>>", InX), System.Globalization.CultureInfo.InvariantCulture);

    static async Task SignalAsync(string signal, int process)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{process}"]);
        await kill.WaitForExitAsync();
        Assert.Equal(0, kill.ExitCode);
    }

    // Its request has reached the agent by then, which sleeps.
    static async Task LeaveAsync(AgentBridge bridge, string model)
    {
        using var leave = new CancellationTokenSource(TimeSpan.FromMilliseconds(500));
        using var body = new StringContent(Front.Chat.Body(model, "<<say hi>>", stream: false).ToJsonString(), Encoding.UTF8, "application/json");
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => bridge.Http.PostAsync(bridge.Server.Url + Front.Chat.Path, body, leave.Token));
        // The server notices.
        await Task.Delay(200);
    }

    static async Task UntilAsync(Func<Task<bool>> isTrue, string what)
    {
        for (var i = 0; i < 100; i++)
        {
            if (await isTrue()) return;
            await Task.Delay(50);
        }
        Assert.Fail($"never: {what}");
    }
}
