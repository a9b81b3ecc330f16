using System.Text.Json.Nodes;
using AcpToApi.Tests.Support;
using FakeProvider;

namespace AcpToApi.Tests;

/// <summary>Token counts: from the provider that counts, in the form that the client asks in, else an estimate that says so.</summary>
public sealed class CountTests(CountTests.ThreeProviders bridge) : IClassFixture<CountTests.ThreeProviders>
{
    const string Messages = """{"model":"%","system":"Be brief.","messages":[{"role":"user","content":"How are you?"}],"tools":[{"name":"look","input_schema":{"type":"object"}}]}""";
    const string Responses = """{"model":"%","instructions":"Be brief.","input":"How are you?"}""";
    const string Contents = """{"contents":[{"role":"user","parts":[{"text":"How are you?"}]}]}""";

    public sealed class ThreeProviders : Bridge
    {
        protected override Dictionary<string, string> Environment => new() { ["GEMINI_API_KEY"] = "AIza-key-0123456789", ["GEMINI_BASE_URL"] = Upstream.Url };
    }

    [Theory]
    [InlineData("/v1/messages/count_tokens", Messages, "anthropic/m", "/v1/messages/count_tokens", """{"input_tokens":77}""", """{"input_tokens":77}""")]
    [InlineData("/v1/messages/count_tokens", Messages, "openai/m", "/v1/responses/input_tokens", """{"object":"response.input_tokens","input_tokens":77}""", """{"input_tokens":77}""")]
    [InlineData("/v1/messages/count_tokens", Messages, "gemini/m", "/v1beta/models/m:countTokens", """{"totalTokens":77,"promptTokensDetails":[]}""", """{"input_tokens":77}""")]
    [InlineData("/v1/responses/input_tokens", Responses, "anthropic/m", "/v1/messages/count_tokens", """{"input_tokens":77}""", """{"object":"response.input_tokens","input_tokens":77}""")]
    [InlineData("/v1/responses/input_tokens", Responses, "openai/m", "/v1/responses/input_tokens", """{"object":"response.input_tokens","input_tokens":77}""", """{"object":"response.input_tokens","input_tokens":77}""")]
    [InlineData("/v1beta/models/anthropic/m:countTokens", Contents, "", "/v1/messages/count_tokens", """{"input_tokens":77}""", """{"totalTokens":77}""")]
    [InlineData("/v1beta/models/gemini/m:countTokens", Contents, "", "/v1beta/models/m:countTokens", """{"totalTokens":77,"cachedContentTokenCount":3}""", """{"totalTokens":77,"cachedContentTokenCount":3}""")]
    public async Task The_provider_counts(string path, string body, string model, string asked, string told, string answered)
    {
        using var answer = await CountAsync(path, body, model, 200, told);
        Assert.Equal(answered, await answer.Content.ReadAsStringAsync());
        Assert.False(answer.Headers.Contains("x-acptoapi-estimated"));
        var seen = await bridge.Upstream.RequestAsync();
        Assert.Equal(asked, seen.Path);
        string[] unwanted = ["stream", "max_tokens", "max_output_tokens", "store"];
        Assert.DoesNotContain(seen.Json, field => unwanted.Contains(field.Key));
        Assert.Contains("How are you?", seen.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_whole_request_of_geminis_names_the_model_as_it_is_there()
    {
        const string Whole = """{"generateContentRequest":{"model":"models/gemini/m","contents":[{"role":"user","parts":[{"text":"How are you?"}]}],"systemInstruction":{"parts":[{"text":"Be brief."}]}}}""";
        using var answer = await CountAsync("/v1beta/models/gemini/m:countTokens", Whole, "", 200, """{"totalTokens":77}""");
        Assert.Equal("""{"totalTokens":77}""", await answer.Content.ReadAsStringAsync());
        var request = (await bridge.Upstream.RequestAsync()).Json["generateContentRequest"]!;
        Assert.Equal(("models/m", "Be brief."), ((string)request["model"]!, (string)request["systemInstruction"]!["parts"]![0]!["text"]!));
    }

    [Theory]
    [InlineData(404, """{"error":{"message":"Invalid URL"}}""")]
    [InlineData(404, """{"error":{"message":"no such path: POST /v1beta/models/m:countTokens"}}""")]
    [InlineData(405, "<html></html>")]
    [InlineData(200, """{"tokens":5}""")]
    [InlineData(200, "not JSON")]
    public async Task Where_it_does_not_know_the_route_the_count_is_an_estimate(int status, string told)
    {
        foreach (var (path, body, model, field) in ((string, string, string, string)[])
            [("/v1/messages/count_tokens", Messages, "openai/m", "input_tokens"), ("/v1/responses/input_tokens", Responses, "anthropic/m", "input_tokens"), ("/v1beta/models/gemini/m:countTokens", Contents, "", "totalTokens")])
        {
            using var answer = await CountAsync(path, body, model, status, told);
            Assert.Equal((200, "true"), ((int)answer.StatusCode, answer.Headers.GetValues("x-acptoapi-estimated").Single()));
            Assert.InRange((int)JsonNode.Parse(await answer.Content.ReadAsStringAsync())![field]!, 3, 300);
        }
    }

    [Theory]
    [InlineData("/v1beta/models/gemini/m:countTokens", Contents, "", 400, 400)]
    [InlineData("/v1beta/models/gemini/no-such-model:countTokens", Contents, "", 404, 404)]
    [InlineData("/v1/messages/count_tokens", Messages, "openai/m", 400, 200)]
    public async Task What_is_wrong_with_the_clients_own_words_is_told(string path, string body, string model, int status, int expected)
    {
        using var answer = await CountAsync(path, body, model, status, """{"error":{"code":400,"message":"models/no-such-model is wrong","status":"INVALID_ARGUMENT"}}""");
        Assert.Equal(expected, (int)answer.StatusCode);
    }

    [Fact]
    public async Task An_estimate_tells_nothing_of_the_refusal()
    {
        bridge.Upstream.Clear();
        bridge.Upstream.Script(RawAnswer.Of(404, "{}", headers: "Retry-After: 7\r\n"));
        using var answer = await bridge.Http.PostAsync(bridge.Server.Url + "/v1/responses/input_tokens", """{"model":"anthropic/m","input":"a"}""", null);
        Assert.Equal((200, false), ((int)answer.StatusCode, answer.Headers.Contains("retry-after")));
    }

    [Theory, InlineData(401), InlineData(403), InlineData(429), InlineData(529)]
    public async Task What_the_client_must_know_is_told(int status)
    {
        using var answer = await CountAsync("/v1/responses/input_tokens", Responses, "anthropic/m", status, """{"type":"error","error":{"type":"some_error","message":"because"}}""");
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Contains("because", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_it_goes_on_from_counts_too()
    {
        using var first = await bridge.Http.PostAsync(bridge.Server.Url + "/v1/responses", """{"model":"anthropic/m","input":"<<say red>>"}""", null);
        var id = (string)JsonNode.Parse(await first.Content.ReadAsStringAsync())!["id"]!;
        using var answer = await CountAsync("/v1/responses/input_tokens", $$"""{"model":"anthropic/m","previous_response_id":"{{id}}","input":"And now?"}""", "", 200, """{"input_tokens":77}""");
        Assert.Equal(3, (await bridge.Upstream.RequestAsync()).Json["messages"]!.AsArray().Count);
    }

    [Theory]
    [InlineData("/v1/responses/input_tokens", """{"model":"demo/demo"}""", 400)]
    [InlineData("/v1/responses/input_tokens", """{"model":"nobody/m","input":"x"}""", 404)]
    [InlineData("/v1beta/models/demo/demo:countTokens", "{}", 400)]
    public async Task Wrong_questions_are_refused(string path, string body, int status)
    {
        using var answer = await bridge.Http.PostAsync(bridge.Server.Url + path, body, null);
        Assert.Equal(status, (int)answer.StatusCode);
    }

    Task<HttpResponseMessage> CountAsync(string path, string body, string model, int status, string told)
    {
        bridge.Upstream.Clear();
        bridge.Upstream.Script(RawAnswer.Of(status, told));
        return bridge.Http.PostAsync(bridge.Server.Url + path, body.Replace("%", model, StringComparison.Ordinal), null);
    }
}
