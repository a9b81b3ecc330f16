using System.Text;
using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Tests.Support;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Tests.Gemini;

public class RequestTests
{
    const string Folder = "gemini";

    static readonly WireFormat Format = WireFormat.Gemini;

    public static TheoryData<string> Requests => [.. Corpus.Cases(Folder, "request.json")];

    [Theory, MemberData(nameof(Requests))]
    public void Request_is_written_as_it_should(string name) =>
        Corpus.MatchGolden(Folder, name, "upstream.json", Pretty(Written(Format.ReadRequest(Corpus.Read(Folder, name, "request.json")), Format)));

    // What a request means to the other formats.
    [Theory, MemberData(nameof(Requests))]
    public void Request_is_understood_elsewhere(string name)
    {
        foreach (var format in (WireFormat[])[WireFormat.OpenAiChat, WireFormat.AnthropicMessages])
        {
            string written;
            try
            {
                written = Written(Format.ReadRequest(Corpus.Read(Folder, name, "request.json")), format);
            }
            catch (BridgeException refused)
            {
                written = refused.Error.Message + "\n";
            }
            Corpus.MatchGolden(Folder, name, $"{format.Name}.txt", Pretty(written));
        }
    }

    [Theory, MemberData(nameof(Requests))]
    public void What_is_written_reads_and_writes_as_the_same_bytes(string name)
    {
        var once = Body(Format.ReadRequest(Corpus.Read(Folder, name, "request.json")));
        Assert.Equal(once, Body(Format.ReadRequest(Encoding.UTF8.GetBytes(once))));
    }

    [Theory]
    [InlineData("[]", "The request body must be a JSON object.", null)]
    [InlineData("{}", "Missing required parameter: 'contents'.", "contents")]
    [InlineData("""{"contents":[]}""", "'contents' must hold at least one content.", "contents")]
    [InlineData("""{"contents":"x"}""", "'contents' must be an array.", "contents")]
    [InlineData("""{"contents":["x"]}""", "'contents[0]' must be an object.", "contents[0]")]
    [InlineData("""{"contents":[{"role":"robot","parts":[]}]}""", "'contents[0].role' must be one of: 'user', 'model', 'function'.", "contents[0].role")]
    [InlineData("""{"contents":[{"parts":[{"text":7}]}]}""", "'contents[0].parts[0].text' must be a string.", "contents[0].parts[0].text")]
    [InlineData("""{"contents":[{"parts":[{"inlineData":{"mimeType":"image/png"}}]}]}""",
        "Missing required parameter: 'contents[0].parts[0].inlineData.data'.", "contents[0].parts[0].inlineData.data")]
    [InlineData("""{"contents":[{"parts":[{"functionCall":{"args":{}}}]}]}""",
        "Missing required parameter: 'contents[0].parts[0].functionCall.name'.", "contents[0].parts[0].functionCall.name")]
    [InlineData("""{"contents":[{"role":"model","parts":[{"functionCall":{"name":"f","args":"x"}}]}]}""",
        "'contents[0].parts[0].functionCall.args' must be an object.", "contents[0].parts[0].functionCall.args")]
    [InlineData("""{"contents":[{"role":"user","parts":[{"functionCall":{"name":"f"}}]}]}""",
        "'contents[0]' must not hold a functionCall: it belongs in a content of the role 'model'.", "contents[0]")]
    [InlineData("""{"contents":[{"parts":[{"function_response":{"response":{}}}]}]}""",
        "Missing required parameter: 'contents[0].parts[0].function_response.name'.", "contents[0].parts[0].function_response.name")]
    [InlineData("""{"contents":[{"parts":[{"text":"x"}]}],"generationConfig":{"temperature":"hot"}}""", "'generationConfig.temperature' must be a number.", "generationConfig.temperature")]
    [InlineData("""{"contents":[{"parts":[{"text":"x"}]}],"generation_config":{"max_output_tokens":0}}""",
        "'generation_config.max_output_tokens' must be at least 1.", "generation_config.max_output_tokens")]
    [InlineData("""{"contents":[{"parts":[{"text":"x"}]}],"generationConfig":{"thinkingConfig":{"thinkingBudget":"many"}}}""",
        "'generationConfig.thinkingConfig.thinkingBudget' must be a whole number.", "generationConfig.thinkingConfig.thinkingBudget")]
    [InlineData("""{"contents":[{"parts":[{"text":"x"}]}],"tools":[{"functionDeclarations":[{"description":"d"}]}]}""",
        "Missing required parameter: 'tools[0].functionDeclarations[0].name'.", "tools[0].functionDeclarations[0].name")]
    [InlineData("""{"contents":[{"parts":[{"text":"x"}]}],"toolConfig":{"functionCallingConfig":{"mode":"MAYBE"}}}""",
        "'toolConfig.functionCallingConfig.mode' must be one of: 'AUTO', 'ANY', 'NONE', 'VALIDATED'.", "toolConfig.functionCallingConfig.mode")]
    public void A_wrong_body_is_refused_with_the_name_of_the_field(string body, string message, string? param)
    {
        var error = Assert.Throws<BridgeException>(() => Format.ReadRequest(Encoding.UTF8.GetBytes(body))).Error;
        Assert.Equal((400, message, param), (error.Status, error.Message, error.Param));
    }

