using System.Text;
using AcpToApi.Json.Model;

namespace AcpToApi.Json.Tests.AnthropicMessages;

/// <summary>A client that sends something wrong is told which field and what is allowed.</summary>
public class AnthropicRequestErrorTests
{
    [Theory]
    [InlineData("""{"max_tokens":1,"messages":[]}""", "model")]
    [InlineData("""{"model":"m","max_tokens":1}""", "messages")]
    [InlineData("""{"model":"m","messages":[]}""", "max_tokens")]
    [InlineData("""{"model":"m","max_tokens":0,"messages":[]}""", "max_tokens")]
    [InlineData("""{"model":"m","max_tokens":"9","messages":[]}""", "max_tokens")]
    [InlineData("""{"model":1,"max_tokens":1,"messages":[]}""", "model")]
    [InlineData("""{"model":"m","max_tokens":1,"messages":{}}""", "messages")]
    [InlineData("""{"model":"m","max_tokens":1,"messages":[{"content":"x"}]}""", "messages[0].role")]
    [InlineData("""{"model":"m","max_tokens":1,"messages":[{"role":"user"}]}""", "messages[0].content")]
    [InlineData("""{"model":"m","max_tokens":1,"messages":[{"role":"tool","content":"x"}]}""", "messages[0].role")]
    [InlineData("""{"model":"m","max_tokens":1,"messages":[{"role":"user","content":5}]}""", "messages[0].content")]
    [InlineData("""{"model":"m","max_tokens":1,"messages":[{"role":"user","content":null}]}""", "messages[0].content")]
    [InlineData("""{"model":"m","max_tokens":1,"messages":[{"role":"user","content":[{"text":"x"}]}]}""", "messages[0].content[0].type")]
    [InlineData("""{"model":"m","max_tokens":1,"messages":[{"role":"user","content":[{"type":"text"}]}]}""", "messages[0].content[0].text")]
    [InlineData("""{"model":"m","max_tokens":1,"messages":[{"role":"user","content":[{"type":"image"}]}]}""", "messages[0].content[0].source")]
    [InlineData(
        """{"model":"m","max_tokens":1,"messages":[{"role":"user","content":[{"type":"image","source":{"type":"gopher"}}]}]}""",
        "messages[0].content[0].source")]
    [InlineData(
        """{"model":"m","max_tokens":1,"messages":[{"role":"user","content":[{"type":"image","source":{"type":"base64","data":"eA=="}}]}]}""",
        "messages[0].content[0].source.media_type")]
    [InlineData("""{"model":"m","max_tokens":1,"messages":[{"role":"user","content":[{"type":"tool_result"}]}]}""", "messages[0].content[0].tool_use_id")]
    [InlineData(
        """{"model":"m","max_tokens":1,"messages":[{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"f","input":"{}"}]}]}""",
        "messages[0].content[0].input")]
    [InlineData("""{"model":"m","max_tokens":1,"messages":[{"role":"assistant","content":[{"type":"tool_result","tool_use_id":"a"}]}]}""", "messages[0]")]
    [InlineData("""{"model":"m","max_tokens":1,"messages":[],"tools":[{"description":"d"}]}""", "tools[0].name")]
    [InlineData("""{"model":"m","max_tokens":1,"messages":[],"tools":[{"name":"f","input_schema":"{}"}]}""", "tools[0].input_schema")]
    [InlineData("""{"model":"m","max_tokens":1,"messages":[],"tool_choice":{"type":"some"}}""", "tool_choice")]
    [InlineData("""{"model":"m","max_tokens":1,"messages":[],"tool_choice":{"type":"tool"}}""", "tool_choice.name")]
    [InlineData("""{"model":"m","max_tokens":1,"messages":[],"thinking":{"budget_tokens":9}}""", "thinking.type")]
    [InlineData("""{"model":"m","max_tokens":1,"messages":[],"temperature":"hot"}""", "temperature")]
    [InlineData("""{"model":"m","max_tokens":1,"messages":[],"stop_sequences":"END"}""", "stop_sequences")]
    [InlineData("""{"model":"m","max_tokens":1,"messages":[],"stream":1}""", "stream")]
    [InlineData("""{"model":"m","max_tokens":1,"messages":[],"output_config":{"format":{"type":"json_schema"}}}""", "output_config.format.schema")]
    public void Names_the_field(string body, string field)
    {
        var thrown = Assert.Throws<BridgeException>(() => WireFormat.AnthropicMessages.ReadRequest(Encoding.UTF8.GetBytes(body)));
        Assert.Equal(400, thrown.Error.Status);
        Assert.Equal(field, thrown.Error.Param);
        Assert.Contains(field, thrown.Error.Message);
    }

    [Fact]
    public void An_unknown_role_is_told_the_allowed_ones()
    {
        var thrown = Assert.Throws<BridgeException>(() => WireFormat.AnthropicMessages.ReadRequest(
            """{"model":"m","max_tokens":1,"messages":[{"role":"developer","content":"x"}]}"""u8.ToArray()));
        Assert.Contains("'user', 'assistant', 'system'", thrown.Message);
    }

    [Fact]
    public void Counting_tokens_needs_no_limit() => Assert.Null(
        WireFormat.AnthropicMessages.ReadTokenCountRequest("""{"model":"m","messages":[{"role":"user","content":"x"}]}"""u8.ToArray()).Sampling.MaxOutputTokens);

    [Fact]
    public void A_zero_is_not_an_absent_value() => Assert.Equal(
        0.0, WireFormat.AnthropicMessages.ReadRequest("""{"model":"m","max_tokens":1,"temperature":0,"messages":[]}"""u8.ToArray()).Sampling.Temperature);

    [Fact]
    public void Results_and_other_content_become_two_messages()
    {
        var request = WireFormat.AnthropicMessages.ReadRequest("""
            {"model":"m","max_tokens":1,"messages":[{"role":"user","content":[
              {"type":"text","text":"first"},{"type":"tool_result","tool_use_id":"a","content":"r"},{"type":"server_tool_use","id":"s"}]}]}
            """u8.ToArray());
        Assert.Equal([Role.Tool, Role.User], request.Messages.Select(message => message.Role));
        Assert.Equal("server_tool_use", Assert.IsType<OpaquePart>(request.Messages[1].Parts[1]).Name);
    }

    [Fact]
    public void What_has_no_neutral_meaning_is_kept_by_name()
    {
        var request = WireFormat.AnthropicMessages.ReadRequest("""
            {"model":"m","max_tokens":1,"messages":[],"container":"c","thinking":{"type":"between_tools"},"metadata":{"user_id":"u","x":1},
             "tools":[{"type":"web_search_20250305","name":"web_search"},{"name":"f","defer_loading":true}]}
            """u8.ToArray());
        Assert.Equal(
            ["container", "thinking.type", "metadata.x", "tools.web_search_20250305", "tools[0].defer_loading"], request.Extras.Select(extra => extra.Name));
        Assert.Equal("u", request.User.ToString());
    }
}
