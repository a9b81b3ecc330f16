using System.Text;
using System.Text.Json.Nodes;
using AcpToApi.Tests.Support;
using FakeProvider;

namespace AcpToApi.Tests;

/// <summary>A server that asks for a key.</summary>
public sealed class LockedBridge : Bridge
{
    public const string Key = "own-key-of-this-server-42";

    protected override Dictionary<string, string> Environment => new() { ["ACPTOAPI_API_KEY"] = Key };

    protected override string[] Arguments => ["--allow-host", "bridge.example", "--log-level", "debug"];
}

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
            WithKey(request);
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
            WithKey(request);
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

    [Theory, MemberData(nameof(Pairs))]
    public async Task No_secret_is_shown_by_an_error_within_a_stream(string frontName, string back)
    {
        var front = Front.Of(frontName);
        var message = $"Incorrect API key provided: {Bridge.OpenAiKey}{Bridge.AnthropicKey}.";
        string[] events = back == "chat"
            ? ["data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"one\"},\"finish_reason\":null}]}\n\n", $"data: {{\"error\":{{\"message\":\"{message}\"}}}}\n\n"]
            :
            [
                "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"m\",\"role\":\"assistant\",\"content\":[],\"usage\":{\"input_tokens\":1,\"output_tokens\":1}}}\n\n"
                + "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n"
                + "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"one\"}}\n\n",
                $"event: error\ndata: {{\"type\":\"error\",\"error\":{{\"type\":\"api_error\",\"message\":\"{message}\"}}}}\n\n",
            ];
        bridge.Upstream.Script(new RawScript(
        [
            new(Encoding.UTF8.GetBytes("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n" + events[0])),
            new(Encoding.UTF8.GetBytes(events[1]), TimeSpan.FromMilliseconds(200)),
        ]));
        using var answer = await bridge.AskAsync(front, Front.ModelOf(back), "hi", stream: true, WithKey);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.Equal(200, (int)answer.StatusCode);
        Assert.Contains("Incorrect API key provided: [redacted][redacted].", text, StringComparison.Ordinal);
    }

    // Nobody configured these: a provider quotes a key of its own, or the client's.
    [Theory]
    [InlineData("AKIAIOSFODNN7EXAMPLE")]
    [InlineData("ASIAIOSFODNN7EXAMPLE", "Credential=ASIAIOSFODNN7EXAMPLE/20260102/eu-west-1")]
    [InlineData("IQoJb3JpZ2luX2VjEAa/CXVzLWVhc3QtMSJHMEUCIQ+Zw==")]
    [InlineData("FwoGZXIvYXdzEBYaDHqa0AP+/1==")]
    [InlineData("AIzaSyD-9tSrke72PouQMnMX-a7eZSW0jkFMBWY")]
    [InlineData("plain-1", "https://host/v1?alt=sse&key=plain-1&x=2")]
    [InlineData("plain-2", "see (/v1/models?KEY=plain-2)")]
    [InlineData("sk-proj-A1b2C3d4E5f6G7h8_i9")]
    [InlineData("sk-ant-api03-A1b2C3d4E5f6G7h8")]
    [InlineData("gsk_A1b2C3d4E5f6G7h8I9j0")]
    [InlineData("xai-A1b2C3d4E5f6G7h8I9j0")]
    [InlineData("pplx-A1b2C3d4E5f6G7h8I9j0")]
    [InlineData("r8_A1b2C3d4E5f6G7h8I9j0")]
    [InlineData("hf_A1b2C3d4E5f6G7h8I9j0")]
    [InlineData("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P", "Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P.")]
    public async Task No_key_of_a_known_shape_is_shown(string secret, string? quoted = null)
    {
        foreach (var text in (string[])[quoted ?? secret, "\n" + (quoted ?? secret), $"'{quoted ?? secret}'"])
        {
            foreach (var front in (Front[])[Front.Chat, Front.Messages])
            {
                bridge.Upstream.Clear();
                var error = new JsonObject { ["error"] = new JsonObject { ["message"] = $"before {text} after", ["type"] = "invalid_request_error" } }.ToJsonString(Wire.Plain);
                bridge.Upstream.Script(Encoding.UTF8.GetBytes($"HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: {error.Length}\r\n\r\n{error}"));
                using var answer = await bridge.AskAsync(front, "openai/m", "hi", stream: false, WithKey);
                var told = (string)(await answer.JsonAsync())["error"]!["message"]!;
                Assert.Equal($"before {text} after".Replace(secret, "[redacted]", StringComparison.Ordinal), told);
            }
        }
        var output = await bridge.Server.OutputAsync(o => o.Contains("before ", StringComparison.Ordinal), "the request's line");
        Assert.DoesNotContain(secret, output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("the task-scheduler-0123456789 and risk-analysis-2026-11-21")]
    [InlineData("sk-learn-is-a-library and hf_transformers_are_another")]
    [InlineData("monkey=banana, ?key= and 'eyJ.none'")]
    [InlineData("AKIAISNOKEY and AKIAlowercase0123456")]
    public async Task Words_that_only_look_a_little_like_keys_are_left(string text)
    {
        bridge.Upstream.Clear();
        using var answer = await bridge.AskAsync(Front.Messages, "openai/m", $"<<error 400 {text}>>", stream: false, WithKey);
        Front.Messages.AssertError(await answer.JsonAsync(), text);
    }

    [Fact]
    public async Task No_secret_is_ever_shown()
    {
        string[] secrets = [Bridge.OpenAiKey, Bridge.AnthropicKey, LockedBridge.Key, "key-in-the-query-77"];
        var told = "";
        foreach (var front in (Front[])[Front.Chat, Front.Messages])
        {
            foreach (var back in (string[])["chat", "messages"])
            {
                foreach (var secret in secrets[..3])
                {
                    using var answer = await bridge.AskAsync(front, Front.ModelOf(back), $"<<error 401 Incorrect API key provided: {secret}.>>", stream: false, WithKey);
                    Assert.Equal(401, (int)answer.StatusCode);
                    told += await answer.Content.ReadAsStringAsync();
                }
            }
        }
        using var wrong = await bridge.Http.GetAsync($"{bridge.Server.Url}/v1/models?key=key-in-the-query-77");
        told += await wrong.Content.ReadAsStringAsync();
        foreach (var path in (string[])["/", "/health", "/debug/config"])
        {
            using var answer = await bridge.Http.GetAsync($"{bridge.Server.Url}{path}?key={LockedBridge.Key}");
            told += await answer.Content.ReadAsStringAsync();
        }
        told += await bridge.Server.OutputAsync(o => o.Contains("/debug/config", StringComparison.Ordinal) || o.Contains("401", StringComparison.Ordinal), "a request line");
        foreach (var secret in secrets) Assert.DoesNotContain(secret, told, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_request_that_has_passed_through_us_is_a_508()
    {
        bridge.Upstream.Clear();
        using var first = await bridge.AskAsync(Front.Chat, "openai/m", "hi", stream: false, WithKey);
        var via = (await bridge.Upstream.RequestAsync()).Header("via");
        Assert.NotNull(via);
        using var again = await bridge.AskAsync(Front.Messages, "openai/m", "hi", stream: false, request =>
        {
            WithKey(request);
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
            WithKey(request);
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
        using var answer = await bridge.AskAsync(front, Front.ModelOf(back), $"<<redirect {target.Url}{front.Path}>>", stream: false, WithKey);
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
            WithKey(request);
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

    static void WithKey(HttpRequestMessage request)
    {
        request.Headers.Remove("Authorization");
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {LockedBridge.Key}");
    }
}
