using System.Text.Json.Nodes;
using AcpToApi.Tests.Support;
using FakeProvider;

namespace AcpToApi.Tests;

/// <summary>Where providers are asked, and with which credentials: second dialects at paths of their own, deployments, regions.</summary>
public sealed class PlacesTests
{
    const string Chat = """{"model":"MODEL","messages":[{"role":"user","content":"<<say hi>>"}]}""";
    const string Messages = """{"model":"MODEL","max_tokens":9,"messages":[{"role":"user","content":"<<say hi>>"}]}""";

    [Theory]
    [InlineData("DEEPSEEK_BASE_URL", "", "deepseek/m", "~/anthropic/v1/messages", "/anthropic/v1/messages")]
    [InlineData("DEEPSEEK_BASE_URL", "/v1", "deepseek/m", "~/anthropic/v1/messages", "/anthropic/v1/messages")]
    [InlineData("DEEPSEEK_BASE_URL", "/proxy/v1", "deepseek/m", "~/anthropic/v1/messages", "/proxy/anthropic/v1/messages")]
    [InlineData("MOONSHOT_BASE_URL", "/v1", "moonshot/m", "~/anthropic/v1/messages", "/anthropic/v1/messages")]
    [InlineData("ZAI_BASE_URL", "/api/paas/v4", "zai/m", "~/api/anthropic/v1/messages", "/api/anthropic/v1/messages")]
    [InlineData("OPENROUTER_BASE_URL", "/api/v1", "openrouter/m", "/messages", "/api/v1/messages")]
    public async Task A_second_dialect_is_passed_through_beside_the_first(string variable, string basePath, string model, string second, string path)
    {
        await using var upstream = FakeServer.Start();
        var formats = $$$"""{"providers":{"{{{model[..^2]}}}":{"formats":["chat",{"format":"messages","path":"{{{second}}}","key-header":"Authorization"}]} } }""";
        var environment = new Dictionary<string, string> { [variable] = upstream.Url + basePath, [variable.Replace("BASE_URL", "API_KEY", StringComparison.Ordinal)] = "sk-key" };
        await using var server = await Server.StartAsync(new() { Arguments = ["--config", "config.json"], Environment = environment, Files = new() { ["config.json"] = formats } });
        var seen = await AskAsync(server, upstream, "/v1/messages", Messages, model);
        Assert.Equal((path, "Bearer sk-key", "2023-06-01"), (seen.Path, seen.Header("authorization"), seen.Header("anthropic-version")));
        Assert.Equal(Messages.Replace("MODEL", "m", StringComparison.Ordinal), seen.Text);
        var chat = await AskAsync(server, upstream, "/v1/chat/completions", Chat, model);
        Assert.EndsWith("/chat/completions", chat.Path, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("DEEPSEEK_BASE_URL", "deepseek/m", "/v1/chat/completions")]
    [InlineData("OPENROUTER_BASE_URL", "openrouter/m", "/v1/chat/completions")]
    public async Task At_a_base_url_of_ones_own_only_the_first_dialect_is_taken_for_granted(string variable, string model, string path)
    {
        await using var upstream = FakeServer.Start();
        await using var server = await StartAsync(new() { [variable] = upstream.OpenAiUrl, [variable.Replace("BASE_URL", "API_KEY", StringComparison.Ordinal)] = "sk-key" });
        Assert.Equal(path, (await AskAsync(server, upstream, "/v1/messages", Messages, model)).Path);
    }

    [Theory]
    [InlineData("gpt-5-codex", "/v1/responses")]
    [InlineData("gpt-5.2-pro-2025-12-11", "/v1/responses")]
    [InlineData("o3-deep-research", "/v1/responses")]
    [InlineData("codex-mini-latest", "/v1/responses")]
    [InlineData("gpt-5.2", "/v1/chat/completions")]
    [InlineData("my-codex-tune", "/v1/chat/completions")]
    public async Task Models_that_OpenAI_has_behind_its_Responses_only_are_asked_there(string model, string path)
    {
        await using var upstream = FakeServer.Start();
        await using var server = await StartAsync(new() { ["OPENAI_BASE_URL"] = upstream.OpenAiUrl, ["OPENAI_API_KEY"] = "sk-key" });
        Assert.Equal(path, (await AskAsync(server, upstream, "/v1/chat/completions", Chat, "openai/" + model)).Path);
        Assert.Equal(path, (await AskAsync(server, upstream, "/v1/messages", Messages, "openai/" + model)).Path);
        Assert.Equal("/v1/responses", (await AskAsync(server, upstream, "/v1/responses", """{"model":"MODEL","input":"<<say hi>>"}""", "openai/" + model)).Path);
    }

    [Fact]
    public async Task Ollama_is_asked_in_its_own_dialect_wherever_it_is()
    {
        await using var upstream = FakeServer.Start();
        await using var server = await StartAsync(new() { ["OLLAMA_HOST"] = upstream.Url, ["OLLAMA_API_KEY"] = "sk-key" });
        Assert.Equal("/api/chat", (await AskAsync(server, upstream, "/v1/chat/completions", Chat, "ollama/m")).Path);
        upstream.Script(RawAnswer.Of(200, """{"model":"m","message":{"role":"assistant","content":"hi there !!"},"done":true}"""));
        Assert.Equal("/api/chat", (await AskAsync(server, upstream, "/v1/messages", Messages, "ollama/m")).Path);
    }

    [Theory]
    [InlineData("", "/openai/v1/chat/completions", "/openai/v1/embeddings")]
    [InlineData("2024-10-21", "/openai/deployments/my-gpt/chat/completions?api-version=2024-10-21", "/openai/deployments/my-gpt/embeddings?api-version=2024-10-21")]
    public async Task Azure_has_deployments_and_versions(string version, string chatTarget, string embeddingsTarget)
    {
        await using var upstream = FakeServer.Start();
        await using var server = await StartAsync(new() { ["AZURE_OPENAI_ENDPOINT"] = upstream.Url + "/", ["AZURE_OPENAI_API_KEY"] = "az-key", ["OPENAI_API_VERSION"] = version });
        upstream.Script(RawAnswer.Of(200, """{"id":"c","object":"chat.completion","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}]}"""));
        var chat = await AskAsync(server, upstream, "/v1/chat/completions", Chat, "azure/my-gpt");
        Assert.Equal((chatTarget, "az-key", null), (chat.Target, chat.Header("api-key"), chat.Header("authorization")));
        var embeddings = await AskAsync(server, upstream, "/v1/embeddings", """{"model":"MODEL","input":"a"}""", "azure/my-gpt");
        Assert.Equal((embeddingsTarget, "az-key"), (embeddings.Target, embeddings.Header("api-key")));
    }

    [Fact]
    public async Task Azures_filters_reach_the_client_as_what_they_are()
    {
        await using var upstream = FakeServer.Start();
        await using var server = await StartAsync(new() { ["AZURE_BASE_URL"] = upstream.Url + "/openai/v1", ["AZURE_OPENAI_AD_TOKEN"] = "entra" });
        const string filtered = """{"error":{"message":"filtered","type":null,"param":"prompt","code":"content_filter","status":400,"innererror":{"code":"ResponsibleAIPolicyViolation"}}}""";
        upstream.Script(RawAnswer.Of(400, filtered));
        using var http = Wire.NewClient();
        using var refused = await http.PostAsync(server.Url + "/v1/messages", Messages.Replace("MODEL", "azure/m", StringComparison.Ordinal), null);
        Assert.Equal(400, (int)refused.StatusCode);
        Assert.Contains("filtered", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(("Bearer entra", null), (upstream.Requests()[^1].Header("authorization"), upstream.Requests()[^1].Header("api-key")));

        const string stream = "data: {\"choices\":[],\"created\":0,\"id\":\"\",\"model\":\"\",\"object\":\"\",\"prompt_filter_results\":[{\"prompt_index\":0,\"content_filter_results\":{}}]}\n\n"
            + "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"hi\"},\"content_filter_results\":{},\"finish_reason\":null}]}\n\n"
            + "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";
        upstream.Script(RawAnswer.Of(200, stream, "text/event-stream"));
        using var got = await http.PostAsync(server.Url + "/v1/messages", Messages.Replace("MODEL", "azure/m", StringComparison.Ordinal).Replace("{\"model", "{\"stream\":true,\"model", StringComparison.Ordinal), null);
        var events = await got.EventsAsync();
        Assert.Equal("hi", string.Concat(events.Select(Front.Messages.TextOf)));
        Assert.Contains(events, Front.Messages.IsEnd);
    }

    [Theory]
    [InlineData("", "/v1/projects/my-project/locations/global/publishers/google/models/gemini-x:generateContent")]
    [InlineData("europe-west4", "/v1/projects/my-project/locations/europe-west4/publishers/google/models/gemini-x:generateContent")]
    public async Task Vertex_has_projects_and_locations(string location, string path)
    {
        await using var upstream = FakeServer.Start();
        await using var server = await StartAsync(new() { ["VERTEX_BASE_URL"] = upstream.Url, ["GOOGLE_VERTEX_TOKEN"] = "ya29", ["GOOGLE_CLOUD_PROJECT"] = "my-project", ["GOOGLE_CLOUD_LOCATION"] = location });
        upstream.Script(RawAnswer.Of(200, """{"candidates":[{"content":{"role":"model","parts":[{"text":"hi"}]},"finishReason":"STOP"}]}"""));
        var seen = await AskAsync(server, upstream, "/v1/chat/completions", Chat, "vertex/gemini-x");
        Assert.Equal((path, "Bearer ya29", null), (seen.Path, seen.Header("authorization"), seen.Header("x-goog-api-key")));
    }

    [Fact]
    public async Task Every_location_has_its_own_host()
    {
        await using var server = await StartAsync(new() { ["GOOGLE_VERTEX_TOKEN"] = "ya29", ["GOOGLE_CLOUD_PROJECT"] = "my-project", ["GOOGLE_CLOUD_LOCATION"] = "us-east5" });
        using var http = Wire.NewClient();
        var config = JsonNode.Parse(await http.GetStringAsync(server.Url + "/debug/config"))!["providers"]!.AsArray().Single(provider => (string?)provider!["name"] == "vertex")!;
        Assert.Equal("https://us-east5-aiplatform.googleapis.com/v1/projects/my-project/locations/us-east5/publishers/google", (string?)config["base_url"]);
    }

    [Theory]
    [InlineData("127.0.0.1", "http://127.0.0.1:11434")]
    [InlineData("myhost", "http://myhost:11434")]
    [InlineData("myhost:80", "http://myhost")]
    [InlineData("myhost:8080/proxy", "http://myhost:8080/proxy")]
    [InlineData(":8080", "http://localhost:8080")]
    [InlineData("0.0.0.0", "http://localhost:11434")]
    [InlineData("[::]:8080", "http://localhost:8080")]
    [InlineData("[::1]", "http://[::1]:11434")]
    [InlineData("http://myhost", "http://myhost")]
    [InlineData("https://0.0.0.0:8443/x/", "https://localhost:8443/x")]
    public async Task A_place_is_what_Ollama_takes_it_for(string host, string url)
    {
        await using var server = await StartAsync(new() { ["OLLAMA_HOST"] = host });
        using var http = Wire.NewClient();
        var config = JsonNode.Parse(await http.GetStringAsync(server.Url + "/debug/config"))!["providers"]!.AsArray().Single(provider => (string?)provider!["name"] == "ollama")!;
        Assert.Equal(url, (string?)config["base_url"]);
    }

    [Theory]
    [InlineData("vertex/m", "GOOGLE_CLOUD_PROJECT")]
    [InlineData("azure/m", "AZURE_OPENAI_ENDPOINT")]
    public async Task What_is_missing_is_named(string model, string variable)
    {
        await using var server = await StartAsync(new() { ["GOOGLE_VERTEX_TOKEN"] = "ya29", ["AZURE_API_KEY"] = "k" });
        using var http = Wire.NewClient();
        using var got = await http.PostAsync(server.Url + "/v1/chat/completions", Chat.Replace("MODEL", model, StringComparison.Ordinal), null);
        Assert.Equal(401, (int)got.StatusCode);
        Assert.Contains(variable, await got.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GOOGLE_CLOUD_LOCATION", "evil.example/x#")]
    [InlineData("OPENAI_API_VERSION", "1&x=2")]
    public async Task A_variable_cannot_lead_anywhere_else(string variable, string value)
    {
        var outcome = await Server.RunAsync(new() { Environment = new() { [variable] = value } });
        Assert.NotEqual(0, outcome.ExitCode);
        Assert.Contains(variable, outcome.All, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gemini", "/v1beta/models/m:generateContent", "/v1beta/models?pageSize=1000")]
    [InlineData("messages", "/v1/messages", "/v1/models?limit=1000")]
    [InlineData("converse", "/model/m/converse", null)]
    [InlineData("cohere", "/v2/chat", "/v1/models?page_size=1000")]
    public async Task A_format_brings_its_usual_paths(string format, string path, string? models)
    {
        await using var upstream = FakeServer.Start();
        var config = $$$$"""{"providers":{"lab":{"base-url":"{{{{upstream.Url}}}}","key":"sk-lab","formats":["{{{{format}}}}"]}}}""";
        await using var server = await Server.StartAsync(new() { Arguments = ["--config", "lab.json"], Files = new() { ["lab.json"] = config } });
        using var http = Wire.NewClient();
        await http.GetAsync(server.Url + "/v1/models");
        Assert.Equal(models is null ? [] : [models], upstream.Requests(all: true).Select(request => request.Target));
        await http.PostAsync(server.Url + "/v1/chat/completions", Chat.Replace("MODEL", "lab/m", StringComparison.Ordinal), null);
        Assert.Equal(path, upstream.Requests()[^1].Path);
    }

    [Theory]
    [InlineData("/v1/chat/completions", """{"model":"mistral/m","messages":[{"role":"user","content":"<<say hi>>"}],"seed":7,"tool_choice":"required","reasoning_effort":"low","tools":[{"type":"function","function":{"name":"f"}}]}""", "\"random_seed\":7", "\"tool_choice\":\"any\"")]
    [InlineData("/v1/chat/completions", """{"model":"groq/m","messages":[{"role":"user","content":"<<say hi>>"},{"role":"assistant","content":"x","reasoning_content":"why"},{"role":"user","content":"y"}]}""", "\"reasoning\":\"why\"", "\"content\":\"y\"")]
    [InlineData("/v1/chat/completions", """{"model":"groq/m","messages":[{"role":"user","content":"<<say hi>>"}],"odd":[ 1 ]}""", "\"odd\":[ 1 ]", "}")]
    public async Task A_request_that_a_provider_would_refuse_is_written_in_its_words(string endpoint, string body, string first, string second)
    {
        await using var upstream = FakeServer.Start();
        await using var server = await StartAsync(new() { ["MISTRAL_BASE_URL"] = upstream.OpenAiUrl, ["MISTRAL_API_KEY"] = "sk-m", ["GROQ_BASE_URL"] = upstream.OpenAiUrl, ["GROQ_API_KEY"] = "sk-g" });
        using var http = Wire.NewClient();
        using var answer = await http.PostAsync(server.Url + endpoint, body, null);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        var sent = upstream.Requests()[^1].Text;
        Assert.Contains(first, sent, StringComparison.Ordinal);
        Assert.Contains(second, sent, StringComparison.Ordinal);
        Assert.Equal(body.Contains("mistral", StringComparison.Ordinal), answer.Headers.Contains("x-acptoapi-ignored"));
    }

    [Theory]
    [InlineData("mistral", ""","n":2,"seed":7,"stream":true,"stream_options":{"include_usage":true},"user":"u","temperature":2""", "\"n\":2", "\"random_seed\":7", "user")]
    [InlineData("perplexity", ""","n":2""", "\"n\":2", "{\"type\":\"text\",\"text\":\"b\"}]}]", null)]
    [InlineData("deepseek", ""","response_format":{"type":"json_schema","json_schema":{"name":"s","schema":{"type":"object"}}}""", "\"response_format\":{\"type\":\"json_object\"}", "JSON Schema:", "response_format")]
    [InlineData("deepseek", ""","response_format":{ "type":"json_object"}""", "\"response_format\":{ \"type\":\"json_object\"}", "\"content\":\"b\"}]", null)]
    public async Task A_chat_that_a_provider_would_refuse_is_rewritten_with_all_that_it_asks(string provider, string fields, string first, string second, string? ignored)
    {
        await using var upstream = FakeServer.Start();
        var variable = provider.ToUpperInvariant();
        await using var server = await StartAsync(new() { [variable + "_BASE_URL"] = upstream.OpenAiUrl, [variable + "_API_KEY"] = "sk-key" });
        var asksTwo = fields.Contains("\"n\"", StringComparison.Ordinal);
        if (asksTwo) upstream.Script(fields.Contains("stream", StringComparison.Ordinal) ? RawAnswer.Of(200, $"data: {Choices("delta")}\n\ndata: [DONE]\n\n", "text/event-stream") : RawAnswer.Of(200, Choices("message")));
        using var http = Wire.NewClient();
        using var answer = await http.PostAsync(server.Url + "/v1/chat/completions", $$"""{"model":"{{provider}}/m","messages":[{"role":"user","content":"<<say hi>>"},{"role":"user","content":"b"}]{{fields}}}""", null);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        if (asksTwo) Assert.Contains("\"index\":1", text, StringComparison.Ordinal);
        var sent = Assert.Single(upstream.Requests()).Text;
        Assert.Contains(first, sent, StringComparison.Ordinal);
        Assert.Contains(second, sent, StringComparison.Ordinal);
        Assert.Equal(ignored, answer.Headers.TryGetValues("x-acptoapi-ignored", out var names) ? names.Single() : null);
    }

    static string Choices(string field) => $$$"""{"id":"c","created":1,"model":"m","choices":[{"index":0,"{{{field}}}":{"content":"hi"},"finish_reason":"stop"},{"index":1,"{{{field}}}":{"content":"ho"},"finish_reason":"stop"}]}""";

    [Fact]
    public async Task A_provider_of_the_config_file_says_its_paths()
    {
        await using var upstream = FakeServer.Start();
        var config = $$$$"""
            {"providers":{"lab":{"base-url":"{{{{upstream.Url}}}}/v1","key":"sk-lab","formats":["chat",{"format":"messages","path":"~/claude/v1/messages","key-header":"Authorization"}]}}}
            """;
        await using var server = await Server.StartAsync(new() { Arguments = ["--config", "lab.json"], Files = new() { ["lab.json"] = config } });
        var seen = await AskAsync(server, upstream, "/v1/messages", Messages, "lab/m");
        Assert.Equal(("/claude/v1/messages", "Bearer sk-lab"), (seen.Path, seen.Header("authorization")));
        Assert.Equal("/v1/chat/completions", (await AskAsync(server, upstream, "/v1/chat/completions", Chat, "lab/m")).Path);
        foreach (var wrong in new[] { """[{"path":"/x"}]""", """[{"format":"chat","path":"x"}]""", """[{"format":"chat","way":"/x"}]""", "[1]" })
        {
            var broken = config[..config.IndexOf("[\"chat\"", StringComparison.Ordinal)] + wrong + "}}}";
            var outcome = await Server.RunAsync(new() { Arguments = ["--config", "lab.json"], Files = new() { ["lab.json"] = broken } });
            Assert.NotEqual(0, outcome.ExitCode);
            Assert.Contains("formats", outcome.All, StringComparison.Ordinal);
        }
    }

    static Task<Server> StartAsync(Dictionary<string, string> environment) =>
        Server.StartAsync(new() { Environment = environment.Where(entry => entry.Value.Length > 0).ToDictionary(entry => entry.Key, entry => entry.Value) });

    static async Task<SeenRequest> AskAsync(Server server, FakeServer upstream, string path, string body, string model)
    {
        using var http = Wire.NewClient();
        using var got = await http.PostAsync(server.Url + path, body.Replace("MODEL", model, StringComparison.Ordinal), null);
        Assert.True(got.IsSuccessStatusCode, await got.Content.ReadAsStringAsync());
        return upstream.Requests()[^1];
    }
}
