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
