using System.Text.Json.Nodes;
using AcpToApi.Tests.Support;
using FakeProvider;

namespace AcpToApi.Tests;

/// <summary>Which backend a model's id reaches, and under which name. Never a silent substitute.</summary>
public sealed class RoutingTests : IAsyncLifetime
{
    readonly FakeServer _upstream = FakeServer.Start();
    readonly HttpClient _http = Wire.NewClient();
    Server? _server;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        if (_server is not null) await _server.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    [Theory]
    [InlineData("chat", "openai/fake-model", "/v1/chat/completions", "fake-model")]
    [InlineData("messages", "openai/fake-model", "/v1/chat/completions", "fake-model")]
    [InlineData("chat", "anthropic/fake-model", "/v1/messages", "fake-model")]
    [InlineData("messages", "anthropic/fake-model", "/v1/messages", "fake-model")]
    [InlineData("chat", "openai/vendor/model:free", "/v1/chat/completions", "vendor/model:free")]
    [InlineData("chat", "gpt-5.1", "/v1/chat/completions", "gpt-5.1")]
    [InlineData("messages", "o3-mini", "/v1/chat/completions", "o3-mini")]
    [InlineData("chat", "claude-sonnet-4-5", "/v1/messages", "claude-sonnet-4-5")]
    [InlineData("messages", "claude-haiku-4-5-20251001", "/v1/messages", "claude-haiku-4-5-20251001")]
    [InlineData("messages", "anthropic/claude-sonnet-4-5[1m]", "/v1/messages", "claude-sonnet-4-5")]
    [InlineData("messages", "claude-sonnet-4-5[1m]", "/v1/messages", "claude-sonnet-4-5")]
    public async Task An_id_reaches_its_row(string front, string model, string path, string sent)
    {
        await StartAsync(Bridge.Behind(_upstream));
        await AssertReachesAsync(Front.Of(front), model, path, sent);
    }

    [Fact]
    public async Task Every_compatible_provider_is_a_row_with_key_and_base_URL()
    {
        string[] rows = ["groq", "openrouter", "together", "deepseek", "xai", "cerebras", "perplexity", "mistral", "fireworks", "nvidia", "sambanova", "qwen", "zai", "codestral", "moonshot", "huggingface", "github", "cloudflare"];
        var environment = new Dictionary<string, string> { ["CLOUDFLARE_ACCOUNT_ID"] = "account" };
        foreach (var row in rows)
        {
            environment[$"{row.ToUpperInvariant()}_API_KEY"] = $"sk-key-of-{row}";
            environment[$"{row.ToUpperInvariant()}_BASE_URL"] = _upstream.OpenAiUrl;
        }
        await StartAsync(environment);
        foreach (var row in rows)
        {
            await AssertReachesAsync(Front.Chat, $"{row}/vendor/some-model", "/v1/chat/completions", "vendor/some-model");
            Assert.Equal($"Bearer sk-key-of-{row}", _upstream.Requests()[0].Header("authorization"));
        }
    }

    [Theory]
    [InlineData("HF_TOKEN", "huggingface")]
    [InlineData("GITHUB_TOKEN", "github")]
    [InlineData("DASHSCOPE_API_KEY", "qwen")]
    public async Task The_vendors_own_key_names_are_taken(string name, string row)
    {
        await StartAsync(new() { [name] = "sk-by-another-name", [$"{row.ToUpperInvariant()}_BASE_URL"] = _upstream.OpenAiUrl });
        await AssertReachesAsync(Front.Chat, $"{row}/m", "/v1/chat/completions", "m");
        Assert.Equal("Bearer sk-by-another-name", _upstream.Requests()[0].Header("authorization"));
    }

    [Theory]
    [InlineData("ANTHROPIC_BASE_URL", "", "anthropic/m", "/v1/messages")]
    [InlineData("ANTHROPIC_BASE_URL", "/", "anthropic/m", "/v1/messages")]
    [InlineData("ANTHROPIC_BASE_URL", "/v1", "anthropic/m", "/v1/messages")]
    [InlineData("ANTHROPIC_BASE_URL", "/proxy", "anthropic/m", "/proxy/v1/messages")]
    [InlineData("OPENAI_BASE_URL", "/v1", "openai/m", "/v1/chat/completions")]
    [InlineData("OPENAI_BASE_URL", "/v1/", "openai/m", "/v1/chat/completions")]
    [InlineData("OPENAI_BASE_URL", "", "openai/m", "/v1/chat/completions")]
    [InlineData("OPENAI_BASE_URL", "/proxy/v2", "openai/m", "/proxy/v2/chat/completions")]
    public async Task A_base_URL_is_read_as_the_vendors_SDK_wants_it(string name, string suffix, string model, string path)
    {
        await StartAsync(new() { [name] = _upstream.Url + suffix, ["OPENAI_API_KEY"] = "sk-x-0123456789", ["ANTHROPIC_API_KEY"] = "sk-x-0123456789" });
        using var answer = await AskAsync(Front.Chat, model);
        Assert.Equal(path, (await _upstream.RequestAsync()).Path);
    }

