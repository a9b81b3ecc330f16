using System.Text;
using System.Text.Json.Nodes;
using AcpToApi.Json.Model;
using AcpToApi.Json.OpenCode;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Tests.OpenCode;

/// <summary>Prompts for <c>opencode serve</c> and its relatives.</summary>
public class RequestWriterTests
{
    const string Conversation = """
        {"model":"m","messages":[{"role":"system","content":"Be terse."},{"role":"user","content":"I am Ada."},
        {"role":"assistant","content":"Hi \"Ada\".","tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]},
        {"role":"tool","tool_call_id":"c1","content":"42"},{"role":"assistant","content":"It is 42."},{"role":"user","content":[{"type":"text","text":"And"},{"type":"text","text":"now?"}]}]}
        """;

    [Fact]
    public void A_session_that_knows_nothing_is_told_what_was_said()
    {
        var (body, ignored) = Write(Conversation, 0);
        Assert.Equal("Be terse.", (string?)body["system"]);
        Assert.Equal(("anthropic", "vendor/deep"), ((string?)body["model"]!["providerID"], (string?)body["model"]!["modelID"]));
        var parts = body["parts"]!.AsArray();
        Assert.Equal(3, parts.Count);
        var told = (string)parts[0]!["text"]!;
        var at = -1;
        foreach (var piece in (string[])["<conversation_so_far", "<user>\nI am Ada.\n</user>", "<assistant>\nHi \"Ada\".\n<tool_call id=\"c1\" name=\"f\">\n{\"a\":1}\n</tool_call>", "<tool_result id=\"c1\">\n42\n", "It is 42.", "</conversation_so_far>"])
        {
            var next = told.IndexOf(piece, StringComparison.Ordinal);
            Assert.True(next > at, $"{piece} is not in its place:\n{told}");
            at = next;
        }
        Assert.DoesNotContain("Be terse", told, StringComparison.Ordinal);
        Assert.Equal(("And", "now?"), ((string?)parts[1]!["text"], (string?)parts[2]!["text"]));
        Assert.Equal("", ignored);
    }

    [Fact]
    public void A_session_that_knows_the_rest_is_told_what_is_new()
    {
        var (body, _) = Write(Conversation, 5);
        Assert.Equal("""[{"type":"text","text":"And"},{"type":"text","text":"now?"}]""", body["parts"]!.ToJsonString());
        Assert.Equal("Be terse.", (string?)body["system"]);
    }

    [Fact]
    public void Files_go_along_and_local_ones_are_refused()
    {
        var (body, _) = Write("""{"model":"m","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,aGk="}},{"type":"file","file":{"file_data":"data:application/pdf;base64,aGk=","filename":"a.pdf"}}]}]}""", 0);
        Assert.Equal("""[{"type":"file","mime":"image/png","url":"data:image/png;base64,aGk="},{"type":"file","mime":"application/pdf","filename":"a.pdf","url":"data:application/pdf;base64,aGk="}]""", body["parts"]!.ToJsonString());
        var refused = Assert.Throws<BridgeException>(() => Write("""{"model":"m","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"file:///etc/passwd"}}]}]}""", 0));
        Assert.Equal(400, refused.Error.Status);
    }

    [Fact]
    public void Efforts_of_the_model_are_variants_and_others_are_named()
    {
        const string Asked = """{"model":"m","reasoning_effort":"EFFORT","messages":[{"role":"user","content":"hi"}]}""";
        var (known, named) = Write(Asked.Replace("EFFORT", "high", StringComparison.Ordinal), 0);
        Assert.Equal(("high", ""), ((string?)known["variant"], named));
        var (unknown, lost) = Write(Asked.Replace("EFFORT", "low", StringComparison.Ordinal), 0);
        Assert.Equal((null, "reasoning_effort"), ((string?)unknown["variant"], lost));
    }

    [Fact]
    public void Tools_of_a_client_are_seen_by_its_own_prompts_only()
    {
        const string Asked = """{"model":"m","tools":[{"type":"function","function":{"name":"f"}}],"messages":[{"role":"user","content":"hi"}]}""";
        Assert.Contains("acp/", Assert.Throws<BridgeException>(() => Write(Asked, 0)).Message, StringComparison.Ordinal);
        Assert.Equal("""{"*":false,"acptoapi7_*":true}""", Write(Asked, 0, "acptoapi7").Body["tools"]!.ToJsonString());
        Assert.Equal("""{"acptoapi*":false}""", Write(Conversation, 0).Body["tools"]!.ToJsonString());
    }

    [Theory]
    [InlineData("mock/m", "mock/m", "low,high")]
    [InlineData("m", "mock/m", "low,high")]
    [InlineData("vendor/deep", "other/vendor/deep", "")]
    [InlineData("other/vendor/deep", "other/vendor/deep", "")]
    [InlineData("nobody", "mock/nobody", "")]
    [InlineData("no/body", "no/body", "")]
    public void An_id_is_found_with_its_provider_and_without(string asked, string found, string efforts)
    {
        var models = OpenCodeModels.Read("""{"default":{"mock":"m"},"providers":[{"id":"mock","options":{"apiKey":"sk-secret"},"models":{"m":{"name":"M","variants":{"low":{},"high":{"x":[1]}}}}},{"models":{"vendor/deep":{"cost":{}}},"id":"other"}]}"""u8);
        var model = models.Find(asked);
        Assert.Equal((found, efforts), (model.FullId, string.Join(',', model.Efforts)));
        Assert.Equal(["mock/m", "other/vendor/deep"], models.All.Select(known => known.FullId));
    }

    static (JsonNode Body, string Ignored) Write(string request, int first, string? toolServer = null)
    {
        using var output = new PooledBuffer();
        var ignored = new IgnoredFields();
        var target = new UpstreamTarget(JsonString.Of("anthropic/vendor/deep"), Quirks.None, Stream: true) { FirstMessage = first, Efforts = ["high"], ToolServer = toolServer };
        WireFormat.OpenCode.WriteRequest(WireFormat.OpenAiChat.ReadRequest(Encoding.UTF8.GetBytes(request)), target, output, ignored);
        return (JsonNode.Parse(output.Written)!, ignored.ToString());
    }
}
