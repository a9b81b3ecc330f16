using System.Text.Json.Nodes;
using AcpToApi.Tests.Support;
using FakeProvider;

namespace AcpToApi.Tests;

/// <summary>Ollama's dialect in front of the other providers.</summary>
public sealed class OllamaTests(Bridge bridge) : IClassFixture<Bridge>
{
    [Theory, InlineData("openai"), InlineData("anthropic")]
    public async Task It_streams_lines_unless_told_otherwise(string provider)
    {
        using var streamed = await AskAsync($$"""{"model":"{{provider}}/fake-model","messages":[{"role":"user","content":"<<say one two>>"}]}""");
        Assert.Equal("application/x-ndjson", streamed.Content.Headers.ContentType!.MediaType);
        var lines = (await streamed.Content.ReadAsStringAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!).ToList();
        Assert.Equal("one two", string.Concat(lines.Select(line => (string)line["message"]!["content"]!)));
        Assert.True((bool)lines[^1]["done"]!);
        Assert.True((int)lines[^1]["eval_count"]! > 0);

        using var whole = await AskAsync($$"""{"model":"{{provider}}/fake-model","stream":false,"messages":[{"role":"user","content":"<<say one two>>"}]}""");
        var answer = JsonNode.Parse(await whole.Content.ReadAsStringAsync())!;
        Assert.Equal(("one two", "stop"), ((string)answer["message"]!["content"]!, (string)answer["done_reason"]!));
    }

    [Fact]
    public async Task A_call_has_its_arguments_as_an_object_and_its_result_comes_back()
    {
        const string Tools = """ "tools":[{"type":"function","function":{"name":"look","parameters":{"type":"object","properties":{}}}}],"stream":false """;
        using var called = await AskAsync($$"""{"model":"openai/fake-model","messages":[{"role":"user","content":"<<tool look {\"at\":\"é\"}>>"}],{{Tools}}}""");
        var message = JsonNode.Parse(await called.Content.ReadAsStringAsync())!["message"]!;
        Assert.Equal("é", (string)message["tool_calls"]![0]!["function"]!["arguments"]!["at"]!);
        using var answered = await AskAsync($$"""{"model":"openai/fake-model","messages":[{"role":"user","content":"go"},{{message.ToJsonString()}},{"role":"tool","tool_name":"look","content":"a tree"}],{{Tools}}}""");
        Assert.Contains("a tree", await answered.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Its_clients_find_models_and_a_version()
    {
        var tags = JsonNode.Parse(await bridge.Http.GetStringAsync(bridge.Server.Url + "/api/tags"))!["models"]!.AsArray();
        Assert.Contains("demo/demo", tags.Select(model => (string)model!["name"]!));
        Assert.NotEmpty((string)JsonNode.Parse(await bridge.Http.GetStringAsync(bridge.Server.Url + "/api/version"))!["version"]!);
        foreach (var field in (string[])["model", "name"])
        {
            using var shown = await bridge.Http.PostAsync(bridge.Server.Url + "/api/show", $$"""{"{{field}}":"demo/demo"}""", null);
            Assert.Contains("tools", await shown.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
    }

    [Theory, InlineData("true"), InlineData("false")]
    public async Task A_blocked_prompt_does_not_look_like_an_empty_answer(string stream)
    {
        await using var upstream = FakeServer.Start();
        const string Blocked = """{"promptFeedback":{"blockReason":"PROHIBITED_CONTENT"},"usageMetadata":{"promptTokenCount":5}}""";
        upstream.Script(stream == "true" ? RawAnswer.Of(200, $"data: {Blocked}\n\n", "text/event-stream") : RawAnswer.Of(200, Blocked));
        await using var server = await Server.StartAsync(new() { Environment = new() { ["GEMINI_BASE_URL"] = upstream.Url, ["GEMINI_API_KEY"] = "sk-gemini-key" } });
        using var answer = await bridge.Http.PostAsync(server.Url + "/api/chat", $$"""{"model":"gemini/g","stream":{{stream}},"messages":[{"role":"user","content":"x"}]}""", null);
        var lines = (await answer.Content.ReadAsStringAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!).ToList();
        Assert.Contains("filter", string.Concat(lines.Select(line => (string?)line["message"]!["content"])), StringComparison.Ordinal);
        Assert.True((bool)lines[^1]["done"]!);
    }

    [Theory]
    [InlineData("""{"model":"nobody/x","messages":[{"role":"user","content":"x"}]}""", 404)]
    [InlineData("""{"model":"openai/x","messages":[{"role":"robot","content":"x"}]}""", 400)]
    public async Task Errors_are_one_string(string body, int status)
    {
        using var answer = await AskAsync(body);
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.NotEmpty((string)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["error"]!);
    }

    Task<HttpResponseMessage> AskAsync(string body) => bridge.Http.PostAsync(bridge.Server.Url + "/api/chat", body, null);
}
