using System.Buffers.Binary;
using System.Text.Json.Nodes;
using AcpToApi.Tests.Support;
using FakeProvider;

namespace AcpToApi.Tests;

/// <summary>Embeddings and ranks, from every dialect to every form of provider.</summary>
public sealed class EmbeddingTests(EmbeddingTests.Providers bridge) : IClassFixture<EmbeddingTests.Providers>
{
    static readonly string[] Names = ["openai", "together", "mistral", "fireworks", "voyage", "jina", "lmstudio", "vllm", "openrouter", "nvidia", "qwen", "gemini", "ollama", "cohere", "lab"];

    // Titan takes one text a call.
    public static TheoryData<string> All => [.. Names.Select(name => name + "/m"), "bedrock/amazon.titan-embed-text-v2:0", "bedrock/cohere.embed-v4:0"];

    [Theory, MemberData(nameof(All))]
    public async Task Every_dialect_reaches_it(string model)
    {
        var numbers = await AskAsync("/v1/embeddings", $$"""{"model":"{{model}}","input":["four","a"]}""");
        Assert.Equal("[4,0.5,-1][1,0.5,-1]", string.Concat(numbers["data"]!.AsArray().Select(item => item!["embedding"]!.ToJsonString())));
        Assert.Equal([0, 1], numbers["data"]!.AsArray().Select(item => (int)item!["index"]!));
        Assert.True((int)numbers["usage"]!["prompt_tokens"]! > 0);

        var base64 = (string)(await AskAsync("/v1/embeddings", $$"""{"model":"{{model}}","input":"four","encoding_format":"base64"}"""))["data"]![0]!["embedding"]!;
        Assert.Equal([4, 0.5f, -1], Floats(base64));

        Assert.Equal("[4,0.5,-1]", (await AskAsync($"/v1beta/models/{model}:embedContent", """{"content":{"parts":[{"text":"four"}]}}"""))["embedding"]!["values"]!.ToJsonString());
        var batch = await AskAsync($"/v1/models/{model}:batchEmbedContents", """{"requests":[{"model":"models/x","content":{"parts":[{"text":"four"}]}},{"model":"models/x","content":{"parts":[{"text":"a"}]}}]}""");
        Assert.Equal("[4,0.5,-1][1,0.5,-1]", string.Concat(batch["embeddings"]!.AsArray().Select(item => item!["values"]!.ToJsonString())));

        var ollama = await AskAsync("/api/embed", $$"""{"model":"{{model}}","input":["four","a"]}""");
        Assert.Equal("[[4,0.5,-1],[1,0.5,-1]]", ollama["embeddings"]!.ToJsonString());
        Assert.True((long)ollama["total_duration"]! > 0 && (int)ollama["prompt_eval_count"]! > 0);
        Assert.Equal("[4,0.5,-1]", (await AskAsync("/api/embeddings", $$"""{"model":"{{model}}","prompt":"four"}"""))["embedding"]!.ToJsonString());
    }

    [Theory]
    [InlineData("openai", "/v1/embeddings", """{"model":"m","input":["a"],"dimensions":8}""")]
    [InlineData("mistral", "/v1/embeddings", """{"model":"m","input":["a"],"output_dimension":8}""")]
    [InlineData("jina", "/v1/embeddings", """{"model":"m","input":["a"],"dimensions":8}""")]
    [InlineData("gemini", "/v1beta/models/m:batchEmbedContents", """{"requests":[{"model":"models/m","content":{"parts":[{"text":"a"}]},"outputDimensionality":8}]}""")]
    [InlineData("ollama", "/api/embed", """{"model":"m","input":["a"],"dimensions":8}""")]
    [InlineData("cohere", "/v2/embed", """{"model":"m","texts":["a"],"input_type":"search_document","embedding_types":["float"],"output_dimension":8}""")]
    public async Task It_is_asked_in_its_own_form_at_its_own_place(string provider, string path, string body)
    {
        bridge.Upstream.Clear();
        await AskAsync("/v1/embeddings", $$"""{"model":"{{provider}}/m","input":["a"],"dimensions":8}""");
        var seen = bridge.Upstream.Requests().Single();
        Assert.Equal((path, body), (seen.Path, seen.Text));
        var key = provider == "openai" ? Bridge.OpenAiKey : $"sk-{provider}-key";
        Assert.Equal(provider == "gemini" ? key : "Bearer " + key, seen.Header(provider == "gemini" ? "x-goog-api-key" : "authorization"));
    }

