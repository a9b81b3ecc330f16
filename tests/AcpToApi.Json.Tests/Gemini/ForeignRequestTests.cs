using System.Text;
using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Tests.Gemini;

/// <summary>Requests of clients of other dialects, written for Gemini.</summary>
public class ForeignRequestTests
{
    const string Signature = "EqUC+/8=";

    [Fact]
    public void Turns_alternate_and_every_call_has_its_result()
    {
        var body = Written("""
            {"model":"m","messages":[{"role":"system","content":"Be brief."},{"role":"assistant","content":"Hi."},{"role":"user","content":"a"},{"role":"user","content":"b"},
            {"role":"assistant","content":"I look.","tool_calls":[{"id":"c1","function":{"name":"f","arguments":"{\"x\":1}"}},{"id":"c2","function":{"name":"g","arguments":"not json"}}]},
            {"role":"system","content":"Mind the gap."},{"role":"tool","tool_call_id":"c2","content":"{\"rows\":[]}"},{"role":"tool","tool_call_id":"gone","content":"late"},{"role":"user","content":"c"}]}
            """, "gemini-2.5-flash");
        Assert.Equal("""{"parts":[{"text":"Be brief."}]}""", body.GetProperty("systemInstruction").GetRawText());
        Assert.Equal(
            """
            {"role":"user","parts":[{"text":"(empty)"}]}
            {"role":"model","parts":[{"text":"Hi."}]}
            {"role":"user","parts":[{"text":"a"},{"text":"b"}]}
            {"role":"model","parts":[{"text":"I look."},{"functionCall":{"id":"c1","name":"f","args":{"x":1}}},{"functionCall":{"id":"c2","name":"g","args":{"arguments":"not json"}}}]}
            {"role":"user","parts":[{"functionResponse":{"id":"c1","name":"f","response":{"error":"no result was returned"}}},{"functionResponse":{"id":"c2","name":"g","response":{"rows":[]}}},{"text":"<system>\nMind the gap.\n</system>"},{"text":"Result of the tool call gone:"},{"text":"late"},{"text":"c"}]}
            """, string.Join("\n", body.GetProperty("contents").EnumerateArray().Select(turn => turn.GetRawText())));
    }

    [Fact]
    public void An_image_in_a_result_stands_beside_it_and_a_failure_is_an_error()
    {
        var body = Written("""
            {"model":"m","max_tokens":9,"messages":[{"role":"user","content":"x"},{"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"c2ln"},{"type":"tool_use","id":"t1","name":"f","input":{}}]},
            {"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","is_error":true,"content":[{"type":"text","text":"half"},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"iVBOR"}}]}]}]}
            """, "gemini-3-pro-preview", WireFormat.AnthropicMessages);
        Assert.Equal(
            """
            {"role":"model","parts":[{"functionCall":{"id":"t1","name":"f","args":{}},"thoughtSignature":"skip_thought_signature_validator"}]}
            {"role":"user","parts":[{"functionResponse":{"id":"t1","name":"f","response":{"error":"half"}}},{"inlineData":{"mimeType":"image/png","data":"iVBOR"}}]}
            """, string.Join("\n", body.GetProperty("contents").EnumerateArray().Skip(1).Select(turn => turn.GetRawText())));
    }

    // A Gemini answer, a client of another dialect, and back to Gemini, or on to somebody else.
    [Theory, InlineData("fc-1"), InlineData("")]
    public void A_signature_comes_back_to_Google_and_to_nobody_else(string ownId)
    {
        using var buffer = new PooledBuffer();
        CarriedSignature.Write(JsonText.Plain(Encoding.UTF8.GetBytes(ownId)), JsonText.Plain(Encoding.UTF8.GetBytes(Signature)), 0, CarriedSignature.MaxIdLength, buffer);
        var id = Encoding.UTF8.GetString(buffer.Written);
        Assert.Matches("^[A-Za-z0-9_-]+$", id);
        var chat = $$$"""
            {"model":"m","messages":[{"role":"user","content":"x"},{"role":"assistant","tool_calls":[{"id":"{{{id}}}","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"{{{id}}}","content":"ok"}]}
            """;
        Assert.True(CarriedSignature.IsIn(Encoding.UTF8.GetBytes(chat)));
        var contents = Written(chat, "gemini-3-pro-preview").GetProperty("contents");
        var call = contents[1].GetProperty("parts")[0];
        Assert.Equal(Signature, call.GetProperty("thoughtSignature").GetString());
        var stripped = call.GetProperty("functionCall").GetProperty("id").GetString();
        Assert.Equal(stripped, contents[2].GetProperty("parts")[0].GetProperty("functionResponse").GetProperty("id").GetString());
        if (ownId.Length > 0) Assert.Equal(ownId, stripped);
        foreach (var format in (WireFormat[])[WireFormat.OpenAiChat, WireFormat.AnthropicMessages])
        {
            foreach (var quirks in (Quirks[])[Quirks.None, Quirks.ShortToolCallIds])
            {
                var other = Body(WireFormat.OpenAiChat.ReadRequest(Encoding.UTF8.GetBytes(chat)), format, "m", quirks, out _);
                Assert.DoesNotContain("__tsig", other, StringComparison.Ordinal);
                if (quirks == Quirks.None) Assert.Equal(3, other.Split($"\"{stripped}\"").Length);
            }
        }
    }

