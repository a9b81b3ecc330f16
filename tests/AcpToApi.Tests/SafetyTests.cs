using System.Text.Json.Nodes;
using AcpToApi.Tests.Support;
using FakeProvider;

namespace AcpToApi.Tests;

/// <summary>Safe from the first day.</summary>
public class SafetyTests(LockedBridge bridge) : IClassFixture<LockedBridge>
{
    public static TheoryData<string, string> KeyPlaces => new()
    {
        { "Authorization", $"Bearer {LockedBridge.Key}" },
        { "Authorization", $"bearer {LockedBridge.Key}" },
        { "x-api-key", LockedBridge.Key },
        { "x-goog-api-key", LockedBridge.Key },
        { "?key=", LockedBridge.Key },
    };

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("::")]
    [InlineData("192.0.2.1")]
    public async Task Listening_to_others_without_a_key_is_refused(string host)
    {
        var outcome = await Server.RunAsync(new() { Arguments = ["--host", host] });
        Assert.Equal(2, outcome.ExitCode);
        Assert.Contains("ACPTOAPI_API_KEY", outcome.Errors, StringComparison.Ordinal);
        Assert.Single(outcome.Errors.Trim().Split('\n'));
    }

    [Fact]
    public async Task Listening_to_others_with_a_key_is_fine()
    {
        await using var server = await Server.StartAsync(new() { Arguments = ["--host", "0.0.0.0"], Environment = new() { ["ACPTOAPI_API_KEY"] = LockedBridge.Key } });
        using var answer = await bridge.Http.GetAsync($"{server.Url}/v1/models");
        Assert.Equal(401, (int)answer.StatusCode);
    }

    [Theory, MemberData(nameof(KeyPlaces))]
    public async Task The_key_is_taken_where_clients_put_it(string place, string value)
    {
        var query = place == "?key=" ? place + value : "";
        using var answer = await bridge.Http.PostJsonAsync($"{bridge.Server.Url}/v1/chat/completions{query}", Front.Chat.Body("openai/m", "hi", stream: false), request =>
        {
            request.Headers.Remove("Authorization");
            if (query.Length == 0) request.Headers.TryAddWithoutValidation(place, value);
        });
        Assert.Equal(200, (int)answer.StatusCode);
    }

    [Theory]
    [InlineData("chat", "Authorization", "Bearer wrong")]
    [InlineData("chat", "Authorization", "Bearer " + LockedBridge.Key + "x")]
    [InlineData("chat", "Authorization", "Basic " + LockedBridge.Key)]
    [InlineData("messages", "x-api-key", "wrong")]
    [InlineData("messages", "x-api-key", "")]
    [InlineData("messages", "x-other", "none")]
    public async Task Another_key_is_a_401(string frontName, string header, string value)
    {
        bridge.Upstream.Clear();
        var front = Front.Of(frontName);
        using var answer = await bridge.AskAsync(front, "openai/m", "hi", stream: false, request =>
        {
            request.Headers.Remove("Authorization");
            request.Headers.TryAddWithoutValidation(header, value);
        });
        Assert.Equal(401, (int)answer.StatusCode);
        front.AssertError(await answer.JsonAsync());
        Assert.Empty(bridge.Upstream.Requests());
    }

    [Fact]
    public async Task The_key_is_asked_for_before_the_body_is_read()
    {
        // The body never comes; an answer can only be one to the head.
        var (status, _, body) = await RawHttp.SendAsync(bridge.Server.Port, "POST /v1/messages HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n");
        Assert.Equal(401, status);
        Front.Messages.AssertError(System.Text.Json.Nodes.JsonNode.Parse(body)!);
    }

    [Theory]
    [InlineData("/v1/models")]
    [InlineData("/v1/models/openai/m")]
    [InlineData("/debug/config")]
    [InlineData("/metrics")]
    public async Task Nothing_but_health_is_open(string path)
    {
        using var answer = await bridge.Http.GetAsync(bridge.Server.Url + path);
        Assert.Equal(401, (int)answer.StatusCode);
        using var health = await bridge.Http.GetAsync($"{bridge.Server.Url}/health");
        Assert.Equal(200, (int)health.StatusCode);
    }

    [Theory]
    [InlineData("localhost", true)]
    [InlineData("127.0.0.1:4800", true)]
    [InlineData("[::1]:4800", true)]
    [InlineData("192.168.1.7", true)]
    [InlineData("bridge.example", true)]
    [InlineData("BRIDGE.example:80", true)]
    [InlineData("evil.example", false)]
    [InlineData("localhost.evil.example", false)]
    [InlineData("127.0.0.1.evil.example", false)]
    public async Task Only_known_host_names_are_served(string host, bool served)
    {
        bridge.Upstream.Clear();
        using var answer = await bridge.AskAsync(Front.Chat, "openai/m", "hi", stream: false, request =>
        {
            LockedBridge.WithKey(request);
            request.Headers.Host = host;
        });
        if (served)
        {
            Assert.Equal(200, (int)answer.StatusCode);
            return;
        }
        Assert.Contains((int)answer.StatusCode, (int[])[400, 403, 421]);
        Front.Chat.AssertError(await answer.JsonAsync(), "--allow-host");
        Assert.Empty(bridge.Upstream.Requests());
    }

    [Theory]
    [InlineData("https://evil.example")]
    [InlineData("null")]
    [InlineData("http://localhost.evil.example")]
    public async Task A_foreign_origin_is_refused(string origin)
    {
        bridge.Upstream.Clear();
        using var answer = await bridge.AskAsync(Front.Messages, "openai/m", "hi", stream: false, request =>
        {
            LockedBridge.WithKey(request);
            request.Headers.Add("Origin", origin);
        });
        Assert.Equal(403, (int)answer.StatusCode);
        Front.Messages.AssertError(await answer.JsonAsync());
        Assert.Null(answer.Header("access-control-allow-origin"));
        Assert.Empty(bridge.Upstream.Requests());
    }

    [Fact]
    public async Task An_allowed_origin_gets_its_CORS_headers_and_no_other_does()
    {
        await using var server = await Server.StartAsync(new() { Arguments = ["--allow-origin", "https://app.example"] });
        using var preflight = new HttpRequestMessage(HttpMethod.Options, $"{server.Url}/v1/chat/completions");
        preflight.Headers.Add("Origin", "https://app.example");
        preflight.Headers.Add("Access-Control-Request-Method", "POST");
        preflight.Headers.Add("Access-Control-Request-Headers", "content-type,authorization");
        using var allowed = await bridge.Http.SendAsync(preflight);
        Assert.InRange((int)allowed.StatusCode, 200, 204);
        Assert.Equal("https://app.example", allowed.Header("access-control-allow-origin"));
        using var other = new HttpRequestMessage(HttpMethod.Options, $"{server.Url}/v1/chat/completions");
        other.Headers.Add("Origin", "https://evil.example");
        other.Headers.Add("Access-Control-Request-Method", "POST");
        using var refused = await bridge.Http.SendAsync(other);
        Assert.Null(refused.Header("access-control-allow-origin"));
    }

    // What ?key= holds is decoded, and --upstream gets it in a header.
    [Theory]
    [InlineData("/v1/chat/completions?key=a%0d%0aX-Injected:%20yes", "")]
    [InlineData("/v1/chat/completions?key=a%0d%0a%0d%0aPOST%20/admin%20HTTP/1.1", "")]
    [InlineData("/v1/chat/completions?key=%c3%a9", "")]
    [InlineData("/v1/messages", "anthropic-beta: caf\u00e9\r\n")]
    [InlineData("/v1/messages", "anthropic-version: caf\u00e9\r\n")]
    public async Task No_client_writes_headers_to_a_provider(string path, string header)
    {
        await using var upstream = FakeServer.Start();
        await using var server = await Server.StartAsync(new()
        {
            Arguments = ["--upstream", upstream.OpenAiUrl],
            Environment = new() { ["ANTHROPIC_BASE_URL"] = upstream.Url, ["ANTHROPIC_API_KEY"] = Bridge.AnthropicKey },
        });
        var front = path == "/v1/messages" ? Front.Messages : Front.Chat;
        var body = front.Body(front == Front.Messages ? "anthropic/m" : "m", "hi", stream: false).ToJsonString();
        var (status, _, told) = await RawHttp.SendAsync(server.Port, $"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{header}Content-Length: {body.Length}\r\n\r\n{body}");
        Assert.Equal(400, status);
        front.AssertError(JsonNode.Parse(told)!, "header");
        Assert.Empty(upstream.Requests(all: true));
    }

    [Theory]
    [InlineData("/v1/chat/completions", "Authorization: Bearer sk-one\r\nAuthorization: Bearer sk-two", 400)]
    [InlineData("/v1/messages", "x-api-key: sk-one\r\nx-api-key: sk-two", 400)]
    [InlineData("/v1/chat/completions?key=sk-one&key=sk-two", "X-Other: 1", 400)]
    [InlineData("/v1/messages", "x-api-key: sk-one\r\nx-api-key: sk-one", 200)]
    [InlineData("/v1/chat/completions", "Authorization: Bearer sk-one\r\nAuthorization: Bearer sk-one", 200)]
    public async Task Two_keys_in_one_place_are_refused_unless_they_are_the_same(string path, string headers, int status)
    {
        await using var upstream = FakeServer.Start();
        await using var server = await Server.StartAsync(new() { Arguments = ["--upstream", upstream.OpenAiUrl] });
        var front = path == "/v1/messages" ? Front.Messages : Front.Chat;
        var body = front.Body("m", "hi", stream: false).ToJsonString();
        var (got, _, told) = await RawHttp.SendAsync(server.Port, $"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{headers}\r\nContent-Length: {body.Length}\r\n\r\n{body}");
        Assert.Equal(status, got);
        if (status == 400) front.AssertError(JsonNode.Parse(told)!, "different values");
        if (status == 400) Assert.Empty(upstream.Requests(all: true));
        else Assert.Equal("Bearer sk-one", (await upstream.RequestAsync()).Header("authorization"));
    }

    [Fact]
    public async Task A_key_with_a_line_break_is_a_mistake_at_the_start()
    {
        foreach (var name in (string[])["OPENAI_API_KEY", "ACPTOAPI_UPSTREAM_KEY"])
        {
            var outcome = await Server.RunAsync(new() { Arguments = ["--upstream", "http://127.0.0.1:9/v1"], Environment = new() { [name] = "sk-one\nX-Two: three" } });
            Assert.Equal(2, outcome.ExitCode);
            Assert.Contains(name, outcome.Errors, StringComparison.Ordinal);
            Assert.DoesNotContain("sk-one", outcome.All, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("Two Words", "value")]
    [InlineData("X-Good", "a\\r\\nX-Bad: b")]
    public async Task A_configured_header_that_is_none_is_a_mistake_at_the_start(string name, string value)
    {
        var outcome = await Server.RunAsync(new()
        {
            Arguments = ["--config", "c.json"],
            Files = new() { ["c.json"] = $$"""{ "providers": { "x": { "base-url": "http://127.0.0.1:9/v1", "headers": { "{{name}}": "{{value}}" } } } }""" },
        });
        Assert.Equal(2, outcome.ExitCode);
        Assert.Contains($"providers.x.headers.{name}", outcome.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_preflight_to_a_foreign_name_is_refused_even_from_an_allowed_origin()
    {
        await using var server = await Server.StartAsync(new() { Arguments = ["--allow-origin", "https://app.example"] });
        var (status, head, _) = await RawHttp.SendAsync(server.Port, "OPTIONS /v1/messages HTTP/1.1\r\nHost: evil.example\r\nOrigin: https://app.example\r\nAccess-Control-Request-Method: POST\r\n\r\n");
        Assert.Equal(403, status);
        Assert.DoesNotContain("Access-Control", head, StringComparison.OrdinalIgnoreCase);
    }

    public static TheoryData<string, string> Pairs => Front.Pairs;

    [Fact]
    public async Task A_request_that_has_passed_through_us_is_a_508()
    {
        bridge.Upstream.Clear();
        using var first = await bridge.AskAsync(Front.Chat, "openai/m", "hi", stream: false, LockedBridge.WithKey);
        var via = (await bridge.Upstream.RequestAsync()).Header("via");
        Assert.NotNull(via);
        using var again = await bridge.AskAsync(Front.Messages, "openai/m", "hi", stream: false, request =>
        {
            LockedBridge.WithKey(request);
            request.Headers.TryAddWithoutValidation("Via", via);
        });
        Assert.Equal(508, (int)again.StatusCode);
        Front.Messages.AssertError(await again.JsonAsync());
        Assert.Single(bridge.Upstream.Requests());
    }

    [Fact]
    public async Task A_proxy_that_is_not_us_in_Via_is_no_loop()
    {
        using var answer = await bridge.AskAsync(Front.Chat, "openai/m", "hi", stream: false, request =>
        {
            LockedBridge.WithKey(request);
            request.Headers.TryAddWithoutValidation("Via", "1.1 nginx, 1.1 company-proxy");
        });
        Assert.Equal(200, (int)answer.StatusCode);
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("localhost")]
    public async Task A_base_URL_of_the_environment_that_is_ourselves_is_ignored_with_a_warning(string host)
    {
        await using var server = await Server.StartAsync(new() { Environment = new() { ["ANTHROPIC_BASE_URL"] = $"http://{host}:{{port}}", ["GROQ_API_KEY"] = "sk-x-0123456789" } });
        await server.OutputAsync(o => o.Contains("ANTHROPIC_BASE_URL", StringComparison.Ordinal), "a warning that names ANTHROPIC_BASE_URL");
        Assert.Single(server.Output.Split('\n'), line => line.Contains("ANTHROPIC_BASE_URL", StringComparison.Ordinal));
        using var answer = await bridge.Http.PostJsonAsync($"{server.Url}/v1/messages", Front.Messages.Body("anthropic/m", "hi", stream: false));
        Assert.Equal(401, (int)answer.StatusCode);
    }

    [Fact]
    public async Task An_upstream_that_is_ourselves_is_a_startup_error()
    {
        var outcome = await Server.RunAsync(new() { Arguments = ["--upstream", "http://127.0.0.1:{port}/v1"] });
        Assert.Equal(2, outcome.ExitCode);
        Assert.Contains("--upstream", outcome.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("chat", "chat")]
    [InlineData("messages", "messages")]
    [InlineData("chat", "messages")]
    public async Task Redirects_are_not_followed(string frontName, string back)
    {
        await using var target = FakeServer.Start();
        var front = Front.Of(frontName);
        using var answer = await bridge.AskAsync(front, Front.ModelOf(back), $"<<redirect {target.Url}{front.Path}>>", stream: false, LockedBridge.WithKey);
        Assert.Equal(502, (int)answer.StatusCode);
        front.AssertError(await answer.JsonAsync());
        Assert.Empty(target.Requests(all: true));
    }

    [Fact]
    public async Task The_request_cannot_choose_the_upstream()
    {
        await using var target = FakeServer.Start();
        var body = Front.Chat.Body("openai/m", "hi", stream: false);
        foreach (var name in (string[])["api_base", "base_url", "baseURL", "api_key", "upstream"]) body[name] = target.OpenAiUrl;
        using var answer = await bridge.Http.PostJsonAsync($"{bridge.Server.Url}/v1/chat/completions", body, request =>
        {
            LockedBridge.WithKey(request);
            request.Headers.TryAddWithoutValidation("x-base-url", target.OpenAiUrl);
            request.Headers.TryAddWithoutValidation("x-forwarded-host", $"127.0.0.1:{target.Port}");
        });
        Assert.Equal(200, (int)answer.StatusCode);
        Assert.Empty(target.Requests(all: true));
    }

    [Theory]
    [InlineData("CONNECT 127.0.0.1:1 HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n")]
    [InlineData("GET http://evil.example/v1/models HTTP/1.1\r\nHost: evil.example\r\n\r\n")]
    public async Task It_is_no_open_proxy(string request)
    {
        var (status, _, _) = await RawHttp.SendAsync(bridge.Server.Port, request);
        Assert.InRange(status, 400, 499);
    }
}
