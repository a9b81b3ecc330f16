using System.Text;
using System.Text.Json.Nodes;
using AcpToApi.Tests.Support;

namespace AcpToApi.Tests;

/// <summary>What would become of a request and of a stream, shown and not sent.</summary>
public sealed class TranslateTests(Bridge bridge) : IClassFixture<Bridge>
{
    const string ChatStream = "data: {\"id\":\"c\",\"model\":\"real\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"Hé\"},\"finish_reason\":null}]}\n\n"
        + "data: {\"id\":\"c\",\"model\":\"real\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":2}}\n\ndata: [DONE]\n\n";

    public static TheoryData<string, string> Requests => new()
    {
        { "chat", """{"model":"anthropic/fake-model","messages":[{"role":"user","content":"How are you?"}],"logit_bias":{"1":2}}""" },
        { "messages", """{"model":"anthropic/fake-model","max_tokens":9,"messages":[{"role":"user","content":"How are you?"}]}""" },
        { "responses", """{"model":"anthropic/fake-model","input":"How are you?","truncation":"auto"}""" },
        { "gemini", """{"contents":[{"role":"user","parts":[{"text":"How are you?"}]}],"safetySettings":[]}""" },
        { "ollama", """{"model":"anthropic/fake-model","messages":[{"role":"user","content":"How are you?"}],"keep_alive":5}""" },
        { "generate", """{"model":"anthropic/fake-model","prompt":"How are you?","raw":true}""" },
        { "completions", """{"model":"anthropic/fake-model","prompt":"How are you?","suffix":"x"}""" },
    };

    [Theory, MemberData(nameof(Requests))]
    public async Task A_request_is_shown_as_understood_and_as_sent(string dialect, string body)
    {
        bridge.Upstream.Clear();
        foreach (var model in (string[])["anthropic/fake-model", "openai/fake-model"])
        {
            var shown = await TranslateAsync(new JsonObject { ["dialect"] = dialect, ["model"] = model, ["body"] = JsonNode.Parse(body) });
            var user = shown["request"]!["messages"]!.AsArray().Single()!;
            Assert.Equal(("User", "How are you?"), ((string)user["role"]!, (string)user["parts"]![0]!["text"]!));
            Assert.Equal((model.Split('/')[0], "fake-model"), ((string)shown["route"]!["provider"]!, (string)shown["route"]!["model"]!));
            var upstream = shown["upstream"]!;
            Assert.Equal("fake-model", (string)upstream["body"]!["model"]!);
            Assert.StartsWith(bridge.Upstream.Url, (string)upstream["url"]!, StringComparison.Ordinal);
            var same = (bool)shown["route"]!["same_format"]!;
            Assert.Equal(model[0] == 'a' ? dialect == "messages" : dialect is "chat" or "responses", same);
            Assert.Equal(same || dialect == "messages", ((string)shown["ignored"]!).Length == 0);
            var text = shown.ToJsonString();
            foreach (var secret in new[] { Bridge.OpenAiKey, Bridge.AnthropicKey }) Assert.DoesNotContain(secret, text, StringComparison.Ordinal);
        }
        Assert.Empty(bridge.Upstream.Requests());
    }

    [Theory]
    [InlineData("chat", "data: [DONE]")]
    [InlineData("messages", "event: message_stop")]
    [InlineData("responses", "event: response.completed")]
    [InlineData("gemini", "\"finishReason\":\"STOP\"")]
    [InlineData("gemini-array", "]")]
    [InlineData("ollama", "\"done\":true")]
    [InlineData("generate", "\"done\":true")]
    [InlineData("completions", "data: [DONE]")]
    public async Task A_recorded_stream_is_shown_as_events_and_as_frames(string to, string end)
    {
        foreach (var field in (string[])["stream", "stream_base64"])
        {
            var stream = field == "stream" ? ChatStream : Convert.ToBase64String(Encoding.UTF8.GetBytes(ChatStream));
            var shown = await TranslateAsync(new JsonObject { [field] = stream, ["format"] = "chat", ["to"] = to });
            var events = shown["events"]!.AsArray();
            Assert.Equal(["start", "text", "usage", "finish"], events.Select(e => (string)e!["event"]!));
            Assert.Equal("Hé", (string)events[1]!["text"]!);
            Assert.Contains(end, (string)shown["frames"]!, StringComparison.Ordinal);
            Assert.Contains("Hé", (string)shown["frames"]!, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_request_and_its_answer_go_together()
    {
        var shown = await TranslateAsync(new JsonObject { ["dialect"] = "messages", ["body"] = JsonNode.Parse(Requests.First().Data.Item2)!.DeepClone().AsObject() is { } body ? With(body) : null, ["stream"] = ChatStream });
        Assert.Equal("chat", (string)shown["route"]!["format"]!);
        Assert.Contains("event: message_start", (string)shown["frames"]!, StringComparison.Ordinal);

        static JsonObject With(JsonObject body)
        {
            body.Remove("logit_bias");
            (body["model"], body["max_tokens"]) = ("openai/fake-model", 9);
            return body;
        }
    }

    [Theory]
    [InlineData("{}", 400, "body")]
    [InlineData("""{"dialect":"klingon","body":{}}""", 400, "dialect")]
    [InlineData("""{"url":"http://localhost/","body":{}}""", 400, "url")]
    [InlineData("""{"stream_base64":"%"}""", 400, "stream_base64")]
    [InlineData("""{"dialect":"cohere","model":"openai/x","body":{}}""", 400, "dialect")]
    [InlineData("""{"to":"converse","stream":"x"}""", 400, "'to'")]
    [InlineData("""{"dialect":"gemini","body":{"contents":[]}}""", 400, "model")]
    [InlineData("""{"dialect":"chat","body":{"model":"nobody/x","messages":[{"role":"user","content":"x"}]}}""", 404, "model")]
    [InlineData("""{"dialect":"chat","body":{"model":"openai/x","messages":[{"role":"robot","content":"x"}]}}""", 400, "body")]
    public async Task What_cannot_be_shown_is_refused(string body, int status, string mentioned)
    {
        using var answer = await bridge.Http.PostAsync(bridge.Server.Url + "/debug/translate", body, null);
        Assert.Equal(status, (int)answer.StatusCode);
        if (mentioned != "body" || body == "{}") Assert.Contains(mentioned, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory, InlineData("stream"), InlineData("stream_base64")]
    public async Task A_stream_that_would_become_many_times_as_much_is_refused(string field)
    {
        using var answer = await bridge.Http.PostAsync(bridge.Server.Url + "/debug/translate", new JsonObject { [field] = new string('A', 6 << 20) }.ToJsonString(), null);
        Assert.Equal(400, (int)answer.StatusCode);
        Assert.Contains("4 MiB", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_broken_stream_ends_in_an_error_event()
    {
        var shown = await TranslateAsync(new JsonObject { ["stream"] = ChatStream[..60], ["format"] = "chat", ["to"] = "messages" });
        Assert.Equal("error", (string)shown["events"]!.AsArray()[^1]!["event"]!);
        Assert.Contains("event: error", (string)shown["frames"]!, StringComparison.Ordinal);
    }

    async Task<JsonNode> TranslateAsync(JsonObject question)
    {
        using var answer = await bridge.Http.PostAsync(bridge.Server.Url + "/debug/translate", question.ToJsonString(), null);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        return JsonNode.Parse(text)!;
    }
}
