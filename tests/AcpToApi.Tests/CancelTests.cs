using System.Diagnostics;
using System.Globalization;
using AcpToApi.Tests.Support;
using FakeProvider;

namespace AcpToApi.Tests;

/// <summary>Nobody listens any more: the upstream is told at once.</summary>
[Collection(Alone.Name)]
public class CancelTests(Bridge bridge, ITestOutputHelper output) : IClassFixture<Bridge>
{
    static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(250);

    public static TheoryData<string, string> Pairs => Front.Pairs;

    [Theory, MemberData(nameof(Pairs))]
    public async Task A_client_that_leaves_a_stream_ends_the_upstream_request(string frontName, string back)
    {
        bridge.Upstream.Clear();
        var front = Front.Of(frontName);
        using var answer = await bridge.AskAsync(front, Front.ModelOf(back), "<<slow 30>> <<stamp 1000>>", stream: true);
        await AssertClosedAsync(await LeaveAfterAsync(front, answer, tokens: 3), $"{frontName} from {back}, streaming");
    }

    [Theory, MemberData(nameof(Pairs))]
    public async Task A_client_that_leaves_a_silent_stream_ends_the_upstream_request(string frontName, string back)
    {
        bridge.Upstream.Clear();
        var front = Front.Of(frontName);
        using var answer = await bridge.AskAsync(front, Front.ModelOf(back), "<<say one two three>> <<stall 1>>", stream: true);
        await AssertClosedAsync(await LeaveAfterAsync(front, answer, tokens: 1), $"{frontName} from {back}, stalled");
    }

    [Theory, MemberData(nameof(Pairs))]
    public async Task A_client_that_does_not_wait_for_a_whole_answer_ends_the_upstream_request(string frontName, string back)
    {
        bridge.Upstream.Clear();
        var front = Front.Of(frontName);
        foreach (var fault in (string[])["<<wait 20000>>", "<<stall 0>>"])
        {
            bridge.Upstream.Clear();
            using var leaving = new CancellationTokenSource();
            using var request = new HttpRequestMessage(HttpMethod.Post, bridge.Server.Url + front.Path)
            {
                Content = new StringContent(front.Body(Front.ModelOf(back), fault, stream: false).ToJsonString(), System.Text.Encoding.UTF8, "application/json"),
            };
            var asking = bridge.Http.SendAsync(request, leaving.Token);
            await bridge.Upstream.RequestAsync();
            var left = Stopwatch.GetTimestamp();
            await leaving.CancelAsync();
            await AssertClosedAsync(left, $"{frontName} from {back}, whole, {fault}");
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
        }
    }

    [Fact]
    public async Task A_client_that_leaves_between_two_prompts_ends_the_upstream_request_and_causes_no_other()
    {
        bridge.Upstream.Clear();
        // It has said all, but keeps the stream open.
        bridge.Upstream.Script(new RawScript([
            new RawStep("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\ndata: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"x\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n"u8.ToArray()),
            new RawStep([], TimeSpan.FromSeconds(5)),
        ]));
        using var request = new HttpRequestMessage(HttpMethod.Post, bridge.Server.Url + "/v1/completions")
        {
            Content = new StringContent("""{"model":"openai/fake-model","prompt":["a","b"],"stream":true}""", System.Text.Encoding.UTF8, "application/json"),
        };
        var answer = await bridge.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        _ = await (await answer.Content.ReadAsStreamAsync()).ReadAsync(new byte[16]);
        var left = Stopwatch.GetTimestamp();
        answer.Dispose();
        await AssertClosedAsync(left, "between two prompts");
        await Task.Delay(600);
        Assert.Single(bridge.Upstream.Requests());
    }

    // The end of the loop gives up the answer, and with it the connection.
    static async Task<long> LeaveAfterAsync(Front front, HttpResponseMessage answer, int tokens)
    {
        var left = 0L;
        await foreach (var e in answer.ReadEventsAsync())
        {
            if (front.TextOf(e) is not { Length: > 0 } || --tokens > 0) continue;
            left = Stopwatch.GetTimestamp();
            break;
        }
        answer.Dispose();
        return left;
    }

    async Task AssertClosedAsync(long left, string what)
    {
        var seen = await bridge.Upstream.RequestAsync();
        var close = await seen.Closed.WaitAsync(TimeSpan.FromSeconds(5));
        var after = Stopwatch.GetElapsedTime(left, close.At);
        output.WriteLine($"{what}: closed after {after.TotalMilliseconds.ToString("0.0", CultureInfo.InvariantCulture)} ms");
        Assert.True(close.Early);
        Assert.InRange(after, TimeSpan.Zero, Limit);
    }
}