    [Fact]
    public async Task Bedrock_is_asked_to_invoke_the_model_and_signed_for()
    {
        bridge.Upstream.Clear();
        await AskAsync("/v1/embeddings", """{"model":"bedrock/amazon.titan-embed-text-v2:0","input":["a"],"dimensions":256}""");
        var seen = bridge.Upstream.Requests().Single();
        Assert.Equal(("/model/amazon.titan-embed-text-v2%3A0/invoke", """{"inputText":"a","dimensions":256}"""), (seen.Path, seen.Text));
        Assert.StartsWith("AWS4-HMAC-SHA256 Credential=", seen.Header("authorization"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task As_many_calls_are_made_as_the_limit_asks_for()
    {
        bridge.Upstream.Clear();
        var inputs = string.Join(',', Enumerable.Range(1, 200).Select(length => $"\"{new string('x', length)}\""));
        var answer = await AskAsync("/v1/embeddings", $$"""{"model":"cohere/m","input":[{{inputs}}]}""");
        Assert.Equal(Enumerable.Range(1, 200), answer["data"]!.AsArray().Select(item => (int)item!["embedding"]![0]!));
        Assert.Equal([8, 96, 96], bridge.Upstream.Requests().Select(request => request.Json["texts"]!.AsArray().Count).Order());
        Assert.Equal(21, (int)answer["usage"]!["prompt_tokens"]!);
    }

    [Theory, InlineData("bedrock/amazon.titan-embed-text-v2:0", 40, 40), InlineData("qwen/text-embedding-v4", 25, 3), InlineData("voyage/m", 1001, 2)]
    public async Task Calls_at_once_keep_their_order(string model, int inputs, int calls)
    {
        bridge.Upstream.Clear();
        var texts = string.Join(',', Enumerable.Range(1, inputs).Select(length => $"\"{new string('x', length)}\""));
        var answer = await AskAsync("/v1/embeddings", $$"""{"model":"{{model}}","input":[{{texts}}]}""");
        Assert.Equal(Enumerable.Range(1, inputs), answer["data"]!.AsArray().Select(item => (int)item!["embedding"]![0]!));
        Assert.Equal(calls, bridge.Upstream.Requests().Count);
    }

    [Fact]
    public async Task One_of_many_calls_that_fails_is_the_answer()
    {
        // Its own: some of the calls may still arrive when the answer is there.
        await using var upstream = FakeServer.Start();
        upstream.Script(RawAnswer.Of(429, """{"message":"slow down"}"""));
        await using var server = await Server.StartAsync(new() { Environment = new() { ["BEDROCK_BASE_URL"] = upstream.Url, ["BEDROCK_API_KEY"] = "sk-bedrock-key" } });
        using var answer = await bridge.Http.PostAsync(server.Url + "/v1/embeddings", """{"model":"bedrock/amazon.titan-embed-text-v2:0","input":["a","b","c","d","e","f","g","h","i","j"]}""", null);
        Assert.Equal((429, "slow down"), ((int)answer.StatusCode, (string?)(await answer.JsonAsync())["error"]!["message"]));
    }

    [Fact]
    public async Task Requests_of_a_batch_may_differ_for_all()
    {
        bridge.Upstream.Clear();
        var answer = await AskAsync("/v1beta/models/cohere/m:batchEmbedContents", """{"requests":[{"content":{"parts":[{"text":"four"}]},"taskType":"RETRIEVAL_QUERY"},{"content":{"parts":[{"text":"a"}]},"taskType":"RETRIEVAL_DOCUMENT"}]}""");
        Assert.Equal("[4,0.5,-1][1,0.5,-1]", string.Concat(answer["embeddings"]!.AsArray().Select(item => item!["values"]!.ToJsonString())));
        Assert.Equal(["search_document", "search_query"], bridge.Upstream.Requests().Select(request => (string)request.Json["input_type"]!).Order());
    }

    [Fact]
    public async Task Tokens_that_nobody_counted_are_marked_as_estimated()
    {
        using var got = await bridge.Http.PostAsync(bridge.Server.Url + "/v1/embeddings", """{"model":"gemini/m","input":"Some words to weigh."}""", null);
        Assert.Equal("true", got.Header("x-acptoapi-estimated"));
        Assert.InRange((int)(await got.JsonAsync())["usage"]!["prompt_tokens"]!, 3, 9);
    }

    [Fact]
    public async Task Errors_are_in_the_dialect_of_the_client()
    {
        bridge.Upstream.Script(RawAnswer.Of(429, """{"message":"slow down"}"""));
        using var limited = await bridge.Http.PostAsync(bridge.Server.Url + "/api/embed", """{"model":"cohere/m","input":"a"}""", null);
        Assert.Equal((429, "slow down"), ((int)limited.StatusCode, (string?)(await limited.JsonAsync())["error"]));
        bridge.Upstream.Script(RawAnswer.Of(200, """{"data":[]}"""));
        using var few = await bridge.Http.PostAsync(bridge.Server.Url + "/v1/embeddings", """{"model":"voyage/m","input":"a"}""", null);
        Assert.Equal(502, (int)few.StatusCode);
        bridge.Upstream.Clear();
        using var tokens = await bridge.Http.PostAsync(bridge.Server.Url + "/v1/embeddings", """{"model":"gemini/m","input":[1,2]}""", null);
        Assert.Equal((400, "input"), ((int)tokens.StatusCode, (string?)(await tokens.JsonAsync())["error"]!["param"]));
        using var none = await bridge.Http.PostAsync(bridge.Server.Url + "/v1beta/models/anthropic/m:embedContent", """{"content":{"parts":[{"text":"a"}]}}""", null);
        Assert.Equal((404, "NOT_FOUND"), ((int)none.StatusCode, (string?)(await none.JsonAsync())["error"]!["status"]));
        Assert.Empty(bridge.Upstream.Requests());
    }

    [Theory]
    [InlineData("""["a",null]""")]
    [InlineData("""[1,2,"NaN"]""")]
    [InlineData("[NaN]")]
    [InlineData("[]")]
    [InlineData("[[1]]")]
    [InlineData("\"!!\"")]
    [InlineData("\"AAA=\"")]
    [InlineData("\"\"")]
    public async Task What_is_no_vector_is_not_passed_on(string vector)
    {
        foreach (var format in new[] { "float", "base64" })
        {
            bridge.Upstream.Clear();
            bridge.Upstream.Script(RawAnswer.Of(200, $$"""{"data":[{"index":0,"embedding":{{vector}}}]}"""));
            using var answer = await bridge.Http.PostAsync(bridge.Server.Url + "/v1/embeddings", $$"""{"model":"voyage/m","input":"a","encoding_format":"{{format}}"}""", null);
            Assert.Equal((502, "server_error"), ((int)answer.StatusCode, (string?)(await answer.JsonAsync())["error"]!["type"]));
        }
    }

    [Fact]
    public async Task A_number_beyond_floats_is_no_base64()
    {
        bridge.Upstream.Clear();
        bridge.Upstream.Script(RawAnswer.Of(200, """{"data":[{"index":0,"embedding":[1e300]}]}"""));
        using var answer = await bridge.Http.PostAsync(bridge.Server.Url + "/v1/embeddings", """{"model":"voyage/m","input":"a","encoding_format":"base64"}""", null);
        Assert.Equal(502, (int)answer.StatusCode);
    }

    [Fact]
    public async Task A_count_beyond_counting_leaves_the_meters_alone()
    {
        bridge.Upstream.Clear();
        for (var i = 0; i < 3; i++)
        {
            bridge.Upstream.Script(RawAnswer.Of(200, """{"data":[{"index":0,"embedding":[1]}],"usage":{"prompt_tokens":9223372036854775807}}"""));
            await AskAsync("/v1/embeddings", """{"model":"jina/m","input":"a"}""");
        }
        var counted = (await bridge.Http.GetStringAsync(bridge.Server.Url + "/metrics")).Split('\n').Single(line => line.StartsWith("acptoapi_tokens_total{backend=\"jina\",kind=\"input\"}", StringComparison.Ordinal));
        Assert.DoesNotContain("} -", counted, StringComparison.Ordinal);
    }

    // Passed through or translated.
    [Theory]
    [InlineData("openai", "/v1/embeddings", """{"model":"openai/m","input":"a"}""")]
    [InlineData("ollama", "/api/embed", """{"model":"ollama/m","input":"a"}""")]
    [InlineData("voyage", "/v1/embeddings", """{"model":"voyage/m","input":"a"}""")]
    public async Task Tokens_are_counted(string provider, string path, string body)
    {
        var series = $"acptoapi_tokens_total{{backend=\"{provider}\",kind=\"input\"}}";
        var before = (await Scrape.SettledAsync(bridge.Http, bridge.Server)).GetValueOrDefault(series);
        await AskAsync(path, body);
        Assert.Equal(before + 7, (await Scrape.SettledAsync(bridge.Http, bridge.Server))[series]);
    }

    [Theory, InlineData("application/json; charset="), InlineData("application/@@@+json")]
    public async Task A_content_type_that_is_broken_behind_JSON_is_JSON(string type)
    {
        var answer = await RawHttp.SendAsync(bridge.Server.Port, $"POST /v1/embeddings HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: {type}\r\nContent-Length: 32\r\n\r\n{{\"model\":\"openai/m\",\"input\":\"a\"}}");
        Assert.Equal(200, answer.Status);
    }

    [Fact]
    public async Task A_model_named_twice_is_refused()
    {
        bridge.Upstream.Clear();
        using var answer = await bridge.Http.PostAsync(bridge.Server.Url + "/v1/embeddings", """{"model":"openai/m","model":"lab/m","input":"a"}""", null);
        Assert.Equal((400, "model"), ((int)answer.StatusCode, (string?)(await answer.JsonAsync())["error"]!["param"]));
        Assert.Empty(bridge.Upstream.Requests());
    }

    [Fact]
    public async Task A_lone_surrogate_in_a_name_harms_nobody()
    {
        bridge.Upstream.Clear();
        bridge.Upstream.Script(RawAnswer.Of(200, """{"embedding":{"values":[1]}}"""));
        using var answer = await bridge.Http.PostAsync(bridge.Server.Url + "/v1beta/models/gemini/m:embedContent", """{"\ud800":1,"model":"models/x","content":{"parts":[{"text":"four"}]}}""", null);
        Assert.Equal(200, (int)answer.StatusCode);
    }

    [Theory, InlineData("cohere"), InlineData("voyage"), InlineData("jina"), InlineData("together"), InlineData("fireworks")]
    public async Task One_form_of_reranking_does_for_all(string provider)
    {
        foreach (var path in new[] { "/v1/rerank", "/v2/rerank" })
        {
            var ranks = await AskAsync(path, $$"""{"model":"{{provider}}/m","query":"q","documents":["a","three",{"text":"bb"}],"top_n":2,"return_documents":true}""");
            Assert.Equal([1, 2], ranks["results"]!.AsArray().Select(rank => (int)rank!["index"]!));
            Assert.Equal("three", (string)ranks["results"]![0]!["document"]!["text"]!);
        }
        var voyages = await AskAsync("/v1/rerank", $$"""{"model":"{{provider}}/m","query":"q","documents":["a","three"],"top_k":1,"return_documents":true}""");
        Assert.Equal(("three", 1), ((string)voyages["data"]![0]!["document"]!, voyages["data"]!.AsArray().Count));
    }

    async Task<JsonNode> AskAsync(string path, string body)
    {
        using var got = await bridge.Http.PostAsync(bridge.Server.Url + path, body, null);
        var answer = await got.JsonAsync();
        Assert.True(got.IsSuccessStatusCode, answer.ToJsonString());
        return answer;
    }

    static float[] Floats(string base64)
    {
        var bytes = Convert.FromBase64String(base64);
        return [.. Enumerable.Range(0, bytes.Length / 4).Select(i => BinaryPrimitives.ReadSingleLittleEndian(bytes.AsSpan(i * 4)))];
    }

    /// <summary>The scripted provider behind all rows that have embeddings, and behind one of the config file.</summary>
    public sealed class Providers : Bridge
    {
        protected override string[] Arguments
        {
            get
            {
                var file = Path.Combine(Path.GetTempPath(), $"acptoapi-embeddings-{System.Environment.ProcessId}.json");
                File.WriteAllText(file, $$$$"""{"providers":{"lab":{"base-url":"{{{{Upstream.Url}}}}/v1","key":"sk-lab-key","services":["embeddings"]}}}""");
                return ["--config", file];
            }
        }

        protected override Dictionary<string, string> Environment
        {
            get
            {
                var environment = new Dictionary<string, string>();
                foreach (var name in Names.Where(name => name is not ("openai" or "lab")))
                {
                    environment[name.ToUpperInvariant() + "_BASE_URL"] = Upstream.Url;
                    environment[name.ToUpperInvariant() + "_API_KEY"] = $"sk-{name}-key";
                }
                return environment;
            }
        }
    }
}
