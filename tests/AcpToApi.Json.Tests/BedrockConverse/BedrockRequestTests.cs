using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using AcpToApi.Json.Model;
using AcpToApi.Json.Tests.Support;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Tests.BedrockConverse;

/// <summary>Requests of other dialects as Bedrock gets them.</summary>
public class BedrockRequestTests
{
    const string Claude = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";

    static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [Theory]
    [InlineData("rich", "messages", "claude", Claude)]
    [InlineData("rich", "messages", "nova", "amazon.nova-lite-v1:0")]
    [InlineData("rich", "chat", "claude", Claude)]
    [InlineData("rich", "chat", "nova2", "us.amazon.nova-2-lite-v1:0")]
    [InlineData("forced", "chat", "claude", Claude)]
    [InlineData("forced", "chat", "nova2", "us.amazon.nova-2-lite-v1:0")]
    [InlineData("forced", "chat", "openai", "openai.gpt-oss-120b-1:0")]
    [InlineData("forced", "chat", "llama", "meta.llama3-1-70b-instruct-v1:0")]
    public void Requests_are_written_as_each_model_takes_them(string name, string dialect, string family, string model)
    {
        var request = WireFormat.All.Single(format => format.Name == dialect).ReadRequest(Corpus.Read("bedrock-converse", name, dialect + ".json"));
        var written = Write(request, model, out var ignored);
        Corpus.MatchGolden("bedrock-converse", $"{name}.{dialect}", $"{family}.upstream.txt", $"ignored: {ignored}\n{JsonNode.Parse(written)!.ToJsonString(Readable)}\n");
        Assert.Equal(written, Write(request, model, out _));
    }

    [Fact]
    public void A_token_count_asks_for_the_prompt_only()
    {
        var request = WireFormat.AnthropicMessages.ReadRequest(Corpus.Read("bedrock-converse", "rich", "messages.json"));
        using var output = new PooledBuffer();
        WireFormat.BedrockConverse.WriteTokenCountRequest(request, new UpstreamTarget(JsonString.Of(Claude), Quirks.None, false), output, new IgnoredFields());
        var converse = JsonNode.Parse(output.Written.ToArray())!["input"]!["converse"]!.AsObject();
        Assert.Equal(["toolConfig", "system", "messages", "additionalModelRequestFields"], converse.Select(field => field.Key));
        Assert.Equal(4321, WireFormat.BedrockConverse.ReadTokenCount("""{"x":[1],"inputTokens":4321}"""u8));
        Assert.Null(WireFormat.BedrockConverse.ReadTokenCount("""{"message":"no"}"""u8));
    }