    [Theory]
    [InlineData("gemini/../../x")]
    [InlineData("gemini/a/./b")]
    [InlineData("gemini/a//b")]
    [InlineData("azure/a/../../../admin")]
    public async Task A_name_that_would_lead_to_another_path_is_refused(string model)
    {
        await StartAsync(new() { ["GEMINI_BASE_URL"] = _upstream.Url, ["AZURE_BASE_URL"] = _upstream.Url, ["AZURE_API_KEY"] = "k", ["AZURE_OPENAI_API_VERSION"] = "2024-10-21" });
        using var answer = await AskAsync(Front.Chat, model);
        Assert.Equal(400, (int)answer.StatusCode);
        Front.Chat.AssertError(await answer.JsonAsync(), "model", model[(model.IndexOf('/', StringComparison.Ordinal) + 1)..]);
        Assert.Empty(_upstream.Requests());
    }

    [Fact]
    public async Task A_base_URL_alone_configures_a_row()
    {
        await StartAsync(new() { ["GROQ_BASE_URL"] = _upstream.OpenAiUrl });
        using var answer = await AskAsync(Front.Chat, "groq/m");
        Assert.Equal("m", (string?)(await _upstream.RequestAsync()).Json["model"]);
    }

    [Theory]
    [InlineData("meta-llama/Llama-3.1-8B", "meta-llama/Llama-3.1-8B")]
    [InlineData("plain-model", "plain-model")]
    [InlineData("upstream/plain-model", "plain-model")]
    [InlineData("groq/not-configured", "groq/not-configured")]
    [InlineData("claude-sonnet-4-5", "claude-sonnet-4-5")]
    public async Task An_upstream_takes_ids_whole(string model, string sent)
    {
        await StartAsync([], "--upstream", _upstream.OpenAiUrl);
        await AssertReachesAsync(Front.Chat, model, "/v1/chat/completions", sent);
        await AssertReachesAsync(Front.Messages, model, "/v1/chat/completions", sent);
    }

    [Fact]
    public async Task A_configured_row_goes_before_an_upstream()
    {
        await using var row = FakeServer.Start();
        await StartAsync(new() { ["OPENAI_API_KEY"] = "sk-x-0123456789", ["OPENAI_BASE_URL"] = row.OpenAiUrl }, "--upstream", _upstream.OpenAiUrl);
        using var toRow = await AskAsync(Front.Chat, "openai/m");
        Assert.Equal("m", (string?)(await row.RequestAsync()).Json["model"]);
        using var toUpstream = await AskAsync(Front.Chat, "upstream/openai/m");
        Assert.Equal("openai/m", (string?)(await _upstream.RequestAsync()).Json["model"]);
    }

    [Theory]
    [InlineData("anything")]
    [InlineData("claude-haiku-4-5")]
    [InlineData("claude-opus-4-5[1m]")]
    [InlineData("upstream/anything")]
    public async Task With_a_model_name_every_such_id_is_sent_as_that(string model)
    {
        await StartAsync([], "--upstream", _upstream.OpenAiUrl, "--model", "my/own-model");
        await AssertReachesAsync(Front.Messages, model, "/v1/chat/completions", "my/own-model");
    }

    [Fact]
    public async Task An_upstream_has_a_key_of_its_own()
    {
        await StartAsync(new() { ["ACPTOAPI_UPSTREAM_KEY"] = "sk-of-the-upstream" }, "--upstream", _upstream.OpenAiUrl);
        using var answer = await AskAsync(Front.Chat, "m");
        Assert.Equal("Bearer sk-of-the-upstream", (await _upstream.RequestAsync()).Header("authorization"));
    }

    [Fact]
    public async Task Without_one_the_callers_key_is_passed_on()
    {
        await StartAsync([], "--upstream", _upstream.OpenAiUrl);
        using var answer = await AskAsync(Front.Chat, "m");
        Assert.Equal($"Bearer {Bridge.ClientKey}", (await _upstream.RequestAsync()).Header("authorization"));
    }

