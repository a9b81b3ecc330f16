using System.Diagnostics;
using AcpToApi.Tests.Support;
using FakeProvider;

namespace AcpToApi.Tests;

/// <summary>Responses that one of several providers stores: the others' refusals do not keep it from the client.</summary>
public sealed class StoredElsewhereTests : IAsyncLifetime
{
    readonly FakeServer _first = FakeServer.Start();
    readonly FakeServer _second = FakeServer.Start();
    readonly HttpClient _http = Wire.NewClient();
    Server _server = null!;

    public async ValueTask InitializeAsync() => _server = await Server.StartAsync(new()
    {
        Arguments = ["--config", "config.json"],
        Files = new()
        {
            ["config.json"] = $$$$"""{"providers":{"one":{"base-url":"{{{{_first.Url}}}}/v1","key":"sk-one-0123456789","formats":["responses"]},"two":{"base-url":"{{{{_second.Url}}}}/v1","key":"sk-two-0123456789","formats":["responses"]}}}""",
        },
    });

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _http.Dispose();
        await _first.DisposeAsync();
        await _second.DisposeAsync();
    }

    [Theory]
    [InlineData(400, "GET", "")]
    [InlineData(401, "GET", "/input_items?limit=2")]
    [InlineData(500, "DELETE", "")]
    [InlineData(404, "POST", "/cancel")]
    public async Task Who_refuses_is_passed_over(int status, string method, string more)
    {
        _first.Script(RawAnswer.Of(status, """{"error":{"message":"not I"}}""", headers: "Retry-After: 9\r\n"));
        _second.Script(RawAnswer.Of(200, """{"id":"resp_1"}"""));
        using var answer = await AskAsync(method, more);
        Assert.Equal((200, """{"id":"resp_1"}"""), ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync()));
        Assert.False(answer.Headers.Contains("retry-after"));
        Assert.Equal("/v1/responses/resp_1" + more.Split('?')[0], Assert.Single(_second.Requests(all: true)).Path);
    }

    [Theory, InlineData(400, 404), InlineData(404, 400), InlineData(400, 500)]
    public async Task The_first_refusal_is_told_when_nobody_has_it(int one, int two)
    {
        _first.Script(RawAnswer.Of(one, """{"error":{"message":"first sk-one-0123456789"}}"""));
        _second.Script(RawAnswer.Of(two, """{"error":{"message":"second"}}"""));
        using var answer = await AskAsync("GET", "");
        var told = await answer.Content.ReadAsStringAsync();
        Assert.Equal(400, (int)answer.StatusCode);
        Assert.Contains(one == 400 ? "first" : "second", told, StringComparison.Ordinal);
        Assert.DoesNotContain("sk-one", told, StringComparison.Ordinal);
    }

    [Theory, InlineData("GET", ""), InlineData("DELETE", ""), InlineData("POST", "/cancel")]
    public async Task Who_hangs_is_not_waited_for(string method, string more)
    {
        _first.Script(new RawScript([new(RawAnswer.Of(200, "{}"), TimeSpan.FromSeconds(30))]));
        _second.Script(RawAnswer.Of(200, """{"id":"resp_1"}"""));
        var began = Stopwatch.GetTimestamp();
        using var answer = await AskAsync(method, more);
        Assert.Equal("""{"id":"resp_1"}""", await answer.Content.ReadAsStringAsync());
        Assert.InRange(Stopwatch.GetElapsedTime(began).TotalSeconds, 0, 5);
    }

    [Fact]
    public async Task Who_hangs_and_may_have_it_is_told_in_bounded_time()
    {
        _first.Script(new RawScript([new(RawAnswer.Of(200, "{}"), TimeSpan.FromSeconds(60))]));
        _second.Script(RawAnswer.Of(404, """{"error":{"message":"second"}}"""));
        var began = Stopwatch.GetTimestamp();
        using var answer = await AskAsync("GET", "");
        Assert.Equal(504, (int)answer.StatusCode);
        Assert.Contains("one", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.InRange(Stopwatch.GetElapsedTime(began).TotalSeconds, 5, 20);
    }

    [Fact]
    public async Task What_is_stored_here_is_not_asked_for_elsewhere()
    {
        using var created = await _http.PostAsync($"{_server.Url}/v1/responses", """{"model":"demo/demo","input":"hi"}""", null);
        var id = (string)(await created.JsonAsync())["id"]!;
        using (var got = await _http.GetAsync($"{_server.Url}/v1/responses/{id}")) Assert.Equal(200, (int)got.StatusCode);
        using (var deleted = await _http.DeleteAsync($"{_server.Url}/v1/responses/{id}")) Assert.Equal(200, (int)deleted.StatusCode);
        Assert.Empty(_first.Requests(all: true));
        Assert.Empty(_second.Requests(all: true));
    }

    async Task<HttpResponseMessage> AskAsync(string method, string more)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), $"{_server.Url}/v1/responses/resp_1{more}");
        return await _http.SendAsync(request);
    }
}
