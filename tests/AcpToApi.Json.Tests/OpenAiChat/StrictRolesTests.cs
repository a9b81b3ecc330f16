using System.Text;
using System.Text.Json.Nodes;
using AcpToApi.Json.Model;
using AcpToApi.Json.Tests.Support;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Tests.OpenAiChat;

/// <summary>Conversations for providers that refuse a user's message after a tool's, late instructions, and two messages of one role (Mistral, Perplexity).</summary>
public class StrictRolesTests
{
    const Quirks Mistral = Quirks.NoStreamOptions | Quirks.ShortToolCallIds | Quirks.ToolChoiceAny | Quirks.RandomSeed | Quirks.EffortByModel
        | Quirks.DocumentUrls | Quirks.NoOpenAiFields | Quirks.StrictRoles | Quirks.MarksPrefill | Quirks.NarrowTemperature;

    static readonly (string Folder, WireFormat Dialect)[] Dialects =
        [("anthropic-messages", WireFormat.AnthropicMessages), ("openai-chat", WireFormat.OpenAiChat), ("openai-responses", WireFormat.OpenAiResponses), ("gemini", WireFormat.Gemini), ("ollama", WireFormat.Ollama)];

    public static TheoryData<string, string> Requests
    {
        get
        {
            var requests = new TheoryData<string, string>();
            foreach (var (folder, _) in Dialects)
            {
                foreach (var name in Corpus.Cases(folder, "request.json")) requests.Add(folder, name);
            }
            return requests;
        }
    }

    [Theory, MemberData(nameof(Requests))]
    public void The_roles_are_in_order(string folder, string name)
    {
        var dialect = Dialects.Single(each => each.Folder == folder).Dialect;
        JsonObject body;
        try
        {
            body = Body(dialect, Corpus.Read(folder, name, "request.json"), Mistral);
        }
        catch (BridgeException refused)
        {
            Assert.Contains("cannot be carried", refused.Message, StringComparison.Ordinal); // files of another provider
            return;
        }
        var roles = body["messages"]!.AsArray().Select(message => (string)message!["role"]!).ToList();
        for (var i = 1; i < roles.Count; i++)
        {
            var (before, role) = (roles[i - 1], roles[i]);
            Assert.True(role switch
            {
                "system" => before == "system",
                "user" => before is "system" or "assistant",
                "tool" => before is "assistant" or "tool",
                _ => before is not "assistant",
            }, $"{role} after {before}: {string.Join(' ', roles)}");
        }
        // Fields that a chat client sends and nobody knows are its own affair.
        if (dialect == WireFormat.OpenAiChat || SharedFixtures.Specification("mistral/mistral-openapi.slim.json") is not { } file) return;
        Assert.Empty(new SpecSchema(JsonNode.Parse(File.ReadAllText(file))!.AsObject(), "ChatCompletionRequest").Violations(body));
    }

    [Fact]
    public void What_others_say_after_a_tool_stands_in_its_message() => Assert.Equal(
        """
        {"role":"system","content":"Rules."}
        {"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}
        {"role":"assistant","content":null,"tool_calls":[{"id":"123456789","type":"function","function":{"name":"f","arguments":"{}"}}]}
        {"role":"tool","tool_call_id":"123456789","content":"found\n<user>\nGo \"on\".\n</user>\n<system>\nBe quick.\n</system>"}
        {"role":"assistant","content":"Well."}
        {"role":"user","content":[{"type":"text","text":"<system>\nStop.\n</system>"},{"type":"text","text":"c"}]}
        """, Messages("""
        {"role":"system","content":"Rules."},{"role":"user","content":"a"},{"role":"user","content":"b"},
        {"role":"assistant","tool_calls":[{"id":"123456789","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"123456789","content":"found"},
        {"role":"user","content":"Go \"on\"."},{"role":"developer","content":"Be quick."},
        {"role":"assistant","content":"Well."},{"role":"developer","content":"Stop."},{"role":"user","content":"c"}
        """));

    [Fact]
    public void A_picture_after_a_tool_comes_with_the_next_turn_of_the_user() => Assert.Equal(
        """
        {"role":"assistant","content":null,"tool_calls":[{"id":"123456789","type":"function","function":{"name":"f","arguments":"{}"}}]}
        {"role":"tool","tool_call_id":"123456789","content":"The result follows in the next message."}
        {"role":"assistant","content":"OK."}
        {"role":"user","content":[{"type":"text","text":"Returned by the tool call 123456789:"},{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBOR"}},{"type":"text","text":"Well?"}]}
        """, Messages("""
        {"role":"assistant","tool_calls":[{"id":"123456789","type":"function","function":{"name":"f","arguments":"{}"}}]},
        {"role":"tool","tool_call_id":"123456789","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBOR"}}]},{"role":"user","content":"Well?"}
        """));

    [Theory]
    [InlineData("""{"role":"user","content":"x"},{"role":"assistant","content":"{","prefix":true}""", true)]
    [InlineData("""{"role":"user","content":"x"},{"role":"assistant","content":"{"}""", true)]
    [InlineData("""{"role":"assistant","content":"{"},{"role":"user","content":"x"}""", false)]
    [InlineData("""{"role":"assistant","tool_calls":[{"id":"123456789","type":"function","function":{"name":"f","arguments":"{}"}}]}""", false)]
    public void What_the_answer_is_to_go_on_from_is_marked(string messages, bool isMarked) =>
        Assert.Equal(isMarked, Messages(messages).EndsWith("""{"role":"assistant","content":"{","prefix":true}""", StringComparison.Ordinal));

    static string Messages(string messages)
    {
        var body = Body(WireFormat.OpenAiChat, Encoding.UTF8.GetBytes($$"""{"model":"m","messages":[{{messages}}]}"""), Mistral);
        return string.Join('\n', body["messages"]!.AsArray().Select(message => message!.ToJsonString(Plain)));
    }

    static readonly System.Text.Json.JsonSerializerOptions Plain = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    static JsonObject Body(WireFormat dialect, byte[] request, Quirks quirks)
    {
        using var output = new PooledBuffer();
        WireFormat.OpenAiChat.WriteRequest(dialect.ReadRequest(request), new UpstreamTarget(JsonString.Of("m"), quirks, Stream: true), output, new IgnoredFields());
        return JsonNode.Parse(output.Written)!.AsObject();
    }
}