    [Fact]
    public async Task But_never_when_it_is_this_servers_own()
    {
        await StartAsync(new() { ["ACPTOAPI_API_KEY"] = Bridge.ClientKey }, "--upstream", _upstream.OpenAiUrl);
        using var answer = await AskAsync(Front.Chat, "m");
        Assert.DoesNotContain(Bridge.ClientKey, string.Join('\n', (await _upstream.RequestAsync()).Headers), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("chat")]
    [InlineData("messages")]
    public async Task An_id_that_nobody_has_is_a_404_that_lists_what_works(string frontName)
    {
        var front = Front.Of(frontName);
        await StartAsync(Bridge.Behind(_upstream));
        foreach (var model in (string[])["nosuch/model", "no-such-model", "mistral-large"])
        {
            using var answer = await AskAsync(front, model);
            var error = await answer.JsonAsync();
            Assert.True((int)answer.StatusCode == 404, $"{model}: {(int)answer.StatusCode} {error.ToJsonString()}");
            front.AssertError(error, "openai/", "anthropic/", "demo/");
            if (front == Front.Chat) Assert.Equal("model_not_found", (string?)error["error"]!["code"]);
            else Assert.Equal("not_found_error", (string?)error["error"]!["type"]);
        }
        Assert.Empty(_upstream.Requests());
    }

    [Theory]
    [InlineData("sonnet")]
    [InlineData("opus")]
    [InlineData("haiku")]
    [InlineData("claude-code")]
    [InlineData("claude-code:a-conversation")]
    public async Task Ids_of_an_agent_that_is_not_installed_say_what_to_do(string model)
    {
        await StartAsync(Bridge.Behind(_upstream));
        using var answer = await AskAsync(Front.Messages, model);
        Assert.Equal(503, (int)answer.StatusCode);
        Front.Messages.AssertError(await answer.JsonAsync(), "npm install -g @anthropic-ai/claude-code", "--claude-bin");
        Assert.Empty(_upstream.Requests());
    }

    [Theory]
    [InlineData("chat", "groq/some-model", "GROQ_API_KEY")]
    [InlineData("messages", "openai/some-model", "OPENAI_API_KEY")]
    [InlineData("chat", "anthropic/some-model", "ANTHROPIC_API_KEY")]
    public async Task A_missing_key_is_a_401_that_names_it(string frontName, string model, string variable)
    {
        var front = Front.Of(frontName);
        await StartAsync([]);
        using var answer = await AskAsync(front, model);
        Assert.Equal(401, (int)answer.StatusCode);
        front.AssertError(await answer.JsonAsync(), variable);
    }

    [Theory]
    [InlineData("openai", "/v1/chat/completions")]
    [InlineData("anthropic", "/v1/messages")]
    public async Task The_default_backend_takes_what_nobody_else_does(string backend, string path)
    {
        await StartAsync(Bridge.Behind(_upstream), "--default-backend", backend);
        await AssertReachesAsync(Front.Chat, "some-model", path, "some-model");
    }

    [Fact]
    public async Task An_alias_of_the_configuration_names_another_id()
    {
        await StartWithFilesAsync(Bridge.Behind(_upstream), new() { ["config.json"] = """{ /* comments are fine */ "aliases": { "fast": "openai/fake-small", "claude-fast": "anthropic/fake-small", "long": "anthropic/fake-large[1m]" } }""" }, "--config", "config.json");
        await AssertReachesAsync(Front.Messages, "fast", "/v1/chat/completions", "fake-small");
        await AssertReachesAsync(Front.Messages, "claude-fast", "/v1/messages", "fake-small");
        await AssertReachesAsync(Front.Messages, "long", "/v1/messages", "fake-large");
        Assert.Contains("context-1m", _upstream.Requests()[0].Header("anthropic-beta"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_provider_of_the_configuration_is_a_row()
    {
        var config = new JsonObject
        {
            ["providers"] = new JsonObject
            {
                ["local"] = new JsonObject { ["base-url"] = _upstream.OpenAiUrl, ["key"] = "sk-of-local-0123", ["headers"] = new JsonObject { ["X-Team"] = "bridge" } },
                ["other"] = new JsonObject { ["base-url"] = _upstream.Url, ["formats"] = new JsonArray("messages"), ["key-env"] = "OTHER_KEY" },
            },
        };
        await StartWithFilesAsync(new() { ["OTHER_KEY"] = "sk-of-other-0123" }, new() { ["config.json"] = config.ToJsonString() }, "--config", "config.json");
        await AssertReachesAsync(Front.Messages, "local/some/model", "/v1/chat/completions", "some/model");
        Assert.Equal("bridge", _upstream.Requests()[0].Header("x-team"));
        Assert.Equal("Bearer sk-of-local-0123", _upstream.Requests()[0].Header("authorization"));
        await AssertReachesAsync(Front.Chat, "other/model", "/v1/messages", "model");
        Assert.Equal("sk-of-other-0123", _upstream.Requests()[0].Header("x-api-key"));
    }

    Task StartAsync(Dictionary<string, string> environment, params string[] arguments) => StartWithFilesAsync(environment, [], arguments);

    async Task StartWithFilesAsync(Dictionary<string, string> environment, Dictionary<string, string> files, params string[] arguments) =>
        _server = await Server.StartAsync(new() { Environment = environment, Files = files, Arguments = [.. arguments] });

    Task<HttpResponseMessage> AskAsync(Front front, string model) => _http.PostJsonAsync(_server!.Url + front.Path, front.Body(model, "<<say hi>>", stream: false));

    async Task AssertReachesAsync(Front front, string model, string path, string sent)
    {
        _upstream.Clear();
        using var answer = await AskAsync(front, model);
        var body = await answer.JsonAsync();
        Assert.True(answer.IsSuccessStatusCode, $"{model}: {(int)answer.StatusCode} {body.ToJsonString()}");
        Assert.Equal("hi", front.TextOf(body));
        var seen = Assert.Single(_upstream.Requests());
        Assert.Equal((path, sent), (seen.Path, (string?)seen.Json["model"]));
    }
}
