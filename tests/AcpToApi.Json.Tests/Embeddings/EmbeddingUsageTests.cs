using System.Text;
using AcpToApi.Json.Embeddings;

namespace AcpToApi.Json.Tests.Embeddings;

/// <summary>Tokens of an answer that is passed through.</summary>
public class EmbeddingUsageTests
{
    [Theory]
    [InlineData("""{"object":"list","data":[{"index":0,"embedding":[0.1,-2e-3]}],"model":"m","usage":{"prompt_tokens":12,"total_tokens":13}}""", 12L)]
    [InlineData("""{"usage":{"total_tokens":13,"prompt_tokens_details":{"prompt_tokens":1}},"data":[{"embedding":"AAAA"}]}""", 13L)]
    [InlineData("""{"usage":{"prompt_tokens":{"prompt_tokens":5}},"prompt_tokens":6,"data":[{"usage":{"prompt_tokens":7}}]}""", null)]
    [InlineData("""{"model":"m","embeddings":[[1,2]],"prompt_eval_count":4}""", 4L)]
    [InlineData("""{"embedding":{"values":[1]},"usageMetadata":{"promptTokenCount":3}}""", 3L)]
    [InlineData("""{"\ud800":1,"usage":{"\udc00":2,"prompt_tokens":8}}""", 8L)]
    [InlineData("""{"usage":{"prompt_tokens":"many"}}""", null)]
    [InlineData("""{"usage":{"prompt_tokens":-1}}""", 0L)]
    [InlineData("""{"usage":{"prompt_tokens":9}} and more""", 9L)]
    [InlineData("no JSON", null)]
    [InlineData("", null)]
    public void They_are_found_however_the_answer_is_cut(string answer, long? tokens)
    {
        var bytes = Encoding.UTF8.GetBytes(answer);
        for (var cut = 0; cut <= bytes.Length; cut++) Assert.Equal(tokens, Counted(bytes[..cut], bytes[cut..]));
        Assert.Equal(tokens, Counted([.. bytes.Select(one => new[] { one })]));
    }

    [Fact]
    public void A_text_without_end_is_not_held()
    {
        var piece = Enumerable.Repeat((byte)'a', 1 << 16).ToArray();
        using var usage = new EmbeddingUsage();
        usage.Feed("{\"data\":\""u8);
        for (var i = 0; i < 100; i++) usage.Feed(piece);
        usage.Feed("\",\"usage\":{\"prompt_tokens\":1}}"u8);
        Assert.Null(usage.InputTokens);
    }

    static long? Counted(params byte[][] pieces)
    {
        using var usage = new EmbeddingUsage();
        foreach (var piece in pieces) usage.Feed(piece);
        return usage.InputTokens;
    }
}
