using System.Text.Json.Nodes;
using AcpToApi.Tests.Support;

namespace AcpToApi.Tests;

/// <summary>Every dialect in front of Cohere's.</summary>
public sealed class CohereTests(CohereTests.Provider bridge) : IClassFixture<CohereTests.Provider>
{
    const string Model = "cohere/command-fake";

    public static TheoryData<string> Fronts => ["chat", "messages", "responses", "gemini", "ollama"];

    [Theory, MemberData(nameof(Fronts))]
    public async Task It_is_heard_whole(string front)
    {
        using var got = await AskAsync(front, "<<think Let me see.>> <<say one two>> <<usage cached>>", stream: false);
        var answer = await got.JsonAsync();
        Assert.Equal("one two", Text(front, answer));
        Assert.Equal("Let me see.", Reasoning(front, answer));
        Assert.Equal((25, 11), Usage(front, answer));
        Assert.Equal("/v2/chat", bridge.Upstream.Requests()[^1].Path);
        Assert.Equal("Bearer sk-cohere-key", bridge.Upstream.Requests()[^1].Header("authorization"));
    }

    [Theory, MemberData(nameof(Fronts))]
    public async Task It_is_heard_as_a_stream(string front)
    {
        using var got = await AskAsync(front, "<<think Let me see.>> <<say one two three>>", stream: true);
        var (text, reasoning, last) = ("", "", default(JsonNode));
        foreach (var line in (await got.Content.ReadAsStringAsync()).Split('\n').Select(line => line.Trim()))
        {
            var data = line.StartsWith("data: ", StringComparison.Ordinal) ? line[6..] : line;
            if (!data.StartsWith('{')) continue;
            last = JsonNode.Parse(data)!;
            text += TextDelta(front, last);
            reasoning += ReasoningDelta(front, last);
        }
        Assert.Equal(("one two three", "Let me see."), (text, reasoning));
    }

