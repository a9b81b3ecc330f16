using System.Text;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Tests.Ollama;

/// <summary>Requests to and from Ollama.</summary>
public class OllamaRequestTests
{
    const string Rich = """
        {"model":"m","messages":[{"role":"system","content":"S"},{"role":"user","content":"look","images":["iVBORw0KGgo="]},
         {"role":"assistant","content":"","thinking":"hm","tool_calls":[{"function":{"name":"a","arguments":{"x":1}}},{"function":{"name":"b","arguments":{}}}]},
         {"role":"tool","tool_name":"b","content":"B"},{"role":"tool","tool_name":"a","content":"A"},{"role":"user","content":"go on"}],
         "tools":[{"type":"function","function":{"name":"a","description":"d","parameters":{"type":"object"}}}],
         "options":{"temperature":0,"num_predict":9,"stop":["X"],"num_ctx":4096},"format":{"type":"object"},"think":false,"keep_alive":"5m"}
        """;

    [Fact]
    public void It_streams_unless_told_otherwise()
    {
        Assert.True(WireFormat.Ollama.ReadHead("""{"model":"m","messages":[{}]}"""u8.ToArray()).Stream);
        Assert.False(WireFormat.Ollama.ReadHead("""{"model":"m","messages":[{}],"stream":false}"""u8.ToArray()).Stream);
        Assert.True(Read("""{"model":"m","messages":[]}""").Stream);
    }

    [Fact]
    public void A_request_written_again_is_the_same()
    {
        var once = Write(WireFormat.Ollama, Read(Rich), out var ignored);
        Assert.Equal("", ignored);
        Assert.Equal(once, Write(WireFormat.Ollama, Read(once), out _));
        Assert.Contains("\"options\":{\"num_predict\":9,\"temperature\":0,\"stop\":[\"X\"],\"num_ctx\":4096}", once, StringComparison.Ordinal);
        Assert.Contains("\"keep_alive\":\"5m\"", once, StringComparison.Ordinal);
        Assert.Contains("\"think\":false", once, StringComparison.Ordinal);
    }

    [Fact]
    public void Results_find_their_calls_by_name()
    {
        var written = Write(WireFormat.OpenAiChat, Read(Rich), out var ignored);
        Assert.Contains("""{"role":"tool","tool_call_id":"call_1","content":"B"},{"role":"tool","tool_call_id":"call_0","content":"A"}""", written, StringComparison.Ordinal);
        Assert.Contains("\"image_url\":{\"url\":\"data:image/png;base64,iVBORw0KGgo=\"", written, StringComparison.Ordinal);
        Assert.Contains("\"temperature\":0", written, StringComparison.Ordinal);
        Assert.Contains("options.num_ctx", ignored, StringComparison.Ordinal);
        Assert.Contains("keep_alive", ignored, StringComparison.Ordinal);
    }

    [Fact]
    public void A_chat_request_reaches_Ollama_with_what_it_can_take()
    {
        var request = WireFormat.OpenAiChat.ReadRequest("""
            {"model":"m","messages":[{"role":"developer","content":"D"},{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]},
             {"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"q\":\"\\u00e9\"}"}}]},
             {"role":"tool","tool_call_id":"c1","content":"R"}],
             "tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":"required","max_tokens":5,"logprobs":true,"response_format":{"type":"json_object"}}
            """u8.ToArray());
        var written = Write(WireFormat.Ollama, request, out var ignored);
        Assert.Contains("""{"role":"system","content":"D"},{"role":"user","content":"ab"}""", written, StringComparison.Ordinal);
        Assert.Contains("\"arguments\":{\"q\":\"\\u00e9\"}", written.Replace("é", "\\u00e9", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains("""{"role":"tool","content":"R","tool_name":"f","tool_call_id":"c1"}""", written, StringComparison.Ordinal);
        Assert.Contains("\"format\":\"json\"", written, StringComparison.Ordinal);
        Assert.Equal("tool_choice", string.Join(", ", ignored.Split(", ").OrderByDescending(name => name, StringComparer.Ordinal)));
    }

    [Theory]
    [InlineData("""{"messages":[]}""", "'model'")]
    [InlineData("""{"model":"m","messages":[{"role":"developer","content":"x"}]}""", "'messages[0].role' must be one of")]
    [InlineData("""{"model":"m","messages":[{"content":"x"}]}""", "'messages[0].role'")]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":[1]}]}""", "'messages[0].content' must be a string")]
    [InlineData("""{"model":"m","messages":[{"role":"assistant","tool_calls":[{"function":{"arguments":{}}}]}]}""", "function.name")]
    [InlineData("""{"model":"m","messages":[],"options":{"temperature":"hot"}}""", "'options.temperature' must be a number")]
    [InlineData("""{"model":"m","messages":[],"stream":"yes"}""", "'stream' must be true or false")]
    public void What_is_wrong_is_named(string body, string says) =>
        Assert.Contains(says, Assert.Throws<BridgeException>(() => Read(body)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_picture_by_URL_is_refused_before_anything_is_sent()
    {
        var request = WireFormat.OpenAiChat.ReadRequest("""{"model":"m","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://example.com/a.png"}}]}]}"""u8.ToArray());
        Assert.Equal(400, Assert.Throws<BridgeException>(() => Write(WireFormat.Ollama, request, out _)).Error.Status);
    }

    static ChatRequest Read(string body) => WireFormat.Ollama.ReadRequest(Encoding.UTF8.GetBytes(body));

    static string Write(WireFormat format, ChatRequest request, out string ignored)
    {
        using var output = new PooledBuffer();
        var names = new IgnoredFields();
        format.WriteRequest(request, new UpstreamTarget(request.Model, Quirks.None, request.Stream), output, names);
        ignored = names.ToString();
        System.Text.Json.JsonDocument.Parse(output.WrittenMemory).Dispose();
        return Encoding.UTF8.GetString(output.Written);
    }
}