    [Theory]
    [InlineData("""{"contents":[{"parts":[{"text":"x"}]}]}""")]
    [InlineData("""{"generateContentRequest":{"model":"models/m","contents":[{"parts":[{"text":"x"}]}],"tools":[]}}""")]
    public void A_question_for_a_count_holds_contents_or_a_whole_request(string body) =>
        Assert.Single(Format.ReadTokenCountRequest(Encoding.UTF8.GetBytes(body)).Messages);

    [Fact]
    public void An_image_is_sliced_and_not_decoded()
    {
        var body = Corpus.Read(Folder, "media", "request.json");
        var image = Assert.IsType<MediaPart>(Assert.Single(Format.ReadRequest(body).Messages[0].Parts));
        Assert.Equal(("image/jpeg", "/9j/4AAQ"), (image.MediaType.ToString(), image.Data.ToString()));
        Assert.True(body.AsSpan().Overlaps(image.Data!.Value.Bytes.Span));
    }

    // @google/genai keeps every chunk of a streamed answer as a content of its own.
    [Fact]
    public void A_turn_that_is_kept_in_chunks_is_one_message()
    {
        var request = Format.ReadRequest("""
            {"contents":[{"role":"user","parts":[{"text":"a"},{"text":"b"}]},
            {"role":"model","parts":[{"text":"I th","thought":true}]},{"role":"model","parts":[{"text":"ink","thought":true}]},
            {"role":"model","parts":[{"text":"","thought":true,"thoughtSignature":"acptoapiU0lHMQ=="}]},{"role":"model","parts":[{"text":"Hel\ud83d"}]},
            {"role":"model","parts":[{"text":""}]},{"role":"model","parts":[{"text":"\ude00lo"}]},{"role":"model","parts":[{"functionCall":{"name":"f","args":{}}}]},
            {"role":"model","parts":[{"text":""}]},{"role":"user","parts":[{"functionResponse":{"name":"f","response":{"result":"ok"}}}]},
            {"role":"model","parts":[{"text":"B"}]},{"role":"model","parts":[{"text":"ye"}]}]}
            """u8.ToArray());
        Assert.Equal([Role.User, Role.Assistant, Role.Tool, Role.Assistant], request.Messages.Select(message => message.Role));
        Assert.Equal(2, request.Messages[0].Parts.Count);
        var turn = request.Messages[1].Parts;
        Assert.Equal(3, turn.Count);
        var thinking = Assert.IsType<ReasoningPart>(turn[0]);
        Assert.Equal(("I think", "U0lHMQ=="), (thinking.Text.ToString(), thinking.Signature.ToString()));
        Assert.Equal("Hel\U0001F600lo", Assert.IsType<TextPart>(turn[1]).Text.ToString());
        Assert.IsType<ToolCallPart>(turn[2]);
        Assert.Equal("Bye", Assert.IsType<TextPart>(Assert.Single(request.Messages[3].Parts)).Text.ToString());
    }

    [Fact]
    public void A_turn_that_is_kept_in_chunks_takes_its_reasoning_along()
    {
        var request = Format.ReadRequest("""
            {"contents":[{"role":"user","parts":[{"text":"a"}]},{"role":"model","parts":[{"text":"I th","thought":true}]},{"role":"model","parts":[{"text":"ink","thought":true}]},
            {"role":"model","parts":[{"functionCall":{"name":"f","args":{}}}]},{"role":"user","parts":[{"functionResponse":{"name":"f","response":{"result":"ok"}}}]}]}
            """u8.ToArray());
        Assert.Contains("""{"role":"assistant","content":null,"reasoning_content":"I think","tool_calls":[""", Written(request, WireFormat.OpenAiChat, Quirks.ReplaysReasoningContent), StringComparison.Ordinal);
    }

    // Google wants a part that it signed back as it stood.
    [Fact]
    public void A_signed_text_stays_by_itself()
    {
        var request = Format.ReadRequest("""
            {"contents":[{"role":"user","parts":[{"text":"a"}]},{"role":"model","parts":[{"text":"x"}]},{"role":"model","parts":[{"text":"y"}]},{"role":"model","parts":[{"text":"","thoughtSignature":"c2ln"}]}]}
            """u8.ToArray());
        Assert.Contains("""{"role":"model","parts":[{"text":"xy"},{"text":"","thoughtSignature":"c2ln"}]}""", Written(request, Format), StringComparison.Ordinal);
    }

    [Fact]
    public void The_model_may_be_told_in_the_body() =>
        Assert.Equal("gemini-2.5-pro", Format.ReadRequest(Corpus.Read(Folder, "none", "request.json")).Model.ToString());

    static string Written(ChatRequest request, WireFormat format, Quirks quirks = Quirks.None)
    {
        using var output = new PooledBuffer();
        var ignored = new IgnoredFields();
        format.WriteRequest(request, new UpstreamTarget(JsonString.Of("gemini-3-pro"), quirks, request.Stream), output, ignored);
        JsonDocument.Parse(output.WrittenMemory).Dispose();
        return $"{Encoding.UTF8.GetString(output.Written)}\nignored: {ignored}\n";
    }

    static string Body(ChatRequest request) =>
        Written(request, Format) is var written ? written[..written.LastIndexOf("\nignored:", StringComparison.Ordinal)] : "";

    // One message a line, for review.
    static string Pretty(string written) => written
        .Replace("{\"role\":", "\n  {\"role\":", StringComparison.Ordinal)
        .Replace("],\"", "],\n\"", StringComparison.Ordinal);
}
