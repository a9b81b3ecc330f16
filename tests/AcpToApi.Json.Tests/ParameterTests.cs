using System.Text;
using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Sinks;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Tests;

/// <summary>What clients ask for, as each upstream takes it.</summary>
public class ParameterTests
{
    // google-genai for Python writes bytes in the URL-safe alphabet.
    [Theory]
    [InlineData("messages", "-_8=", "+/8=")]
    [InlineData("chat", "-_8=", "+/8=")]
    [InlineData("chat", "-_8", "+/8=")]
    [InlineData("responses", "__-_-w", "//+/+w==")]
    [InlineData("ollama", "-_8=", "+/8=")]
    [InlineData("converse", "-_8=", "+/8=")]
    [InlineData("cohere", "-_8=", "+/8=")]
    [InlineData("gemini", "-_8=", "+/8=")]
    [InlineData("messages", "+\\/8=", "+/8=")]
    public void Bytes_are_in_standard_base64(string format, string sent, string expected)
    {
        var body = Body("gemini", $$$"""{"contents":[{"parts":[{"text":"x"},{"inlineData":{"mimeType":"image/png","data":"{{{sent}}}"}}]}]}""", format, "claude");
        Assert.Contains($"{expected}\"", body.Replace("\\/", "/", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.DoesNotContain("-_", body, StringComparison.Ordinal);
    }

    // Limits count thinking everywhere: what the client allows is never exceeded.
    [Theory]
    [InlineData("claude-opus-4-1", 32000, "high", 32000, 24000, "")]
    [InlineData("claude-opus-4-1", null, "high", 32000, 24000, "")]
    [InlineData("claude-opus-4-20250514", null, "medium", 16384, 8192, "")]
    [InlineData("claude-sonnet-4-5", null, "xhigh", 40960, 30720, "")]
    [InlineData("claude-3-7-sonnet-latest", 2000, "high", 2000, 1500, "")]
    [InlineData("claude-x", 1100, "low", 1100, 1024, "")]
    [InlineData("claude-opus-4-1", 1024, "low", 1024, 0, "reasoning_effort")]
    [InlineData("claude-opus-4-1", 100, "low", 100, 0, "reasoning_effort")]
    [InlineData("claude-3-haiku-20240307", null, "low", 4096, 0, "reasoning_effort")]
    [InlineData("claude-3-opus-20240229", null, null, 4096, 0, "")]
    [InlineData("claude-3.5-sonnet", null, null, 8192, 0, "")]
    [InlineData("claude-haiku-4-5-20251001", null, null, 8192, 0, "")]
    public void A_thinking_budget_fits_into_the_limit(string model, int? limit, string? effort, int maxTokens, int budget, string expectedIgnored)
    {
        var request = $$$"""{"model":"m","messages":[{"role":"user","content":"x"}],"max_completion_tokens":{{{limit?.ToString() ?? "null"}}},"reasoning_effort":{{{(effort is null ? "null" : $"\"{effort}\"")}}}}""";
        var thinking = budget == 0 ? "" : $",\"thinking\":{{\"type\":\"enabled\",\"budget_tokens\":{budget}}}";
        Assert.Contains($"\"max_tokens\":{maxTokens}{thinking},\"messages\"", Body("chat", request, "messages", model, out var ignored), StringComparison.Ordinal);
        Assert.Equal(expectedIgnored, ignored);
        var converse = Body("chat", request, "converse", $"us.anthropic.{model}-v1:0", out ignored);
        Assert.Equal(expectedIgnored, ignored);
        if (limit is not null || budget > 0) Assert.Contains($"\"inferenceConfig\":{{\"maxTokens\":{maxTokens}}}", converse, StringComparison.Ordinal);
        Assert.Equal(budget > 0, converse.Contains($"\"budget_tokens\":{budget}", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("gemini-2.5-pro", 2000, "high", 1500, "")]
    [InlineData("gemini-2.5-pro", 100, "low", 128, "")]
    [InlineData("gemini-2.5-flash", 2000, "low", 1024, "")]
    [InlineData("gemini-2.5-flash-lite", 500, "low", 0, "reasoning_effort")]
    [InlineData("gemini-2.5-flash", 100000, "max", 24576, "")]
    public void A_thinking_budget_of_Gemini_fits_into_the_limit(string model, int limit, string effort, int budget, string expectedIgnored)
    {
        var request = $$$"""{"model":"m","messages":[{"role":"user","content":"x"}],"max_tokens":{{{limit}}},"reasoning_effort":"{{{effort}}}"}""";
        Assert.Contains($"\"maxOutputTokens\":{limit},\"thinkingConfig\":{{\"thinkingBudget\":{budget},", Body("chat", request, "gemini", model, out var ignored), StringComparison.Ordinal);
        Assert.Equal(expectedIgnored, ignored);
    }

    // Claude Opus 4.7 and later refuse budgets and sampling.
    [Theory]
    [InlineData("messages", "claude-opus-4-7", "\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":5000},\"temperature\":0.5", "\"thinking\":{\"type\":\"adaptive\"}", "medium", "temperature")]
    [InlineData("messages", "claude-opus-5", "\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":5000},\"output_config\":{\"effort\":\"max\"}", "\"thinking\":{\"type\":\"adaptive\"}", "max", "")]
    [InlineData("chat", "claude-opus-4-7", "\"reasoning_effort\":\"minimal\",\"top_p\":0.99", "\"thinking\":{\"type\":\"adaptive\",\"display\":\"summarized\"}", "low", "top_p")]
    [InlineData("chat", "claude-opus-4.7", "\"reasoning_effort\":\"xhigh\"", "\"thinking\":{\"type\":\"adaptive\",\"display\":\"summarized\"}", "xhigh", "")]
    [InlineData("chat", "claude-opus-4-8-20260101", "\"reasoning_effort\":\"none\"", null, null, "")]
    [InlineData("chat", "claude-mythos-preview", "\"reasoning_effort\":\"none\"", null, "low", "reasoning_effort")]
    [InlineData("chat", "claude-opus-4-7", "\"temperature\":0.2", null, null, "temperature")]
    [InlineData("chat", "claude-opus-4-6", "\"reasoning_effort\":\"low\",\"max_tokens\":9000", "\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":2048}", null, "")]
    [InlineData("chat", "claude-sonnet-4-5", "\"thinking\":{\"type\":\"adaptive\"},\"max_tokens\":20000", "\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":8192}", null, "")]
    public void Models_that_take_efforts_only_are_given_one(string dialect, string model, string fields, string? thinking, string? effort, string expectedIgnored)
    {
        var request = $$$"""{"model":"m","messages":[{"role":"user","content":"x"}],{{{(dialect == "messages" ? "\"max_tokens\":9000," : "")}}}{{{fields}}}}""";
        foreach (var format in (string[])["messages", "converse"])
        {
            var body = Body(dialect, request, format, format == "messages" ? model : $"anthropic.{model}-v1:0", out var ignored);
            if (thinking is null) Assert.DoesNotContain("\"thinking\"", body, StringComparison.Ordinal);
            else Assert.Contains(thinking, body, StringComparison.Ordinal);
            if (effort is null) Assert.DoesNotContain("\"effort\"", body, StringComparison.Ordinal);
            else Assert.Contains($"\"effort\":\"{effort}\"}}", body, StringComparison.Ordinal);
            Assert.Equal(expectedIgnored, ignored);
        }
    }

    // Claude refuses a schema of an answer with open objects or with bounds.
    [Theory]
    [InlineData("gemini", """ "generationConfig":{"responseMimeType":"application/json","responseSchema":{"type":"OBJECT","properties":{"a":{"type":"OBJECT","description":"d","properties":{"n":{"type":"INTEGER","minimum":1,"maximum":5}}},"l":{"type":"ARRAY","items":{"type":"STRING"},"minItems":"2"}}}}""",
        """{"type":"object","properties":{"a":{"type":"object","properties":{"n":{"type":"integer","description":"{\"minimum\": 1, \"maximum\": 5}"}},"additionalProperties":false,"description":"d"},"l":{"type":"array","items":{"type":"string"},"description":"{\"minItems\": 2}"}},"additionalProperties":false}""")]
    [InlineData("ollama", """ "format":{"$schema":"s","properties":{"a":{"type":["object","null"],"properties":{},"additionalProperties":true},"b":{"oneOf":[{"type":"string","minLength":3,"description":"x"},{"$ref":"#/$defs/D"}]}},"required":["a"],"$defs":{"D":{"type":"string","format":"uuid"}}}""",
        """{"type":"object","properties":{"a":{"type":["object","null"],"properties":{},"additionalProperties":false},"b":{"anyOf":[{"type":"string","description":"x\n\n{\"minLength\": 3}"},{"$ref":"#/$defs/D"}]}},"required":["a"],"$defs":{"D":{"type":"string","format":"uuid"}},"additionalProperties":false}""")]
    [InlineData("messages", """ "max_tokens":9,"output_config":{"format":{"type":"json_schema","schema":{"type":"object","minProperties":1}}}""", """{"type":"object","minProperties":1}""")]
    public void The_schema_of_an_answer_is_what_Claude_takes(string dialect, string field, string expected)
    {
        var request = dialect == "gemini" ? $$$"""{"contents":[{"parts":[{"text":"x"}]}],{{{field}}}}""" : $$$"""{"model":"m","messages":[{"role":"user","content":"x"}],{{{field}}}}""";
        using var messages = JsonDocument.Parse(Body(dialect, request, "messages", "claude-sonnet-4-5"));
        Assert.Equal(expected, messages.RootElement.GetProperty("output_config").GetProperty("format").GetProperty("schema").GetRawText());
        using var converse = JsonDocument.Parse(Body(dialect, request, "converse", "anthropic.claude-sonnet-4-5"));
        var structure = converse.RootElement.GetProperty("outputConfig").GetProperty("textFormat").GetProperty("structure");
        Assert.Equal(expected, structure.GetProperty("jsonSchema").GetProperty("schema").GetString());
    }

    // A choice among some of the tools: where it cannot be told, the others are not offered.
    [Theory]
    [InlineData("messages", "required", "f,g", "\"tool_choice\":{\"type\":\"any\"}", "")]
    [InlineData("messages", "auto", "f,g", "\"tool_choice\":{\"type\":\"auto\"}", "")]
    [InlineData("converse", "required", "f,g", "\"toolChoice\":{\"any\":{}}", "")]
    [InlineData("cohere", "required", "f,g", "\"tool_choice\":\"REQUIRED\"", "")]
    [InlineData("ollama", "auto", "f,g", "\"tools\":", "")]
    [InlineData("ollama", "required", "f,g", "\"tools\":", "tool_choice")]
    [InlineData("gemini", "required", "f,g,h", "\"mode\":\"ANY\",\"allowedFunctionNames\":[\"f\",\"g\"]}", "")]
    [InlineData("gemini", "auto", "f,g", "\"mode\":\"AUTO\"}", "")]
    [InlineData("chat", "required", "f,g", "\"tool_choice\":\"required\"", "")]
    [InlineData("responses", "auto", "f,g", "\"tool_choice\":\"auto\"", "")]
    public void Only_the_allowed_tools_are_offered(string format, string mode, string offered, string choice, string expectedIgnored)
    {
        string[] names = ["f", "g", "h"];
        var flat = string.Join(',', names.Select(name => $$$"""{"type":"function","name":"{{{name}}}"}"""));
        var nested = string.Join(',', names.Select(name => $$$"""{"type":"function","function":{"name":"{{{name}}}"}}"""));
        (string, string)[] requests =
        [
            ("chat", $$$"""{"model":"m","messages":[{"role":"user","content":"x"}],"tools":[{{{nested}}}],"tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"{{{mode}}}","tools":[{"type":"function","function":{"name":"f"}},{"type":"function","function":{"name":"g"}}]} } }"""),
            ("responses", $$$"""{"model":"m","input":"x","tools":[{{{flat}}}],"tool_choice":{"type":"allowed_tools","mode":"{{{mode}}}","tools":[{"type":"function","name":"f"},{"type":"function","name":"g"},{"type":"web_search"}]}}"""),
            ("gemini", $$$"""{"contents":[{"parts":[{"text":"x"}]}],"tools":[{"functionDeclarations":[{"name":"f"},{"name":"g"},{"name":"h"}]}],"toolConfig":{"functionCallingConfig":{"mode":"{{{(mode == "auto" ? "AUTO" : "ANY")}}}","allowedFunctionNames":["f","g"]} } }"""),
        ];
        foreach (var (dialect, request) in requests)
        {
            if (dialect == format) continue;
            var body = Body(dialect, request, format, "m", out var ignored);
            Assert.Contains(choice, body, StringComparison.Ordinal);
            foreach (var name in names) Assert.Equal(offered.Contains(name, StringComparison.Ordinal), body.Contains($"\"name\":\"{name}\"", StringComparison.Ordinal));
            Assert.Equal(expectedIgnored.Length == 0 ? "" : dialect == "gemini" ? "toolConfig.functionCallingConfig" : expectedIgnored, ignored);
        }
        if (format != "chat") return;
        var mistral = Body("chat", requests[0].Item2, "chat", "m", Quirks.ToolChoiceAny);
        Assert.Contains("\"tool_choice\":\"any\"", mistral, StringComparison.Ordinal);
        Assert.DoesNotContain("\"name\":\"h\"", mistral, StringComparison.Ordinal);
    }

    [Fact]
    public void Thoughts_that_nobody_limits_have_room_beside_the_answer() => Assert.Contains("\"max_tokens\":40960,\"thinking\":{\"type\":\"adaptive\"",
        Body("chat", """{"model":"m","messages":[{"role":"user","content":"x"}],"reasoning_effort":"xhigh"}""", "messages", "claude-opus-4-7"), StringComparison.Ordinal);

    [Theory]
    [InlineData("claude-opus-4-1", "\"temperature\":0.5", "top_p")]
    [InlineData("claude-sonnet-4-6", "\"temperature\":0.5", "top_p")]
    [InlineData("claude-sonnet-4-0", "\"temperature\":0.5,\"top_p\":0.9", "")]
    [InlineData("claude-opus-4-7", "", "temperature, top_p")]
    public void Claude_gets_the_randomness_that_it_takes(string model, string told, string expectedIgnored)
    {
        const string Request = """{"model":"m","messages":[{"role":"user","content":"x"}],"temperature":0.5,"top_p":0.9}""";
        var body = Body("chat", Request, "messages", model, out var ignored);
        Assert.Contains(told, body, StringComparison.Ordinal);
        Assert.Equal(expectedIgnored, ignored);
        if (expectedIgnored.Contains("top_p", StringComparison.Ordinal)) Assert.DoesNotContain("\"top_p\"", body, StringComparison.Ordinal);
        // A temperature of 1 is what it is anyway, so that the other one can be told.
        Assert.Equal(model.Contains("4-7", StringComparison.Ordinal), !Body("chat", Request.Replace("0.5", "1", StringComparison.Ordinal), "messages", model).Contains("\"top_p\":0.9", StringComparison.Ordinal));
        using var bedrock = new PooledBuffer();
        var target = new UpstreamTarget(JsonString.Of("anthropic." + model + "-v1:0"), Quirks.None, Stream: false);
        WireFormat.BedrockConverse.WriteRequest(Named("chat").ReadRequest(Encoding.UTF8.GetBytes(Request)), target, bedrock, new IgnoredFields());
        Assert.Equal(expectedIgnored.StartsWith("temp", StringComparison.Ordinal), !Encoding.UTF8.GetString(bedrock.Written).Contains("\"temperature\":0.5", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("chat", "gpt-5", "options.temperature, options.top_p, options.frequency_penalty", "\"reasoning_effort\":\"medium\"")]
    [InlineData("chat", "o4-mini", "options.temperature, options.top_p, options.frequency_penalty", "\"reasoning_effort\":\"medium\"")]
    [InlineData("chat", "openai/gpt-5.2-codex", "options.temperature, options.top_p, options.frequency_penalty", "\"reasoning_effort\":\"medium\"")]
    [InlineData("chat", "gpt-4o", "think", "\"temperature\":0.5,\"top_p\":0.9,\"frequency_penalty\":1")]
    [InlineData("chat", "gpt-5-chat-latest", "think", "\"temperature\":0.5")]
    [InlineData("chat", "my-model", "", "\"stop\":[\"END\"]")]
    [InlineData("chat", "deepseek-chat", "", "\"reasoning_effort\":\"medium\"")]
    [InlineData("responses", "gpt-5.1", "temperature, top_p, frequency_penalty", "\"effort\":\"medium\"")]
    [InlineData("responses", "gpt-4.1-mini", "frequency_penalty, reasoning_effort", "\"temperature\":0.5,\"top_p\":0.9")]
    public void OpenAis_models_get_what_they_take(string format, string model, string expectedIgnored, string told)
    {
        var (dialect, request) = format == "chat"
            ? ("ollama", """{"model":"m","messages":[{"role":"user","content":"x"}],"think":"medium","options":{"temperature":0.5,"top_p":0.9,"frequency_penalty":1,"stop":["END"]}}""")
            : ("chat", """{"model":"m","messages":[{"role":"user","content":"x"}],"temperature":0.5,"top_p":0.9,"frequency_penalty":1,"stop":["END"],"reasoning_effort":"medium"}""");
        var body = Body(dialect, request, format, model, out var ignored);
        Assert.Contains(told, body, StringComparison.Ordinal);
        Assert.Equal(expectedIgnored, ignored);
        Assert.Equal(model is "my-model" or "deepseek-chat" || expectedIgnored == "think", body.Contains("END", StringComparison.Ordinal));
    }

    // Claude refuses an answer that was begun for it and ends in white space.
    [Theory]
    [InlineData("Here: \\n\\t ", "Here:")]
    [InlineData("C:\\\\n", "C:\\\\n")]
    [InlineData("a b", "a b")]
    public void What_was_begun_for_Claude_has_no_space_at_its_end(string begun, string told)
    {
        var request = $$"""{"model":"m","messages":[{"role":"assistant","content":"one "},{"role":"user","content":"x "},{"role":"assistant","content":"{{begun}}"}]}""";
        foreach (var format in (string[])["messages", "converse"])
        {
            var body = Body("chat", request, format, "anthropic.claude-sonnet-4-5");
            Assert.Contains($":\"{told}\"}}", body, StringComparison.Ordinal);
            Assert.Contains(":\"x \"", body, StringComparison.Ordinal);
            Assert.Contains(":\"one \"", body, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("gpt-5.2", "{\"type\":\"disabled\"}", "\"reasoning_effort\":\"none\"", "")]
    [InlineData("gpt-5", "{\"type\":\"disabled\"}", "", "thinking")]
    [InlineData("gpt-4o", "{\"type\":\"disabled\"}", "", "")]
    [InlineData("gpt-4o", "{\"type\":\"enabled\",\"budget_tokens\":2000}", "", "thinking")]
    public void Thinking_is_told_to_those_who_can_be(string model, string thinking, string told, string expectedIgnored)
    {
        var body = Body("messages", $$"""{"model":"m","max_tokens":9000,"messages":[{"role":"user","content":"x"}],"temperature":1,"thinking":{{thinking}}}""", "chat", model, out var ignored);
        Assert.Contains(told, body, StringComparison.Ordinal);
        if (told.Length == 0) Assert.DoesNotContain("reasoning_effort", body, StringComparison.Ordinal);
        Assert.Equal(expectedIgnored, ignored);
    }

    [Theory]
    [InlineData("messages", "\"max_tokens\":9,\"thinking\":{\"type\":\"disabled\"}", ",\"thinking\":{\"type\":\"disabled\"}}")]
    [InlineData("chat", "\"reasoning_effort\":\"none\"", ",\"thinking\":{\"type\":\"disabled\"}}")]
    [InlineData("ollama", "\"think\":false", ",\"thinking\":{\"type\":\"disabled\"}}")]
    [InlineData("messages", "\"max_tokens\":9000,\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":2000}", ",\"reasoning_effort\":\"low\"}")]
    public void Reasoning_is_switched_where_there_is_a_switch(string dialect, string field, string told)
    {
        var body = Body(dialect, $$"""{"model":"m","messages":[{"role":"user","content":"x"}],{{field}}}""", "chat", "m", out var ignored, Quirks.ThinkingSwitch);
        Assert.EndsWith(told, body, StringComparison.Ordinal);
        Assert.Equal("", ignored);
    }

    [Theory]
    [InlineData("2", Quirks.NarrowTemperature, "1.5")]
    [InlineData("1.2", Quirks.NarrowTemperature, "1.2")]
    [InlineData("2", Quirks.None, "2")]
    public void A_temperature_is_not_above_the_highest(string asked, Quirks quirks, string told) => Assert.Contains($"\"temperature\":{told}",
        Body("gemini", $$$"""{"contents":[{"parts":[{"text":"x"}]}],"generationConfig":{"temperature":{{{asked}}}}}""", "chat", "m", quirks), StringComparison.Ordinal);

    [Theory]
    [InlineData("chat", "m", 4)]
    [InlineData("chat", "gpt-5", 0)]
    [InlineData("gemini", "m", 5)]
    [InlineData("cohere", "m", 5)]
    [InlineData("messages", "m", 7)]
    [InlineData("responses", "m", 0)]
    public void No_more_stop_sequences_are_told_than_a_provider_takes(string format, string model, int most)
    {
        var body = Body("ollama", """{"model":"m","messages":[{"role":"user","content":"x"}],"options":{"stop":["s1","s2","s3","s4","s5","s6","s7"]}}""", format, model, out var ignored);
        Assert.Equal(most, Enumerable.Range(1, 7).Count(number => body.Contains($"\"s{number}\"", StringComparison.Ordinal)));
        Assert.Equal(most, Math.Min(Named(format).MostStopSequences(JsonString.Of(model)), 7));
        Assert.Equal("", ignored);
    }

    [Theory]
    [InlineData("mistral-small-latest", "none", "none")]
    [InlineData("mistral-small-2603", "minimal", "none")]
    [InlineData("mistral-medium-3-5", "low", "high")]
    [InlineData("mistral-large-4-0", "minimal", "low")]
    [InlineData("mistral-large-4", "medium", "medium")]
    [InlineData("mistral-large-2512", "high", null)]
    [InlineData("mistral-small-2506", "none", null)]
    [InlineData("magistral-medium-latest", "high", null)]
    [InlineData("openai/gpt-oss-120b", "none", null)]
    [InlineData("openai/gpt-oss-120b", "minimal", "low")]
    [InlineData("qwen/qwen3-32b", "medium", "default")]
    [InlineData("qwen/qwen3-32b", "none", "none")]
    [InlineData("llama-3.3-70b-versatile", "medium", null)]
    [InlineData("grok-3-mini", "medium", "high")]
    [InlineData("grok-4.3", "medium", "medium")]
    [InlineData("grok-4-0709", "low", null)]
    public void Some_models_take_an_effort_and_the_others_do_not(string model, string effort, string? told)
    {
        var body = Body("chat", $$$"""{"model":"m","messages":[{"role":"user","content":"x"}],"reasoning_effort":"{{{effort}}}"}""", "chat", model, out var ignored, Quirks.EffortByModel);
        if (told is null) Assert.DoesNotContain("reasoning_effort", body, StringComparison.Ordinal);
        else Assert.Contains($"\"reasoning_effort\":\"{told}\"", body, StringComparison.Ordinal);
        Assert.Equal(told is null ? "reasoning_effort" : "", ignored);
    }

    [Theory]
    [InlineData("none", "low", "reasoning_effort")]
    [InlineData("minimal", "low", "")]
    [InlineData("medium", "medium", "")]
    [InlineData("xhigh", "high", "")]
    [InlineData("max", "high", "")]
    public void A_model_that_knows_levels_only_gets_one(string effort, string level, string expectedIgnored)
    {
        var body = Body("chat", $$$"""{"model":"m","messages":[{"role":"user","content":"x"}],"reasoning_effort":"{{{effort}}}"}""", "ollama", "gpt-oss:20b", out var ignored);
        Assert.Contains($"\"think\":\"{level}\"", body, StringComparison.Ordinal);
        Assert.Equal(expectedIgnored, ignored);
    }

    [Fact]
    public void A_cloud_counts_the_tokens_of_the_fields_themselves()
    {
        var request = """{"model":"m","system":"s","max_tokens":5,"messages":[{"role":"user","content":"x"}],"tools":[{"name":"f","input_schema":{"type":"object"}}],"tool_choice":{"type":"any"}}"""u8.ToArray();
        using var output = new PooledBuffer();
        var target = new UpstreamTarget(JsonString.Of("gemini-2.5-pro"), Quirks.CloudGemini, Stream: false);
        WireFormat.Gemini.WriteTokenCountRequest(WireFormat.AnthropicMessages.ReadRequest(request), target, output, new IgnoredFields());
        using var body = JsonDocument.Parse(output.WrittenMemory);
        Assert.Equal("systemInstruction, contents, tools, generationConfig", string.Join(", ", body.RootElement.EnumerateObject().Select(field => field.Name)));
    }

    // Vertex AI demands the type of a file that it is to fetch.
    [Theory]
    [InlineData("https://x.test/A.PNG?s=1", "image/png")]
    [InlineData("https://x.test/a.b.jpeg", "image/jpeg")]
    [InlineData("https://x.test/a", null)]
    [InlineData("https://x.test/", null)]
    public void A_cloud_is_told_the_type_of_a_file(string url, string? type)
    {
        var request = $$$"""{"model":"m","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"{{{url}}}"}}]}]}""";
        string Written() => Body("chat", request, "gemini", "gemini-2.5-pro", Quirks.CloudGemini);
        if (type is null) Assert.Equal("messages", Assert.Throws<BridgeException>(Written).Error.Param);
        else Assert.Contains($"{{\"fileData\":{{\"mimeType\":\"{type}\",\"fileUri\":", Written(), StringComparison.Ordinal);
        Assert.Contains("{\"fileData\":{\"fileUri\":", Body("chat", request, "gemini", "gemini-2.5-pro"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gemini", """{"contents":[{"parts":[{"fileData":{"mimeType":"image/png","fileUri":"https://x.test/a.png"}}]}]}""", "contents")]
    [InlineData("responses", """{"model":"m","input":[{"role":"user","content":[{"type":"input_image","image_url":"https://x.test/a.png"}]}]}""", "input")]
    [InlineData("chat", """{"model":"m","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://x.test/a.png"}}]}]}""", "messages")]
    public void What_cannot_be_carried_is_refused_by_the_clients_own_name(string dialect, string request, string field)
    {
        foreach (var format in (string[])["converse", "ollama"])
        {
            Assert.Equal(field, Assert.Throws<BridgeException>(() => Body(dialect, request, format, "anthropic.claude-x")).Error.Param);
        }
        if (dialect != "gemini") return;
        var document = """{"contents":[{"parts":[{"fileData":{"mimeType":"application/pdf","fileUri":"https://x.test/a.pdf"}}]}]}""";
        var refused = Assert.Throws<BridgeException>(() => Body(dialect, document, "chat", "m"));
        Assert.StartsWith("'contents' cannot be carried", refused.Message, StringComparison.Ordinal);
    }

    // A refusal of the model's own words ends as other refusals do.
    [Theory, InlineData(true), InlineData(false)]
    public void A_refusal_is_one_at_Geminis_clients(bool stream)
    {
        using var output = new PooledBuffer();
        var context = new ResponseContext("i", JsonString.Of("m"), 0);
        using var writer = WireFormat.Gemini.CreateWriter(output, context);
        using var answer = new ResponseCollector();
        IEventSink sink = stream ? writer : answer;
        sink.Start(default);
        sink.Refusal(JsonString.Of("No.").Text);
        sink.Finish(StopReason.EndTurn, default);
        if (!stream) WireFormat.Gemini.WriteResponse(answer, context, output);
        var written = Encoding.UTF8.GetString(output.Written);
        Assert.Contains("{\"text\":\"No.\"}", written, StringComparison.Ordinal);
        Assert.Contains("\"finishReason\":\"SAFETY\"", written, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_included_is_not_named_as_ignored()
    {
        const string Request = """{"model":"m","input":"x","include":["message.output_text.logprobs"]}""";
        foreach (var format in (string[])["chat", "gemini", "ollama"])
        {
            Assert.Contains("ogprobs\":true", Body("responses", Request, format, "m", out var ignored), StringComparison.Ordinal);
            Assert.Equal("", ignored);
        }
        Assert.Contains("\"include\":[\"message.output_text.logprobs\"]", Body("responses", Request, "responses", "m"), StringComparison.Ordinal);
        Body("responses", Request, "messages", "m", out var named);
        Assert.Equal("top_logprobs", named);
    }

    static string Body(string dialect, string request, string format, string model, Quirks quirks = Quirks.None) =>
        Body(dialect, request, format, model, out _, quirks);

    static string Body(string dialect, string request, string format, string model, out string ignored, Quirks quirks = Quirks.None)
    {
        var read = Named(dialect).ReadRequest(Encoding.UTF8.GetBytes(request));
        var fields = new IgnoredFields();
        using var output = new PooledBuffer();
        Named(format).WriteRequest(read, new UpstreamTarget(JsonString.Of(model), quirks, Stream: false), output, fields);
        ignored = fields.ToString();
        var body = Encoding.UTF8.GetString(output.Written);
        JsonDocument.Parse(body).Dispose();
        return body;
    }

    static WireFormat Named(string name) => WireFormat.All.Single(format => format.Name == name);
}
