using System.Text;
using System.Text.Json.Nodes;
using AcpToApi.Json.Tests.Support;
using AcpToApi.Tests.Support;
using FakeProvider;

namespace AcpToApi.Tests;

/// <summary>What we hide in conversations for the providers that made it: nobody else sees it, in whichever dialect and to whichever provider; and what is too long to be hidden is told.</summary>
public sealed class MarksTests(MarksTests.AllFormats bridge) : IClassFixture<MarksTests.AllFormats>
{
    public sealed class AllFormats : Bridge
    {
        protected override Dictionary<string, string> Environment => new()
        {
            ["COHERE_API_KEY"] = "co-0123456789",
            ["COHERE_BASE_URL"] = Upstream.Url,
            ["MISTRAL_API_KEY"] = "mi-0123456789",
            ["MISTRAL_BASE_URL"] = Upstream.Url,
            ["DEEPSEEK_API_KEY"] = "ds-0123456789",
            ["GROQ_API_KEY"] = "gq-0123456789",
            ["GROQ_BASE_URL"] = Upstream.Url,
        };
    }

    public static TheoryData<string, string> Pairs()
    {
        var pairs = new TheoryData<string, string>();
        foreach (var dialect in MarkedBodies.All.Keys)
        {
            foreach (var model in (string[])["openai/m", "anthropic/m", "gemini/gemini-3-pro", "gemini/gemini-2.5-flash", "ollama/m", "bedrock/anthropic.claude-m", "cohere/m", "mistral/m", "deepseek/m", "groq/m"]) pairs.Add(dialect, model);
        }
        return pairs;
    }

    [Theory, MemberData(nameof(Pairs))]
    public async Task No_mark_leaves(string dialect, string model)
    {
        var shown = await PostAsync("/debug/translate", new JsonObject { ["dialect"] = dialect, ["model"] = model, ["body"] = JsonNode.Parse(MarkedBodies.All[dialect].Replace("%", model, StringComparison.Ordinal)) }.ToJsonString());
        var sent = JsonNode.Parse(shown)!["upstream"]!["body"]!.ToJsonString();
        Assert.Contains("orphan", sent, StringComparison.Ordinal);
        Assert.All(MarkedBodies.Marks, mark => Assert.DoesNotContain(mark, sent, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("messages", "/v1/messages/count_tokens", "anthropic/m")]
    [InlineData("messages", "/v1/messages/count_tokens", "openai/m")]
    [InlineData("responses", "/v1/responses/input_tokens", "openai/m")]
    [InlineData("gemini", "/v1beta/models/gemini/gemini-3-pro:countTokens", "")]
    public async Task No_mark_leaves_to_be_counted(string dialect, string path, string model)
    {
        bridge.Upstream.Clear();
        await PostAsync(path, MarkedBodies.All[dialect].Replace("%", model, StringComparison.Ordinal));
        var sent = await bridge.Upstream.RequestAsync();
        Assert.Contains("orphan", sent.Text, StringComparison.Ordinal);
        Assert.All(MarkedBodies.Marks, mark => Assert.DoesNotContain(mark, sent.Text, StringComparison.Ordinal));
    }

    // Claude Code, after its user has changed to another provider's model and back.
    [Fact]
    public async Task Unsigned_thinking_does_not_go_to_Anthropic()
    {
        const string Body = """{"model":"%","max_tokens":9000,"messages":[{"role":"user","content":"x"},{"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"SIGN"},{"type":"text","text":"t"}]},{"role":"user","content":"<<say y>>"}]}""";
        foreach (var (model, signature, isSent) in ((string, string, bool)[])[("anthropic/m", "", false), ("anthropic/m", "c2lnbmF0dXJlLW9mLXRoZS1mYWtl", true)])
        {
            bridge.Upstream.Clear();
            await PostAsync("/v1/messages", Body.Replace("%", model, StringComparison.Ordinal).Replace("SIGN", signature, StringComparison.Ordinal));
            var sent = await bridge.Upstream.RequestAsync();
            Assert.Equal(isSent, sent.Text.Contains("\"thinking\":\"hm\"", StringComparison.Ordinal));
            if (isSent) Assert.Equal(Body.Replace("%", "m", StringComparison.Ordinal).Replace("SIGN", signature, StringComparison.Ordinal), sent.Text);
        }
    }

    [Theory]
    [InlineData("/v1/chat/completions", false, true)]
    [InlineData("/v1/chat/completions", true, true)]
    [InlineData("/v1/messages", true, true)]
    [InlineData("/v1/responses", true, true)]
    [InlineData("/api/chat", false, true)]
    [InlineData("/api/chat", true, false)]
    public async Task A_signature_that_is_too_long_is_told(string path, bool stream, bool isToldAtOnce)
    {
        var signature = new string('A', 6000);
        var thought = """{"candidates":[{"content":{"role":"model","parts":[{"text":"Hm.","thought":true}]},"index":0}]}""";
        var call = $$$$"""{"candidates":[{"content":{"role":"model","parts":[{"functionCall":{"name":"look","args":{}},"thoughtSignature":"{{{{signature}}}}"}]},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":5,"candidatesTokenCount":2,"totalTokenCount":7}}""";
        bridge.Upstream.Clear();
        if (stream) bridge.Upstream.Script(new RawScript([new RawStep(Bytes($"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\ndata: {thought}\n\n")), new RawStep(Bytes($"data: {call}\n\n"), TimeSpan.FromMilliseconds(300))]));
        else bridge.Upstream.Script(RawAnswer.Of(200, call));
        var body = new JsonObject { ["model"] = "gemini/gemini-3-pro", ["stream"] = stream, ["max_tokens"] = 100 };
        body[path == "/v1/responses" ? "input" : "messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = "x" });
        using var answer = await bridge.Http.PostAsync(bridge.Server.Url + path, body.ToJsonString(), null);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.Equal(200, (int)answer.StatusCode);
        Assert.Contains("__tsig_d\"", text, StringComparison.Ordinal);
        Assert.DoesNotContain("AAAA", text, StringComparison.Ordinal);
        var told = string.Join(", ", answer.Headers.TryGetValues("x-acptoapi-ignored", out var names) ? names : []) + text;
        Assert.Equal(isToldAtOnce, told.Contains("thoughtSignature", StringComparison.Ordinal));
        if (stream && isToldAtOnce) Assert.Single(text.Split("\n\n"), ": x-acptoapi-ignored: thoughtSignature");

        // And again when it is missed: with every turn that goes to Google.
        const string Next = """{"model":"gemini/gemini-3-pro","messages":[{"role":"user","content":"x"},{"role":"assistant","tool_calls":[{"id":"call_1__tsig_d","type":"function","function":{"name":"look","arguments":"{}"}}]},{"role":"tool","tool_call_id":"call_1__tsig_d","content":"r"}]}""";
        using var next = await bridge.Http.PostAsync(bridge.Server.Url + "/v1/chat/completions", Next, null);
        Assert.Contains("thoughtSignature", string.Join(", ", next.Headers.GetValues("x-acptoapi-ignored")), StringComparison.Ordinal);
    }

    async Task<string> PostAsync(string path, string body)
    {
        using var answer = await bridge.Http.PostAsync(bridge.Server.Url + path, body, null);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        return text;
    }

    static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
