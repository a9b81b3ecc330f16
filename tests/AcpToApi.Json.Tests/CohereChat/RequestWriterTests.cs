using System.Text;
using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Tests.CohereChat;

/// <summary>Requests of all dialects on their way to Cohere.</summary>
public class RequestWriterTests
{
    [Fact]
    public void Everything_it_can_take_is_carried()
    {
        var written = Write(WireFormat.OpenAiChat, """
            {"model":"m","messages":[{"role":"developer","content":"Be brief."},
             {"role":"user","content":[{"type":"text","text":"What is it?"},{"type":"image_url","image_url":{"url":"data:image/png;base64,aGk=","detail":"low"}}]},
             {"role":"assistant","content":"I look.","tool_calls":[{"id":"c1","type":"function","function":{"name":"look","arguments":"{\"at\":1}"}},{"id":"c2","type":"function","function":{"name":"time","arguments":""}}]},
             {"role":"tool","tool_call_id":"c1","content":"a tree"},{"role":"tool","tool_call_id":"c2","content":[{"type":"text","text":"noon"}]}],
             "tools":[{"type":"function","function":{"name":"look","description":"d","parameters":{"type":"object","properties":{}}}}],"tool_choice":"required",
             "response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object"}}},
             "max_tokens":9,"temperature":0,"top_p":1,"top_k":900,"seed":7,"frequency_penalty":0.5,"presence_penalty":1.5,"stop":["X","Y"],
             "documents":[{"id":"d","data":{"text":"t"}}],"safety_mode":"OFF","stream":true}
            """, out var ignored);
        Assert.Equal("", ignored);
        Assert.Equal(
            """
            {"model":"up","messages":[{"role":"system","content":"Be brief."},{"role":"user","content":[{"type":"text","text":"What is it?"},{"type":"image_url","image_url":{"url":"data:image/png;base64,aGk=","detail":"low"}}]},
            {"role":"assistant","tool_calls":[{"id":"c1","type":"function","function":{"name":"look","arguments":"{\"at\":1}"}},{"id":"c2","type":"function","function":{"name":"time","arguments":"{}"}}],"tool_plan":"I look."},
            {"role":"tool","tool_call_id":"c1","content":"a tree"},{"role":"tool","tool_call_id":"c2","content":"noon"}],
            "tools":[{"type":"function","function":{"name":"look","description":"d","parameters":{"type":"object","properties":{}}}}],"tool_choice":"REQUIRED",
            "max_tokens":9,"temperature":0,"p":0.99,"k":500,"seed":7,"frequency_penalty":0.5,"presence_penalty":1,"stop_sequences":["X","Y"],
            "response_format":{"type":"json_object","json_schema":{"type":"object"}},"documents":[{"id":"d","data":{"text":"t"}}],"safety_mode":"OFF","stream":true}
            """.ReplaceLineEndings(""),
            written);
    }

