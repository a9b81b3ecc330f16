using System.Text.Json.Nodes;
using AcpToApi.Tests.Support;
using FakeProvider;

namespace AcpToApi.Tests;

/// <summary>Stop sequences before an upstream that knows none (OpenAI's Responses): the answer is watched for them.</summary>
public sealed class StopTests : IAsyncLifetime
{
    readonly FakeServer _upstream = FakeServer.Start();
    readonly HttpClient _http = Wire.NewClient();
    Server? _server;

    public async ValueTask InitializeAsync() => _server = await Server.StartAsync(new()
    {
        Arguments = ["--config", "config.json"],
        Files = new() { ["config.json"] = $$$"""{"providers":{"own":{"base-url":"{{{_upstream.OpenAiUrl}}}","key":"k","formats":["responses"]},"four":{"base-url":"{{{_upstream.OpenAiUrl}}}","key":"k"} } }""" },
    });

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _server!.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    [Fact]
    public async Task A_whole_chat_ends_before_the_sequence_and_keeps_its_counts()
    {
        var answer = await AskAsync("/v1/chat/completions", """{"model":"own/m","stop":["three"],"messages":[{"role":"user","content":"<<say one two three four>>"}]}""");
        var choice = JsonNode.Parse(answer)!["choices"]![0]!;
        Assert.Equal(("one two ", "stop"), ((string)choice["message"]!["content"]!, (string)choice["finish_reason"]!));
        Assert.True((int)JsonNode.Parse(answer)!["usage"]!["total_tokens"]! > 0);
    }

    [Fact]
    public async Task Anthropics_clients_are_told_which_it_was()
    {
        var body = JsonNode.Parse(await AskAsync("/v1/messages", """{"model":"own/m","max_tokens":99,"stop_sequences":["never","e f"],"messages":[{"role":"user","content":"<<say one two three four>>"}]}"""))!;
        Assert.Equal(("one two thre", "stop_sequence", "e f"), ((string)body["content"]![0]!["text"]!, (string)body["stop_reason"]!, (string)body["stop_sequence"]!));
    }

    [Fact]
    public async Task Those_beyond_what_a_provider_takes_are_watched_for()
    {
        var body = JsonNode.Parse(await AskAsync("/v1/messages", """{"model":"four/m","max_tokens":99,"stop_sequences":["1","2","3","4","three"],"messages":[{"role":"user","content":"<<say one two three four>>"}]}"""))!;
        Assert.Equal(("one two ", "three"), ((string)body["content"]![0]!["text"]!, (string)body["stop_sequence"]!));
        Assert.Equal("""["1","2","3","4"]""", _upstream.Requests()[^1].Json["stop"]!.ToJsonString());
    }

    [Fact]
    public async Task A_stream_ends_there_and_ends_the_upstreams()
    {
        _upstream.Clear();
        var answer = await AskAsync("/v1/chat/completions", """{"model":"own/m","stop":"three","stream":true,"messages":[{"role":"user","content":"<<slow 20>><<say one two three four five six seven eight nine ten eleven twelve>><<stall 20>>"}]}""");
        var blocks = answer.Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("data: [DONE]", blocks[^1]);
        var chunks = blocks[..^1].Select(block => JsonNode.Parse(block["data: ".Length..])!["choices"]![0]!).ToList();
        Assert.Equal("one two ", string.Concat(chunks.Select(choice => (string?)choice["delta"]!["content"])));
        Assert.Equal("stop", (string)chunks[^1]["finish_reason"]!);
        var closed = await _upstream.Requests().Single().Closed.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        Assert.True(closed.Early);
    }

    [Fact]
    public async Task Each_choice_ends_on_its_own()
    {
        var answer = await AskAsync("/v1/chat/completions", """{"model":"own/m","n":2,"stop":"two","stream":true,"messages":[{"role":"user","content":"<<say one two three>>"}]}""");
        Assert.Equal(2, answer.Split("\"finish_reason\":\"stop\"").Length - 1);
        Assert.DoesNotContain("two", answer, StringComparison.Ordinal);
    }

    async Task<string> AskAsync(string path, string body)
    {
        using var answer = await _http.PostAsync(_server!.Url + path, body, null);
        Assert.Equal(200, (int)answer.StatusCode);
        if (answer.Headers.TryGetValues("x-acptoapi-ignored", out var ignored)) Assert.DoesNotContain("stop", ignored.Single(), StringComparison.Ordinal);
        return await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }
}
