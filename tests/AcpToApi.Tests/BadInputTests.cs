using System.Net;
using System.Net.Sockets;
using System.Text;
using AcpToApi.Tests.Support;

namespace AcpToApi.Tests;

/// <summary>A request that is wrong is told so, field and all, and nothing of it goes upstream.</summary>
public class BadInputTests(Bridge bridge) : IClassFixture<Bridge>
{
    const string Hi = """[{"role":"user","content":"hi"}]""";

    // The pairs that translate: every field that a body is read for is checked here.
    public static TheoryData<string, string, string> WrongFields => new()
    {
        { "chat", """{"model":"anthropic/m"}""", "messages" },
        { "chat", """{"model":"anthropic/m","messages":"hi"}""", "messages" },
        { "chat", """{"model":"anthropic/m","messages":[]}""", "messages" },
        { "chat", """{"model":"anthropic/m","messages":["hi"]}""", "messages" },
        { "chat", """{"model":"anthropic/m","messages":[{"content":"hi"}]}""", "role" },
        { "chat", """{"model":"anthropic/m","messages":[{"role":"wizard","content":"hi"}]}""", "role" },
        { "chat", """{"model":"anthropic/m","messages":[{"role":5,"content":"hi"}]}""", "role" },
        { "chat", """{"model":"anthropic/m","messages":[{"role":"user","content":5}]}""", "content" },
        { "chat", """{"model":"anthropic/m","messages":[{"role":"user","content":[{"type":"text"}]}]}""", "text" },
        { "chat", $$"""{"model":"anthropic/m","messages":{{Hi}},"tools":{ } }""", "tools" },
        { "chat", $$"""{"model":"anthropic/m","messages":{{Hi}},"temperature":"hot"}""", "temperature" },
        { "chat", $$"""{"model":"anthropic/m","messages":{{Hi}},"max_tokens":"many"}""", "max_tokens" },
        { "chat", $$"""{"model":"anthropic/m","messages":{{Hi}},"stream":"yes"}""", "stream" },
        { "messages", """{"model":"openai/m","max_tokens":9}""", "messages" },
        { "messages", """{"model":"openai/m","max_tokens":9,"messages":{}}""", "messages" },
        { "messages", """{"model":"openai/m","max_tokens":9,"messages":[{"role":"wizard","content":"hi"}]}""", "role" },
        { "messages", """{"model":"openai/m","max_tokens":9,"messages":[{"role":"user","content":true}]}""", "content" },
        { "messages", """{"model":"openai/m","max_tokens":9,"messages":[{"role":"user"}]}""", "content" },
        { "messages", $$"""{"model":"openai/m","max_tokens":"9","messages":{{Hi}}}""", "max_tokens" },
        { "messages", $$"""{"model":"openai/m","max_tokens":9,"messages":{{Hi}},"tools":[{"description":"no name"}]}""", "name" },
    };

    // What passthrough checks as well.
    public static TheoryData<string, string, string> AlwaysWrong
    {
        get
        {
            var data = new TheoryData<string, string, string>();
            foreach (var (front, back) in ((string, string)[])[("chat", "openai"), ("chat", "anthropic"), ("messages", "openai"), ("messages", "anthropic")])
            {
                data.Add(front, $$"""{"max_tokens":9,"messages":{{Hi}}}""", "model");
                data.Add(front, $$"""{"model":"","max_tokens":9,"messages":{{Hi}}}""", "model");
                data.Add(front, $$"""{"model":7,"max_tokens":9,"messages":{{Hi}}}""", "model");
                data.Add(front, $$"""{"model":"{{back}}/m","max_tokens":9}""", "messages");
                data.Add(front, $$"""{"model":"{{back}}/m","max_tokens":9,"messages":"hi"}""", "messages");
                data.Add(front, $$"""{"model":"{{back}}/m","max_tokens":9,"messages":{{Hi}}""", "JSON");
                data.Add(front, $$"""{"model":"{{back}}/m","max_tokens":9,"messages":{{Hi}}} trailing""", "JSON");
                data.Add(front, $$"""{"model":"{{back}}/m","max_tokens":9,"messages":{{Hi}},"deep":{{new string('[', 70)}}{{new string(']', 70)}}}""", "");
            }
            foreach (var front in (string[])["chat", "messages"])
            {
                foreach (var body in (string[])["", "null", "[]", "7", "\"text\"", "{", "not json"]) data.Add(front, body, "");
            }
            return data;
        }
    }