    [Fact]
    public void A_document_keeps_what_it_is_about_and_that_it_is_to_be_cited()
    {
        var request = WireFormat.AnthropicMessages.ReadRequest("""
            {"model":"m","max_tokens":9,"messages":[{"role":"user","content":[
              {"type":"document","title":"facts.txt","context":"of Ruby","citations":{"enabled":true},"source":{"type":"text","media_type":"text/plain","data":"abc"}},
              {"type":"document","context":null,"citations":{"enabled":false},"source":{"type":"text","media_type":"text/plain","data":"d"}},
              {"type":"text","text":"Who?"}]}]}
            """u8.ToArray());
        var written = Write(request, Claude, out var ignored);
        Assert.Equal("", ignored.ToString());
        Assert.Contains("""
            {"document":{"format":"txt","name":"facts-txt","source":{"bytes":"YWJj"},"context":"of Ruby","citations":{"enabled":true}}},{"document":{"format":"txt","name":"document","source":{"bytes":"ZA=="}}}
            """, written, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("us.anthropic.claude-x", "anthropic.claude-x")]
    [InlineData("anthropic.claude-x", "anthropic.claude-x")]
    [InlineData("zai.glm-4.7", "zai.glm-4.7")]
    [InlineData("arn:aws:bedrock:us-east-1:1:inference-profile/global.anthropic.claude-x", "anthropic.claude-x")]
    public void Tokens_are_counted_by_the_model_of_a_profile(string model, string counted) => Assert.Equal(counted, WireFormat.BedrockConverse.TokenCountModel(model));

    [Theory]
    [InlineData("""{"type":"image_url","image_url":{"url":"https://example.com/a.png"}}""", "by URL")]
    [InlineData("""{"type":"image_url","image_url":{"url":"data:image/tiff;base64,SUkq"}}""", "image/tiff")]
    [InlineData("""{"type":"file","file":{"file_id":"file-1"}}""", "file id")]
    [InlineData("""{"type":"file","file":{"file_data":"data:application/zip;base64,UEs="}}""", "application/zip")]
    public void What_cannot_be_sent_is_refused_with_a_reason(string part, string says)
    {
        var request = WireFormat.OpenAiChat.ReadRequest(Encoding.UTF8.GetBytes($$"""{"model":"m","messages":[{"role":"user","content":[{{part}}]}]}"""));
        var refused = Assert.Throws<BridgeException>(() => Write(request, Claude, out _)).Error;
        Assert.Equal((400, "messages"), (refused.Status, refused.Param));
        Assert.Contains(says, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_place_in_S3_is_passed_on()
    {
        var request = WireFormat.OpenAiChat.ReadRequest("""{"model":"m","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"s3://bucket/a.webp"}}]}]}"""u8.ToArray());
        Assert.Contains("""{"image":{"format":"webp","source":{"s3Location":{"uri":"s3://bucket/a.webp"}}}}""", Write(request, Claude, out _), StringComparison.Ordinal);
    }

    [Fact]
    public void At_most_four_cache_points_are_set()
    {
        var blocks = string.Join(',', Enumerable.Range(0, 7).Select(i => $$$"""{"type":"text","text":"{{{i}}}","cache_control":{"type":"ephemeral"}}"""));
        var request = WireFormat.AnthropicMessages.ReadRequest(Encoding.UTF8.GetBytes($$"""{"model":"m","max_tokens":1,"messages":[{"role":"user","content":[{{blocks}}]}]}"""));
        var written = Write(request, Claude, out _);
        Assert.Equal(5, written.Split("cachePoint").Length);
        Assert.EndsWith("""{"text":"6"},{"cachePoint":{"type":"default"}}]}],"inferenceConfig":{"maxTokens":1}}""", written, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Claude, "context-1m-2025-08-07,interleaved-thinking-2025-05-14", "\"additionalModelRequestFields\":{\"anthropic_beta\":[\"context-1m-2025-08-07\",\"interleaved-thinking-2025-05-14\"],\"top_k\":5}", "")]
    [InlineData(Claude, "claude-code-20250219,context-1m-2025-08-07", "{\"anthropic_beta\":[\"context-1m-2025-08-07\"],\"top_k\":5}", "anthropic-beta")]
    [InlineData(Claude, "claude-code-20250219", "\"additionalModelRequestFields\":{\"top_k\":5}", "anthropic-beta")]
    [InlineData("meta.llama3-1-70b-instruct-v1:0", "context-1m-2025-08-07", "\"inferenceConfig\":{\"maxTokens\":1}}", "anthropic-beta, top_k")]
    public void Betas_that_Bedrock_knows_reach_Claude(string model, string betas, string expected, string expectedIgnored)
    {
        var request = WireFormat.AnthropicMessages.ReadRequest("""{"model":"m","max_tokens":1,"top_k":5,"messages":[{"role":"user","content":"x"}]}"""u8.ToArray());
        Assert.Contains(expected, Write(request, model, out var ignored, betas.Split(',')), StringComparison.Ordinal);
        Assert.Equal(expectedIgnored, ignored);
    }

    static string Write(ChatRequest request, string model, out string ignored, string[]? betas = null)
    {
        using var output = new PooledBuffer();
        var names = new IgnoredFields();
        WireFormat.BedrockConverse.WriteRequest(request, new UpstreamTarget(JsonString.Of(model), Quirks.None, request.Stream) { Betas = betas }, output, names);
        ignored = names.ToString();
        return Encoding.UTF8.GetString(output.Written);
    }
}
