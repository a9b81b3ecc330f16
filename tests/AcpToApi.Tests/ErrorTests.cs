using System.Net;
using System.Net.Sockets;
using System.Text;
using AcpToApi.Tests.Support;
using FakeProvider;

namespace AcpToApi.Tests;

/// <summary>Limits short enough to wait for.</summary>
public sealed class ImpatientBridge : Bridge
{
    protected override string[] Arguments => ["--stream-idle-timeout", "1s", "--first-byte-timeout", "1500ms"];
}

/// <summary>What goes wrong upstream is told honestly, in the caller's dialect.</summary>
public class ErrorTests(ImpatientBridge bridge) : IClassFixture<ImpatientBridge>
{
    public static TheoryData<string, string> Pairs => Front.Pairs;

    public static TheoryData<string, string, int> Statuses
    {
        get
        {
            var data = new TheoryData<string, string, int>();
            foreach (var pair in Front.Pairs)
            {
                foreach (var status in (int[])[400, 401, 403, 404, 413, 429, 500, 503, 529]) data.Add(pair.Data.Item1, pair.Data.Item2, status);
            }
            return data;
        }
    }

    public static TheoryData<string, string, string> StreamFaults => With("cut 2", "truncate 2", "oops 2", "stall 2", "cut 0", "truncate 0", "oops 0");

    public static TheoryData<string, string, string> WholeFaults => With("cut 0", "truncate 0", "garble 0");

    [Theory, MemberData(nameof(Statuses))]
    public async Task The_upstream_status_is_kept(string frontName, string back, int status)
    {
        var front = Front.Of(frontName);
        foreach (var stream in (bool[])[false, true])
        {
            using var answer = await bridge.AskAsync(front, Front.ModelOf(back), $"<<error {status} for this reason>>", stream);
            Assert.Equal(status, (int)answer.StatusCode);
            Assert.Equal("application/json", answer.Content.Headers.ContentType?.MediaType);
            front.AssertError(await answer.JsonAsync(), "for this reason");
            Assert.Equal("1", answer.Header("retry-after"));
            Assert.Equal("7", answer.Header(back == "chat" ? "x-ratelimit-remaining-requests" : "anthropic-ratelimit-requests-remaining"));
        }
    }

    [Theory]
    [InlineData("chat", 401, "authentication_error")]
    [InlineData("chat", 403, "permission_error")]
    [InlineData("chat", 404, "not_found_error")]
    [InlineData("chat", 413, "request_too_large")]
    [InlineData("chat", 429, "rate_limit_error")]
    [InlineData("chat", 400, "invalid_request_error")]
    [InlineData("chat", 500, "api_error")]
    public async Task An_error_gets_the_type_that_Anthropic_clients_look_at(string back, int status, string type)
    {
        using var answer = await bridge.AskAsync(Front.Messages, Front.ModelOf(back), $"<<error {status} x>>", stream: false);
        Assert.Equal(type, (string?)(await answer.JsonAsync())["error"]!["type"]);
    }

    [Fact]
    public async Task The_path_says_the_dialect_of_an_error_whatever_the_headers_say()
    {
        using var answer = await bridge.AskAsync(Front.Chat, "nosuch/model", "hi", stream: false, request => request.Headers.Add("anthropic-version", "2023-06-01"));
        Assert.Equal(404, (int)answer.StatusCode);
        var body = await answer.JsonAsync();
        Assert.Equal("model_not_found", (string?)body["error"]!["code"]);
    }

    [Theory, MemberData(nameof(Pairs))]
    public async Task A_page_of_HTML_is_never_relayed(string frontName, string back)
    {
        var front = Front.Of(frontName);
        foreach (var (status, expected) in ((int, int)[])[(502, 502), (403, 403), (200, 502)])
        {
            foreach (var stream in (bool[])[false, true])
            {
                using var answer = await bridge.AskAsync(front, Front.ModelOf(back), $"<<html {status}>>", stream);
                Assert.Equal(expected, (int)answer.StatusCode);
                var body = await answer.JsonAsync();
                front.AssertError(body);
                Assert.DoesNotContain("<h", body.ToJsonString(Wire.Plain), StringComparison.OrdinalIgnoreCase);
                Assert.DoesNotContain("Bad gateway of the vendor", body.ToJsonString(Wire.Plain), StringComparison.Ordinal);
            }
        }
    }

