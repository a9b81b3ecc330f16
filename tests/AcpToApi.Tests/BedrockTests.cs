using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using AcpToApi.Tests.Support;
using FakeProvider;

namespace AcpToApi.Tests;

/// <summary>Amazon Bedrock behind every dialect: binary streams, signed requests.</summary>
public sealed class BedrockTests(Bridge bridge) : IClassFixture<Bridge>
{
    const string Model = "bedrock/anthropic.claude-sonnet-4-5-20250929-v1:0";
    const string Png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

    static readonly string[] Fronts = ["chat", "messages", "responses", "gemini", "ollama"];

    public static TheoryData<string, bool> All
    {
        get
        {
            var all = new TheoryData<string, bool>();
            foreach (var front in Fronts)
            {
                all.Add(front, true);
                all.Add(front, false);
            }
            return all;
        }
    }

    [Theory, MemberData(nameof(All))]
    public async Task Text_reaches_every_client(string front, bool stream)
    {
        var told = await TellAsync(front, stream, "<<say Hällo to you>> <<usage cached>>");
        Assert.Contains("Hällo to you", Joined(front, told), StringComparison.Ordinal);
        // 5 that were read anew, 20 from the cache; Anthropic counts those apart.
        Assert.Matches(front == "messages" ? "\"input_tokens\":5\\b" : "\"(prompt_tokens|input_tokens|promptTokenCount|prompt_eval_count)\":25\\b", told);
        Assert.Matches("\"(completion_tokens|output_tokens|candidatesTokenCount|eval_count)\":11\\b", told);
    }

    [Theory, MemberData(nameof(All))]
    public async Task Reasoning_reaches_every_client(string front, bool stream)
    {
        var told = await TellAsync(front, stream, "<<think Well then.>> <<say Done.>>");
        var field = front switch { "chat" => "\"reasoning_content\":", "messages" => "\"thinking\":", "responses" => "\"summary_text\"", "gemini" => "\"thought\":true", _ => "\"thinking\":" };
        Assert.Contains(field, told, StringComparison.Ordinal);
        if (front == "messages") Assert.Contains("c2lnbmF0dXJlLW9mLXRoZS1mYWtl", told, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Model + "[1m]", "interleaved-thinking-2025-05-14", "interleaved-thinking-2025-05-14,context-1m-2025-08-07", null)]
    [InlineData(Model, "claude-code-20250219,context-1m-2025-08-07", "context-1m-2025-08-07", "anthropic-beta")]
    [InlineData("gemini/fake-model", "context-1m-2025-08-07", null, "anthropic-beta")]
    [InlineData("anthropic/fake-model", "claude-code-20250219", null, null)]
    public async Task Betas_are_carried_or_named(string model, string asked, string? carried, string? ignored)
    {
        bridge.Upstream.Clear();
        using var answer = await bridge.AskAsync(Front.Messages, model, "hi", stream: false, request => request.Headers.TryAddWithoutValidation("anthropic-beta", asked));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(ignored, answer.Header("x-acptoapi-ignored"));
        var betas = JsonNode.Parse((await bridge.Upstream.RequestAsync()).Body)!["additionalModelRequestFields"]?["anthropic_beta"]?.AsArray();
        Assert.Equal(carried, betas is null ? null : string.Join(',', betas.Select(beta => (string?)beta)));
    }