    [Fact]
    public void A_dropped_signature_is_named()
    {
        var chat = """{"model":"m","messages":[{"role":"user","content":"x"},{"role":"assistant","tool_calls":[{"id":"a__tsig_d","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"a__tsig_d","content":"ok"}]}"""u8;
        var body = Body(WireFormat.OpenAiChat.ReadRequest(chat.ToArray()), WireFormat.Gemini, "gemini-3-pro", Quirks.None, out var ignored);
        Assert.Equal("thoughtSignature", ignored);
        Assert.Contains("skip_thought_signature_validator", body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("a__tsig_", "a__tsig_")]
    [InlineData("a__tsig_q12", "a__tsig_q12")]
    [InlineData("a__tsig_s!", "a__tsig_s!")]
    [InlineData("a__tsig_sQUJD__tsig_sQUJD", "a")]
    public void Only_our_own_marker_is_stripped(string id, string expected) => Assert.Equal(expected, CarriedSignature.Strip(JsonString.Of(id)).ToString());

    [Theory]
    [InlineData("gemini-2.5-flash", "", "{\"includeThoughts\":true}")]
    [InlineData("gemini-2.0-flash", "", null)]
    [InlineData("gemma-3-27b-it", ",\"reasoning_effort\":\"high\"", null)]
    [InlineData("gemini-2.5-flash", ",\"reasoning_effort\":\"high\"", "{\"thinkingBudget\":24576,\"includeThoughts\":true}")]
    [InlineData("gemini-2.5-flash", ",\"reasoning_effort\":\"none\"", "{\"thinkingBudget\":0}")]
    [InlineData("gemini-2.5-pro", ",\"reasoning_effort\":\"none\"", "{\"thinkingBudget\":128}")]
    [InlineData("gemini-2.5-flash", ",\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":99999}", "{\"thinkingBudget\":24576,\"includeThoughts\":true}")]
    [InlineData("gemini-2.5-pro", ",\"thinking\":{\"type\":\"adaptive\"}", "{\"thinkingBudget\":-1,\"includeThoughts\":true}")]
    [InlineData("models/gemini-3-pro-preview", ",\"reasoning_effort\":\"medium\"", "{\"thinkingLevel\":\"HIGH\",\"includeThoughts\":true}")]
    [InlineData("gemini-3-flash-preview", ",\"reasoning_effort\":\"minimal\"", "{\"thinkingLevel\":\"MINIMAL\",\"includeThoughts\":true}")]
    [InlineData("gemini-3.1-pro", ",\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":2000}", "{\"thinkingLevel\":\"LOW\",\"includeThoughts\":true}")]
    [InlineData("gemini-flash-latest", ",\"reasoning_effort\":\"low\"", "{\"thinkingBudget\":1024,\"includeThoughts\":true}")]
    public void Effort_and_budget_become_what_the_model_takes(string model, string field, string? expected)
    {
        var body = Written($$$"""{"model":"m","messages":[{"role":"user","content":"x"}]{{{field}}}}""", model);
        Assert.Equal(expected, body.TryGetProperty("generationConfig", out var config) ? config.GetProperty("thinkingConfig").GetRawText() : null);
    }

    [Fact]
    public void Fields_find_their_places()
    {
        var body = Body(WireFormat.OpenAiChat.ReadRequest("""
            {"model":"m","messages":[{"role":"user","name":"bob","content":[{"type":"image_url","image_url":{"url":"https://x.test/a.png"}},{"type":"input_audio","input_audio":{"data":"UklG","format":"wav"}}]}],
            "max_tokens":5,"temperature":0,"stop":"END","seed":3,"n":2,"user":"u","parallel_tool_calls":false,"logit_bias":{},
            "tools":[{"type":"function","function":{"name":"mcp.do it","strict":true,"parameters":{"type":"object"}}}],"tool_choice":{"type":"function","function":{"name":"mcp.do it"}},
            "response_format":{"type":"json_schema","json_schema":{"name":"r","schema":{"type":"object","additionalProperties":false}}}}
            """u8.ToArray()), WireFormat.Gemini, "gemini-2.0-flash", Quirks.None, out var ignored);
        Assert.Equal("messages[].name, strict, parallel_tool_calls, n, logit_bias, user", ignored);
        var name = ToolNames.Fit(JsonString.Of("mcp.do it"), 64);
        Assert.Equal(
            """
            {"contents":[{"role":"user","parts":[{"fileData":{"fileUri":"https://x.test/a.png"}},{"inlineData":{"mimeType":"audio/wav","data":"UklG"}}]}],
            "tools":[{"functionDeclarations":[{"name":"NAME","parametersJsonSchema":{"type":"object"}}]}],
            "toolConfig":{"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["NAME"]}},
            "generationConfig":{"maxOutputTokens":5,"temperature":0,"stopSequences":["END"],"seed":3,"responseMimeType":"application/json",
            "responseJsonSchema":{"type":"object","additionalProperties":false}}}
            """.ReplaceLineEndings("").Replace("NAME", name.ToString(), StringComparison.Ordinal),
            body);
    }

    [Theory]
    [InlineData("""{"type":"object","properties":{"a":{"type":["string","null"],"$comment":"no","minLength":1},"b":{"anyOf":[{"type":"integer","exclusiveMinimum":0},{"type":"null"}],"description":"d"}},"required":["a","zz"],"$schema":"s","additionalProperties":false}""",
        """{"type":"OBJECT","properties":{"a":{"type":"STRING","nullable":true,"minLength":1},"b":{"type":"INTEGER","nullable":true,"description":"d"}},"required":["a"]}""")]
    [InlineData("""{"type":"object","properties":{"a":{"$ref":"#/$defs/A","description":"outer"},"l":{"type":"array"}},"$defs":{"A":{"type":"string","enum":["x","y"],"format":"uri"}}}""",
        """{"type":"OBJECT","properties":{"a":{"type":"STRING","enum":["x","y"],"description":"outer"},"l":{"type":"ARRAY","items":{"type":"STRING"}}}}""")]
    [InlineData("""{"type":"object","properties":{"u":{"oneOf":[{"type":"string"},{"type":"number"}]},"c":{"const":"k"},"m":{"allOf":[{"properties":{"p":{"type":"boolean"}}},{"required":["p"]}]}}}""",
        """{"type":"OBJECT","properties":{"u":{"anyOf":[{"type":"STRING"},{"type":"NUMBER"}]},"c":{"type":"STRING","enum":["k"]},"m":{"type":"OBJECT","properties":{"p":{"type":"BOOLEAN"}},"required":["p"]}}}""")]
    [InlineData("""{"type":"object"}""", null)]
    public void Where_only_the_old_subset_is_taken_the_schema_is_adapted(string schema, string? expected)
    {
        var request = WireFormat.OpenAiChat.ReadRequest(Encoding.UTF8.GetBytes(
            $$$"""{"model":"m","messages":[{"role":"user","content":"x"}],"tools":[{"type":"function","function":{"name":"f","parameters":{{{schema}}}}}]}"""));
        var body = JsonDocument.Parse(Body(request, WireFormat.Gemini, "gemini-2.0-flash", Quirks.OpenApiSchema, out _)).RootElement;
        var tool = body.GetProperty("tools")[0].GetProperty("functionDeclarations")[0];
        Assert.Equal(expected, tool.TryGetProperty("parameters", out var parameters) ? parameters.GetRawText() : null);
    }

    [Fact]
    public void A_recursive_schema_ends()
    {
        var request = WireFormat.OpenAiChat.ReadRequest("""
            {"model":"m","messages":[{"role":"user","content":"x"}],"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{"n":{"$ref":"#/$defs/N"}},"$defs":{"N":{"type":"object","properties":{"next":{"$ref":"#/$defs/N"}}},"L":{"$ref":"#/$defs/L"}}}}}]}
            """u8.ToArray());
        Assert.InRange(Body(request, WireFormat.Gemini, "gemini-2.0-flash", Quirks.OpenApiSchema, out _).Length, 100, 10_000);
    }

    static JsonElement Written(string body, string model, WireFormat? format = null) =>
        JsonDocument.Parse(Body((format ?? WireFormat.OpenAiChat).ReadRequest(Encoding.UTF8.GetBytes(body)), WireFormat.Gemini, model, Quirks.None, out _)).RootElement;

    static string Body(ChatRequest request, WireFormat format, string model, Quirks quirks, out string ignored)
    {
        using var output = new PooledBuffer();
        var fields = new IgnoredFields();
        format.WriteRequest(request, new UpstreamTarget(JsonString.Of(model), quirks, Stream: false), output, fields);
        ignored = fields.ToString();
        return Encoding.UTF8.GetString(output.Written);
    }
}
