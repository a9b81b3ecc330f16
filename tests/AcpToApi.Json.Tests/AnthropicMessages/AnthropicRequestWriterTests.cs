using System.Text;
using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Tests.AnthropicMessages;

/// <summary>Requests of clients that speak another dialect, as Anthropic takes them.</summary>
public class AnthropicRequestWriterTests
{
    readonly ChatRequest _request = new() { Body = default, Format = WireFormat.OpenAiChat, Model = Text("openai/x") };
    readonly IgnoredFields _ignored = new();

    [Fact]
    public void Results_follow_their_calls_before_anything_else()
    {
        Say(Role.User, "go");
        Call("call_1", "f", "{\\\"a\\\":1}");
        Say(Role.User, "meanwhile");
        Result("call_1", "one");
        Assert.Equal("user:go|assistant:tool_use(call_1,{\"a\":1})|user:tool_result(call_1,one),meanwhile", Turns());
    }

    [Fact]
    public void Calls_in_several_messages_are_one_turn_and_so_are_their_results()
    {
        Say(Role.User, "go");
        Call("a", "f", "");
        Call("b", "f", "");
        Result("b", "two");
        Result("a", "one");
        Assert.Equal("user:go|assistant:tool_use(a,{}),tool_use(b,{})|user:tool_result(a,one),tool_result(b,two)", Turns());
    }

    [Fact]
    public void A_missing_result_is_said_to_be_missing()
    {
        Say(Role.User, "go");
        Call("a", "f", "{}");
        Assert.Equal("user:go|assistant:tool_use(a,{})|user:tool_result(a,no result was returned)", Turns());
    }

    [Fact]
    public void A_result_of_no_call_becomes_text()
    {
        Say(Role.User, "go");
        Result("lost", "what it found");
        Assert.Equal("user:go,what it found", Turns());
    }

    [Fact]
    public void An_id_used_twice_is_made_two()
    {
        Say(Role.User, "go");
        Call("call_0", "f", "{}");
        Result("call_0", "one");
        Call("call_0", "f", "{}");
        Result("call_0", "two");
        Assert.Equal(
            "user:go|assistant:tool_use(call_0,{})|user:tool_result(call_0,one)|assistant:tool_use(call_0_2,{})|user:tool_result(call_0_2,two)", Turns());
    }

    [Fact]
    public void Ids_and_names_are_fitted_on_both_sides_alike()
    {
        Say(Role.User, "go");
        Call("functions.f:0", "name.with.dots", "{}");
        Result("functions.f:0", "one");
        var fitted = ToolNames.Fit(Text("functions.f:0"), 64).ToString();
        Assert.Equal($"user:go|assistant:tool_use({fitted},{{}})|user:tool_result({fitted},one)", Turns());
    }

    [Theory]
    [InlineData("not json", "{\"arguments\":\"not json\"}")]
    [InlineData("[1]", "{\"arguments\":\"[1]\"}")]
    [InlineData("{\\\"a\\\":", "{\"arguments\":\"{\\\"a\\\":\"}")]
    [InlineData(" \\n", "{}")]
    [InlineData("{\\\"a\\\":1.50}", "{\"a\":1.50}")]
    public void Arguments_are_an_object_whatever_the_model_made(string escaped, string input)
    {
        Say(Role.User, "go");
        Call("a", "f", escaped);
        Assert.Contains($"\"input\":{input}}}", Written());
    }

    [Fact]
    public void A_conversation_begins_with_the_user_and_has_no_empty_texts()
    {
        Say(Role.Assistant, "hello");
        Say(Role.User, " \\n");
        Say(Role.Assistant, "again");
        Assert.Equal("user:(empty)|assistant:hello,again", Turns());
    }

    [Fact]
    public void Instructions_lead_or_are_marked()
    {
        Say(Role.System, "one");
        Say(Role.System, "two");
        Say(Role.User, "hi");
        Say(Role.System, "late");
        Assert.Equal("user:hi,<system>\nlate\n</system>", Turns());
        Assert.Contains("\"system\":[{\"type\":\"text\",\"text\":\"one\"},{\"type\":\"text\",\"text\":\"two\"}]", Written());
    }

    [Fact]
    public void Only_signed_thinking_goes_back_and_it_leads()
    {
        Say(Role.User, "hi");
        var message = new Message(Role.Assistant);
        message.Parts.AddRange([new TextPart(Text("answer")), new ReasoningPart(Text("unsigned")),
            new ReasoningPart(Text("foreign")) { Signature = Text("skip_thought_signature_validator") },
            new ReasoningPart(Text("mine")) { Signature = Text("c2ln") }]);
        _request.Messages.Add(message);
        Say(Role.User, "and?");
        Assert.Equal("user:hi|assistant:thinking(mine),answer|user:and?", Turns());
    }