    [Theory, MemberData(nameof(StreamFaults))]
    public async Task A_stream_that_breaks_ends_in_an_error_event(string frontName, string back, string fault)
    {
        var front = Front.Of(frontName);
        using var answer = await bridge.AskAsync(front, Front.ModelOf(back), $"<<slow 20>> <<say one two three four>> <<{fault}>>", stream: true);
        if (answer.StatusCode != HttpStatusCode.OK)
        {
            // Nothing was forwarded yet, so the status may still tell.
            Assert.EndsWith("0", fault, StringComparison.Ordinal);
            Assert.InRange((int)answer.StatusCode, 500, 599);
            front.AssertError(await answer.JsonAsync());
            return;
        }
        var events = await answer.EventsAsync();
        front.AssertBrokenStream(events);
        if (fault.EndsWith('2')) Assert.Equal("one two", string.Concat(events.Select(front.TextOf)));
    }

    [Theory]
    [InlineData("chat", "messages")]
    [InlineData("messages", "chat")]
    public async Task A_frame_that_is_no_JSON_ends_the_stream_in_an_error_event(string frontName, string back)
    {
        var front = Front.Of(frontName);
        using var answer = await bridge.AskAsync(front, Front.ModelOf(back), "<<slow 20>> <<say one two three four>> <<garble 2>>", stream: true);
        var events = await answer.EventsAsync();
        front.AssertBrokenStream(events);
        Assert.Equal("one two", string.Concat(events.Select(front.TextOf)));
    }

    // The error becomes the HTTP answer; what the provider says after it must not spoil that.
    [Theory]
    [InlineData("chat", "openai/fake-model", "data: {\"error\":{\"message\":\"broken at once\",\"type\":\"server_error\"}}\n\n", "data: [DONE]\n\n")]
    [InlineData("messages", "anthropic/fake-model", "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"broken at once\"}}\n\n", "event: ping\ndata: {\"type\":\"ping\"}\n\n")]
    public async Task A_passed_stream_that_begins_with_an_error_is_an_HTTP_error_whatever_follows(string frontName, string model, string error, string more)
    {
        var front = Front.Of(frontName);
        bridge.Upstream.Script(new RawScript(
        [
            new(Encoding.UTF8.GetBytes("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n" + error)),
            new(Encoding.UTF8.GetBytes(more), TimeSpan.FromMilliseconds(200)),
        ]));
        using var answer = await bridge.AskAsync(front, model, "hi", stream: true);
        Assert.InRange((int)answer.StatusCode, 500, 599);
        front.AssertError(await answer.JsonAsync(), "broken at once");
    }

    [Theory, MemberData(nameof(WholeFaults))]
    public async Task A_whole_answer_that_breaks_is_a_502(string frontName, string back, string fault)
    {
        var front = Front.Of(frontName);
        using var answer = await bridge.AskAsync(front, Front.ModelOf(back), $"<<say one two three four>> <<{fault}>>", stream: false);
        Assert.Equal(502, (int)answer.StatusCode);
        front.AssertError(await answer.JsonAsync());
    }

    [Theory, MemberData(nameof(Pairs))]
    public async Task A_whole_answer_that_stalls_is_a_504(string frontName, string back)
    {
        var front = Front.Of(frontName);
        using var answer = await bridge.AskAsync(front, Front.ModelOf(back), "<<say one two>> <<stall 0>>", stream: false);
        Assert.Equal(504, (int)answer.StatusCode);
        front.AssertError(await answer.JsonAsync());
    }

    [Theory, MemberData(nameof(Pairs))]
    public async Task No_first_byte_in_time_is_a_504(string frontName, string back)
    {
        var front = Front.Of(frontName);
        foreach (var stream in (bool[])[false, true])
        {
            using var answer = await bridge.AskAsync(front, Front.ModelOf(back), "<<wait 20000>>", stream);
            Assert.Equal(504, (int)answer.StatusCode);
            front.AssertError(await answer.JsonAsync());
        }
    }

