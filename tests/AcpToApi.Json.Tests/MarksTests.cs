using System.Text;
using AcpToApi.Json.Model;
using AcpToApi.Json.Tests.Support;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Tests;

/// <summary>What we hide in a conversation for the provider that made it never reaches another one.</summary>
public class MarksTests
{
    public static TheoryData<string, string> Pairs()
    {
        var pairs = new TheoryData<string, string>();
        foreach (var dialect in WireFormat.Dialects)
        {
            foreach (var upstream in WireFormat.All)
            {
                if (upstream != WireFormat.OpenAiCompletions && upstream != WireFormat.OllamaGenerate) pairs.Add(dialect.Name, upstream.Name);
            }
            pairs.Add(dialect.Name, WireFormat.ClaudeStream.Name);
        }
        return pairs;
    }

    [Theory, MemberData(nameof(Pairs))]
    public void No_mark_leaves(string dialect, string upstream)
    {
        var to = WireFormat.All.Append(WireFormat.ClaudeStream).Single(format => format.Name == upstream);
        foreach (var quirks in Enum.GetValues<Quirks>())
        {
            foreach (var model in (string[])["m", "gemini-3-pro", "claude-sonnet-4-6"])
            {
                var request = Of(dialect).ReadRequest(Body(dialect));
                request.Model = JsonString.Of(model);
                var target = new UpstreamTarget(JsonString.Of(model), quirks, Stream: true);
                AssertUnmarked(output => to.WriteRequest(request, target, output, new IgnoredFields()));
                if (to != WireFormat.ClaudeStream) AssertUnmarked(output => to.WriteTokenCountRequest(request, target, output, new IgnoredFields()));
            }
        }
    }

    // Every one of them alone: the others do not make up for it.
    [Theory]
    [InlineData("chat", "\"call_1__tsig_sQUJD\"", true)]
    [InlineData("messages", "\"call_1__tsig_d\"", true)]
    [InlineData("messages", "\"acptoapi:responses:rs_1:gAAA\"", true)]
    [InlineData("responses", "\"acptoapi:signature:ANT\"", true)]
    [InlineData("gemini", "\"acptoapiQU5U\"", true)]
    [InlineData("gemini", "\"acptoaprUkVE\"", true)]
    [InlineData("gemini", "\"EqUC\"", false)]
    [InlineData("chat", "\"our acptoapi\"", false)]
    public void A_mark_keeps_a_body_from_being_passed_through(string dialect, string value, bool expected) =>
        Assert.Equal(expected, Holds(dialect, $$"""{"model":"m","x":{{value}}}"""));

