using System.Text;
using System.Text.Json.Nodes;
using AcpToApi.Json.Model;
using AcpToApi.Json.Sinks;
using AcpToApi.Json.Tests.Support;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Tests.OpenAiChat;

/// <summary>Custom tools of a chat: functions to other providers, and custom tools again to the client.</summary>
public class CustomToolTests
{
    static readonly ChatRequest Request = WireFormat.OpenAiChat.ReadRequest("""
        {"model":"m","messages":[{"role":"user","content":"x"}],"tool_choice":{"type":"custom","custom":{"name":"patch"}},
         "tools":[{"type":"custom","custom":{"name":"patch","format":{"type":"text"}}},{"type":"function","function":{"name":"look"}}]}
        """u8.ToArray());

    static readonly ResponseContext Context = new("id", JsonString.Of("m"), 1) { Request = Request };

    [Fact]
    public void Calls_come_back_as_what_they_are_streamed()
    {
        using var output = new PooledBuffer();
        using var writer = WireFormat.OpenAiChat.CreateWriter(output, Context);
        Say(writer);
        var calls = Frames.Of(WireFormat.OpenAiChat, Encoding.UTF8.GetString(output.Written)).SelectMany(frame => frame["choices"]![0]!["delta"]!["tool_calls"]?.AsArray() ?? []).ToList();
        Assert.Equal(["custom", null, null, "function", null], calls.Select(call => (string?)call!["type"]));
        Assert.Equal("*** Begin\n\"x\"", string.Concat(calls.Select(call => (string?)call!["custom"]?["input"])));
        Assert.Equal("{\"at\":1}", string.Concat(calls.Select(call => (string?)call!["function"]?["arguments"])));
    }

    [Fact]
    public void Calls_come_back_as_what_they_are_whole()
    {
        using var answer = new ResponseCollector();
        Say(answer);
        using var output = new PooledBuffer();
        WireFormat.OpenAiChat.WriteResponse(answer, Context, output);
        Assert.Equal(
            """[{"id":"c1","type":"custom","custom":{"name":"patch","input":"*** Begin\n\"x\""}},{"id":"c2","type":"function","function":{"name":"look","arguments":"{\"at\":1}"}}]""",
            JsonNode.Parse(output.Written)!["choices"]![0]!["message"]!["tool_calls"]!.ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));
    }

    [Theory]
    [InlineData(Quirks.MaxCompletionTokens, """{"type":"custom","custom":{"name":"patch","format":{"type":"text"}}}""", "\"tool_choice\":{\"type\":\"custom\",\"custom\":{\"name\":\"patch\"}}")]
    [InlineData(Quirks.None, """{"type":"function","function":{"name":"patch","parameters":{"type":"object",""", "\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"patch\"}}")]
    public void OpenAi_gets_them_as_they_stood_and_others_as_functions(Quirks quirks, string tool, string choice)
    {
        using var output = new PooledBuffer();
        WireFormat.OpenAiChat.WriteRequest(Request, new UpstreamTarget(JsonString.Of("m"), quirks, false), output, new IgnoredFields());
        var written = Encoding.UTF8.GetString(output.Written);
        Assert.Contains(tool, written, StringComparison.Ordinal);
        Assert.Contains(choice, written, StringComparison.Ordinal);
    }

    static void Say(IEventSink sink)
    {
        sink.Start(default);
        sink.ToolCallStart(0, JsonText.Plain("c1"u8), JsonText.Plain("patch"u8));
        sink.ToolCallArguments(0, JsonText.Plain("{\"input\":\"*** Be"u8));
        sink.ToolCallArguments(0, JsonText.Plain("gin\\n\\\"x\\\"\"}"u8));
        sink.ToolCallEnd(0);
        sink.ToolCallStart(1, JsonText.Plain("c2"u8), JsonText.Plain("look"u8));
        sink.ToolCallArguments(1, JsonText.Plain("{\"at\":1}"u8));
        sink.ToolCallEnd(1);
        sink.Finish(StopReason.ToolCalls, default);
    }
}
