using System.Text;
using System.Text.Json.Nodes;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Tests.AnthropicMessages;

/// <summary>What a client's own search found, for models to cite.</summary>
public class SearchResultTests
{
    const string Result = """{"type":"search_result","title":"T","source":"https://a.example","content":[{"type":"text","text":"One \"1\""},{"type":"text","text":"Two"}],"citations":{"enabled":true},"cache_control":{"type":"ephemeral"}}""";

    [Theory]
    [InlineData($$"""{"role":"user","content":[{{Result}},{"type":"text","text":"?"}]}""")]
    [InlineData("""{"role":"user","content":"x"},{"role":"assistant","content":[{"type":"tool_use","id":"t","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":[""" + Result + "]}]}")]
    public void It_stays_what_it_is_for_Anthropic_and_is_a_text_to_others(string messages)
    {
        Assert.Contains(Result, Written(messages, WireFormat.AnthropicMessages, out var ignored), StringComparison.Ordinal);
        Assert.Equal("", ignored);
        foreach (var format in (WireFormat[])[WireFormat.OpenAiChat, WireFormat.OpenAiResponses, WireFormat.Gemini, WireFormat.CohereChat, WireFormat.Ollama])
        {
            Assert.Contains(Strings(JsonNode.Parse(Written(messages, format, out ignored))), text => text.Contains("T\nhttps://a.example\nOne \"1\"\nTwo", StringComparison.Ordinal));
            Assert.Equal(["cache_control", "content.citations"], ignored.Split(',', StringSplitOptions.TrimEntries).Order());
        }
        Assert.Contains(Convert.ToBase64String("T\nhttps://a.example\nOne \"1\"\nTwo"u8), Written(messages, WireFormat.BedrockConverse, out _), StringComparison.Ordinal);
    }

    static string Written(string messages, WireFormat format, out string ignored)
    {
        var request = WireFormat.AnthropicMessages.ReadRequest(Encoding.UTF8.GetBytes($$"""{"model":"m","max_tokens":9,"messages":[{{messages}}]}"""));
        using var output = new PooledBuffer();
        var names = new IgnoredFields();
        format.WriteRequest(request, new UpstreamTarget(JsonString.Of("anthropic.claude-x"), Quirks.None, false), output, names);
        ignored = names.ToString();
        return Encoding.UTF8.GetString(output.Written);
    }

    static IEnumerable<string> Strings(JsonNode? node) => node switch
    {
        JsonObject owner => owner.SelectMany(field => Strings(field.Value)),
        JsonArray items => items.SelectMany(Strings),
        JsonValue value when value.TryGetValue<string>(out var text) => [text],
        _ => [],
    };
}
