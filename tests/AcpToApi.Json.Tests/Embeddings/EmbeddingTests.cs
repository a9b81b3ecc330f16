using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using AcpToApi.Json.Embeddings;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Tests.Embeddings;

/// <summary>Embeddings of every dialect, in the form of every provider.</summary>
public class EmbeddingTests
{
    static readonly Dictionary<string, EmbeddingDialect> Dialects = new()
    {
        ["openai"] = EmbeddingDialect.OpenAi,
        ["single"] = EmbeddingDialect.GeminiSingle,
        ["batch"] = EmbeddingDialect.GeminiBatch,
        ["ollama"] = EmbeddingDialect.Ollama,
        ["legacy"] = EmbeddingDialect.OllamaLegacy,
    };

    static readonly Dictionary<string, EmbeddingForm> Forms = new()
    {
        ["openai"] = EmbeddingForm.OpenAi,
        ["numbers"] = EmbeddingForm.NumbersOnly,
        ["qwen"] = EmbeddingForm.Qwen,
        ["mistral"] = EmbeddingForm.Mistral,
        ["voyage"] = EmbeddingForm.Voyage,
        ["jina"] = EmbeddingForm.Jina,
        ["retriever"] = EmbeddingForm.Retriever,
        ["gemini"] = EmbeddingForm.Gemini,
        ["ollama"] = EmbeddingForm.Ollama,
        ["cohere"] = EmbeddingForm.Cohere,
        ["bedrock"] = EmbeddingForm.Bedrock,
    };

    [Theory]
    [InlineData("openai", """{"model":"up","input":["a","\u00e9"],"dimensions":8,"encoding_format":"base64","user":"u","x":1}""", "")]
    [InlineData("numbers", """{"model":"up","input":["a","\u00e9"],"dimensions":8,"user":"u","x":1}""", "")]
    [InlineData("mistral", """{"model":"up","input":["a","\u00e9"],"output_dimension":8,"encoding_format":"base64","x":1}""", "user")]
    [InlineData("voyage", """{"model":"up","input":["a","\u00e9"],"output_dimension":8,"encoding_format":"base64","x":1}""", "user")]
    [InlineData("jina", """{"model":"up","input":["a","\u00e9"],"dimensions":8,"embedding_type":"base64","x":1}""", "user")]
    [InlineData("retriever", """{"model":"up","input":["a","\u00e9"],"dimensions":8,"encoding_format":"base64","input_type":"passage","x":1}""", "user")]
    [InlineData("gemini", """{"requests":[{"model":"models/up","content":{"parts":[{"text":"a"}]},"outputDimensionality":8},{"model":"models/up","content":{"parts":[{"text":"\u00e9"}]},"outputDimensionality":8}]}""", "user, x")]
    [InlineData("ollama", """{"model":"up","input":["a","\u00e9"],"dimensions":8}""", "user, x")]
    [InlineData("cohere", """{"model":"up","texts":["a","\u00e9"],"input_type":"search_document","embedding_types":["float"],"output_dimension":8}""", "user, x")]
    public void OpenAIs_request_is_written_in_every_form(string form, string expected, string ignored)
    {
        var request = Read("openai", """{"model":"m","input":["a","\u00e9"],"dimensions":8,"encoding_format":"base64","user":"u","x":1}""");
        Assert.Equal((expected, ignored), Write(form, request, "up", 0, 2));
    }

    [Theory]
    [InlineData("cohere", "\"input_type\":\"search_query\"")]
    [InlineData("voyage", "\"input_type\":\"query\"")]
    [InlineData("jina", "\"task\":\"retrieval.query\"")]
    [InlineData("retriever", "\"input_type\":\"query\"")]
    [InlineData("gemini", "\"taskType\":\"RETRIEVAL_QUERY\"")]
    public void A_task_is_said_in_the_providers_words(string form, string expected)
    {
        Assert.Contains(expected, Write(form, Read("single", """{"content":{"parts":[{"text":"a"}]},"taskType":"RETRIEVAL_QUERY"}"""), "up", 0, 1).Body, StringComparison.Ordinal);
        Assert.Contains(expected, Write(form, Read("openai", """{"model":"m","input":"a","input_type":"query"}"""), "up", 0, 1).Body, StringComparison.Ordinal);
    }