    [Theory]
    [InlineData("low", null, 2048, 10240)]
    [InlineData("medium", null, 8192, 16384)]
    [InlineData("high", 40000L, 24576, 40000)]
    public void An_effort_becomes_a_budget_within_the_limit(string effort, long? limit, int budget, int maxTokens)
    {
        Say(Role.User, "hi");
        _request.Reasoning = new ReasoningRequest(ReasoningMode.Default, effort);
        _request.Sampling.MaxOutputTokens = limit;
        _request.Sampling.Temperature = 0.5;
        var body = Written();
        Assert.Contains($"\"max_tokens\":{maxTokens},\"thinking\":{{\"type\":\"enabled\",\"budget_tokens\":{budget}}}", body);
        Assert.DoesNotContain("temperature", body);
        Assert.Equal("temperature", _ignored.ToString());
    }

    [Theory]
    [InlineData("claude-3-haiku-20240307", 4096)]
    [InlineData("claude-3-5-sonnet-20241022", 8192)]
    public void Old_models_get_their_own_limit_and_no_thinking(string model, int limit)
    {
        Say(Role.User, "hi");
        _request.Reasoning = new ReasoningRequest(ReasoningMode.Default, "high");
        Assert.StartsWith($"{{\"model\":\"{model}\",\"max_tokens\":{limit},\"messages\"", Written(model));
        Assert.Equal("reasoning_effort", _ignored.ToString());
    }

    [Fact]
    public void Thinking_stays_off_with_a_forced_tool()
    {
        Say(Role.User, "hi");
        _request.Tools.Add(new ToolDefinition { Name = Text("f") });
        _request.ToolChoice = new ToolChoice(ToolChoiceKind.Required);
        _request.Reasoning = new ReasoningRequest(ReasoningMode.Default, "high");
        Assert.DoesNotContain("thinking", Written());
        Assert.Equal("reasoning_effort", _ignored.ToString());
    }

    [Fact]
    public void Thinking_stays_off_when_the_last_calls_have_lost_theirs()
    {
        Say(Role.User, "go");
        Call("a", "f", "{}");
        Result("a", "one");
        _request.Reasoning = new ReasoningRequest(ReasoningMode.Enabled, null, 2000);
        Assert.DoesNotContain("thinking", Written());
        Assert.Equal("reasoning_effort", _ignored.ToString());
    }

    [Fact]
    public void What_cannot_be_carried_is_named()
    {
        Say(Role.User, "hi");
        _request.Sampling.Temperature = 1.7;
        _request.Sampling.Seed = 1;
        _request.Sampling.FrequencyPenalty = 0;
        _request.Sampling.PresencePenalty = 1;
        _request.Sampling.Count = 2;
        _request.Sampling.Stop.Add(Text("\n"));
        _request.ResponseFormat = new ResponseFormat();
        _request.Extras.Add(new ExtraField("logprobs", "true"u8.ToArray()));
        Assert.Contains("\"temperature\":1,", Written());
        Assert.Equal("stop, seed, frequency_penalty, presence_penalty, n, response_format, logprobs", _ignored.ToString());
    }

    [Fact]
    public void Calls_without_tools_on_offer_get_them_but_may_not_be_repeated()
    {
        Say(Role.User, "go");
        Call("a", "f", "{}");
        Result("a", "one");
        Assert.Contains("\"tools\":[{\"name\":\"f\",\"input_schema\":{\"type\":\"object\"}}],\"tool_choice\":{\"type\":\"none\"}", Written());
    }

