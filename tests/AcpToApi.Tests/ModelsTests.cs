using AcpToApi.Tests.Support;
using FakeProvider;

namespace AcpToApi.Tests;

/// <summary>What there is, in the shape of whoever asks.</summary>
public class ModelsTests(Bridge bridge) : IClassFixture<Bridge>
{
    [Fact]
    public async Task OpenAI_clients_get_their_list()
    {
        using var answer = await bridge.Http.GetAsync($"{bridge.Server.Url}/v1/models");
        var list = await answer.JsonAsync();
        Assert.Equal("list", (string?)list["object"]);
        var models = list["data"]!.AsArray();
        Assert.Contains(models, m => (string?)m!["id"] == "demo/demo");
        Assert.All(models, m => Assert.Equal("model", (string?)m!["object"]));
        Assert.All(models, m => Assert.False(string.IsNullOrEmpty((string?)m!["owned_by"])));
        Assert.All(models, m => Assert.True((long?)m!["created"] is >= 0));
    }

    [Fact]
    public async Task Anthropic_clients_get_theirs()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{bridge.Server.Url}/v1/models?limit=1000") { Headers = { { "anthropic-version", "2023-06-01" } } };
        using var answer = await bridge.Http.SendAsync(request);
        var list = await answer.JsonAsync();
        Assert.NotNull(list["has_more"]);
        var models = list["data"]!.AsArray();
        Assert.NotEmpty(models);
        Assert.All(models, m => Assert.Equal("model", (string?)m!["type"]));
        Assert.All(models, m => Assert.False(string.IsNullOrEmpty((string?)m!["display_name"])));
        Assert.Equal((string?)models[0]!["id"], (string?)list["first_id"]);
        Assert.Equal((string?)models[^1]!["id"], (string?)list["last_id"]);
    }

    [Fact]
    public async Task Anthropic_clients_page_both_ways()
    {
        var all = await PageAsync("limit=1000");
        var forwards = await PageAsync($"limit=1&after_id={Uri.EscapeDataString(all.Ids[0])}");
        Assert.Equal((all.Ids[1], all.Ids.Count > 2), (Assert.Single(forwards.Ids), forwards.More));
        var backwards = await PageAsync($"limit=1&before_id={Uri.EscapeDataString(all.Ids[^1])}");
        Assert.Equal((all.Ids[^2], all.Ids.Count > 2), (Assert.Single(backwards.Ids), backwards.More));
        Assert.Empty((await PageAsync($"before_id={Uri.EscapeDataString(all.Ids[0])}")).Ids);
        using var unknown = await bridge.Http.SendAsync(Asking("after_id=nobody"));
        Assert.Equal(400, (int)unknown.StatusCode);

        async Task<(List<string> Ids, bool More)> PageAsync(string query)
        {
            using var answer = await bridge.Http.SendAsync(Asking(query));
            var list = await answer.JsonAsync();
            return ([.. list["data"]!.AsArray().Select(m => (string)m!["id"]!)], (bool)list["has_more"]!);
        }

        HttpRequestMessage Asking(string query) => new(HttpMethod.Get, $"{bridge.Server.Url}/v1/models?{query}") { Headers = { { "anthropic-version", "2023-06-01" } } };
    }

    [Fact]
    public async Task Gemini_clients_get_pages_of_theirs()
    {
        var ids = new List<string>();
        for (var token = ""; ;)
        {
            using var answer = await bridge.Http.GetAsync($"{bridge.Server.Url}/v1beta/models?pageSize=2&pageToken={token}");
            var page = await answer.JsonAsync();
            Assert.InRange(page["models"]!.AsArray().Count, 1, 2);
            ids.AddRange(page["models"]!.AsArray().Select(m => (string)m!["name"]!));
            if (page["nextPageToken"] is not { } next) break;
            token = Uri.EscapeDataString((string)next!);
        }
        var whole = await (await bridge.Http.GetAsync($"{bridge.Server.Url}/v1beta/models")).JsonAsync();
        Assert.Equal(whole["models"]!.AsArray().Select(m => (string)m!["name"]!), ids);
    }

    [Fact]
    public async Task The_models_of_configured_providers_are_listed_under_their_prefix()
    {
        using var answer = await bridge.Http.GetAsync($"{bridge.Server.Url}/v1/models");
        var ids = (await answer.JsonAsync())["data"]!.AsArray().Select(m => (string)m!["id"]!).ToList();
        Assert.Contains("openai/vendor/fake-model:free", ids);
        Assert.Contains("anthropic/fake-model", ids);
        Assert.Equal(ids.Count, ids.Distinct().Count());
    }

    [Theory]
    [InlineData("{}", "")]
    [InlineData("{\"error\":{\"message\":\"no list here\"}}", "")]
    [InlineData("{\"data\":[{\"id\":null},{\"id\":\"good\"}]}", "openai/good")]
    [InlineData("{\"data\":[{\"id\":\"late\",\"created\":1700000000000},{\"id\":\"odd\",\"created\":\"today\"}]}", "openai/late openai/odd")]
    public async Task A_strange_list_of_a_provider_spoils_nothing(string body, string expected)
    {
        await using var upstream = FakeServer.Start();
        upstream.Script(RawAnswer.Of(200, body));
        await using var server = await Server.StartAsync(new() { Environment = new() { ["OPENAI_BASE_URL"] = upstream.OpenAiUrl, ["OPENAI_API_KEY"] = Bridge.OpenAiKey } });
        foreach (var anthropic in (bool[])[false, true])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"{server.Url}/v1/models");
            if (anthropic) request.Headers.Add("anthropic-version", "2023-06-01");
            using var answer = await bridge.Http.SendAsync(request);
            Assert.Equal(200, (int)answer.StatusCode);
            var ids = (await answer.JsonAsync())["data"]!.AsArray().Select(m => (string)m!["id"]!).Where(id => id != "demo/demo");
            Assert.Equal(expected, string.Join(' ', ids));
        }
    }

    [Theory, InlineData("0"), InlineData("1001"), InlineData("x"), InlineData("-1")]
    public async Task Anthropic_clients_are_told_of_a_limit_that_is_none(string limit)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{bridge.Server.Url}/v1/models?limit={limit}") { Headers = { { "anthropic-version", "2023-06-01" } } };
        using var answer = await bridge.Http.SendAsync(request);
        Assert.Equal(400, (int)answer.StatusCode);
        Front.Messages.AssertError(await answer.JsonAsync(), "limit");
    }

    [Fact]
    public async Task What_a_providers_list_tells_is_told_on()
    {
        await using var upstream = FakeServer.Start();
        upstream.Script(RawAnswer.Of(200, """
            {"models":[{"name":"models/g","displayName":"G One","inputTokenLimit":1000,"outputTokenLimit":64,"thinking":false,"supportedGenerationMethods":["generateContent"]},
            {"name":"models/v","displayName":7,"inputTokenLimit":"x","supportedGenerationMethods":["embedContent"]}]}
            """));
        await using var server = await Server.StartAsync(new() { Environment = new() { ["GEMINI_BASE_URL"] = upstream.Url, ["GEMINI_API_KEY"] = "sk-gemini-key" } });
        var models = (await (await bridge.Http.GetAsync($"{server.Url}/v1beta/models")).JsonAsync())["models"]!.AsArray().Where(model => ((string)model!["name"]!).StartsWith("models/gemini", StringComparison.Ordinal)).ToList();
        Assert.Equal("""{"name":"models/gemini/g","displayName":"G One","inputTokenLimit":1000,"outputTokenLimit":64,"supportedGenerationMethods":["generateContent","countTokens"]}""", models[0]!.ToJsonString());
        Assert.Equal("""{"name":"models/gemini/v","displayName":"gemini/v","supportedGenerationMethods":["embedContent"]}""", models[1]!.ToJsonString());
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{server.Url}/v1/models/gemini/g") { Headers = { { "anthropic-version", "2023-06-01" } } };
        using var anthropic = await bridge.Http.SendAsync(request);
        Assert.Equal("G One", (string?)(await anthropic.JsonAsync())["display_name"]);
        Assert.Equal("[\"completion\",\"tools\",\"vision\"]", await ShownAsync("gemini/g"));
        Assert.Equal("[\"embedding\"]", await ShownAsync("gemini/v"));

        async Task<string> ShownAsync(string model)
        {
            using var shown = await bridge.Http.PostAsync($"{server.Url}/api/show", $$"""{"model":"{{model}}"}""", null);
            return (await shown.JsonAsync())["capabilities"]!.ToJsonString();
        }
    }

    [Fact]
    public async Task Ollamas_own_models_tell_what_they_can_do()
    {
        await using var upstream = FakeServer.Start();
        upstream.Script(RawAnswer.Of(200, """{"capabilities":["completion"],"model_info":{"general.architecture":"l"}}"""));
        await using var server = await Server.StartAsync(new() { Environment = new() { ["OLLAMA_BASE_URL"] = upstream.Url } });
        using var shown = await bridge.Http.PostAsync($"{server.Url}/api/show", """{"verbose":true,"model":"ollama/l"}""", null);
        Assert.Equal("""{"capabilities":["completion"],"model_info":{"general.architecture":"l"}}""", await shown.Content.ReadAsStringAsync());
        var seen = Assert.Single(upstream.Requests());
        Assert.Equal(("/api/show", """{"verbose":true,"model":"l"}"""), (seen.Path, seen.Text));
    }

    [Theory]
    [InlineData("openai/vendor/fake-model:free")]
    [InlineData("openai/fake-model")]
    [InlineData("demo/demo")]
    [InlineData("openai%2Fvendor%2Ffake-model%3Afree")]
    [InlineData("anthropic/fake-model[1m]")]
    public async Task One_model_is_found_by_its_id(string id)
    {
        using var answer = await bridge.Http.GetAsync($"{bridge.Server.Url}/v1/models/{id}");
        Assert.Equal(200, (int)answer.StatusCode);
        Assert.Equal(Uri.UnescapeDataString(id), (string?)(await answer.JsonAsync())["id"]);
    }

    [Fact]
    public async Task One_model_has_the_Anthropic_shape_for_its_clients()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{bridge.Server.Url}/v1/models/demo/demo") { Headers = { { "anthropic-version", "2023-06-01" } } };
        using var answer = await bridge.Http.SendAsync(request);
        Assert.Equal("model", (string?)(await answer.JsonAsync())["type"]);
    }

    [Fact]
    public async Task A_model_that_nobody_has_is_a_404_in_the_callers_dialect()
    {
        using var openAi = await bridge.Http.GetAsync($"{bridge.Server.Url}/v1/models/nosuch/model");
        Assert.Equal(404, (int)openAi.StatusCode);
        Front.Chat.AssertError(await openAi.JsonAsync());
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{bridge.Server.Url}/v1/models/nosuch/model") { Headers = { { "anthropic-version", "2023-06-01" } } };
        using var anthropic = await bridge.Http.SendAsync(request);
        Assert.Equal(404, (int)anthropic.StatusCode);
        Front.Messages.AssertError(await anthropic.JsonAsync());
        using var keyed = new HttpRequestMessage(HttpMethod.Get, $"{bridge.Server.Url}/v1/models/nosuch/model") { Headers = { { "x-api-key", "any" } } };
        using var anthropicToo = await bridge.Http.SendAsync(keyed);
        Front.Messages.AssertError(await anthropicToo.JsonAsync());
    }

    [Fact]
    public async Task A_provider_that_does_not_answer_does_not_hold_up_the_list()
    {
        var silent = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        silent.Start();
        try
        {
            var port = ((System.Net.IPEndPoint)silent.LocalEndpoint).Port;
            await using var server = await Server.StartAsync(new() { Environment = new() { ["OPENAI_BASE_URL"] = $"http://127.0.0.1:{port}/v1", ["OPENAI_API_KEY"] = "sk-x-0123456789" } });
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(3));
            using var answer = await bridge.Http.GetAsync($"{server.Url}/v1/models?limit=1000", limit.Token);
            Assert.Contains((await answer.JsonAsync())["data"]!.AsArray(), m => (string?)m!["id"] == "demo/demo");
            Assert.Equal("openai: no answer within 2 s; its last known models are listed", Assert.Single(answer.Headers.GetValues("x-acptoapi-note")));
        }
        finally
        {
            silent.Stop();
        }
    }

    [Theory]
    [InlineData("GET", "/health")]
    [InlineData("GET", "/")]
    [InlineData("HEAD", "/")]
    public async Task Probes_are_answered(string method, string path)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), bridge.Server.Url + path);
        using var answer = await bridge.Http.SendAsync(request);
        Assert.Equal(200, (int)answer.StatusCode);
    }
}
