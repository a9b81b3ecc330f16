using System.Text;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Tests.OpenAiChat;

/// <summary>Requests of clients of other dialects, written for an OpenAI-compatible provider.</summary>
public class ForeignRequestTests
{
    static readonly MediaPart Png = new(MediaKind.Image) { MediaType = S("image/png"), Data = S("iVBOR") };

    [Fact]
    public void An_image_in_a_tool_result_follows_in_a_user_message_after_all_results()
    {
        var request = Request(
            Of(Role.Assistant, Call("c1"), Call("c2")),
            Of(Role.User, Result("c1", Text("seen"), Png), Result("c2", Png), Text("Go on.")));
        Assert.Equal(
            """
            {"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"look","arguments":"{\"a\":1}"}},{"id":"c2","type":"function","function":{"name":"look","arguments":"{\"a\":1}"}}]}
            {"role":"tool","tool_call_id":"c1","content":"seen"}
            {"role":"tool","tool_call_id":"c2","content":"The result follows in the next message."}
            {"role":"user","content":[{"type":"text","text":"Returned by the tool call c1:"},{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBOR"}},{"type":"text","text":"Returned by the tool call c2:"},{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBOR"}}]}
            {"role":"user","content":"Go on."}
            """, Messages(request));
    }

    [Theory]
    [InlineData("no such file", "Error: no such file")]
    [InlineData(" error: no such file", " error: no such file")]
    [InlineData("", "Error: ")]
    public void A_failed_tool_says_that_it_failed(string text, string content)
    {
        var request = Request(Of(Role.Assistant, Call("c1")), Of(Role.Tool, Result("c1", isError: true, Text(text))));
        Assert.EndsWith($"{{\"role\":\"tool\",\"tool_call_id\":\"c1\",\"content\":\"{content}\"}}", Messages(request), StringComparison.Ordinal);
    }

    [Fact]
    public void Reasoning_of_another_provider_is_not_sent_and_not_reported()
    {
        var request = Request(
            Of(Role.User, Text("x")),
            Of(Role.Assistant, new ReasoningPart(S("hm")) { Signature = S("sig") }, new RedactedReasoningPart(S("AAAA"))),
            Of(Role.Assistant, new ReasoningPart(S("hm")), Text("ok")));
        Assert.Equal("{\"role\":\"user\",\"content\":\"x\"}\n{\"role\":\"assistant\",\"content\":\"ok\"}", Messages(request));
        Assert.Equal("", Written(request).Ignored);
    }

    [Fact]
    public void What_cannot_be_carried_is_named()
    {
        var request = Request(Of(Role.User, Text("x"), new OpaquePart("container_upload", "{}"u8.ToArray())));
        request.Sampling.TopK = 5;
        request.Sampling.Count = 2;
        request.Extras.Add(new ExtraField("tools.web_search", "{}"u8.ToArray()));
        request.Extras.Add(new ExtraField("container", "\"c\""u8.ToArray()));
        Assert.Equal("content.container_upload, top_k, n, tools.web_search, container", Written(request).Ignored);
    }

    [Fact]
    public void A_file_of_another_provider_is_refused()
    {
        var request = Request(Of(Role.User, new MediaPart(MediaKind.Document) { FileId = S("file_011") }));
        var error = Assert.Throws<BridgeException>(() => Written(request)).Error;
        Assert.Equal((400, "messages"), (error.Status, error.Param));
        Assert.Contains("file", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Documents_are_carried_inline()
    {
        var request = Request(Of(Role.User,
            new MediaPart(MediaKind.Document) { MediaType = S("application/pdf"), Data = S("JVBER") },
            new MediaPart(MediaKind.Document) { PlainText = S("plain") }));
        Assert.Equal("{\"role\":\"user\",\"content\":[{\"type\":\"file\",\"file\":{\"filename\":\"document.pdf\",\"file_data\":\"data:application/pdf;base64,JVBER\"}},{\"type\":\"text\",\"text\":\"plain\"}]}", Messages(request));
    }

    [Theory]
    [InlineData(ReasoningMode.Enabled, null, 1024L, "low")]
    [InlineData(ReasoningMode.Enabled, null, 8192L, "medium")]
    [InlineData(ReasoningMode.Enabled, null, 32000L, "high")]
    [InlineData(ReasoningMode.Adaptive, "max", null, "high")]
    [InlineData(ReasoningMode.Default, "low", null, "low")]
    [InlineData(ReasoningMode.Adaptive, null, null, null)]
    [InlineData(ReasoningMode.Disabled, null, null, null)]
    public void Thinking_becomes_an_effort(ReasoningMode mode, string? asked, long? budget, string? effort)
    {
        var request = Request(Of(Role.User, Text("x")));
        request.Reasoning = new ReasoningRequest(mode, asked, budget);
        var body = Written(request).Body;
        if (effort is null) Assert.DoesNotContain("reasoning", body, StringComparison.Ordinal);
        else Assert.Contains($"\"reasoning_effort\":\"{effort}\"", body, StringComparison.Ordinal);
    }

    [Fact]
    public void A_short_id_is_the_same_for_a_call_and_its_result()
    {
        var request = Request(Of(Role.Assistant, Call("toolu_01abc")), Of(Role.Tool, Result("toolu_01abc", Text("ok"))), Of(Role.Assistant, Call("aB3dE5gH7")));
        var body = Written(request, Quirks.ShortToolCallIds).Body;
        var id = body.Split("\"tool_call_id\":\"")[1][..9];
        Assert.Matches("^[a-z0-9]{9}$", id);
        Assert.Contains($"[{{\"id\":\"{id}\"", body, StringComparison.Ordinal);
        Assert.Contains("[{\"id\":\"aB3dE5gH7\"", body, StringComparison.Ordinal);
    }

    static ChatRequest Request(params Message[] messages)
    {
        var request = new ChatRequest { Body = default, Format = WireFormat.AnthropicMessages };
        request.Messages.AddRange(messages);
        return request;
    }

    static Message Of(Role role, params Part[] parts)
    {
        var message = new Message(role);
        message.Parts.AddRange(parts);
        return message;
    }

    static ToolCallPart Call(string id) => new() { Id = S(id), Name = S("look"), Arguments = S("{\"a\":1}") };

    static ToolResultPart Result(string id, params Part[] content) => Result(id, isError: false, content);

    static ToolResultPart Result(string id, bool isError, params Part[] content)
    {
        var result = new ToolResultPart { CallId = S(id), IsError = isError };
        result.Content.AddRange(content);
        return result;
    }

    static TextPart Text(string text) => new(S(text));

    static JsonString S(string text) => JsonString.Of(text);

    static (string Body, string Ignored) Written(ChatRequest request, Quirks quirks = Quirks.None)
    {
        using var output = new PooledBuffer();
        var ignored = new IgnoredFields();
        WireFormat.OpenAiChat.WriteRequest(request, new UpstreamTarget(S("m"), quirks, Stream: false), output, ignored);
        return (Encoding.UTF8.GetString(output.Written), ignored.ToString());
    }

    // One a line.
    static string Messages(ChatRequest request)
    {
        using var json = System.Text.Json.JsonDocument.Parse(Written(request).Body);
        return string.Join("\n", json.RootElement.GetProperty("messages").EnumerateArray().Select(message => message.GetRawText()));
    }
}
