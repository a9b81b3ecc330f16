using System.Diagnostics;
using AcpToApi.Tests.Support;

namespace AcpToApi.Tests;

/// <summary>A server without a single key.</summary>
public sealed class BareServer : IAsyncLifetime
{
    Server? _server;

    public string Url => _server!.Url;

    public HttpClient Http { get; } = Wire.NewClient();

    public async ValueTask InitializeAsync() => _server = await Server.StartAsync();

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        if (_server is not null) await _server.DisposeAsync();
    }
}

/// <summary>The embedded provider, with which the first request works.</summary>
public class DemoTests(BareServer server) : IClassFixture<BareServer>
{
    const string Tools = """[{"type":"function","function":{"name":"get_weather","parameters":{"type":"object"}}}]""";

    public static TheoryData<string> Fronts => ["chat", "messages"];

    [Theory, MemberData(nameof(Fronts))]
    public async Task It_greets_the_same_each_time_token_by_token(string frontName)
    {
        var front = Front.Of(frontName);
        var texts = new List<string>();
        for (var i = 0; i < 2; i++)
        {
            using var answer = await AskAsync(front, "Hello!", stream: true);
            var events = await answer.EventsAsync();
            Assert.True(events.Count(e => front.TextOf(e) is { Length: > 0 }) > 3, "it is not streamed token by token");
            Assert.Contains(events, front.IsEnd);
            texts.Add(string.Concat(events.Select(front.TextOf)));
        }
        Assert.NotEmpty(texts[0]);
        Assert.Equal(texts[0], texts[1]);
        using var whole = await AskAsync(front, "Hello!", stream: false);
        Assert.Equal(texts[0], front.TextOf(await whole.JsonAsync()));
    }

    [Theory, MemberData(nameof(Fronts))]
    public async Task It_can_be_asked_for_an_error(string frontName)
    {
        var front = Front.Of(frontName);
        foreach (var status in (int[])[400, 429, 503])
        {
            using var answer = await AskAsync(front, $"[[error {status}]]", stream: true);
            Assert.Equal(status, (int)answer.StatusCode);
            front.AssertError(await answer.JsonAsync());
        }
    }

    [Fact]
    public async Task It_can_be_asked_to_think()
    {
        using var chat = await AskAsync(Front.Chat, "[[think about it]]", stream: false);
        Assert.Contains("about it", (string?)(await chat.JsonAsync())["choices"]![0]!["message"]!["reasoning_content"], StringComparison.Ordinal);
        using var messages = await AskAsync(Front.Messages, "[[think about it]]", stream: false);
        Assert.Contains("about it", (string?)(await messages.JsonAsync())["content"]![0]!["thinking"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_can_be_asked_for_a_tool_call_and_takes_the_result()
    {
        var body = Front.Chat.Body("demo/demo", "[[tool get_weather {\"city\":\"Oslo\"}]]", stream: false);
        body["tools"] = System.Text.Json.Nodes.JsonNode.Parse(Tools);
        using var answer = await server.Http.PostJsonAsync($"{server.Url}/v1/chat/completions", body);
        var choice = (await answer.JsonAsync())["choices"]![0]!;
        Assert.Equal("tool_calls", (string?)choice["finish_reason"]);
        var call = choice["message"]!["tool_calls"]![0]!;
        Assert.Equal("get_weather", (string?)call["function"]!["name"]);
        Assert.Equal("""{"city":"Oslo"}""", (string?)call["function"]!["arguments"]);

        var messages = body["messages"]!.AsArray();
        messages.Add(choice["message"]!.DeepClone());
        messages.Add(new System.Text.Json.Nodes.JsonObject { ["role"] = "tool", ["tool_call_id"] = (string?)call["id"], ["content"] = "sunny" });
        using var second = await server.Http.PostJsonAsync($"{server.Url}/v1/chat/completions", body);
        Assert.Equal("stop", (string?)(await second.JsonAsync())["choices"]![0]!["finish_reason"]);
    }

    [Fact]
    public async Task It_can_be_asked_to_take_its_time()
    {
        var began = Stopwatch.GetTimestamp();
        using var answer = await AskAsync(Front.Chat, "[[delay 50]]", stream: true);
        var events = await answer.EventsAsync();
        var tokens = events.Where(e => Front.Chat.TextOf(e) is { Length: > 0 }).ToList();
        Assert.True(Stopwatch.GetElapsedTime(began) >= TimeSpan.FromMilliseconds(45 * (tokens.Count - 1)), "the delay was not kept");
        Assert.True(Stopwatch.GetElapsedTime(tokens[0].At, tokens[^1].At) >= TimeSpan.FromMilliseconds(40 * (tokens.Count - 1)), "the tokens came together");
    }

    [Fact]
    public async Task Any_name_under_its_prefix_answers()
    {
        using var answer = await server.Http.PostJsonAsync($"{server.Url}/v1/chat/completions", Front.Chat.Body("demo/whatever", "hi", stream: false));
        Assert.Equal(200, (int)answer.StatusCode);
    }

    Task<HttpResponseMessage> AskAsync(Front front, string text, bool stream) => server.Http.PostJsonAsync(server.Url + front.Path, front.Body("demo/demo", text, stream));
}
