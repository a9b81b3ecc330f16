using System.Text;
using AcpToApi.Tests.Support;

namespace AcpToApi.Tests;

/// <summary>The same dialect on both sides: bytes in, bytes out, but for the model's name and the credentials.</summary>
public class PassthroughTests(Bridge bridge) : IClassFixture<Bridge>
{
    // Odd spacing, an unknown field, a number that would not survive being parsed, an escape that need not be one.
    const string Body = """
        {  "x_unknown" : {"deep":[1.10, 1e2, "\u0041\/"]},
           "model":"@@", "max_tokens":16,"messages" :[{"role":"user","content":"<<say hi>> caf\u00e9 é","x_part":null}],
           "big":123456789012345678901234567890 , "stream":false}
        """;

    [Theory]
    [InlineData("chat", "openai")]
    [InlineData("messages", "anthropic")]
    public async Task Only_the_model_is_replaced(string front, string provider)
    {
        bridge.Upstream.Clear();
        using var answer = await bridge.Http.PostAsync(bridge.Server.Url + Front.Of(front).Path, Body.Replace("@@", $"{provider}/fake-model", StringComparison.Ordinal), AsVendor);
        Assert.Equal(200, (int)answer.StatusCode);
        Assert.Equal(Body.Replace("@@", "fake-model", StringComparison.Ordinal), (await bridge.Upstream.RequestAsync()).Text);
    }