    [Fact]
    public void A_task_that_was_said_in_other_words_is_not_ignored()
    {
        foreach (var form in new[] { "cohere", "gemini", "voyage", "jina" }) Assert.Equal("", Write(form, Read("openai", """{"model":"m","input":"a","task_type":"search_query"}"""), "up", 0, 1).Ignored);
        foreach (var form in new[] { "cohere", "gemini", "voyage", "ollama" }) Assert.Equal("task", Write(form, Read("openai", """{"model":"m","input":"a","task":"odd"}"""), "up", 0, 1).Ignored);
    }

    [Theory, InlineData("openai", 2048), InlineData("qwen", 10), InlineData("voyage", 1000), InlineData("cohere", 96), InlineData("gemini", 100)]
    public void No_call_holds_more_than_is_taken(string form, int most) => Assert.Equal(most, Forms[form].MaxInputs("m"));

    [Fact]
    public void Requests_of_a_batch_that_differ_follow_each_other()
    {
        var request = Read("batch", """{"requests":[{"content":{"parts":[{"text":"a"}]},"taskType":"RETRIEVAL_QUERY"},{"content":{"parts":[{"text":"b"}]},"taskType":"RETRIEVAL_QUERY"},{"content":{"parts":[{"text":"c"}]},"taskType":"RETRIEVAL_DOCUMENT","title":"t"},{"content":{"parts":[{"text":"d"}]},"outputDimensionality":8}]}""");
        Assert.Equal([(2, EmbeddingTask.Query, null), (1, EmbeddingTask.Document, "t"), (1, EmbeddingTask.None, default(string))], All(request).Select(part => (part.Inputs.Count, part.Task, part.Title?.ToString())));
        Assert.Equal([null, null, 8], All(request).Select(part => part.Dimensions));
        Assert.Equal(4, request.EstimateTokens());

        static IEnumerable<EmbeddingRequest> All(EmbeddingRequest? request)
        {
            for (; request is not null; request = request.Next) yield return request;
        }
    }

