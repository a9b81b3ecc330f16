using System.Text;
using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Rerank;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Tests;

/// <summary>Reranking: the two forms, and the way between them.</summary>
public class RerankTests
{
    [Theory]
    [InlineData("""{"model":"m","query":"q","documents":["a"],"top_n":2}""", RerankForm.Results)]
    [InlineData("""{"model":"m","query":"q","documents":["a"]}""", RerankForm.Results)]
    [InlineData("""{"model":"m","query":"q","documents":["a"],"top_k":null}""", RerankForm.Data)]
    public void The_form_shows_in_one_word(string body, RerankForm form) => Assert.Equal(form, RerankTranslation.FormOf(Encoding.UTF8.GetBytes(body)));

    [Fact]
    public void A_request_crosses_both_ways()
    {
        Assert.Equal(
            ("""{"model":"up","query":"q\n","documents":["a","b"],"top_k":2,"return_documents":true}""", "max_tokens_per_doc"),
            Request("""{"model":"m","query":"q\n","documents":["a",{"id":1,"text":"b"}],"top_n":2,"return_documents":true,"max_tokens_per_doc":9}""", RerankForm.Data));
        Assert.Equal(
            ("""{"model":"up","query":"q","documents":["a"],"top_n":1}""", "truncation"),
            Request("""{"query":"q","documents":["a"],"model":"m","top_k":1,"truncation":true}""", RerankForm.Results));
        Assert.Throws<BridgeException>(() => Request("""{"model":"m","query":"q","documents":[{"title":"x"}]}""", RerankForm.Data));
    }

    [Fact]
    public void An_answer_crosses_both_ways()
    {
        const string Data = """{"object":"list","data":[{"relevance_score":0.50,"index":1,"document":"b"}],"model":"up","usage":{"total_tokens":12}}""";
        const string Results = """{"results":[{"relevance_score":0.50,"index":1,"document":{"text":"b"}}],"model":"up","usage":{"total_tokens":12}}""";
        Assert.Equal(Results, Response(Data, RerankForm.Results));
        Assert.Equal(Data, Response(Results, RerankForm.Data));
        Assert.ThrowsAny<JsonException>(() => Response("{}", RerankForm.Data));
    }

    [Theory]
    [InlineData("""{"model":"m","documents":["a"]}""", "query")]
    [InlineData("""{"model":"m","query":null,"documents":["a"]}""", "query")]
    [InlineData("""{"model":"m","query":"q"}""", "documents")]
    [InlineData("""{"model":"m","query":"q","documents":"a"}""", "documents")]
    [InlineData("""{"model":"m","query":"q","documents":["a"],"top_n":"1"}""", "top_n")]
    [InlineData("""{"model":"m","query":"q","documents":["a"],"top_n":1,"top_k":2}""", "top_k")]
    public void Half_a_request_is_refused_by_name(string body, string field)
    {
        foreach (var to in new[] { RerankForm.Data, RerankForm.Results }) Assert.Equal(field, Assert.Throws<BridgeException>(() => Request(body, to)).Error.Param);
    }

    [Theory, InlineData("""{"data":[1]}"""), InlineData("""{"results":[{"index":0},"x"]}""")]
    public void What_holds_no_ranks_is_no_answer(string body) => Assert.ThrowsAny<JsonException>(() => Response(body, RerankForm.Results));

    static (string Body, string Ignored) Request(string body, RerankForm to)
    {
        using var output = new PooledBuffer();
        var ignored = new IgnoredFields();
        RerankTranslation.WriteRequest(Encoding.UTF8.GetBytes(body), "up", to, output, ignored);
        return (Encoding.UTF8.GetString(output.Written), ignored.ToString());
    }

    static string Response(string body, RerankForm to)
    {
        using var output = new PooledBuffer();
        RerankTranslation.WriteResponse(Encoding.UTF8.GetBytes(body), "up", to, output);
        return Encoding.UTF8.GetString(output.Written);
    }
}