    [Theory, MemberData(nameof(WrongFields)), MemberData(nameof(AlwaysWrong))]
    public async Task A_wrong_body_is_a_400_that_names_the_field(string frontName, string body, string field)
    {
        bridge.Upstream.Clear();
        var front = Front.Of(frontName);
        using var answer = await bridge.Http.PostAsync(bridge.Server.Url + front.Path, body);
        var error = await answer.JsonAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.BadRequest, $"{(int)answer.StatusCode}: {error.ToJsonString()}");
        front.AssertError(error, field);
        Assert.Empty(bridge.Upstream.Requests());
    }

    [Theory]
    [InlineData("chat", "openai")]
    [InlineData("messages", "anthropic")]
    public async Task Bytes_that_are_no_UTF8_are_a_400(string frontName, string back)
    {
        bridge.Upstream.Clear();
        var front = Front.Of(frontName);
        byte[] body = [.. Encoding.UTF8.GetBytes($$"""{"model":"{{back}}/m","max_tokens":9,"messages":[{"role":"user","content":" """), 0xff, 0xfe, .. "\"}]}"u8];
        using var request = new HttpRequestMessage(HttpMethod.Post, bridge.Server.Url + front.Path) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new("application/json");
        using var answer = await bridge.Http.SendAsync(request);
        Assert.Equal(400, (int)answer.StatusCode);
        front.AssertError(await answer.JsonAsync());
        Assert.Empty(bridge.Upstream.Requests());
    }

    [Theory]
    [InlineData("chat", "text/plain")]
    [InlineData("chat", "application/x-www-form-urlencoded")]
    [InlineData("chat", null)]
    [InlineData("messages", "text/plain")]
    [InlineData("messages", null)]
    public async Task Another_content_type_is_a_415(string frontName, string? type)
    {
        bridge.Upstream.Clear();
        var front = Front.Of(frontName);
        using var request = new HttpRequestMessage(HttpMethod.Post, bridge.Server.Url + front.Path) { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(front.Body("openai/m", "hi", stream: false).ToJsonString())) };
        if (type is not null) request.Content.Headers.ContentType = new(type);
        using var answer = await bridge.Http.SendAsync(request);
        Assert.Equal(415, (int)answer.StatusCode);
        front.AssertError(await answer.JsonAsync(), "application/json");
        Assert.Empty(bridge.Upstream.Requests());
    }

    [Theory]
    [InlineData("application/json; charset=utf-8")]
    [InlineData("Application/JSON")]
    public async Task JSON_by_any_spelling_is_taken(string type)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{bridge.Server.Url}/v1/chat/completions") { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(Front.Chat.Body("openai/m", "hi", stream: false).ToJsonString())) };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        using var answer = await bridge.Http.SendAsync(request);
        Assert.Equal(200, (int)answer.StatusCode);
    }

    [Fact]
    public async Task A_compressed_body_is_a_415()
    {
        using var answer = await bridge.AskAsync(Front.Chat, "openai/m", "hi", stream: false, r => r.Content!.Headers.ContentEncoding.Add("gzip"));
        Assert.Equal(415, (int)answer.StatusCode);
        Front.Chat.AssertError(await answer.JsonAsync());
    }

    [Theory]
    [InlineData("chat", "GET")]
    [InlineData("chat", "PUT")]
    [InlineData("chat", "DELETE")]
    [InlineData("messages", "GET")]
    [InlineData("messages", "PATCH")]
    public async Task Another_method_is_a_405(string frontName, string method)
    {
        var front = Front.Of(frontName);
        using var request = new HttpRequestMessage(new HttpMethod(method), bridge.Server.Url + front.Path);
        using var answer = await bridge.Http.SendAsync(request);
        Assert.Equal(405, (int)answer.StatusCode);
        Assert.Contains("POST", answer.Header("allow"), StringComparison.Ordinal);
        front.AssertError(await answer.JsonAsync());
    }

    [Fact]
    public async Task A_path_that_is_not_there_is_a_404_in_JSON()
    {
        using var answer = await bridge.Http.PostAsync($"{bridge.Server.Url}/v1/nope", "{}");
        Assert.Equal(404, (int)answer.StatusCode);
        Front.Chat.AssertError(await answer.JsonAsync(), "/v1/nope");
        using var anthropic = await bridge.Http.PostAsync($"{bridge.Server.Url}/v1/messages/nope", "{}", r => r.Headers.Add("anthropic-version", "2023-06-01"));
        Assert.Equal(404, (int)anthropic.StatusCode);
        Front.Messages.AssertError(await anthropic.JsonAsync());
    }

    [Theory]
    [InlineData("chat", true)]
    [InlineData("chat", false)]
    [InlineData("messages", true)]
    [InlineData("messages", false)]
    public async Task A_body_over_32_MiB_is_a_413(string frontName, bool withLength)
    {
        bridge.Upstream.Clear();
        var front = Front.Of(frontName);
        var (status, body) = await RawHttp.PostAsync(bridge.Server.Port, front.Path, Endless(33 << 20), withLength ? 33 << 20 : null);
        Assert.Equal(413, status);
        front.AssertError(System.Text.Json.Nodes.JsonNode.Parse(body)!, "32");
        Assert.Empty(bridge.Upstream.Requests());
    }

    // Python's HTTP clients write all of it before they read.
    [Theory, InlineData(true), InlineData(false)]
    public async Task Who_writes_to_the_end_before_reading_sees_the_413_too(bool withLength)
    {
        const int Length = 36 << 20;
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, bridge.Server.Port);
        await client.Client.SendAsync(Encoding.ASCII.GetBytes($"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{(withLength ? $"Content-Length: {Length}" : "Transfer-Encoding: chunked")}\r\n\r\n"));
        foreach (var piece in Endless(Length))
        {
            if (!withLength) await client.Client.SendAsync(Encoding.ASCII.GetBytes($"{piece.Length:x}\r\n"));
            for (var rest = piece.AsMemory(); rest.Length > 0;) rest = rest[await client.Client.SendAsync(rest)..];
            if (!withLength) await client.Client.SendAsync("\r\n"u8.ToArray());
        }
        var head = new byte[64];
        Assert.StartsWith("HTTP/1.1 413", Encoding.ASCII.GetString(head, 0, await client.Client.ReceiveAsync(head)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mark_in_front_an_identity_and_an_encoded_letter_change_nothing()
    {
        bridge.Upstream.Clear();
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{bridge.Server.Url}/v1/%63hat/completions") { Content = new StringContent("\uFEFF" + Front.Chat.Body("openai/m", "hi", stream: false).ToJsonString(), Encoding.UTF8, "application/json") };
        request.Content.Headers.ContentEncoding.Add("identity");
        using var answer = await bridge.Http.SendAsync(request);
        Assert.Equal(200, (int)answer.StatusCode);
        var raw = await RawHttp.SendAsync(bridge.Server.Port, "GET /%68e%61lth HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        Assert.Equal(200, raw.Status);
        var slash = await RawHttp.SendAsync(bridge.Server.Port, "GET /v1%2Fmodels HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        Assert.Equal(404, slash.Status);
    }

    [Theory]
    [InlineData("chat", "openai")]
    [InlineData("messages", "openai")]
    public async Task A_body_of_30_MiB_is_taken(string frontName, string back)
    {
        bridge.Upstream.Clear();
        var front = Front.Of(frontName);
        using var answer = await bridge.AskAsync(front, $"{back}/fake-model", new string('x', 30 << 20) + "<<say ok>>", stream: false);
        Assert.Equal("ok", front.TextOf(await answer.JsonAsync()));
    }

    // A container's memory limit is a heap limit: reserving what is merely announced would exhaust it for everybody.
    [Fact]
    public async Task A_length_that_is_only_announced_takes_no_memory()
    {
        await using var server = await Server.StartAsync(new() { Environment = new() { ["DOTNET_GCHeapHardLimit"] = "10000000" } });
        var waiting = new List<TcpClient>();
        try
        {
            for (var i = 0; i < 12; i++)
            {
                var client = new TcpClient();
                waiting.Add(client);
                await client.ConnectAsync(IPAddress.Loopback, server.Port);
                await client.Client.SendAsync(Encoding.ASCII.GetBytes("POST /v1/messages HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 33554432\r\n\r\n{"));
            }
            await Task.Delay(500);
            Assert.All(waiting, client => Assert.Equal(0, client.Available));
        }
        finally
        {
            waiting.ForEach(client => client.Dispose());
        }
    }

    // What a proxy in front may read otherwise than we do.
    [Theory]
    [InlineData("Content-Length: 5\r\nTransfer-Encoding: chunked")]
    [InlineData("Transfer-Encoding: chunked\r\nContent-Length: 5")]
    [InlineData("Transfer-Encoding: gzip, chunked")]
    [InlineData("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked")]
    [InlineData("Content-Length: 5\r\nContent-Length: 6")]
    [InlineData("Content-Length: 5\r\nX-Folded: one\r\n two")]
    [InlineData("Content-Length: 5\r\nX-Bare: one\rtwo")]
    public async Task A_body_whose_end_is_in_doubt_is_a_400_and_the_end_of_its_connection(string headers)
    {
        const string second = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, bridge.Server.Port);
        await client.Client.SendAsync(Encoding.ASCII.GetBytes($"POST /v1/messages HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{headers}\r\n\r\n0\r\n\r\n{second}"));
        using var reader = new StreamReader(client.GetStream());
        var told = await reader.ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(10));
        Assert.StartsWith("HTTP/1.1 400 ", told, StringComparison.Ordinal);
        Assert.Single(told.Split("HTTP/1.1 ", StringSplitOptions.RemoveEmptyEntries));
        if (headers.Contains("Transfer-Encoding", StringComparison.Ordinal)) Front.Messages.AssertError(System.Text.Json.Nodes.JsonNode.Parse(told[told.IndexOf('{', StringComparison.Ordinal)..])!, "in doubt");
    }

    [Fact]
    public async Task A_chunk_of_a_size_that_no_number_holds_is_a_400()
    {
        var (status, _, _) = await RawHttp.SendAsync(bridge.Server.Port, "POST /v1/messages HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff1\r\n{}\r\n0\r\n\r\n");
        Assert.Equal(400, status);
    }

    static IEnumerable<byte[]> Endless(int count)
    {
        var start = """{"model":"openai/m","max_tokens":9,"messages":[{"role":"user","content":" """u8.ToArray();
        yield return start;
        var filler = Enumerable.Repeat((byte)'x', 65536).ToArray();
        for (var sent = start.Length; sent < count; sent += filler.Length) yield return sent + filler.Length <= count ? filler : filler[..(count - sent)];
    }
}
