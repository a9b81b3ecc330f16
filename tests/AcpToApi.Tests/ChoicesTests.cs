using System.Text.Json.Nodes;
using AcpToApi.Tests.Support;

namespace AcpToApi.Tests;

/// <summary>Several choices for a chat (<c>n</c>) from providers that answer once: each is a turn of its own.</summary>
public sealed class ChoicesTests(Bridge bridge) : IClassFixture<Bridge>
{
    public static TheoryData<string> Models => ["gemini/fake-model", "anthropic/fake-model", "ollama/fake-model"];

    [Theory, MemberData(nameof(Models))]
    public async Task Each_choice_of_a_whole_answer_has_its_index(string model)
    {
        bridge.Upstream.Clear();
        using var answer = await PostAsync($$"""{"model":"{{model}}","n":3,"seed":7,"messages":[{"role":"user","content":"<<reason hm>><<say one two>>"}]}""");
        var body = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
        Assert.Equal([(0, "one two", "stop"), (1, "one two", "stop"), (2, "one two", "stop")],
            body["choices"]!.AsArray().Select(choice => ((int)choice!["index"]!, (string)choice["message"]!["content"]!, (string)choice["finish_reason"]!)));
        using var single = await PostAsync($$"""{"model":"{{model}}","messages":[{"role":"user","content":"<<reason hm>><<say one two>>"}]}""");
        Assert.Equal(3 * (int)JsonNode.Parse(await single.Content.ReadAsStringAsync())!["usage"]!["total_tokens"]!, (int)body["usage"]!["total_tokens"]!);
        if (answer.Headers.TryGetValues("x-acptoapi-ignored", out var ignored)) Assert.DoesNotContain(ignored, names => names.Split(", ").Contains("n"));
        Assert.Equal(4, bridge.Upstream.Requests().Count);
    }

    [Theory, MemberData(nameof(Models))]
    public async Task Choices_stream_one_after_the_other(string model)
    {
        using var answer = await PostAsync($$$"""{"model":"{{{model}}}","n":2,"stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"<<say one two>><<tool f {\"a\":1}>>"}],"tools":[{"type":"function","function":{"name":"f"}}]}""");
        var blocks = (await answer.Content.ReadAsStringAsync()).Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("data: [DONE]", blocks[^1]);
        var chunks = blocks[..^1].Select(block => JsonNode.Parse(block["data: ".Length..])!).ToList();
        var choices = chunks.SelectMany(chunk => chunk["choices"]!.AsArray()).Select(choice => (Index: (int)choice!["index"]!, Choice: choice)).ToList();
        Assert.Equal(choices.Select(choice => choice.Index).Order(), choices.Select(choice => choice.Index));
        foreach (var choice in choices.GroupBy(choice => choice.Index, choice => choice.Choice!))
        {
            Assert.Equal("one two", string.Concat(choice.Select(each => (string?)each["delta"]!["content"])));
            Assert.Single(choice, each => each["delta"]!["role"] is not null);
            Assert.Equal("tool_calls", (string)choice.Single(each => each["finish_reason"] is not null)["finish_reason"]!);
        }
        Assert.Equal(2, choices.Select(choice => choice.Index).Distinct().Count());
        Assert.Single(chunks, chunk => chunk["usage"] is not null);
        Assert.Single(chunks.Select(chunk => (string)chunk["id"]!).Distinct());
    }

