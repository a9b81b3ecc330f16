using System.Text;
using System.Text.Json.Nodes;
using AcpToApi.Tests.Support;
using FakeProvider;

namespace AcpToApi.Tests;

/// <summary>Keys are never shown, neither by errors nor by the log: ours, the providers', and what only looks like one.</summary>
public class SecretTests(LockedBridge bridge) : IClassFixture<LockedBridge>
{
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
        using var answer = await bridge.AskAsync(front, Front.ModelOf(back), "hi", stream: true, LockedBridge.WithKey);
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
                bridge.Upstream.Script(RawAnswer.Of(400, error));
                using var answer = await bridge.AskAsync(front, "openai/m", "hi", stream: false, LockedBridge.WithKey);
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
        using var answer = await bridge.AskAsync(Front.Messages, "openai/m", $"<<error 400 {text}>>", stream: false, LockedBridge.WithKey);
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
                    using var answer = await bridge.AskAsync(front, Front.ModelOf(back), $"<<error 401 Incorrect API key provided: {secret}.>>", stream: false, LockedBridge.WithKey);
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
}