    [Theory]
    [InlineData("{}", "{\"type\":\"object\",\"properties\":{}}")]
    [InlineData("{\"properties\":{}}", "{\"type\":\"object\",\"properties\":{}}")]
    [InlineData("{\"type\":\"object\",\"x\": 1}", "{\"type\":\"object\",\"x\": 1}")]
    [InlineData("""{"type":["object","null"],"properties":{"a":{"type":["string","null"]}},"required":["a"]}""",
        """{"type":"object","properties":{"a":{"type":["string","null"]}},"required":["a"]}""")]
    [InlineData("""{"anyOf":[{"properties":{"a":{"type":"string"},"k":{"const":1}},"required":["k","a"]},{"properties":{"b":{},"k":{"const":2}},"required":["k"]}],"additionalProperties":false,"title":"T"}""",
        """{"type":"object","properties":{"a":{"type":"string"},"k":{"const":1},"b":{}},"required":["k"],"title":"T","description":"The arguments match at least one of: [{\"properties\":{\"a\":{\"type\":\"string\"},\"k\":{\"const\":1}},\"required\":[\"k\",\"a\"]},{\"properties\":{\"b\":{},\"k\":{\"const\":2}},\"required\":[\"k\"]}]"}""")]
    [InlineData("""{"type":"object","allOf":[{"$ref":"#/$defs/A"},{"properties":{"b":{}}}],"$defs":{"A":{"properties":{"a":{}},"required":["a"],"allOf":[{"$ref":"#/$defs/A"}]}}}""",
        """{"type":"object","properties":{"a":{},"b":{}},"required":["a"],"$defs":{"A":{"properties":{"a":{}},"required":["a"],"allOf":[{"$ref":"#/$defs/A"}]}}}""")]
    [InlineData("""{"oneOf":[{"$ref":"#/$defs/A"},{"$ref":"#/nowhere"},5],"$defs":{"A":{"properties":{"a":{}}}},"description":"D"}""",
        """{"type":"object","properties":{"a":{}},"$defs":{"A":{"properties":{"a":{}}}},"description":"D\n\nThe arguments match exactly one of: [{\"$ref\":\"#/$defs/A\"},{\"$ref\":\"#/nowhere\"},5]"}""")]
    public void A_schema_is_an_object_schema(string schema, string written)
    {
        Say(Role.User, "hi");
        _request.Tools.Add(new ToolDefinition { Name = Text("f"), Schema = Encoding.UTF8.GetBytes(schema) });
        _request.ParallelToolCalls = false;
        Assert.Contains($"\"input_schema\":{written}}}],\"tool_choice\":{{\"type\":\"auto\",\"disable_parallel_tool_use\":true}}", Written());
    }

    [Fact]
    public void Sound_is_refused_by_name()
    {
        var message = new Message(Role.User);
        message.Parts.Add(new MediaPart(MediaKind.Audio) { Data = Text("eA==") });
        _request.Messages.Add(message);
        var thrown = Assert.Throws<BridgeException>(Written);
        Assert.Equal(400, thrown.Error.Status);
        Assert.Contains("Audio", thrown.Message);
    }

    [Fact]
    public void A_text_file_goes_as_text()
    {
        var message = new Message(Role.User);
        message.Parts.Add(new MediaPart(MediaKind.Document) { MediaType = Text("text/csv"), Data = Text("YSxiCg=="), Name = Text("t.csv") });
        _request.Messages.Add(message);
        Assert.Contains("\"source\":{\"type\":\"text\",\"media_type\":\"text/plain\",\"data\":\"a,b\\n\"},\"title\":\"t.csv\"}", Written());
    }

    static JsonString Text(string text) => JsonString.Of(text);

    void Say(Role role, string escaped)
    {
        var message = new Message(role);
        message.Parts.Add(new TextPart(new JsonString(Encoding.UTF8.GetBytes(escaped), IsEscaped: true)));
        _request.Messages.Add(message);
    }

    void Call(string id, string name, string escaped)
    {
        var message = new Message(Role.Assistant);
        var arguments = new JsonString(Encoding.UTF8.GetBytes(escaped), IsEscaped: true);
        message.Parts.Add(new ToolCallPart { Id = Text(id), Name = Text(name), Arguments = arguments });
        _request.Messages.Add(message);
    }

    void Result(string id, string text)
    {
        var message = new Message(Role.Tool);
        var result = new ToolResultPart { CallId = Text(id) };
        result.Content.Add(new TextPart(Text(text)));
        message.Parts.Add(result);
        _request.Messages.Add(message);
    }

    string Written() => Written("claude-x");

    string Written(string model)
    {
        using var output = new PooledBuffer();
        WireFormat.AnthropicMessages.WriteRequest(_request, new UpstreamTarget(Text(model), Quirks.None, Stream: false), output, _ignored);
        return Encoding.UTF8.GetString(output.Written);
    }

    // role:content,content|role:... of the body.
    string Turns()
    {
        using var body = JsonDocument.Parse(Encoding.UTF8.GetBytes(Written()));
        var turns = body.RootElement.GetProperty("messages").EnumerateArray();
        return string.Join('|', turns.Select(turn => $"{turn.GetProperty("role")}:{Show(turn.GetProperty("content"))}"));
    }

    static string Show(JsonElement content) => content.ValueKind == JsonValueKind.String
        ? content.GetString()!
        : string.Join(',', content.EnumerateArray().Select(block => block.GetProperty("type").GetString() switch
        {
            "text" => block.GetProperty("text").GetString(),
            "thinking" => $"thinking({block.GetProperty("thinking")})",
            "tool_use" => $"tool_use({block.GetProperty("id")},{block.GetProperty("input").GetRawText()})",
            "tool_result" => $"tool_result({block.GetProperty("tool_use_id")},{Show(block.GetProperty("content"))})",
            var other => other,
        }));
}