    [Fact]
    public async Task Geminis_clients_get_several_candidates()
    {
        bridge.Upstream.Clear();
        const string Body = """{"contents":[{"parts":[{"text":"<<say one two>>"}]}],"generationConfig":{"candidateCount":2}}""";
        using var whole = await bridge.Http.PostAsync(bridge.Server.Url + "/v1beta/models/openai/fake-model:generateContent", Body, null);
        var answer = JsonNode.Parse(await whole.Content.ReadAsStringAsync())!;
        Assert.Equal([(0, "one two", "STOP"), (1, "one two", "STOP")],
            answer["candidates"]!.AsArray().Select(each => ((int)each!["index"]!, (string)each["content"]!["parts"]![0]!["text"]!, (string)each["finishReason"]!)));
        Assert.False(whole.Headers.Contains("x-acptoapi-ignored"));
        using var stream = await bridge.Http.PostAsync(bridge.Server.Url + "/v1beta/models/openai/fake-model:streamGenerateContent", Body, null);
        var chunks = JsonNode.Parse(await stream.Content.ReadAsStringAsync())!.AsArray();
        var candidates = chunks.Select(chunk => chunk!["candidates"]![0]!).GroupBy(each => (int)each["index"]!).ToList();
        Assert.Equal([0, 1], candidates.Select(each => each.Key));
        foreach (var each in candidates)
        {
            Assert.Equal("one two", string.Concat(each.Select(piece => (string?)piece["content"]!["parts"]![0]!["text"])));
            Assert.Single(each, piece => piece["finishReason"] is not null);
        }
        Assert.Equal((int)answer["usageMetadata"]!["totalTokenCount"]!, (int)Assert.Single(chunks, chunk => chunk!["usageMetadata"] is not null)!["usageMetadata"]!["totalTokenCount"]!);
        Assert.Equal(4, bridge.Upstream.Requests().Count);
        using var many = await bridge.Http.PostAsync(bridge.Server.Url + "/v1beta/models/openai/fake-model:generateContent", Body.Replace("2}", "9}", StringComparison.Ordinal), null);
        Assert.Contains("'generationConfig.candidateCount' must be at most 8", await many.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    // As Google's own, where the answer would have been an array too.
    [Theory, InlineData("", true), InlineData("?alt=sse", false)]
    public async Task An_error_before_a_stream_is_wrapped_as_the_stream_would_be(string query, bool isWrapped)
    {
        foreach (var (model, body) in (IEnumerable<(string, string)>)[("nobody/m", Chat("hi")), ("openai/fake-model", "{}"), ("openai/fake-model", Chat("<<error 429 slow down>>")), ("gemini/fake-model", Chat("<<error 429 slow down>>"))])
        {
            using var answer = await bridge.Http.PostAsync(bridge.Server.Url + $"/v1beta/models/{model}:streamGenerateContent{query}", body, null);
            Assert.False(answer.IsSuccessStatusCode);
            var error = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
            if (isWrapped) error = Assert.Single(error.AsArray())!;
            Assert.Equal((int)answer.StatusCode, (int)error["error"]!["code"]!);
        }
    }

    static string Chat(string text) => $$$"""{"contents":[{"parts":[{"text":"{{{text}}}"}]}]}""";

    [Fact]
    public async Task A_seed_differs_from_choice_to_choice()
    {
        bridge.Upstream.Clear();
        using var answer = await PostAsync("""{"model":"gemini/fake-model","n":2,"seed":7,"messages":[{"role":"user","content":"<<say one>>"}]}""");
        Assert.Equal([7, 8], bridge.Upstream.Requests().Select(request => (int)request.Json["generationConfig"]!["seed"]!));
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task A_choice_that_fails_is_the_last(bool stream)
    {
        bridge.Upstream.Clear();
        using var answer = await PostAsync($$"""{"model":"gemini/fake-model","n":3,"stream":{{(stream ? "true" : "false")}},"messages":[{"role":"user","content":"<<error 429 slow down>>"}]}""");
        Assert.Equal(429, (int)answer.StatusCode);
        Assert.Single(bridge.Upstream.Requests());
    }

    [Fact]
    public async Task More_choices_than_there_are_anywhere_are_refused()
    {
        bridge.Upstream.Clear();
        using var answer = await PostAsync("""{"model":"gemini/fake-model","n":129,"messages":[{"role":"user","content":"x"}]}""");
        Assert.Equal((400, "n"), ((int)answer.StatusCode, (string)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["error"]!["param"]!));
        Assert.Empty(bridge.Upstream.Requests());
    }

    Task<HttpResponseMessage> PostAsync(string body) => bridge.Http.PostAsync(bridge.Server.Url + "/v1/chat/completions", body, null);
}