    [Theory]
    [InlineData("chat")]
    [InlineData("messages")]
    public async Task The_stream_arrives_byte_for_byte(string front)
    {
        var events = front == "chat"
            ? "data: {\"id\":\"c1\",\"object\":\"chat.completion.chunk\",\"x\":1,\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"h\\u00e9\"}}]}\n\n"
              + ": a comment\n\ndata:  {\"id\":\"c1\",\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}],\"vendor\":{\"a\":[ ]}}\n\ndata: [DONE]\n\n"
            : "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"m\",\"content\":[],\"usage\":{\"input_tokens\":3,\"output_tokens\":1}}}\n\n"
              + "event: vendor_event\ndata: {\"type\":\"vendor_event\",\"x\": [1.0]}\n\n"
              + "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\",\"stop_sequence\":null},\"usage\":{\"output_tokens\":2}}\n\n"
              + "event: message_stop\ndata: {\"type\":\"message_stop\"   }\n\n";
        bridge.Upstream.Script(Encoding.UTF8.GetBytes("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"), Encoding.UTF8.GetBytes(events));
        using var answer = await bridge.AskAsync(Front.Of(front), Front.ModelOf(front), "hi", stream: true);
        Assert.Equal(events, await answer.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("chat", "chat")]
    [InlineData("chat", "messages")]
    [InlineData("messages", "chat")]
    [InlineData("messages", "messages")]
    public async Task The_callers_key_never_reaches_the_provider(string front, string back)
    {
        bridge.Upstream.Clear();
        using var answer = await bridge.AskAsync(Front.Of(front), Front.ModelOf(back), "hi", stream: false, AsVendor);
        Assert.Equal(200, (int)answer.StatusCode);
        var seen = await bridge.Upstream.RequestAsync();
        Assert.DoesNotContain(Bridge.ClientKey, string.Join('\n', seen.Headers) + seen.Target + seen.Text, StringComparison.Ordinal);
        if (back == "chat") Assert.Equal($"Bearer {Bridge.OpenAiKey}", seen.Header("authorization"));
        else Assert.Equal(Bridge.AnthropicKey, seen.Header("x-api-key"));
        Assert.Null(seen.Header(back == "chat" ? "x-api-key" : "authorization"));
    }

    [Fact]
    public async Task Anthropic_headers_are_forwarded()
    {
        bridge.Upstream.Clear();
        using var answer = await bridge.AskAsync(Front.Messages, "anthropic/fake-model", "hi", stream: false, request =>
        {
            AsVendor(request);
            request.Headers.TryAddWithoutValidation("anthropic-beta", ["first-2026-01-01,second-2026-02-02", "third-2026-03-03"]);
        });
        var seen = await bridge.Upstream.RequestAsync();
        Assert.Equal("2023-06-01", seen.Header("anthropic-version"));
        Assert.Equal(["first-2026-01-01", "second-2026-02-02", "third-2026-03-03"], seen.Header("anthropic-beta")!.Split(',', StringSplitOptions.TrimEntries));
    }

    [Fact]
    public async Task The_version_header_is_added_where_the_caller_sent_none()
    {
        bridge.Upstream.Clear();
        using var answer = await bridge.AskAsync(Front.Chat, "anthropic/fake-model", "hi", stream: false);
        Assert.Equal("2023-06-01", (await bridge.Upstream.RequestAsync()).Header("anthropic-version"));
    }

    [Theory]
    [InlineData("chat")]
    [InlineData("messages")]
    public async Task Headers_that_are_the_callers_own_business_stay_here(string front)
    {
        bridge.Upstream.Clear();
        using var answer = await bridge.AskAsync(Front.Of(front), Front.ModelOf(front), "hi", stream: false, request =>
        {
            AsVendor(request);
            foreach (var name in (string[])["Cookie", "X-Forwarded-For", "X-Private", "Forwarded", "Proxy-Authorization", "Referer"]) request.Headers.TryAddWithoutValidation(name, "private-of-the-caller");
        });
        var seen = await bridge.Upstream.RequestAsync();
        Assert.DoesNotContain("private-of-the-caller", string.Join('\n', seen.Headers), StringComparison.Ordinal);
        Assert.Equal($"127.0.0.1:{bridge.Upstream.Port}", seen.Header("host"));
    }

    [Fact]
    public async Task Counting_tokens_is_left_to_a_provider_that_can()
    {
        bridge.Upstream.Clear();
        using var answer = await bridge.Http.PostJsonAsync($"{bridge.Server.Url}/v1/messages/count_tokens", Front.Messages.Body("anthropic/fake-model", "hi", stream: false), AsVendor);
        Assert.Equal(4321, (int?)(await answer.JsonAsync())["input_tokens"]);
        Assert.Equal("/v1/messages/count_tokens", (await bridge.Upstream.RequestAsync()).Path);
    }

    [Fact]
    public async Task Counting_tokens_is_estimated_where_the_provider_cannot()
    {
        bridge.Upstream.Clear();
        var body = Front.Messages.Body("demo/demo", string.Concat(Enumerable.Repeat("a word or two ", 100)), stream: false);
        using var answer = await bridge.Http.PostJsonAsync($"{bridge.Server.Url}/v1/messages/count_tokens", body, AsVendor);
        Assert.InRange((int)(await answer.JsonAsync())["input_tokens"]!, 200, 800);
        Assert.Empty(bridge.Upstream.Requests());
    }

    [Fact]
    public async Task The_query_of_a_beta_call_is_understood()
    {
        bridge.Upstream.Clear();
        using var answer = await bridge.Http.PostJsonAsync($"{bridge.Server.Url}/v1/messages?beta=true", Front.Messages.Body("anthropic/fake-model", "<<say hi>>", stream: false), AsVendor);
        Assert.Equal("hi", Front.Messages.TextOf(await answer.JsonAsync()));
    }

    [Theory]
    [InlineData("chat", "x-ratelimit-remaining-requests")]
    [InlineData("messages", "anthropic-ratelimit-requests-remaining")]
    public async Task Rate_limit_headers_of_a_good_answer_are_forwarded(string back, string header)
    {
        using var answer = await bridge.AskAsync(Front.Of(back), Front.ModelOf(back), "hi", stream: true);
        Assert.Equal("42", answer.Header(header));
        await answer.EventsAsync();
    }

    static void AsVendor(HttpRequestMessage request)
    {
        request.Headers.TryAddWithoutValidation("x-api-key", Bridge.ClientKey);
        request.Headers.TryAddWithoutValidation("anthropic-version", "2023-06-01");
    }
}