    [Theory]
    [InlineData("chat", "openai/fake-model")]
    [InlineData("messages", "anthropic/fake-model")]
    public async Task An_upstream_that_is_not_there_is_a_502_that_names_its_host(string frontName, string model)
    {
        var front = Front.Of(frontName);
        var closed = Server.FreePort();
        await using var server = await Server.StartAsync(new()
        {
            Environment = new()
            {
                ["OPENAI_BASE_URL"] = $"http://127.0.0.1:{closed}/v1",
                ["OPENAI_API_KEY"] = "sk-x-0123456789",
                ["ANTHROPIC_BASE_URL"] = $"http://127.0.0.1:{closed}",
                ["ANTHROPIC_API_KEY"] = "sk-x-0123456789",
            },
        });
        using var answer = await bridge.Http.PostJsonAsync(server.Url + front.Path, front.Body(model, "hi", stream: true));
        Assert.Equal(502, (int)answer.StatusCode);
        front.AssertError(await answer.JsonAsync(), $"127.0.0.1:{closed}");
    }

    static TheoryData<string, string, string> With(params string[] faults)
    {
        var data = new TheoryData<string, string, string>();
        foreach (var pair in Front.Pairs)
        {
            foreach (var fault in faults) data.Add(pair.Data.Item1, pair.Data.Item2, fault);
        }
        return data;
    }

    // OpenAI's Responses answer 400 where all other dialects have 404.
    [Fact]
    public async Task A_model_that_an_upstream_does_not_have_is_a_404_in_the_dialects_that_say_so()
    {
        await using var upstream = FakeServer.Start();
        await using var server = await Server.StartAsync(new()
        {
            Arguments = ["--config", "config.json"],
            Files = new() { ["config.json"] = $$$"""{"providers":{"own":{"base-url":"{{{upstream.OpenAiUrl}}}","key":"k","formats":["responses"] } } }""" },
        });
        using var http = Wire.NewClient();
        foreach (var (path, body, status) in ((string, string, int)[])
            [("/v1/chat/completions", """{"model":"own/x","messages":[{"role":"user","content":"x"}]}""", 404), ("/v1/responses", """{"model":"own/x","input":"x"}""", 400)])
        {
            const string Refusal = """{"error":{"message":"The requested model 'x' does not exist.","type":"invalid_request_error","param":"model","code":"model_not_found"}}""";
            upstream.Script(RawAnswer.Of(400, Refusal));
            using var answer = await http.PostAsync(server.Url + path, body, null);
            Assert.Equal(status, (int)answer.StatusCode);
            Assert.Equal("model_not_found", (string?)(await answer.JsonAsync())["error"]!["code"]);
        }
    }

    // Its answer comes while the body is still being sent, of which it reads no more.
    [Theory]
    [InlineData("chat", 413)]
    [InlineData("messages", 413)]
    [InlineData("chat", 401)]
    public async Task What_a_provider_says_before_it_has_read_the_request_is_told(string frontName, int status)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var refusing = RefuseAsync(listener, status);
        await using var server = await Server.StartAsync(new() { Arguments = ["--upstream", $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/v1"] });
        var front = Front.Of(frontName);
        using var answer = await bridge.Http.PostJsonAsync(server.Url + front.Path, front.Body("m", new string('x', 16 << 20), stream: true));
        Assert.Equal(status, (int)answer.StatusCode);
        front.AssertError(await answer.JsonAsync(), "not with me");
        await refusing;
    }

    static async Task RefuseAsync(TcpListener listener, int status)
    {
        using var client = await listener.AcceptTcpClientAsync();
        await client.Client.ReceiveAsync(new byte[4096]);
        const string error = """{"error":{"message":"not with me","type":"invalid_request_error","param":null,"code":null}}""";
        await client.Client.SendAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {status} No\r\nContent-Type: application/json\r\nContent-Length: {error.Length}\r\nConnection: close\r\n\r\n{error}"));
    }
}