    [Theory]
    [InlineData("""[{"type":"thinking","thinking":"hm","signature":""},{"type":"text","text":"t"}]""", true)]
    [InlineData("""[{"type":"thinking","thinking":"hm"},{"type":"text","text":"t"}]""", true)]
    [InlineData("""[{"signature" : null, "thinking":"hm", "type" : "thinking"}]""", true)]
    [InlineData("""[{"type":"thinking","thinking":"hm","signature":"c2ln"},{"type":"thinking","thinking":"ho","signature":""}]""", true)]
    [InlineData("""[{"type":"thinking","thinking":"hm","signature":"c2ln"},{"type":"text","text":"\"thinking\", \"signature\":\"\""},{"type":"tool_use","id":"t","name":"f","input":{"thinking":"hm"}}]""", false)]
    [InlineData("""[{"type":"redacted_thinking","data":"c2ln"},{"type":"text","text":"thinking"}]""", false)]
    public void Thinking_that_nobody_signed_does_not_go_to_Anthropic(string content, bool expected)
    {
        var body = $$$"""{"model":"m","max_tokens":9000,"thinking":{"type":"enabled","budget_tokens":1024},"messages":[{"role":"user","content":"x"},{"role":"assistant","content":{{{content}}}},{"role":"user","content":"y"}]}""";
        Assert.Equal(expected, Holds("messages", body));
        // Others speak this dialect too, and want their own back.
        Assert.False(Holds("messages", body, quirks: Quirks.ReplaysReasoningContent));
        using var output = new PooledBuffer();
        var request = Of("messages").ReadRequest(Encoding.UTF8.GetBytes(body));
        Of("messages").WriteRequest(request, new UpstreamTarget(JsonString.Of("m"), Quirks.None, Stream: false), output, new IgnoredFields());
        Assert.False(Holds("messages", Encoding.UTF8.GetString(output.Written)));
        output.Clear();
        Of("messages").WriteRequest(request, new UpstreamTarget(JsonString.Of("m"), Quirks.ReplaysReasoningContent, Stream: false), output, new IgnoredFields());
        Assert.Equal(body.Contains("\"thinking\":\"hm\"", StringComparison.Ordinal), Encoding.UTF8.GetString(output.Written).Contains("\"thinking\":\"hm\"", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("""{"id":"rs_1","type":"reasoning","summary":[{"type":"summary_text","text":"hm"}]}""", true, false)]
    [InlineData("""{"type" : "reasoning","summary":[],"encrypted_content":null}""", true, false)]
    [InlineData("""{"type":"reasoning","summary":[],"encrypted_content":"gAAA"},{"type":"reasoning","summary":[],"encrypted_content":""}""", true, false)]
    [InlineData("""{"type":"reasoning","summary":[],"encrypted_content":"gAAA"}""", false, false)]
    [InlineData("""{"type":"reasoning","summary":[],"content":[{"type":"reasoning_text","text":"hm"}]}""", false, false)]
    [InlineData("""{"id":"msg_68af0","type":"message","role":"assistant","content":"\"reasoning\""}""", false, false)]
    [InlineData("""{"id":"msg_acptoapi_0a_1","type":"message","role":"assistant","content":"t"}""", true, true)]
    [InlineData("""{"id":"fc_acptoapi_0a_1","type":"function_call","call_id":"c","name":"f","arguments":"{}"},{"type":"function_call_output","call_id":"c","output":"r"}""", true, true)]
    public void What_only_we_store_does_not_go_to_OpenAI(string item, bool expected, bool expectedWhereStored)
    {
        foreach (var store in (string[])["", ",\"store\":true", ",\"store\":null", ", \"store\" : false"])
        {
            var body = $$"""{"model":"m","input":[{"role":"user","content":"x"},{{item}},{"role":"user","content":"y"}]{{store}}}""";
            Assert.Equal(store.Contains("false", StringComparison.Ordinal) ? expected : expectedWhereStored, Holds("responses", body));
            if (!Holds("responses", body)) continue;
            using var output = new PooledBuffer();
            Of("responses").WriteRequest(Of("responses").ReadRequest(Encoding.UTF8.GetBytes(body)), new UpstreamTarget(JsonString.Of("m"), Quirks.None, Stream: false), output, new IgnoredFields());
            Assert.False(Holds("responses", Encoding.UTF8.GetString(output.Written)));
        }
    }

    [Fact]
    public void A_result_stays_one_where_its_call_is_only_referred_to()
    {
        using var output = new PooledBuffer();
        var request = Of("responses").ReadRequest("""
            {"model":"m","input":[{"id":"msg_acptoapi_0a_1","type":"message","role":"assistant","content":"t"},{"role":"user","content":"x"},{"type":"item_reference","id":"fc_1"},{"type":"function_call_output","call_id":"call_1","output":"r"}]}
            """u8.ToArray());
        Of("responses").WriteRequest(request, new UpstreamTarget(JsonString.Of("m"), Quirks.None, Stream: false), output, new IgnoredFields());
        Assert.Contains("""{"type":"item_reference","id":"fc_1"},{"type":"function_call_output","call_id":"call_1","output":"r"}]""", Encoding.UTF8.GetString(output.Written), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""[{"functionCall":{"name":"f","args":{}}}]""", true)]
    [InlineData("""[{"text":"t","thoughtSignature":"EqUC"},{"functionCall":{"name":"f","args":{"functionCall":{}}}}]""", true)]
    [InlineData("""[{"thought_signature":"","function_call":{"name":"f","args":{}}}]""", true)]
    [InlineData("""[{"functionCall":{"name":"f","args":{}},"thoughtSignature":"EqUC"},{"functionCall":{"name":"f","args":{"a":{}}}}]""", false)]
    [InlineData("""[{"thoughtSignature":"EqUC","functionCall":{"name":"f","args":{}}},{"text":"\"functionCall\""}]""", false)]
    public void A_call_that_Google_did_not_sign_is_marked_so(string parts, bool expected)
    {
        var body = $$$$"""{"contents":[{"role":"user","parts":[{"text":"x"}]},{"role":"model","parts":{{{{parts}}}}},{"role":"user","parts":[{"functionResponse":{"name":"f","response":{}}}]}]}""";
        Assert.Equal(expected, Holds("gemini", body, "gemini-3-pro"));
        Assert.False(Holds("gemini", body, "gemini-2.5-pro"));
        using var output = new PooledBuffer();
        Of("gemini").WriteRequest(Of("gemini").ReadRequest(Encoding.UTF8.GetBytes(body)), new UpstreamTarget(JsonString.Of("gemini-3-pro"), Quirks.None, Stream: false), output, new IgnoredFields());
        var written = Encoding.UTF8.GetString(output.Written);
        Assert.False(Holds("gemini", written, "gemini-3-pro"));
        Assert.Equal(expected, written.Contains("skip_thought_signature_validator", StringComparison.Ordinal));
    }

    static bool Holds(string dialect, string body, string model = "m", Quirks quirks = Quirks.None) =>
        Of(dialect).MustRewrite(Encoding.UTF8.GetBytes(body), new UpstreamTarget(JsonString.Of(model), quirks, Stream: false));

    static WireFormat Of(string dialect) => WireFormat.Dialects.Single(format => format.Name == dialect);

    static byte[] Body(string dialect) => Encoding.UTF8.GetBytes(MarkedBodies.All[dialect].Replace("%", "m", StringComparison.Ordinal));

    static void AssertUnmarked(Action<PooledBuffer> write)
    {
        using var output = new PooledBuffer();
        write(output);
        var text = Encoding.UTF8.GetString(output.Written);
        Assert.Contains("orphan", text, StringComparison.Ordinal);
        Assert.All(MarkedBodies.Marks, mark => Assert.DoesNotContain(mark, text, StringComparison.Ordinal));
    }
}