    [Fact]
    public void One_tool_that_must_be_called_is_the_only_one_offered()
    {
        const string Tools = "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"a\"}},{\"type\":\"function\",\"function\":{\"name\":\"b\"}}]";
        var one = Write(WireFormat.OpenAiChat, "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]," + Tools + ",\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"b\"}}}", out _);
        Assert.DoesNotContain("\"name\":\"a\"", one, StringComparison.Ordinal);
        Assert.Contains("\"tool_choice\":\"REQUIRED\"", one, StringComparison.Ordinal);
        var none = Write(WireFormat.OpenAiChat, "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]," + Tools + ",\"tool_choice\":\"none\"}", out _);
        Assert.Contains("\"tool_choice\":\"NONE\"", none, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"reasoning_effort\":\"low\"", "\"thinking\":{\"type\":\"enabled\",\"token_budget\":2048}")]
    [InlineData("\"reasoning_effort\":\"high\"", "\"thinking\":{\"type\":\"enabled\"}")]
    [InlineData("\"reasoning_effort\":\"none\"", "\"thinking\":{\"type\":\"disabled\"}")]
    [InlineData("\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":1500}", "\"thinking\":{\"type\":\"enabled\",\"token_budget\":1500}")]
    [InlineData("\"response_format\":{\"type\":\"json_object\"}", "\"response_format\":{\"type\":\"json_object\"}")]
    public void Reasoning_and_form_are_asked_for(string field, string expected) =>
        Assert.Contains(expected, Write(WireFormat.OpenAiChat, $$"""{"model":"m","messages":[{"role":"user","content":"x"}],{{field}}}""", out _), StringComparison.Ordinal);

    [Fact]
    public void What_it_cannot_take_is_named()
    {
        Write(WireFormat.OpenAiChat, """{"model":"m","messages":[{"role":"user","content":"x"}],"n":2,"user":"u","logit_bias":{},"parallel_tool_calls":false,"presence_penalty":-1}""", out var ignored);
        Assert.Equal("logit_bias, n, parallel_tool_calls, presence_penalty, user", string.Join(", ", ignored.Split(", ").Order(StringComparer.Ordinal)));
    }

    [Fact]
    public void A_conversation_of_Anthropics_dialect_keeps_its_calls_results_and_thoughts()
    {
        var written = Write(WireFormat.AnthropicMessages, """
            {"model":"m","max_tokens":5,"system":"S","messages":[{"role":"user","content":"go"},
             {"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"c2ln"},{"type":"tool_use","id":"t1","name":"look","input":{"a":1}}]},
             {"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","is_error":true,"content":"no"},{"type":"text","text":"and now?"}]}]}
            """, out _);
        Assert.Contains("""{"role":"assistant","tool_calls":[{"id":"t1","type":"function","function":{"name":"look","arguments":"{\"a\":1}"}}]},{"role":"tool","tool_call_id":"t1","content":"Error: no"},{"role":"user","content":"and now?"}]""", written, StringComparison.Ordinal);
        Assert.DoesNotContain("c2ln", written, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_call_has_its_result_and_every_result_its_call()
    {
        const string Call = """{"role":"assistant","tool_calls":[{"id":"ID","type":"function","function":{"name":"f","arguments":"{}"}}]}""";
        var written = Write(WireFormat.OpenAiChat, $$"""
            {"model":"m","messages":[{"role":"user","content":"x"},{{Call.Replace("ID", "c1", StringComparison.Ordinal)}},{{Call.Replace("ID", "c2", StringComparison.Ordinal)}},
             {"role":"user","content":"meanwhile"},{"role":"tool","tool_call_id":"c2","content":"two"},{"role":"tool","tool_call_id":"c9","content":"nobody's"}]}
            """, out _);
        var order = JsonDocument.Parse(written).RootElement.GetProperty("messages").EnumerateArray()
            .Select(message => message.GetProperty("role").GetString() + (message.TryGetProperty("tool_call_id", out var id) ? $" {id}" : ""));
        Assert.Equal(["user", "assistant", "tool c2", "tool c1", "user", "user"], order);
        Assert.Contains("nobody's", written, StringComparison.Ordinal);
    }

    [Fact]
    public void Sound_is_refused_before_anything_is_sent()
    {
        var refused = Assert.Throws<BridgeException>(() => Write(WireFormat.OpenAiChat, """{"model":"m","messages":[{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"aGk=","format":"wav"}}]}]}""", out _));
        Assert.Equal((400, "messages"), (refused.Error.Status, refused.Error.Param));
    }

    static string Write(WireFormat from, string body, out string ignored)
    {
        var request = from.ReadRequest(Encoding.UTF8.GetBytes(body));
        using var output = new PooledBuffer();
        var names = new IgnoredFields();
        WireFormat.CohereChat.WriteRequest(request, new UpstreamTarget(JsonString.Of("up"), Quirks.None, request.Stream), output, names);
        ignored = names.ToString();
        JsonDocument.Parse(output.WrittenMemory).Dispose();
        return Encoding.UTF8.GetString(output.Written);
    }
}
