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