    [Theory, MemberData(nameof(All))]
    public async Task Errors_before_the_answer_keep_their_status(string front, bool stream)
    {
        using var answer = await AskAsync(front, stream, "<<error 429 slow down>>");
        Assert.Equal(HttpStatusCode.TooManyRequests, answer.StatusCode);
        Assert.Contains("slow down", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal("1", answer.Header("retry-after"));
    }

    [Theory]
    [InlineData("oops 2", "the vendor broke down")]
    [InlineData("truncate 2", "ended before")]
    [InlineData("cut 2", "broke off")]
    [InlineData("garble 2", "checksum")]
    public async Task Errors_in_the_stream_are_told_in_every_dialect(string fault, string says)
    {
        foreach (var front in Fronts)
        {
            var told = await TellAsync(front, stream: true, $"<<say one two three four>> <<{fault}>> <<slow 40>>");
            Assert.Contains(says, told, StringComparison.Ordinal);
            Assert.Contains("one two", Joined(front, told), StringComparison.Ordinal);
            Assert.DoesNotContain("four", told, StringComparison.Ordinal);
            Assert.DoesNotContain("[DONE]", told, StringComparison.Ordinal);
            Assert.DoesNotContain("message_stop", told, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_tool_loop_with_thinking_goes_back_signed()
    {
        const string Tools = """[{"name":"look","input_schema":{}}]""";
        var first = await JsonAsync("/v1/messages", $$"""{"model":"{{Model}}","max_tokens":2000,"tools":{{Tools}},"messages":[{"role":"user","content":"<<think Hm.>> <<say I look.>> <<tool look {\"at\":\"é\"}>> <<also look {}>>"}]}""");
        Assert.Equal("tool_use", (string?)first["stop_reason"]);
        var content = first["content"]!.AsArray();
        Assert.Equal(["thinking", "text", "tool_use", "tool_use"], content.Select(block => (string)block!["type"]!));
        Assert.Equal("é", (string?)content[2]!["input"]!["at"]);
        var results = new JsonArray([.. content.Skip(2).Select(call => new JsonObject { ["type"] = "tool_result", ["tool_use_id"] = (string)call!["id"]!, ["content"] = "a tree" })]);
        // No tools any more: the conversation still needs them.
        var second = await JsonAsync("/v1/messages", new JsonObject
        {
            ["model"] = Model,
            ["max_tokens"] = 2000,
            ["messages"] = new JsonArray(
                new JsonObject { ["role"] = "user", ["content"] = "go" },
                new JsonObject { ["role"] = "assistant", ["content"] = content.DeepClone() },
                new JsonObject { ["role"] = "user", ["content"] = results }),
        }.ToJsonString());
        Assert.Equal("Tool said: a tree | a tree", (string?)second["content"]![0]!["text"]);
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task A_chat_client_runs_its_tools(bool stream)
    {
        const string Tools = """[{"type":"function","function":{"name":"look","parameters":{"type":"object","properties":{}}}}]""";
        var told = await (await bridge.Http.PostAsync(bridge.Server.Url + "/v1/chat/completions", $$"""{"model":"{{Model}}","stream":{{(stream ? "true" : "false")}},"tools":{{Tools}},"messages":[{"role":"user","content":"<<tool look {\"at\":\"the big sea\"}>>"}]}""")).Content.ReadAsStringAsync();
        Assert.Contains("\"name\":\"look\"", told, StringComparison.Ordinal);
        Assert.Contains("tool_calls\"", told, StringComparison.Ordinal);
        var answer = await JsonAsync("/v1/chat/completions", $$$"""{"model":"{{{Model}}}","tools":{{{Tools}}},"messages":[{"role":"user","content":"go"},{"role":"assistant","content":null,"tool_calls":[{"id":"c:1/x","type":"function","function":{"name":"look","arguments":"{\"at\":1}"}}]},{"role":"tool","tool_call_id":"c:1/x","content":"a tree"}]}""");
        Assert.Equal("Tool said: a tree", (string?)answer["choices"]![0]!["message"]!["content"]);
    }

    [Fact]
    public async Task An_image_goes_inline_and_one_by_URL_is_refused()
    {
        var inline = await JsonAsync("/v1/chat/completions", $$$"""{"model":"{{{Model}}}","messages":[{"role":"user","content":[{"type":"text","text":"<<images>>"},{"type":"image_url","image_url":{"url":"data:image/png;base64,{{{Png}}}"}}]}]}""");
        Assert.Equal($"image/png {Png.Length}", (string?)inline["choices"]![0]!["message"]!["content"]);
        using var refused = await bridge.Http.PostAsync(bridge.Server.Url + "/v1/chat/completions", $$$"""{"model":"{{{Model}}}","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://example.com/a.png"}}]}]}""");
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Contains("by URL", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_leaves_stops_the_provider()
    {
        bridge.Upstream.Clear();
        using var answer = await AskAsync("chat", stream: true, "<<say one two three four five six seven eight nine ten>> <<slow 300>>");
        await foreach (var _ in answer.ReadEventsAsync()) break;
        var seen = await bridge.Upstream.RequestAsync();
        var left = Stopwatch.GetTimestamp();
        answer.Dispose();
        var closed = await seen.Closed.WaitAsync(TimeSpan.FromSeconds(5));
        Assert.True(closed.Early);
        Assert.True(Stopwatch.GetElapsedTime(left, closed.At) < TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task Tokens_are_counted_by_the_provider()
    {
        bridge.Upstream.Clear();
        const string Profile = "bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0";
        using var counted = await bridge.Http.PostAsync(bridge.Server.Url + "/v1/messages/count_tokens", $$$"""{"model":"{{{Profile}}}","messages":[{"role":"user","content":"x"}]}""");
        Assert.Equal(4321, (int)(await counted.JsonAsync())["input_tokens"]!);
        Assert.Null(counted.Header("x-acptoapi-estimated"));
        Assert.Equal("/model/anthropic.claude-sonnet-4-5-20250929-v1%3A0/count-tokens", (await bridge.Upstream.RequestAsync()).Path);
        using var gemini = await bridge.Http.PostAsync($"{bridge.Server.Url}/v1beta/models/{Model}:countTokens", """{"contents":[{"parts":[{"text":"x"}]}]}""");
        Assert.Equal(4321, (int)(await gemini.JsonAsync())["totalTokens"]!);
        using var estimated = await bridge.Http.PostAsync(bridge.Server.Url + "/v1/messages/count_tokens", $$$"""{"model":"{{{Model}}}","messages":[{"role":"user","content":"<<quirk nocount>>"}]}""");
        Assert.True((int)(await estimated.JsonAsync())["input_tokens"]! is > 0 and < 100);
        Assert.Equal("true", estimated.Header("x-acptoapi-estimated"));
    }

    [Theory]
    [InlineData("us.amazon.nova-pro-v1:0", "us.amazon.nova-pro-v1%3A0")]
    [InlineData("arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-sonnet-4-5", "arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Ainference-profile%2Fus.anthropic.claude-sonnet-4-5")]
    public async Task A_models_id_is_one_segment_of_the_path(string model, string segment)
    {
        bridge.Upstream.Clear();
        using var answer = await bridge.AskAsync(Front.Chat, "bedrock/" + model, "<<say yes>>", stream: true);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var seen = await bridge.Upstream.RequestAsync();
        Assert.Equal($"/model/{segment}/converse-stream", seen.Target);
        Assert.StartsWith("AWS4-HMAC-SHA256 Credential=AKIDFAKEPROVIDER/", seen.Header("authorization"), StringComparison.Ordinal);
        Assert.Contains("/eu-west-1/bedrock/aws4_request", seen.Header("authorization"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Models_are_listed_and_nothing_secret_is_shown()
    {
        var models = await bridge.Http.GetStringAsync(bridge.Server.Url + "/v1/models");
        Assert.Contains("\"bedrock/us.fake-model\"", models, StringComparison.Ordinal);
        Assert.Contains("\"bedrock/vendor/fake-model:free\"", models, StringComparison.Ordinal);
        var config = JsonNode.Parse(await bridge.Http.GetStringAsync(bridge.Server.Url + "/debug/config"))!;
        var row = config["providers"]!.AsArray().Single(provider => (string)provider!["name"]! == "bedrock")!;
        Assert.Equal("keys from AWS_ACCESS_KEY_ID; region eu-west-1 from AWS_REGION", (string?)row["signing"]);
        Assert.DoesNotContain(AwsSignature.SecretKey, config.ToJsonString(Wire.Plain), StringComparison.Ordinal);
        Assert.DoesNotContain(AwsSignature.SessionToken, config.ToJsonString(Wire.Plain), StringComparison.Ordinal);
    }

    Task<HttpResponseMessage> AskAsync(string front, bool stream, string text) => front switch
    {
        "chat" => PostAsync("/v1/chat/completions", new() { ["messages"] = Said(text), ["stream"] = stream, ["stream_options"] = stream ? new JsonObject { ["include_usage"] = true } : null }),
        "messages" => PostAsync("/v1/messages", new() { ["messages"] = Said(text), ["stream"] = stream, ["max_tokens"] = 100 }),
        "responses" => PostAsync("/v1/responses", new() { ["input"] = text, ["stream"] = stream }),
        "ollama" => PostAsync("/api/chat", new() { ["messages"] = Said(text), ["stream"] = stream }),
        _ => PostAsync($"/v1beta/models/{Model}:{(stream ? "streamGenerateContent?alt=sse" : "generateContent")}", new()
        {
            ["contents"] = new JsonArray(new JsonObject { ["role"] = "user", ["parts"] = new JsonArray(new JsonObject { ["text"] = text }) }),
        }),
    };

    static JsonArray Said(string text) => new(new JsonObject { ["role"] = "user", ["content"] = text });

    Task<HttpResponseMessage> PostAsync(string path, JsonObject body)
    {
        if (!path.StartsWith("/v1beta", StringComparison.Ordinal)) body["model"] = Model;
        return bridge.Http.PostJsonAsync(bridge.Server.Url + path, body);
    }

    async Task<string> TellAsync(string front, bool stream, string text)
    {
        using var answer = await AskAsync(front, stream, text);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return await answer.Content.ReadAsStringAsync();
    }

    async Task<JsonNode> JsonAsync(string path, string body)
    {
        using var answer = await bridge.Http.PostAsync(bridge.Server.Url + path, body);
        var json = await answer.JsonAsync();
        Assert.True(answer.IsSuccessStatusCode, json.ToJsonString());
        return json;
    }

    // All strings of the fields that text stands in, in order.
    static string Joined(string front, string told)
    {
        var text = new System.Text.StringBuilder();
        foreach (var line in told.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var json = line.StartsWith("data:", StringComparison.Ordinal) ? line[5..].Trim() : line;
            if (json.StartsWith('{')) Collect(JsonNode.Parse(json)!, front, text);
        }
        return text.ToString();
    }

    static void Collect(JsonNode? node, string front, System.Text.StringBuilder text)
    {
        if (node is JsonArray items)
        {
            foreach (var item in items) Collect(item, front, text);
        }
        if (node is not JsonObject fields) return;
        foreach (var (name, value) in fields)
        {
            var isText = name == "text" || (name == "content" && front is "chat" or "ollama") || (name == "delta" && front == "responses");
            if (isText && value?.GetValueKind() == System.Text.Json.JsonValueKind.String) text.Append((string)value!);
            else Collect(value, front, text);
        }
    }
}
