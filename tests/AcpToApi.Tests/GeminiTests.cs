using System.Text.Json.Nodes;
using AcpToApi.Tests.Support;
using FakeProvider;

namespace AcpToApi.Tests;

/// <summary>Gemini's dialect in front of the other providers: paths, streams with and without events, counts, models, errors.</summary>
public sealed class GeminiTests(Bridge bridge) : IClassFixture<Bridge>
{
    const string Body = """{"contents":[{"role":"user","parts":[{"text":"<<think Hm.>> <<say one two>>"}]}],"generationConfig":{"thinkingConfig":{"includeThoughts":true}}}""";

    [Theory]
    [InlineData("/v1beta/models/anthropic/fake-model:generateContent")]
    [InlineData("/v1beta/models/anthropic%2Ffake-model:generateContent")]
    [InlineData("/v1/models/openai/fake-model:generateContent")]
    [InlineData("/v1beta/openai/fake-model:generateContent")]
    public async Task A_whole_answer(string path)
    {
        var answer = JsonNode.Parse(await TextAsync(path, Body))!;
        var parts = answer["candidates"]![0]!["content"]!["parts"]!.AsArray();
        Assert.Equal("one two", string.Concat(parts.Where(part => part!["thought"] is null).Select(part => (string)part!["text"]!)));
        Assert.Equal("STOP", (string)answer["candidates"]![0]!["finishReason"]!);
        Assert.True((int)answer["usageMetadata"]!["promptTokenCount"]! > 0);
    }

    [Theory, InlineData("openai"), InlineData("anthropic")]
    public async Task A_stream_is_events_with_alt_and_an_array_without(string provider)
    {
        var events = await TextAsync($"/v1beta/models/{provider}/fake-model:streamGenerateContent?alt=sse", Body);
        var chunks = events.Split("\r\n\r\n", StringSplitOptions.RemoveEmptyEntries).Select(block => JsonNode.Parse(block["data: ".Length..])!).ToList();
        var array = JsonNode.Parse(await TextAsync($"/v1beta/models/{provider}/fake-model:streamGenerateContent", Body))!.AsArray();
        Assert.Equal("one two", Joined(chunks));
        Assert.Equal("one two", Joined(array!));

        static string Joined(IEnumerable<JsonNode?> chunks) => string.Concat(chunks.SelectMany(chunk => chunk!["candidates"]![0]!["content"]!["parts"]!.AsArray())
            .Where(part => part!["thought"] is null).Select(part => (string?)part!["text"]));
    }

    // Nothing is lost, asked twice or counted twice on the way from Gemini to Gemini.
    [Fact]
    public async Task An_array_of_Geminis_own_is_passed_through()
    {
        const string Chunk = """{"candidates":[{"content":{"parts":[{"codeExecutionResult":{"outcome":"OUTCOME_OK","output":"1"}},{"text":"B","thoughtSignature":"U0lH"}]},"finishReason":"STOP","finishMessage":"fm","safetyRatings":[{"category":"X"}]},{"index":1,"content":{"parts":[{"text":"second"}]}}],"usageMetadata":{"promptTokenCount":5,"candidatesTokenCount":2}}""";
        const string Asked = """{"contents":[{"parts":[{"text":"hi"}]}],"generationConfig":{"candidateCount":2,"new":1}}""";
        await using var upstream = FakeServer.Start();
        await using var server = await Server.StartAsync(new() { Environment = new() { ["GEMINI_BASE_URL"] = upstream.Url, ["GEMINI_API_KEY"] = "sk-gemini-key" } });
        upstream.Script(RawAnswer.Of(200, $"data: {Chunk}\r\n\r\n", "text/event-stream"));
        using var answer = await bridge.Http.PostAsync(server.Url + "/v1beta/models/gemini/g:streamGenerateContent", Asked, null);
        Assert.Equal($"[{Chunk}]", await answer.Content.ReadAsStringAsync());
        Assert.Equal("application/json", answer.Content.Headers.ContentType!.MediaType);
        var seen = Assert.Single(upstream.Requests());
        Assert.Equal(Asked, seen.Text);
        upstream.Script(RawAnswer.Of(429, """{"error":{"code":429,"message":"slow down","status":"RESOURCE_EXHAUSTED"}}"""));
        using var limited = await bridge.Http.PostAsync(server.Url + "/v1beta/models/gemini/g:streamGenerateContent", Asked, null);
        Assert.Equal((429, "slow down"), ((int)limited.StatusCode, (string?)JsonNode.Parse(await limited.Content.ReadAsStringAsync())![0]!["error"]!["message"]));
    }

    [Fact]
    public async Task Tokens_are_counted_and_the_estimate_is_marked()
    {
        using var answer = await bridge.Http.PostAsync(bridge.Server.Url + "/v1beta/models/openai/fake-model:countTokens", Body, null);
        Assert.Equal("true", answer.Headers.GetValues("x-acptoapi-estimated").Single());
        Assert.True((int)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["totalTokens"]! > 0);
    }

    [Fact]
    public async Task Models_are_listed_and_found()
    {
        var models = JsonNode.Parse(await bridge.Http.GetStringAsync(bridge.Server.Url + "/v1beta/models"))!["models"]!.AsArray();
        Assert.Contains("models/demo/demo", models.Select(model => (string)model!["name"]!));
        Assert.Equal("models/demo/demo", (string)JsonNode.Parse(await bridge.Http.GetStringAsync(bridge.Server.Url + "/v1beta/models/demo/demo"))!["name"]!);
    }

    [Theory]
    [InlineData("/v1beta/models/nobody/x:generateContent", Body, 404, "NOT_FOUND")]
    [InlineData("/v1beta/models/openai/fake-model:dance", Body, 404, "NOT_FOUND")]
    [InlineData("/v1beta/models/openai/fake-model:generateContent", "{}", 400, "INVALID_ARGUMENT")]
    [InlineData("/v1beta/models/openai/fake-model:generateContent", """{"contents":[{"parts":[{"text":"<<error 429 slow down>>"}]}]}""", 429, "RESOURCE_EXHAUSTED")]
    public async Task Errors_are_told_in_its_own_form(string path, string body, int status, string name)
    {
        using var answer = await bridge.Http.PostAsync(bridge.Server.Url + path, body, null);
        Assert.Equal(status, (int)answer.StatusCode);
        var error = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["error"]!;
        Assert.Equal((status, name), ((int)error["code"]!, (string)error["status"]!));
    }

    async Task<string> TextAsync(string path, string body)
    {
        using var answer = await bridge.Http.PostAsync(bridge.Server.Url + path, body, null);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        return text;
    }
}
