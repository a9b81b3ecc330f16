using System.Globalization;
using AcpToApi.Tests.Support;

namespace AcpToApi.Tests;

/// <summary>Tokens leave when they come, in every pair of dialects.</summary>
[Collection(Alone.Name)]
public class StreamingTests(Bridge bridge, ITestOutputHelper output) : IClassFixture<Bridge>
{
    const string Text = "Grüße, 日本 🦙 \"quoted\" back\\slash\ttab\nline end";

    public static TheoryData<string, string> Pairs => Front.Pairs;

    [Theory, MemberData(nameof(Pairs))]
    public async Task Each_token_arrives_within_50_ms_of_being_sent(string frontName, string back)
    {
        var front = Front.Of(frontName);
        using var answer = await bridge.AskAsync(front, Front.ModelOf(back), "<<slow 100>> <<stamp 10>>", stream: true);
        var late = new List<double>();
        await foreach (var e in answer.ReadEventsAsync())
        {
            foreach (var stamp in front.TextOf(e)?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [])
            {
                late.Add((e.UnixMicroseconds - long.Parse(stamp, CultureInfo.InvariantCulture)) / 1000.0);
            }
        }
        output.WriteLine($"{frontName} from {back}: ms after sending: {string.Join(' ', late.Select(l => l.ToString("0.0", CultureInfo.InvariantCulture)))}");
        Assert.Equal(10, late.Count);
        Assert.All(late, l => Assert.InRange(l, -1, 50));
    }

    [Theory, MemberData(nameof(Pairs))]
    public async Task The_head_leaves_before_the_first_token_does_not_wait_for_the_last(string frontName, string back)
    {
        var front = Front.Of(frontName);
        using var answer = await bridge.AskAsync(front, Front.ModelOf(back), "<<say one two three>> <<stall 2>>", stream: true);
        var text = "";
        await foreach (var e in answer.ReadEventsAsync())
        {
            text += front.TextOf(e);
            if (text == "one two") return;
        }
        Assert.Fail($"the stream ended after \"{text}\"");
    }

    [Theory, MemberData(nameof(Pairs))]
    public async Task Text_survives_with_every_escape(string frontName, string back)
    {
        var front = Front.Of(frontName);
        using var answer = await bridge.AskAsync(front, Front.ModelOf(back), $"<<say {Text}>>", stream: true);
        var events = await answer.EventsAsync();
        Assert.Equal(Text, string.Concat(events.Select(front.TextOf)));
        Assert.Contains(events, front.IsEnd);
        Assert.DoesNotContain(events, e => front.ErrorOf(e) is not null);
    }

    [Theory, MemberData(nameof(Pairs))]
    public async Task A_whole_answer_says_the_same(string frontName, string back)
    {
        var front = Front.Of(frontName);
        using var answer = await bridge.AskAsync(front, Front.ModelOf(back), $"<<say {Text}>>", stream: false);
        Assert.Equal("application/json", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal(Text, front.TextOf(await answer.JsonAsync()));
    }

    [Theory, MemberData(nameof(Pairs))]
    public async Task An_event_of_8_MB_passes(string frontName, string back)
    {
        var front = Front.Of(frontName);
        using var answer = await bridge.AskAsync(front, Front.ModelOf(back), "<<huge 8>>", stream: true);
        var events = await answer.EventsAsync();
        Assert.Equal(8 << 20, events.Sum(e => front.TextOf(e)?.Length ?? 0));
        Assert.Contains(events, front.IsEnd);
    }

    [Theory, MemberData(nameof(Pairs))]
    public async Task Frames_that_end_in_CRLF_are_read(string frontName, string back)
    {
        var front = Front.Of(frontName);
        using var answer = await bridge.AskAsync(front, Front.ModelOf(back), "<<say one two>> <<quirk crlf>>", stream: true);
        Assert.Equal("one two", string.Concat((await answer.EventsAsync()).Select(front.TextOf)));
    }

    // wire.md 7: the end mark without a finish is a complete answer, and so is a finish without the end mark.
    [Theory]
    [InlineData("messages", "chat", "nofinish")]
    [InlineData("messages", "chat", "nodone")]
    [InlineData("chat", "messages", "nodone")]
    public async Task One_of_finish_and_end_mark_is_enough(string frontName, string back, string quirk)
    {
        var front = Front.Of(frontName);
        using var answer = await bridge.AskAsync(front, Front.ModelOf(back), $"<<say one two>> <<quirk {quirk}>>", stream: true);
        var events = await answer.EventsAsync();
        Assert.DoesNotContain(events, e => front.ErrorOf(e) is not null);
        Assert.True(front.IsEnd(events[^1]), string.Join('\n', events));
    }
}
