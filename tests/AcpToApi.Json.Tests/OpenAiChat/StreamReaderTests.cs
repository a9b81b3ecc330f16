using System.Text;
using AcpToApi.Json.Model;
using AcpToApi.Json.Tests.Support;

namespace AcpToApi.Json.Tests.OpenAiChat;

public class StreamReaderTests
{
    const string Folder = "openai-chat";

    static readonly WireFormat Format = WireFormat.OpenAiChat;

    [Theory]
    [InlineData("azure_prompt_filter_first")]
    [InlineData("extras_in_all_places")]
    [InlineData("usage_inside_call")]
    [InlineData("delta_and_message")]
    public void Fields_of_the_own_format_are_kept_when_asked(string name) =>
        Corpus.MatchGolden(Folder, name, "extras.txt", Replay.Stream(Format, Corpus.Read(Folder, name, "stream.sse"), Replay.Whole, keepExtras: true));

    [Fact]
    public void Reasoning_that_is_counted_apart_is_added_to_the_output()
    {
        const string Stream = """
            data: {"id":"1","model":"m","choices":[{"index":0,"delta":{"content":"x"},"finish_reason":"stop"}]}

            data: {"choices":[],"usage":{"prompt_tokens":291,"completion_tokens":26,"total_tokens":513,"completion_tokens_details":{"reasoning_tokens":196}}}

            data: [DONE]


            """;
        Assert.Contains("usage input=291 output=222 cache_read=0 cache_write=0 reasoning=196",
            Replay.Stream(Format, Encoding.UTF8.GetBytes(Stream), Replay.Whole, Quirks.OutputExcludesReasoning), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"id":"1","choices":[{"index":0,"delta":{"content":"x"},"finish_reason":null}]}""", true)]
    [InlineData("""{"id":"1","choices":[{"index":0,"delta":{"content":"say \"finish_reason\":\"stop\" and \"usage\":{"},"finish_reason":null}],"usage":null}""", true)]
    [InlineData("""{"id":"1","choices":[{"index":0,"delta":{"reasoning_content":"x"}}]}""", true)]
    [InlineData("""{"id":"1","choices":[{"index":0,"delta":{"content":"x"},"finish_reason":"stop"}]}""", false)]
    [InlineData("""{"id":"1","choices":[{"index":0,"delta":{"content":"x"}}],"usage":{"prompt_tokens":1}}""", false)]
    [InlineData("""{"id":"1","choices":[{"index":0,"delta":{"content":"x"}}],"error":{"message":"x"}}""", false)]
    [InlineData("""{"id":"1","choices":[{"index":0,"delta":{"tool_calls":[]}}]}""", false)]
    [InlineData("[DONE]", false)]
    public void Only_a_piece_of_content_passes_as_content_only(string data, bool expected) =>
        Assert.Equal(expected, Format.IsContentOnly(default, Encoding.UTF8.GetBytes(data)));
}
