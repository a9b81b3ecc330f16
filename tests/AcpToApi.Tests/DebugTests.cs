using System.Text.Json.Nodes;
using AcpToApi.Tests.Support;

namespace AcpToApi.Tests;

/// <summary>The debug pages: what is active, whether providers answer, and never a secret.</summary>
public sealed class DebugTests : IAsyncLifetime
{
    const string Key = "sk-key-of-this-server-0123";
    readonly FakeProvider.FakeServer _upstream = FakeProvider.FakeServer.Start();
    readonly HttpClient _http = Wire.NewClient();
    Server? _server;

    public async ValueTask InitializeAsync()
    {
        var environment = Bridge.Behind(_upstream);
        environment["ACPTOAPI_API_KEY"] = Key;
        environment["ACPTOAPI_LOG_LEVEL"] = "warning";
        environment["DEEPSEEK_API_KEY"] = "sk-deepseek-0123456789";
        environment["DEEPSEEK_BASE_URL"] = "http://127.0.0.1:1";
        _server = await Server.StartAsync(new() { Arguments = ["--stream-idle-timeout", "7s"], Environment = environment });
        _http.DefaultRequestHeaders.Add("x-api-key", Key);
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        if (_server is not null) await _server.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    [Fact]
    public async Task The_configuration_tells_values_and_where_they_came_from()
    {
        var text = await _http.GetStringAsync($"{_server!.Url}/debug/config");
        var config = JsonNode.Parse(text)!;
        Assert.Equal(("7s", "--stream-idle-timeout"), Option("stream-idle-timeout"));
        Assert.Equal(("warning", "ACPTOAPI_LOG_LEVEL"), Option("log-level"));
        Assert.Equal(("15s", "default"), Option("keepalive"));
        Assert.Equal(("set", "ACPTOAPI_API_KEY"), Option("api-key"));
        Assert.Equal("unset", Option("upstream-key").From);
        var openai = config["providers"]!.AsArray().Single(provider => (string)provider!["name"]! == "openai")!;
        Assert.Equal((true, "set", _upstream.OpenAiUrl), ((bool)openai["ready"]!, (string)openai["key"]!, (string)openai["base_url"]!));
        foreach (var secret in new[] { Key, Bridge.OpenAiKey, Bridge.AnthropicKey, "sk-deepseek-0123456789" }) Assert.DoesNotContain(secret, text, StringComparison.Ordinal);

        (string Value, string From) Option(string name)
        {
            var option = config["options"]!.AsArray().Single(entry => (string)entry!["name"]! == name)!;
            return ((string)option["value"]!, (string)option["from"]!);
        }
    }

    [Fact]
    public async Task Providers_are_asked_for_what_costs_nothing()
    {
        var probes = JsonNode.Parse(await _http.GetStringAsync($"{_server!.Url}/debug/providers"))!["providers"]!.AsArray();
        Assert.True((bool)Probe("openai")["ok"]!);
        Assert.True((bool)Probe("anthropic")["ok"]!);
        Assert.False((bool)Probe("deepseek")["ok"]!);
        Assert.Contains("127.0.0.1:1", (string)Probe("deepseek")["error"]!, StringComparison.Ordinal);
        Assert.NotEmpty(_upstream.Requests(all: true));
        Assert.All(_upstream.Requests(all: true), request => Assert.Equal("GET", request.Method));
        JsonNode Probe(string name) => probes.Single(probe => (string)probe!["name"]! == name)!;
    }

    [Theory, InlineData("/debug/config"), InlineData("/debug/providers"), InlineData("/metrics")]
    public async Task They_need_the_key(string path)
    {
        using var stranger = Wire.NewClient();
        using var answer = await stranger.GetAsync(_server!.Url + path);
        Assert.Equal(401, (int)answer.StatusCode);
        using var translated = await stranger.PostAsync(_server.Url + "/debug/translate", new StringContent("{}"));
        Assert.Equal(401, (int)translated.StatusCode);
    }
}
