using System.Text;
using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Rerank;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Tests;

/// <summary>Reranking: its forms, and the way between them.</summary>
public class RerankTests
{
    [Theory]
    [InlineData("""{"model":"m","query":"q","documents":["a"],"top_n":2}""", RerankForm.Results)]
    [InlineData("""{"model":"m","query":"q","documents":["a"]}""", RerankForm.Results)]
    [InlineData("""{"model":"m","query":"q","documents":["a"],"top_k":null}""", RerankForm.Data)]
    public void The_form_shows_in_one_word(string body, RerankForm form) => Assert.Equal(form, RerankQuestion.Of(Encoding.UTF8.GetBytes(body)).Form);

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
    [InlineData("""{"query":"q","documents":["a"],"top_n":1,"max_tokens_per_doc":9}""", true)]
    [InlineData("""{"query":"q","documents":["a",{"text":"b"}]}""", false)]
    [InlineData("""{"query":"q","documents":["a"],"return_documents":false}""", false)]
    [InlineData("""{"query":"q","documents":["a"],"rank_fields":["text"]}""", false)]
    [InlineData("""{"query":"q","documents":["a"],"top_k":1}""", false)]
    public void Coheres_first_version_is_not_its_second(string body, bool fits)
    {
        var question = RerankQuestion.Of(Encoding.UTF8.GetBytes(body));
        Assert.Equal(fits, question.Fits(RerankForm.Texts));
        Assert.False(question.Fits(RerankForm.TextsAsData));
        Assert.Equal(question.Form == RerankForm.Results, question.Fits(RerankForm.Results));
    }

    [Fact]
    public void Coheres_first_version_is_written_as_its_second()
    {
        const string Body = """{"model":"m","query":"q","documents":["a",{"id":1,"text":"b"}],"top_n":2,"return_documents":true,"rank_fields":["text"],"max_tokens_per_doc":9}""";
        Assert.Equal(("""{"model":"up","query":"q","documents":["a","b"],"top_n":2,"max_tokens_per_doc":9}""", "rank_fields"), Request(Body, RerankForm.Texts));
        var documents = RerankQuestion.Of(Encoding.UTF8.GetBytes(Body)).Missing(RerankForm.Texts);
        const string Answer = """{"id":"i","results":[{"index":1,"relevance_score":0.5},{"index":0,"relevance_score":0.25},{"index":7,"relevance_score":0}],"meta":{"billed_units":{"search_units":1}}}""";
        Assert.Equal(
            """{"results":[{"index":1,"relevance_score":0.5,"document":{"id":1,"text":"b"}},{"index":0,"relevance_score":0.25,"document":{"text":"a"}},{"index":7,"relevance_score":0}],"id":"i","model":"up","meta":{"billed_units":{"search_units":1}}}""",
            Response(Answer, RerankForm.Results, documents));
        Assert.Equal(
            """{"object":"list","data":[{"index":1,"relevance_score":0.5,"document":"b"},{"index":0,"relevance_score":0.25,"document":"a"},{"index":7,"relevance_score":0}],"id":"i","model":"up"}""",
            Response(Answer, RerankForm.Data, documents));
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

    static string Response(string body, RerankForm to, IReadOnlyList<ReadOnlyMemory<byte>>? documents = null)
    {
        using var output = new PooledBuffer();
        RerankTranslation.WriteResponse(Encoding.UTF8.GetBytes(body), "up", to, documents, output);
        return Encoding.UTF8.GetString(output.Written);
    }
}