    [Theory, MemberData(nameof(Fronts))]
    public async Task A_tool_loop_goes_round(string front)
    {
        using var called = await AskAsync(front, """<<tool look {"at":"sea"}>> <<also time {}>>""", stream: false, tools: true);
        var answer = await called.JsonAsync();
        Assert.Contains("look", answer.ToJsonString(), StringComparison.Ordinal);
        var again = front switch
        {
            "chat" => Again("messages", [answer["choices"]![0]!["message"]!, .. Results(answer["choices"]![0]!["message"]!["tool_calls"]!, (call, said) => new JsonObject { ["role"] = "tool", ["tool_call_id"] = (string?)call["id"], ["content"] = said })]),
            "messages" => Again("messages", new JsonObject { ["role"] = "assistant", ["content"] = answer["content"]!.DeepClone() }, new JsonObject
            {
                ["role"] = "user",
                ["content"] = new JsonArray(Results(answer["content"]!, (call, said) => new JsonObject { ["type"] = "tool_result", ["tool_use_id"] = (string?)call["id"], ["content"] = said })),
            }),
            "responses" => Again("input", [.. answer["output"]!.AsArray().Select(item => item!), .. Results(answer["output"]!, (call, said) => new JsonObject { ["type"] = "function_call_output", ["call_id"] = (string?)call["call_id"], ["output"] = said })]),
            "gemini" => Again("contents", answer["candidates"]![0]!["content"]!, new JsonObject
            {
                ["role"] = "user",
                ["parts"] = new JsonArray(Results(answer["candidates"]![0]!["content"]!["parts"]!, (call, said) => new JsonObject
                {
                    ["functionResponse"] = new JsonObject { ["id"] = (string?)call["functionCall"]!["id"], ["name"] = (string?)call["functionCall"]!["name"], ["response"] = new JsonObject { ["result"] = said } },
                })),
            }),
            _ => Again("messages", [answer["message"]!, .. Results(answer["message"]!["tool_calls"]!, (call, said) => new JsonObject { ["role"] = "tool", ["tool_name"] = (string?)call["function"]!["name"], ["content"] = said })]),
        };
        using var got = await bridge.Http.PostAsync(bridge.Server.Url + PathOf(front, stream: false), again.ToJsonString(), null);
        var said = Text(front, await got.JsonAsync());
        Assert.Contains("a tree", said, StringComparison.Ordinal);
        Assert.Contains("noon", said, StringComparison.Ordinal);
        var calls = bridge.Upstream.Requests()[^1].Json["messages"]!.AsArray().Single(message => (string?)message!["role"] == "assistant")!["tool_calls"]!.AsArray();
        Assert.Equal(["look", "time"], calls.Select(call => (string?)call!["function"]!["name"]));
        Assert.Equal("sea", (string?)JsonNode.Parse((string)calls[0]!["function"]!["arguments"]!)!["at"]);

        JsonObject Again(string field, params JsonNode[] turns)
        {
            var body = Body(front, """<<tool look {"at":"sea"}>> <<also time {}>>""", stream: false, tools: true);
            if (body[field] is not JsonArray all) body[field] = all = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = (string?)body[field] });
            foreach (var turn in turns) all.Add(turn.DeepClone());
            return body;
        }
    }

    [Theory, MemberData(nameof(Fronts))]
    public async Task Errors_keep_their_status_and_text_in_the_clients_dialect(string front)
    {
        foreach (var stream in new[] { false, true })
        {
            using var limited = await AskAsync(front, "<<error 429 slow down>>", stream);
            Assert.Equal(429, (int)limited.StatusCode);
            Assert.Contains("slow down", await limited.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            Assert.Equal("1", limited.Header("retry-after"));
        }
        foreach (var fault in new[] { "<<oops 1>>", "<<truncate 1>>", "<<cut 1>>", "<<garble 1>>" })
        {
            using var broken = await AskAsync(front, $"<<say one two three>> {fault}", stream: true);
            var told = await broken.Content.ReadAsStringAsync();
            Assert.Contains("error", told, StringComparison.Ordinal);
            Assert.DoesNotContain("[DONE]", told, StringComparison.Ordinal);
            Assert.DoesNotContain("message_stop", told, StringComparison.Ordinal);
            Assert.DoesNotContain("response.completed", told, StringComparison.Ordinal);
            Assert.DoesNotContain("\"done\":true", told, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task What_it_cannot_carry_is_named()
    {
        var body = Body("chat", "<<say x>>", stream: false, tools: false);
        body["logit_bias"] = new JsonObject();
        using var got = await bridge.Http.PostJsonAsync(bridge.Server.Url + "/v1/chat/completions", body);
        Assert.Equal("logit_bias", got.Header("x-acptoapi-ignored"));
    }

    static JsonObject[] Results(JsonNode calls, Func<JsonNode, string, JsonObject> result)
    {
        var said = new Queue<string>(["a tree", "noon"]);
        return [.. calls.AsArray().Where(call => call!.ToJsonString() is var json && (json.Contains("\"look\"", StringComparison.Ordinal) || json.Contains("\"time\"", StringComparison.Ordinal))).Select(call => result(call!, said.Dequeue()))];
    }

    Task<HttpResponseMessage> AskAsync(string front, string text, bool stream, bool tools = false) =>
        bridge.Http.PostAsync(bridge.Server.Url + PathOf(front, stream), Body(front, text, stream, tools).ToJsonString(Wire.Plain), null);

    static string PathOf(string front, bool stream) => front switch
    {
        "chat" => "/v1/chat/completions",
        "messages" => "/v1/messages",
        "responses" => "/v1/responses",
        "gemini" => $"/v1beta/models/{Model}:" + (stream ? "streamGenerateContent?alt=sse" : "generateContent"),
        _ => "/api/chat",
    };

    static JsonObject Body(string front, string text, bool stream, bool tools)
    {
        var user = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = text });
        var schema = new JsonObject { ["type"] = "object", ["properties"] = new JsonObject() };
        JsonArray Tools(Func<string, JsonObject> tool) => new(tool("look"), tool("time"));
        JsonObject Function(string name) => new() { ["name"] = name, ["parameters"] = schema.DeepClone() };
        JsonObject body = front switch
        {
            "responses" => new() { ["model"] = Model, ["input"] = text, ["stream"] = stream, ["store"] = false },
            "gemini" => new() { ["contents"] = new JsonArray(new JsonObject { ["role"] = "user", ["parts"] = new JsonArray(new JsonObject { ["text"] = text }) }) },
            _ => new() { ["model"] = Model, ["messages"] = user, ["stream"] = stream },
        };
        if (front == "messages") body["max_tokens"] = 99;
        if (!tools) return body;
        body["tools"] = front switch
        {
            "messages" => Tools(name => new JsonObject { ["name"] = name, ["input_schema"] = schema.DeepClone() }),
            "responses" => Tools(name => new JsonObject { ["type"] = "function", ["name"] = name, ["parameters"] = schema.DeepClone() }),
            "gemini" => new JsonArray(new JsonObject { ["functionDeclarations"] = Tools(Function) }),
            _ => Tools(name => new JsonObject { ["type"] = "function", ["function"] = Function(name) }),
        };
        return body;
    }

    static string Text(string front, JsonNode answer) => front switch
    {
        "chat" => (string?)answer["choices"]![0]!["message"]!["content"] ?? "",
        "messages" => string.Concat(answer["content"]!.AsArray().Select(block => (string?)block!["text"])),
        "responses" => string.Concat(answer["output"]!.AsArray().Where(item => (string?)item!["type"] == "message").SelectMany(item => item!["content"]!.AsArray()).Select(part => (string?)part!["text"])),
        "gemini" => Parts(answer, thought: false),
        _ => (string?)answer["message"]!["content"] ?? "",
    };

    static string Reasoning(string front, JsonNode answer) => front switch
    {
        "chat" => (string?)answer["choices"]![0]!["message"]!["reasoning_content"] ?? "",
        "messages" => string.Concat(answer["content"]!.AsArray().Select(block => (string?)block!["thinking"])),
        "responses" => string.Concat(answer["output"]!.AsArray().Where(item => (string?)item!["type"] == "reasoning").SelectMany(item => item!["summary"]!.AsArray()).Select(part => (string?)part!["text"])),
        "gemini" => Parts(answer, thought: true),
        _ => (string?)answer["message"]!["thinking"] ?? "",
    };

    static (int Input, int Output) Usage(string front, JsonNode answer) => front switch
    {
        "chat" => ((int)answer["usage"]!["prompt_tokens"]!, (int)answer["usage"]!["completion_tokens"]!),
        "messages" => ((int)answer["usage"]!["input_tokens"]! + (int)answer["usage"]!["cache_read_input_tokens"]!, (int)answer["usage"]!["output_tokens"]!),
        "responses" => ((int)answer["usage"]!["input_tokens"]!, (int)answer["usage"]!["output_tokens"]!),
        "gemini" => ((int)answer["usageMetadata"]!["promptTokenCount"]!, (int)answer["usageMetadata"]!["candidatesTokenCount"]!),
        _ => ((int)answer["prompt_eval_count"]!, (int)answer["eval_count"]!),
    };

    static string? TextDelta(string front, JsonNode e) => front switch
    {
        "chat" => (string?)e["choices"]?.AsArray().FirstOrDefault()?["delta"]?["content"],
        "messages" => (string?)e["delta"]?["text"],
        "responses" => (string?)e["type"] == "response.output_text.delta" ? (string?)e["delta"] : null,
        "gemini" => Parts(e, thought: false),
        _ => (string?)e["message"]?["content"],
    };

    static string? ReasoningDelta(string front, JsonNode e) => front switch
    {
        "chat" => (string?)e["choices"]?.AsArray().FirstOrDefault()?["delta"]?["reasoning_content"],
        "messages" => (string?)e["delta"]?["thinking"],
        "responses" => (string?)e["type"] == "response.reasoning_summary_text.delta" ? (string?)e["delta"] : null,
        "gemini" => Parts(e, thought: true),
        _ => (string?)e["message"]?["thinking"],
    };

    static string Parts(JsonNode answer, bool thought) => string.Concat(
        (answer["candidates"]?[0]?["content"]?["parts"]?.AsArray() ?? []).Where(part => ((bool?)part!["thought"] ?? false) == thought).Select(part => (string?)part!["text"]));

    /// <summary>The scripted provider as Cohere.</summary>
    public sealed class Provider : Bridge
    {
        protected override Dictionary<string, string> Environment => new() { ["COHERE_BASE_URL"] = Upstream.Url, ["CO_API_KEY"] = "sk-cohere-key" };
    }
}