    [Fact]
    public void Ollamas_wishes_reach_those_who_know_them()
    {
        var request = Read("ollama", """{"model":"m","input":"a","truncate":false,"keep_alive":"5m","options":{"num_ctx":9}}""");
        Assert.Equal(("""{"model":"up","input":["a"],"truncate":false,"keep_alive":"5m","options":{"num_ctx":9}}""", ""), Write("ollama", request, "up", 0, 1));
        Assert.Equal(("""{"model":"up","input":["a"],"truncation":false}""", "keep_alive, options"), Write("voyage", request, "up", 0, 1));
        Assert.Equal(("""{"model":"up","input":["a"]}""", "truncate, keep_alive, options"), Write("openai", request, "up", 0, 1));
        Assert.Contains("\"truncate\":\"NONE\"", Write("cohere", request, "up", 0, 1).Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("amazon.titan-embed-text-v2:0", 1, """{"inputText":"b","dimensions":256}""")]
    [InlineData("amazon.titan-embed-text-v1", 1, """{"inputText":"b"}""")]
    [InlineData("amazon.titan-embed-image-v1", 1, """{"inputText":"b","embeddingConfig":{"outputEmbeddingLength":256}}""")]
    [InlineData("us.cohere.embed-v4:0", 96, """{"texts":["b"],"input_type":"search_document","embedding_types":["float"],"output_dimension":256}""")]
    public void Bedrocks_body_is_the_models(string model, int most, string expected)
    {
        Assert.Equal(most, EmbeddingForm.Bedrock.MaxInputs(model));
        Assert.Equal(expected, Write("bedrock", Read("openai", """{"model":"m","input":["a","b"],"dimensions":256}"""), model, 1, 1).Body);
    }

    [Theory]
    [InlineData("[1,2,3]", "[[1,2,3]]")]
    [InlineData("[[1,2],[3]]", "[[1,2],[3]]")]
    public void Token_arrays_go_to_those_who_know_the_tokenizer_and_to_nobody_else(string input, string expected)
    {
        var request = Read("openai", $$"""{"model":"m","input":{{input}}}""");
        Assert.True(request.AreTokens);
        Assert.Equal($$"""{"model":"up","input":{{expected}}}""", Write("openai", request, "up", 0, request.Inputs.Count).Body);
        foreach (var form in new[] { "mistral", "voyage", "jina", "gemini", "ollama", "cohere", "bedrock" })
        {
            var refused = Assert.Throws<BridgeException>(() => Write(form, request, "up", 0, 1)).Error;
            Assert.Equal((400, "input"), (refused.Status, refused.Param));
        }
        Assert.Equal(3, request.EstimateTokens());
    }

    [Theory]
    [InlineData("openai", """{"model":"m"}""", "'input'")]
    [InlineData("openai", """{"model":"m","input":[]}""", "'input'")]
    [InlineData("openai", """{"model":"m","input":["a",1]}""", "'input[1]' must be")]
    [InlineData("openai", """{"model":"m","input":[1,"a"]}""", "'input[1]' must be a whole number")]
    [InlineData("openai", """{"model":"m","input":[[1.5]]}""", "'input[0][0]'")]
    [InlineData("openai", """{"model":"m","input":"a","encoding_format":"hex"}""", "'encoding_format'")]
    [InlineData("openai", """{"model":"m","input":"a","dimensions":"x"}""", "'dimensions'")]
    [InlineData("single", """{"taskType":"X"}""", "'content'")]
    [InlineData("single", """{"content":{"parts":[{"inlineData":{}}]}}""", "'content.parts[0]' must be text")]
    [InlineData("batch", """{"requests":[]}""", "'requests'")]
    [InlineData("ollama", """{"model":"m","input":[1]}""", "'input[0]' must be a string")]
    [InlineData("legacy", """{"model":"m","input":"a"}""", "'prompt'")]
    public void What_is_wrong_is_named(string dialect, string body, string says) =>
        Assert.Contains(says, Assert.Throws<BridgeException>(() => Read(dialect, body)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("openai", """{"object":"list","data":[{"index":1,"embedding":[3,4]},{"index":0,"embedding":[0.10,-2.5e-3]}],"model":"x","usage":{"prompt_tokens":7,"total_tokens":7}}""", 7L)]
    [InlineData("voyage", """{"data":[{"embedding":[0.10,-2.5e-3],"index":0},{"embedding":[3,4],"index":1}],"usage":{"total_tokens":7}}""", 7L)]
    [InlineData("gemini", """{"embeddings":[{"values":[0.10,-2.5e-3]},{"values":[3,4]}]}""", null)]
    [InlineData("ollama", """{"model":"x","embeddings":[[0.10,-2.5e-3],[3,4]],"prompt_eval_count":7}""", 7L)]
    [InlineData("cohere", """{"id":"i","embeddings":{"float":[[0.10,-2.5e-3],[3,4]]},"meta":{"billed_units":{"input_tokens":7}}}""", 7L)]
    [InlineData("bedrock", """{"embeddings":[[0.10,-2.5e-3],[3,4]],"response_type":"embeddings_floats"}""", null)]
    public void Answers_keep_their_order_their_digits_and_their_counts(string form, string body, long? tokens)
    {
        var result = new EmbeddingResult();
        Forms[form].ReadResponse(Encoding.UTF8.GetBytes(body), result);
        Assert.Equal(tokens, result.InputTokens);
        Assert.Equal(["[0.10,-2.5e-3]", "[3,4]"], result.Vectors.Select(vector => Encoding.UTF8.GetString(vector.Span)));
    }

    [Fact]
    public void Answers_of_several_calls_are_one()
    {
        var result = new EmbeddingResult();
        EmbeddingForm.Bedrock.ReadResponse("""{"embedding":[1],"inputTextTokenCount":3}"""u8.ToArray(), result);
        EmbeddingForm.Bedrock.ReadResponse("""{"embedding":[2],"inputTextTokenCount":4}"""u8.ToArray(), result);
        Assert.Equal("""{"embeddings":[{"values":[1]},{"values":[2]}]}""", Response("batch", """{"requests":[{"content":{"parts":[{"text":"a"}]}}]}""", result));
        Assert.Equal(7, result.InputTokens);
    }

    [Theory]
    [InlineData("openai", """{"model":"m","input":"a"}""", """{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.10,-2]}],"model":"m","usage":{"prompt_tokens":7,"total_tokens":7}}""")]
    [InlineData("openai", """{"model":"m","input":"a","encoding_format":"base64"}""", """{"object":"list","data":[{"object":"embedding","index":0,"embedding":"zczMPQAAAMA="}],"model":"m","usage":{"prompt_tokens":7,"total_tokens":7}}""")]
    [InlineData("single", """{"content":{"parts":[{"text":"a"},{"text":"b"}]}}""", """{"embedding":{"values":[0.10,-2]}}""")]
    [InlineData("ollama", """{"model":"m","input":"a"}""", """{"model":"m","embeddings":[[0.10,-2]],"total_duration":1500000000,"load_duration":0,"prompt_eval_count":7}""")]
    [InlineData("legacy", """{"model":"m","prompt":"a"}""", """{"embedding":[0.10,-2]}""")]
    public void Answers_are_written_in_every_dialect(string dialect, string body, string expected)
    {
        var result = new EmbeddingResult { InputTokens = 7, Elapsed = TimeSpan.FromSeconds(1.5) };
        result.Vectors.Add("[0.10,-2]"u8.ToArray());
        Assert.Equal(expected, Response(dialect, body, result));
    }

    [Fact]
    public void Base64_is_32_bit_floats_little_end_first_both_ways()
    {
        var random = new Random(1);
        for (var round = 0; round < 200; round++)
        {
            var floats = Enumerable.Range(0, random.Next(1, 40)).Select(_ => (float)((random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-8, 8)))).ToArray();
            var bytes = new byte[floats.Length * 4];
            for (var i = 0; i < floats.Length; i++) BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * 4), floats[i]);
            var given = new EmbeddingResult { InputTokens = 1 };
            given.Vectors.Add(Encoding.ASCII.GetBytes($"\"{Convert.ToBase64String(bytes)}\""));
            var numbers = JsonDocument.Parse(Response("legacy", """{"model":"m","prompt":"a"}""", given)).RootElement.GetProperty("embedding");
            Assert.Equal(floats, numbers.EnumerateArray().Select(number => number.GetSingle()));
            var back = new EmbeddingResult { InputTokens = 1 };
            back.Vectors.Add(Encoding.ASCII.GetBytes(numbers.GetRawText()));
            var text = JsonDocument.Parse(Response("openai", """{"model":"m","input":"a","encoding_format":"base64"}""", back)).RootElement.GetProperty("data")[0].GetProperty("embedding").GetString();
            Assert.Equal(bytes, Convert.FromBase64String(text!));
        }
    }

    [Theory, InlineData("\"not base64!\""), InlineData("\"AAA=\""), InlineData("\"AADAfw==\"")]
    public void Base64_that_is_no_floats_is_told(string vector)
    {
        var result = new EmbeddingResult();
        result.Vectors.Add(Encoding.ASCII.GetBytes(vector));
        Assert.Throws<FormatException>(() => Response("legacy", """{"model":"m","prompt":"a"}""", result));
    }

    [Fact]
    public void Only_the_models_name_changes_where_the_form_is_the_same()
    {
        Assert.Equal("{ \"model\": \"models/up\", \"content\":{\"model\":1,\"parts\":[{\"text\":\"a\"}]}}", Passed("single", "{ \"model\": \"models/gemini/up\", \"content\":{\"model\":1,\"parts\":[{\"text\":\"a\"}]}}"));
        Assert.Equal("{\"requests\":[{\"model\":\"models/up\",\"content\":{}},{\"content\":{}, \"model\":\"models/up\"}]}", Passed("batch", "{\"requests\":[{\"model\":\"models/gemini/up\",\"content\":{}},{\"content\":{}, \"model\":\"x\"}]}"));
        Assert.Equal("/models/{model}:embedContent", EmbeddingDialect.GeminiSingle.PassedTo(EmbeddingForm.Gemini));
        Assert.Null(EmbeddingDialect.OllamaLegacy.PassedTo(EmbeddingForm.Ollama));
        Assert.Null(EmbeddingDialect.OpenAi.PassedTo(EmbeddingForm.Mistral));
        Assert.Throws<BridgeException>(() => Passed("single", "{\"model\":"));
    }

    static string Passed(string dialect, string body)
    {
        using var output = new PooledBuffer();
        Dialects[dialect].WriteWithModel(Encoding.UTF8.GetBytes(body), "up", output);
        return Encoding.UTF8.GetString(output.Written);
    }

    static EmbeddingRequest Read(string dialect, string body) => Dialects[dialect].ReadRequest(Encoding.UTF8.GetBytes(body));

    static (string Body, string Ignored) Write(string form, EmbeddingRequest request, string model, int first, int count)
    {
        using var output = new PooledBuffer();
        var ignored = new IgnoredFields();
        Forms[form].WriteRequest(request, model, first, count, output, ignored);
        JsonDocument.Parse(output.WrittenMemory).Dispose();
        return (Encoding.UTF8.GetString(output.Written), ignored.ToString());
    }

    static string Response(string dialect, string body, EmbeddingResult result)
    {
        using var output = new PooledBuffer();
        Dialects[dialect].WriteResponse(Read(dialect, body), result, output);
        return Encoding.UTF8.GetString(output.Written);
    }
}
