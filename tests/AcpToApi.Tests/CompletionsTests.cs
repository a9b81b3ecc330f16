using System.Text.Json.Nodes;
using AcpToApi.Tests.Support;
using FakeProvider;

namespace AcpToApi.Tests;

/// <summary>Legacy completions, a Responses body where a chat belongs, and Ollama's completions, in front of chat providers.</summary>
public sealed class CompletionsTests(Bridge bridge) : IClassFixture<Bridge>
{
    public static TheoryData<string> Models => ["openai/fake-model", "anthropic/fake-model"];

    [Theory, MemberData(nameof(Models))]
    public async Task Each_prompt_is_a_turn_and_a_choice(string model)
    {
        bridge.Upstream.Clear();
        using var answer = await PostAsync("/v1/completions", $$"""{"model":"{{model}}","prompt":["<<say one>>","<<say two>>"],"max_tokens":9,"stop":["x"],"suffix":"z","best_of":2}""");
        var body = await JsonAsync(answer);
        Assert.Equal("text_completion", (string)body["object"]!);
        Assert.Equal([(0, "one", "stop"), (1, "two", "stop")], body["choices"]!.AsArray().Select(choice => ((int)choice!["index"]!, (string)choice["text"]!, (string)choice["finish_reason"]!)));
        Assert.True((int)body["usage"]!["total_tokens"]! > 0);
        Assert.Equal("suffix, best_of", answer.Headers.GetValues("x-acptoapi-ignored").Single());
        var turns = bridge.Upstream.Requests();
        Assert.Equal(2, turns.Count);
        Assert.Contains("<<say two>>", turns[1].Json["messages"]!.AsArray().Single()!.ToJsonString(Wire.Plain), StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Models))]
    public async Task Several_prompts_stream_one_after_the_other(string model)
    {
        using var answer = await PostAsync("/v1/completions", $$$"""{"model":"{{{model}}}","prompt":["<<say one two>>","<<say three>>"],"n":2,"echo":true,"stream":true,"suffix":"z","stream_options":{"include_usage":true}}""");
        Assert.Equal("suffix", answer.Headers.GetValues("x-acptoapi-ignored").Single());
        var blocks = (await answer.Content.ReadAsStringAsync()).Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("data: [DONE]", blocks[^1]);
        var chunks = blocks[..^1].Select(block => JsonNode.Parse(block["data: ".Length..])!).ToList();
        var texts = Enumerable.Range(0, 4).Select(index => string.Concat(chunks.SelectMany(chunk => chunk["choices"]!.AsArray()).Where(choice => (int)choice!["index"]! == index).Select(choice => (string)choice!["text"]!)));
        Assert.Equal(["<<say one two>>one two", "<<say one two>>one two", "<<say three>>three", "<<say three>>three"], texts);
        Assert.Equal(4, chunks.SelectMany(chunk => chunk["choices"]!.AsArray()).Count(choice => choice!["finish_reason"] is not null));
        Assert.Single(chunks, chunk => chunk["usage"] is not null);
        Assert.Single(chunks.Select(chunk => (string)chunk["id"]!).Distinct());
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task When_one_prompt_fails_the_rest_is_not_asked(bool stream)
    {
        bridge.Upstream.Clear();
        using var answer = await PostAsync("/v1/completions", $$"""{"model":"openai/fake-model","prompt":["<<say one>>","<<error 429 slow down>>","<<say three>>"],"stream":{{(stream ? "true" : "false")}}}""");
        var text = await answer.Content.ReadAsStringAsync();
        Assert.Equal(stream ? 200 : 429, (int)answer.StatusCode);
        Assert.Contains("slow down", text, StringComparison.Ordinal);
        Assert.DoesNotContain("[DONE]", text, StringComparison.Ordinal);
        Assert.Equal(2, bridge.Upstream.Requests().Count);
    }

    [Fact]
    public async Task Tokens_are_no_prompt_for_a_chat()
    {
        bridge.Upstream.Clear();
        using var answer = await PostAsync("/v1/completions", """{"model":"openai/fake-model","prompt":[1,2,3]}""");
        Assert.Equal((400, "prompt[0]"), ((int)answer.StatusCode, (string)(await JsonAsync(answer))["error"]!["param"]!));
        Assert.Empty(bridge.Upstream.Requests());
    }

    [Theory, InlineData("null"), InlineData("{}"), InlineData("[]"), InlineData("7")]
    public async Task What_is_no_prompt_is_told_as_a_prompt(string prompt)
    {
        using var answer = await PostAsync("/v1/completions", $$"""{"model":"openai/fake-model","prompt":{{prompt}}}""");
        var error = (await JsonAsync(answer))["error"]!;
        Assert.Equal((400, "prompt"), ((int)answer.StatusCode, (string)error["param"]!));
        Assert.Contains(prompt == "[]" ? "at least one prompt" : "a string or an array", (string)error["message"]!, StringComparison.Ordinal);
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task A_model_for_completions_is_asked_as_it_is(bool stream)
    {
        bridge.Upstream.Clear();
        const string Chunk = """{"id":"cmpl-9","object":"text_completion","created":1,"model":"gpt-3.5-turbo-instruct","choices":[{"text":" 4","index":0,"logprobs":{"tokens":[" 4"]},"finish_reason":"stop"}]}""";
        var given = stream ? $"data: {Chunk}\n\ndata: [DONE]\n\n" : Chunk;
        bridge.Upstream.Script(RawAnswer.Of(200, given, stream ? "text/event-stream" : "application/json"));
        var body = $$"""{"model": "openai/gpt-3.5-turbo-instruct", "prompt": [1, 2],  "logprobs":1, "stream": {{(stream ? "true" : "false")}} }""";
        using var answer = await PostAsync("/v1/completions", body);
        Assert.Equal(given, await answer.Content.ReadAsStringAsync());
        var sent = await bridge.Upstream.RequestAsync();
        Assert.Equal(("/v1/completions", body.Replace("openai/", "", StringComparison.Ordinal)), (sent.Path, sent.Text));
    }

    [Theory, MemberData(nameof(Models))]
    public async Task A_responses_body_is_answered_as_a_chat(string model)
    {
        using var whole = await PostAsync("/v1/chat/completions", $$"""{"model":"{{model}}","instructions":"Be brief.","input":[{"role":"user","content":[{"type":"input_text","text":"<<say one two>>"}]}],"store":false}""");
        var answer = await JsonAsync(whole);
        Assert.Equal(("chat.completion", "one two"), ((string)answer["object"]!, (string)answer["choices"]![0]!["message"]!["content"]!));
        using var streamed = await PostAsync("/v1/chat/completions", $$"""{"model":"{{model}}","input":"<<say one two>>","stream":true}""");
        var text = await streamed.Content.ReadAsStringAsync();
        Assert.Contains("chat.completion.chunk", text, StringComparison.Ordinal);
        Assert.EndsWith("data: [DONE]\n\n", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"model":"openai/x"}""", "messages")]
    [InlineData("""{"model":"openai/x","input":7}""", "input")]
    [InlineData("""{"model":"openai/x","input":"x","previous_response_id":"resp_1"}""", "previous_response_id")]
    public async Task What_is_neither_is_refused(string body, string param)
    {
        using var answer = await PostAsync("/v1/chat/completions", body);
        Assert.Equal((400, param), ((int)answer.StatusCode, (string)(await JsonAsync(answer))["error"]!["param"]!));
    }

    [Theory, MemberData(nameof(Models))]
    public async Task Ollamas_prompts_are_answered_in_lines(string model)
    {
        using var streamed = await PostAsync("/api/generate", $$$"""{"model":"{{{model}}}","system":"Be brief.","prompt":"<<say one two>>","suffix":"}","options":{"num_ctx":1}}""");
        Assert.Equal("application/x-ndjson", streamed.Content.Headers.ContentType!.MediaType);
        Assert.Equal("suffix, options.num_ctx", streamed.Headers.GetValues("x-acptoapi-ignored").Single());
        var lines = (await streamed.Content.ReadAsStringAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!).ToList();
        Assert.Equal("one two", string.Concat(lines.Select(line => (string)line["response"]!)));
        Assert.True((bool)lines[^1]["done"]! && (long)lines[^1]["total_duration"]! > 0 && (int)lines[^1]["eval_count"]! > 0);
        using var whole = await PostAsync("/api/generate", $$"""{"model":"{{model}}","prompt":"<<think Hm.>> <<say one>>","stream":false}""");
        var answer = await JsonAsync(whole);
        Assert.Equal(("one", "stop", "Hm."), ((string)answer["response"]!, (string)answer["done_reason"]!, (string)answer["thinking"]!));
    }

    [Theory]
    [InlineData("/api/generate", """{"model":"openai/fake-model"}""", "load")]
    [InlineData("/api/generate", """{"model":"openai/fake-model","prompt":"","keep_alive":0}""", "unload")]
    [InlineData("/api/chat", """{"model":"openai/fake-model","messages":[]}""", "load")]
    public async Task An_empty_prompt_loads_a_model_and_asks_nobody(string path, string body, string reason)
    {
        bridge.Upstream.Clear();
        using var answer = await PostAsync(path, body);
        Assert.Equal(reason, (string)(await JsonAsync(answer))["done_reason"]!);
        Assert.Empty(bridge.Upstream.Requests());
    }

    [Fact]
    public async Task An_unknown_model_is_not_loaded()
    {
        using var answer = await PostAsync("/api/generate", """{"model":"nobody/x"}""");
        Assert.Equal(404, (int)answer.StatusCode);
        Assert.NotEmpty((string)(await JsonAsync(answer))["error"]!);
    }

    Task<HttpResponseMessage> PostAsync(string path, string body) => bridge.Http.PostAsync(bridge.Server.Url + path, body, null);

    static async Task<JsonNode> JsonAsync(HttpResponseMessage answer) => JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
}
