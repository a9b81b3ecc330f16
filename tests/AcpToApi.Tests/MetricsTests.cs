using System.Globalization;
using AcpToApi.Tests.Support;
using FakeProvider;

namespace AcpToApi.Tests;

/// <summary>What is counted, and that callers cannot make the number of series grow.</summary>
public sealed class MetricsTests(Bridge bridge) : IClassFixture<Bridge>
{
    [Fact]
    public async Task A_chat_is_counted_with_its_tokens_and_times()
    {
        var before = await ReadAsync();
        using (var answer = await bridge.AskAsync(Front.Chat, "anthropic/fake-model", "<<say one two three>>", stream: true)) await answer.Content.ReadAsStringAsync();
        var after = await ReadAsync();
        const string at = "endpoint=\"/v1/chat/completions\",backend=\"anthropic\"";
        Assert.Equal(1, Grown($"acptoapi_requests_total{{{at},status=\"200\"}}"));
        Assert.Equal(1, Grown($"acptoapi_time_to_first_token_seconds_count{{{at}}}"));
        Assert.Equal(1, Grown($"acptoapi_request_duration_seconds_bucket{{{at},le=\"+Inf\"}}"));
        Assert.Equal(1, Grown("acptoapi_upstream_attempts_total{backend=\"anthropic\",outcome=\"ok\"}"));
        Assert.True(Grown("acptoapi_tokens_total{backend=\"anthropic\",kind=\"input\"}") > 0);
        Assert.True(Grown("acptoapi_tokens_total{backend=\"anthropic\",kind=\"output\"}") > 0);
        double Grown(string series) => after.GetValueOrDefault(series) - before.GetValueOrDefault(series);
    }

    [Fact]
    public async Task An_odd_status_is_counted_by_its_class()
    {
        foreach (var status in (int[])[471, 472, 599])
        {
            bridge.Upstream.Script(RawAnswer.Of(status, """{"error":{"message":"odd"}}"""));
            using var answer = await bridge.AskAsync(Front.Chat, "openai/m", "x", stream: false);
        }
        var series = (await ReadAsync()).Keys.Where(key => key.StartsWith("acptoapi_errors_total", StringComparison.Ordinal)).ToList();
        Assert.Contains(series, key => key.Contains("status=\"4xx\"", StringComparison.Ordinal));
        Assert.DoesNotContain(series, key => key.Contains("status=\"47", StringComparison.Ordinal) || key.Contains("status=\"599", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Callers_cannot_add_series()
    {
        await AskNonsenseAsync("first");
        var before = await ReadAsync();
        for (var i = 0; i < 20; i++) await AskNonsenseAsync(i.ToString(CultureInfo.InvariantCulture));
        Assert.Equal(before.Keys.Order(StringComparer.Ordinal), (await ReadAsync()).Keys.Order(StringComparer.Ordinal));

        async Task AskNonsenseAsync(string word)
        {
            using var path = await bridge.Http.GetAsync($"{bridge.Server.Url}/nothing/{word}");
            using var model = await bridge.AskAsync(Front.Chat, $"no-such-{word}/model", "x", stream: false);
            using var id = await bridge.Http.GetAsync($"{bridge.Server.Url}/v1/models/{word}");
        }
    }

    Task<Dictionary<string, double>> ReadAsync() => Scrape.SettledAsync(bridge.Http, bridge.Server);
}
