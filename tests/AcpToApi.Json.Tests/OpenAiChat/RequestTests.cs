using System.Text;
using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Tests.Support;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Tests.OpenAiChat;

public class RequestTests
{
    const string Folder = "openai-chat";

    static readonly WireFormat Format = WireFormat.OpenAiChat;

    public static TheoryData<string> Requests => [.. Corpus.Cases(Folder, "request.json")];

    [Theory, MemberData(nameof(Requests))]
    public void Request_is_written_as_it_should(string name) =>
        Corpus.MatchGolden(Folder, name, "upstream.json", Pretty(Written(Format.ReadRequest(Corpus.Read(Folder, name, "request.json")))));

    [Theory, MemberData(nameof(Requests))]
    public void What_is_written_reads_and_writes_as_the_same_bytes(string name)
    {
        var once = Body(Format.ReadRequest(Corpus.Read(Folder, name, "request.json")));
        Assert.Equal(once, Body(Format.ReadRequest(Encoding.UTF8.GetBytes(once))));
    }

    [Theory]
    [InlineData("all_sampling_fields", Quirks.MaxCompletionTokens, "\"max_completion_tokens\":20", "\"max_tokens\"")]
    [InlineData("all_sampling_fields", Quirks.RandomSeed, "\"random_seed\":7", "\"seed\"")]
    [InlineData("all_sampling_fields", Quirks.NoStreamOptions, "\"stream\":true", "stream_options")]
    [InlineData("all_sampling_fields", Quirks.NoReasoningEffort, "ignored: top_k, reasoning_effort", "\"reasoning_effort\"")]
    [InlineData("all_sampling_fields", Quirks.ReasoningObject, "\"reasoning\":{\"effort\":\"minimal\"}", "reasoning_effort")]
    [InlineData("openrouter_reasoning", Quirks.ReasoningObject, "\"reasoning\":{\"max_tokens\":4000}", "reasoning_effort")]
    [InlineData("openrouter_reasoning", Quirks.None, "\"reasoning_effort\":\"medium\"", "\"reasoning\":")]
    [InlineData("tool_loop", Quirks.NoParallelToolCalls, "ignored: parallel_tool_calls", "\"parallel_tool_calls\"")]
    [InlineData("custom_tools", Quirks.MaxCompletionTokens, "\"type\":\"custom\",\"custom\":{\"name\":\"patch\",\"input\":", "ignored: tools[].format")]
    [InlineData("custom_tools", Quirks.MaxCompletionTokens, "\"format\": {", "\"type\":\"function\"")]
    [InlineData("custom_tools", Quirks.ToolChoiceAny, "\"tool_choice\":\"any\"", "required\",")]
    [InlineData("tool_loop", Quirks.ShortToolCallIds, "\"tool_call_id\":\"", "call_1")]
    [InlineData("reasoning_history", Quirks.ReplaysReasoningContent, "\"content\":\"ok\",\"reasoning_content\":\"Because \\\"so\\\".\"}", "\"reasoning\":")]
    [InlineData("tool_loop", Quirks.ReplaysReasoningContent, "\"reasoning_content\":\" \",\"tool_calls\":[{", "\"reasoning\":")]
    [InlineData("tool_loop", Quirks.ReplaysReasoning, "\"tool_calls\":[{", "\"reasoning")]
    [InlineData("reasoning_history", Quirks.ReplaysReasoning, "\"content\":null,\"reasoning\":\"Other field.\"", "reasoning_content")]
    [InlineData("reasoning_history", Quirks.None, "{\"role\":\"assistant\",\"content\":\"ok\"}", "reasoning")]
    [InlineData("cache_control", Quirks.CacheControl, "{\"type\":\"text\",\"text\":\"Long.\",\"cache_control\":{", "\"Long.\\n")]
    [InlineData("cache_control", Quirks.None, "\"content\":\"Long.\\nShort.\"", "\"cache_control\"")]
    [InlineData("media", Quirks.DocumentUrls, "{\"type\":\"document_url\",\"document_url\":\"data:application/pdf;base64,", "file_data")]
    [InlineData("media", Quirks.DocumentUrls, "{\"type\":\"input_audio\",\"input_audio\":\"", "\"format\"")]
    [InlineData("bare_media", Quirks.DocumentUrls, "{\"type\":\"document_url\",\"document_url\":\"https://example.com/a.pdf\",\"document_name\":\"a.pdf\"}", "\"filename\"")]
    [InlineData("bare_media", Quirks.DocumentUrls, "{\"type\":\"file\",\"file_id\":\"b9f1\"}", "\"file\":{")]
    [InlineData("openai_fields", Quirks.NoOpenAiFields, "ignored: messages[].name, logprobs, user, store, verbosity", "\"logprobs\"")]
    [InlineData("openai_fields", Quirks.NoOpenAiFields, "\"safe_prompt\":true", "\"store\"")]
    public void A_provider_gets_what_it_takes(string name, Quirks quirks, string expected, string unexpected)
    {
        var written = Written(Format.ReadRequest(Corpus.Read(Folder, name, "request.json")), quirks);
        Assert.Contains(expected, written, StringComparison.Ordinal);
        Assert.DoesNotContain(unexpected, written, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[]", "The request body must be a JSON object.", null)]
    [InlineData("""{"messages":[{"role":"user","content":"x"}]}""", "Missing required parameter: 'model'.", "model")]
    [InlineData("""{"model":"m"}""", "Missing required parameter: 'messages'.", "messages")]
    [InlineData("""{"model":"","messages":[{"role":"user","content":"x"}]}""", "'model' must not be empty.", "model")]
    [InlineData("""{"model":"m","messages":[]}""", "'messages' must hold at least one message.", "messages")]
    [InlineData("""{"model":"m","messages":"x"}""", "'messages' must be an array.", "messages")]
    [InlineData("""{"model":"m","messages":["x"]}""", "'messages[0]' must be an object.", "messages[0]")]
    [InlineData("""{"model":"m","messages":[{"content":"x"}]}""", "Missing required parameter: 'messages[0].role'.", "messages[0].role")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"x"},{"role":"robot","content":"x"}]}""",
        "'messages[1].role' must be one of: 'system', 'developer', 'user', 'assistant', 'tool', 'function'.", "messages[1].role")]
    [InlineData("""{"model":"m","messages":[{"role":"user"}]}""", "Missing required parameter: 'messages[0].content'.", "messages[0].content")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":null}]}""", "'messages[0].content' must be a string or an array of parts.", "messages[0].content")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":7}]}""", "'messages[0].content' must be a string or an array of parts.", "messages[0].content")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":[{"text":"x"}]}]}""", "Missing required parameter: 'messages[0].content[0].type'.", "messages[0].content[0].type")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":[{"type":"text"}]}]}""", "Missing required parameter: 'messages[0].content[0].text'.", "messages[0].content[0].text")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":5}}]}]}""",
        "'messages[0].content[0].image_url.url' must be a string.", "messages[0].content[0].image_url.url")]
    [InlineData("""{"model":"m","messages":[{"role":"tool","content":"x"}]}""", "Missing required parameter: 'messages[0].tool_call_id'.", "messages[0].tool_call_id")]
    [InlineData("""{"model":"m","messages":[{"role":"assistant","tool_calls":[{"id":"a","function":{"arguments":"{}"}}]}]}""",
        "Missing required parameter: 'messages[0].tool_calls[0].function.name'.", "messages[0].tool_calls[0].function.name")]
    [InlineData("""{"model":"m","messages":[{"role":"assistant","tool_calls":[{"function":{"name":"a"}}]}]}""",
        "Missing required parameter: 'messages[0].tool_calls[0].id'.", "messages[0].tool_calls[0].id")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"x"}],"temperature":"hot"}""", "'temperature' must be a number.", "temperature")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"x"}],"max_tokens":1.5}""", "'max_tokens' must be a whole number.", "max_tokens")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"x"}],"max_tokens":0}""", "'max_tokens' must be at least 1.", "max_tokens")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"x"}],"stream":"yes"}""", "'stream' must be true or false.", "stream")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"x"}],"stop":[1]}""", "'stop[0]' must be a string.", "stop[0]")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"x"}],"tools":[{"type":"function"}]}""", "Missing required parameter: 'tools[0].function'.", "tools[0].function")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"x"}],"tool_choice":"maybe"}""",
        "'tool_choice' must be one of: 'none', 'auto', 'required', or an object.", "tool_choice")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"x"}],"response_format":{"type":"xml"}}""",
        "'response_format.type' must be one of: 'text', 'json_object', 'json_schema'.", "response_format.type")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"x"}],"response_format":{"type":"json_schema"}}""",
        "Missing required parameter: 'response_format.json_schema'.", "response_format.json_schema")]
    public void A_wrong_body_is_refused_with_the_name_of_the_field(string body, string message, string? param)
    {
        var error = Assert.Throws<BridgeException>(() => Format.ReadRequest(Encoding.UTF8.GetBytes(body))).Error;
        Assert.Equal((400, message, param), (error.Status, error.Message, error.Param));
    }

    [Fact]
    public void A_stream_tells_usage_only_when_asked() =>
        Assert.False(Format.ReadRequest("""{"model":"m","stream":true,"messages":[{"role":"user","content":"x"}]}"""u8.ToArray()).IncludeUsage);

    [Fact]
    public void An_image_is_sliced_and_not_decoded()
    {
        var body = Corpus.Read(Folder, "image_with_escaped_slashes", "request.json");
        var image = Assert.IsType<MediaPart>(Assert.Single(Assert.Single(Format.ReadRequest(body).Messages).Parts));
        Assert.Equal(("image/jpeg", "/9j/4AAQ"), (image.MediaType.ToString(), image.Data.ToString()));
        Assert.True(body.AsSpan().Overlaps(image.Data!.Value.Bytes.Span));
    }

    static string Written(ChatRequest request, Quirks quirks = Quirks.None)
    {
        using var output = new PooledBuffer();
        var ignored = new IgnoredFields();
        Format.WriteRequest(request, new UpstreamTarget(JsonString.Of("up"), quirks, request.Stream), output, ignored);
        JsonDocument.Parse(output.WrittenMemory).Dispose();
        return $"{Encoding.UTF8.GetString(output.Written)}\nignored: {ignored}\n";
    }

    static string Body(ChatRequest request) => Written(request) is var written ? written[..written.LastIndexOf("\nignored:", StringComparison.Ordinal)] : "";

    // One field or message a line, for review.
    static string Pretty(string written) => written
        .Replace("{\"role\":", "\n  {\"role\":", StringComparison.Ordinal)
        .Replace("],\"", "],\n\"", StringComparison.Ordinal)
        .Replace("{\"type\":\"function\"", "\n  {\"type\":\"function\"", StringComparison.Ordinal);
}
