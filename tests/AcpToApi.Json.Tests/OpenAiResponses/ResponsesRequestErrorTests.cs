using System.Text;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Tests.OpenAiResponses;

public class ResponsesRequestErrorTests
{
    static readonly WireFormat Format = WireFormat.OpenAiResponses;

    [Theory]
    [InlineData("""{"input":"x"}""", "Missing required parameter: 'model'.", "model")]
    [InlineData("""{"model":"m"}""", "Missing required parameter: 'input'.", "input")]
    [InlineData("""{"model":"m","input":null}""", "Missing required parameter: 'input'.", "input")]
    [InlineData("""{"model":"m","input":[]}""", "'input' must hold at least one item.", "input")]
    [InlineData("""{"model":"m","input":7}""", "'input' must be a string or an array of items.", "input")]
    [InlineData("""{"model":"m","input":["x"]}""", "'input[0]' must be an object.", "input[0]")]
    [InlineData("""{"model":"m","input":[{"content":"x"}]}""", "Missing required parameter: 'input[0].role'.", "input[0].role")]
    [InlineData("""{"model":"m","input":[{"role":"user"}]}""", "Missing required parameter: 'input[0].content'.", "input[0].content")]
    [InlineData("""{"model":"m","input":[{"role":"robot","content":"x"}]}""", "'input[0].role' must be one of: 'user', 'assistant', 'system', 'developer'.", "input[0].role")]
    [InlineData("""{"model":"m","input":[{"role":"user","content":null}]}""", "'input[0].content' must be a string or an array of parts.", "input[0].content")]
    [InlineData("""{"model":"m","input":[{"role":"user","content":[{"text":"x"}]}]}""", "Missing required parameter: 'input[0].content[0].type'.", "input[0].content[0].type")]
    [InlineData("""{"model":"m","input":[{"role":"user","content":[{"type":"input_text"}]}]}""", "Missing required parameter: 'input[0].content[0].text'.", "input[0].content[0].text")]
    [InlineData("""{"model":"m","input":[{"role":"user","content":[{"type":"input_image"}]}]}""", "Missing required parameter: 'input[0].content[0].image_url'.", "input[0].content[0].image_url")]
    [InlineData("""{"model":"m","input":[{"type":"function_call","call_id":"c","arguments":"{}"}]}""", "Missing required parameter: 'input[0].name'.", "input[0].name")]
    [InlineData("""{"model":"m","input":[{"type":"function_call","name":"f","arguments":"{}"}]}""", "Missing required parameter: 'input[0].call_id'.", "input[0].call_id")]
    [InlineData("""{"model":"m","input":[{"type":"function_call_output","call_id":"c"}]}""", "Missing required parameter: 'input[0].output'.", "input[0].output")]
    [InlineData("""{"model":"m","input":[{"type":"function_call_output","call_id":"c","output":{}}]}""", "'input[0].output' must be a string or an array of parts.", "input[0].output")]
    [InlineData("""{"model":"m","input":"x","tools":[{"name":"f"}]}""", "Missing required parameter: 'tools[0].type'.", "tools[0].type")]
    [InlineData("""{"model":"m","input":"x","tools":[{"type":"function"}]}""", "Missing required parameter: 'tools[0].name'.", "tools[0].name")]
    [InlineData("""{"model":"m","input":"x","tools":[{"type":"namespace","name":"n","tools":[{"type":"function","name":""}]}]}""", "'tools[0].tools[0].name' must not be empty.", "tools[0].tools[0].name")]
    [InlineData("""{"model":"m","input":"x","tool_choice":"maybe"}""", "'tool_choice' must be one of: 'none', 'auto', 'required', or an object.", "tool_choice")]
    [InlineData("""{"model":"m","input":"x","tool_choice":{"type":"function"}}""", "Missing required parameter: 'tool_choice.name'.", "tool_choice.name")]
    [InlineData("""{"model":"m","input":"x","text":{"format":{"type":"json_schema"}}}""", "Missing required parameter: 'text.format.schema'.", "text.format.schema")]
    [InlineData("""{"model":"m","input":"x","max_output_tokens":0}""", "'max_output_tokens' must be at least 1.", "max_output_tokens")]
    [InlineData("""{"model":"m","input":"x","reasoning":{"effort":1}}""", "'reasoning.effort' must be a string.", "reasoning.effort")]
    [InlineData("""{"model":"m","input":"x","stream":"yes"}""", "'stream' must be true or false.", "stream")]
    public void A_wrong_body_is_refused_with_the_name_of_the_field(string body, string message, string param)
    {
        var error = Assert.Throws<BridgeException>(() => Format.ReadRequest(Encoding.UTF8.GetBytes(body))).Error;
        Assert.Equal((400, message, param), (error.Status, error.Message, error.Param));
    }

    [Fact]
    public void A_stored_answer_stands_for_the_input()
    {
        var request = Format.ReadRequest("""{"model":"m","previous_response_id":"resp_1"}"""u8.ToArray());
        Assert.Equal("resp_1", request.PreviousResponseId.ToString());
        Assert.Null(request.Store);
    }

    // Anthropic's clients: what this API has no word for is named, and their thinking is asked for in its own.
    [Fact]
    public void A_request_of_another_dialect_asks_for_reasoning_that_can_be_sent_back()
    {
        var request = WireFormat.AnthropicMessages.ReadRequest("""
            {"model":"m","max_tokens":1,"stop_sequences":["x"],"top_k":5,"thinking":{"type":"enabled","budget_tokens":2048},
             "system":[{"type":"text","text":"x-anthropic-billing-header: a\nBe brief."},{"type":"text","text":"Always."}],
             "tools":[{"name":"look","input_schema":{"type":"object"}}],"tool_choice":{"type":"tool","name":"look"},
             "messages":[{"role":"user","content":"Go."},
              {"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"acptoapi:responses:rs_1:gAAA"},{"type":"tool_use","id":"t1","name":"look","input":{"a":1}}]},
              {"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","is_error":true,"content":[{"type":"text","text":"gone"},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"iVBOR"}}]},{"type":"text","text":"And?"}]}]}
            """u8.ToArray());
        using var output = new PooledBuffer();
        var ignored = new IgnoredFields();
        Format.WriteRequest(request, new UpstreamTarget(JsonString.Of("up"), Quirks.None, Stream: true), output, ignored);
        Assert.Equal("""
            {"model":"up","instructions":"Be brief.\nAlways.","input":[{"type":"message","role":"user","content":"Go."},{"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"hm"}],"encrypted_content":"gAAA"},{"type":"function_call","call_id":"t1","name":"look","arguments":"{\"a\":1}"},{"type":"function_call_output","call_id":"t1","output":[{"type":"input_text","text":"Error:"},{"type":"input_text","text":"gone"},{"type":"input_image","detail":"auto","image_url":"data:image/png;base64,iVBOR"}]},{"type":"message","role":"user","content":"And?"}],"tools":[{"type":"function","name":"look","parameters":{"properties":{},"type":"object"},"strict":false}],"tool_choice":{"type":"function","name":"look"},"max_output_tokens":16,"reasoning":{"effort":"low","summary":"auto"},"store":false,"include":["reasoning.encrypted_content"],"stream":true}
            """, Encoding.UTF8.GetString(output.Written));
        Assert.Equal("top_k", ignored.ToString());
    }
}
