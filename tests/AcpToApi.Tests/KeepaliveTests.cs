using System.Text;
using AcpToApi.Tests.Support;

namespace AcpToApi.Tests;

/// <summary>Pings every 100 ms, patience for 1 s.</summary>
public sealed class PingingBridge : Bridge
{
    protected override Dictionary<string, string> Environment => new() { ["ACPTOAPI_KEEPALIVE"] = "100ms" };

    protected override string[] Arguments => ["--stream-idle-timeout", "1s"];
}

/// <summary>A silent upstream: the client hears that we are alive, and never waits for ever.</summary>
public class KeepaliveTests(PingingBridge bridge) : IClassFixture<PingingBridge>
{
    public static TheoryData<string, string> Pairs => Front.Pairs;

    [Theory, MemberData(nameof(Pairs))]
    public async Task Silence_is_filled_with_pings(string frontName, string back)
    {
        var front = Front.Of(frontName);
        using var answer = await bridge.AskAsync(front, Front.ModelOf(back), "<<hush 700>> <<say one two>>", stream: true);
        var events = await answer.EventsAsync(comments: true);
        // The provider's own ping is the first of an Anthropic upstream.
        Assert.InRange(events.Count(e => IsPing(front, e)), 3, 9);
        Assert.Equal("one two", string.Concat(events.Select(front.TextOf)));
        Assert.Contains(events, front.IsEnd);
    }

    [Theory, MemberData(nameof(Pairs))]
    public async Task Pings_stand_between_tokens_too(string frontName, string back)
    {
        var front = Front.Of(frontName);
        using var answer = await bridge.AskAsync(front, Front.ModelOf(back), "<<slow 350>> <<say one two three>>", stream: true);
        var events = await answer.EventsAsync(comments: true);
        var second = events.FindIndex(e => front.TextOf(e) == " two");
        var third = events.FindIndex(e => front.TextOf(e) == " three");
        Assert.InRange(events[second..third].Count(e => IsPing(front, e)), 1, 4);
    }

    [Theory, MemberData(nameof(Pairs))]
    public async Task Pings_do_not_hide_a_dead_upstream(string frontName, string back)
    {
        var front = Front.Of(frontName);
        using var answer = await bridge.AskAsync(front, Front.ModelOf(back), "<<say one two three>> <<stall 2>>", stream: true);
        var events = await answer.EventsAsync(comments: true);
        Assert.Contains(events, e => IsPing(front, e));
        front.AssertBrokenStream([.. events.Where(e => e.Comment is null)]);
    }

    // Back-pressure stops the reading of the upstream: that silence is the client's, not the upstream's.
    [Theory]
    [InlineData("chat")]
    [InlineData("messages")]
    public async Task A_client_that_pauses_is_not_taken_for_a_silent_upstream(string frontName)
    {
        var front = Front.Of(frontName);
        const int Events = 12_000;
        var one = $"data: {{\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"{new string('z', 2000)}\"}},\"finish_reason\":null}}]}}\n\n";
        var end = "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";
        var head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n";
        bridge.Upstream.Script(Encoding.UTF8.GetBytes(head + string.Concat(Enumerable.Repeat(one, Events)) + end));
        using var answer = await bridge.AskAsync(front, Front.ModelOf("chat"), "hi", stream: true);
        await Task.Delay(TimeSpan.FromSeconds(3));
        var text = await answer.Content.ReadAsStringAsync();
        Assert.DoesNotContain("has sent nothing", text, StringComparison.Ordinal);
        Assert.Equal(Events * 2000, text.Count(c => c == 'z'));
    }

    static bool IsPing(Front front, Frame e) => front == Front.Messages ? e.Name == "ping" : e.Comment is not null;
}
