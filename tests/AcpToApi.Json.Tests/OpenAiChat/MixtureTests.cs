using System.Text;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Tests.OpenAiChat;

/// <summary>Chats of editors that mix in what other dialects have.</summary>
public class MixtureTests
{
    const string Mixed = """
        {"model":"m","messages":[{"role":"user","content":[{"type":"input_text","text":"x"},{"type":"input_image","image_url":"data:image/png;base64,iVBOR","detail":"low"}]},
        {"role":"assistant","content":[{"type":"output_text","text":"y"},{"type":"tool_use","id":"t1","name":"g","input":{"a":1}}]},
        {"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":[{"type":"text","text":"r"}],"is_error":false},{"type":"text","text":"z"}]}],
        "tools":[{"type":"function","name":"f","parameters":{"type":"object","properties":{}},"strict":true},{"name":"g","description":"d","input_schema":{"type":"object","properties":{}}},{"type":"custom","name":"h","input_schema":{"type":"object"}}],"tool_choice":{"type":"any"}}
        """;

    [Fact]
    public void They_are_chats_to_a_provider() => Assert.Equal(
        "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"x\"},{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/png;base64,iVBOR\",\"detail\":\"low\"}}]},"
        + "{\"role\":\"assistant\",\"content\":\"y\",\"tool_calls\":[{\"id\":\"t1\",\"type\":\"function\",\"function\":{\"name\":\"g\",\"arguments\":\"{\\\"a\\\":1}\"}}]},"
        + "{\"role\":\"tool\",\"tool_call_id\":\"t1\",\"content\":\"r\"},{\"role\":\"user\",\"content\":\"z\"}],"
        + "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"parameters\":{\"type\":\"object\",\"properties\":{}},\"strict\":true}},"
        + "{\"type\":\"function\",\"function\":{\"name\":\"g\",\"description\":\"d\",\"parameters\":{\"type\":\"object\",\"properties\":{}}}},"
        + "{\"type\":\"function\",\"function\":{\"name\":\"h\",\"parameters\":{\"properties\":{},\"type\":\"object\"}}}],\"tool_choice\":\"required\"}", Written(Mixed, out var ignored) + ignored);

    [Theory]
    [InlineData(Mixed, true)]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":[{"type" : "input_text" ,"text":"x"}]}]}""", true)]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"x"}],"tools" : [ {"description":"d","parameters":{"a":[1]},"name":"f"}]}""", true)]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"x"},{"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]}],"tools":[{"type":"function","name":"f"}]}""", true)]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"say \"input_text\" and \"tools\":[{\"name\":1}]"}],"tools":[{"type":"function","function":{"name":"f","parameters":{"properties":{"input_text":{"type":"string"},"tools":{"type":"array"} } } } }]}""", false)]
    [InlineData("""{"model":"m","messages":[{"role":"function","name":"f","content":"x"}],"functions":[{"name":"f"}]}""", false)]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"x"}],"tools":[]}""", false)]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"x"}],"tools":[{"type":"openrouter:web_search"}]}""", false)]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"x"}],"tools":[{"type":"custom","custom":{"name":"f"}}]}""", false)]
    public void They_are_not_passed_through(string body, bool isMixed)
    {
        var target = new UpstreamTarget(JsonString.Of("m"), Quirks.None, Stream: false);
        Assert.Equal(isMixed, WireFormat.OpenAiChat.MustRewrite(Encoding.UTF8.GetBytes(body), target));
        // What is written is no mixture.
        Assert.False(WireFormat.OpenAiChat.MustRewrite(Encoding.UTF8.GetBytes(Written(body, out _)), target));
    }

    static string Written(string body, out IgnoredFields ignored)
    {
        using var output = new PooledBuffer();
        ignored = new IgnoredFields();
        WireFormat.OpenAiChat.WriteRequest(WireFormat.OpenAiChat.ReadRequest(Encoding.UTF8.GetBytes(body)), new UpstreamTarget(JsonString.Of("m"), Quirks.None, Stream: false), output, ignored);
        return Encoding.UTF8.GetString(output.Written);
    }
}
