using System.Net.Http.Headers;
using System.Text;
using AcpToApi.Tests.Support;
using FakeProvider;

namespace AcpToApi.Tests;

/// <summary>Embeddings, images, sound and the like: routed by prefix, only the model's name changed, the answer as it comes.</summary>
public sealed class ServiceTests(Bridge bridge) : IClassFixture<Bridge>
{
    [Theory]
    [InlineData("/v1/embeddings", """{ "input":["a","\u00e9"],"model" : "openai/text-embedding-3-small","x":1e400,"dimensions":256 }""")]
    [InlineData("/v1/images/generations", """{"prompt":"x","model":"openai/gpt-image-1","n":1}""")]
    [InlineData("/v1/moderations", """{"model":"openai/omni-moderation-latest","input":["a"]}""")]
    [InlineData("/v1/audio/speech", """{"model":"openai/tts-1","voice":"alloy","input":"hi"}""")]
    public async Task Json_reaches_the_provider_with_only_the_prefix_gone(string path, string body)
    {
        bridge.Upstream.Clear();
        byte[] answer = [0xff, 0xfb, 1, 2, 3, 0, 255];
        bridge.Upstream.Script(RawAnswer.Of(200, answer, "audio/mpeg", "x-request-id: r1\r\n"));
        using var got = await bridge.Http.PostAsync(bridge.Server.Url + path, Json(body));
        Assert.Equal(200, (int)got.StatusCode);
        Assert.Equal("audio/mpeg", got.Content.Headers.ContentType!.ToString());
        Assert.Equal(answer, await got.Content.ReadAsByteArrayAsync());
        Assert.Equal("r1", got.Headers.GetValues("x-request-id").Single());
        var seen = bridge.Upstream.Requests().Single();
        Assert.Equal(path, seen.Path);
        Assert.Equal(body.Replace("openai/", "", StringComparison.Ordinal), seen.Text);
        Assert.Equal("Bearer " + Bridge.OpenAiKey, seen.Header("authorization"));
    }

    [Theory]
    [InlineData("name=\"model\"")]
    [InlineData("name=model")]
    [InlineData("name=model; x=y")]
    public async Task A_form_with_a_file_keeps_every_byte_but_the_prefix(string field)
    {
        bridge.Upstream.Clear();
        bridge.Upstream.Script(RawAnswer.Of(200, """{"text":"hi"}"""));
        byte[] sound = [.. Enumerable.Range(0, 256).Select(i => (byte)i), .. "\r\nname=\"model\"\r\n\r\nopenai/no\r\n"u8];
        var file = $"--b0undary\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.mp3\"\r\nContent-Type: audio/mpeg\r\n\r\n";
        var model = $"\r\n--b0undary\r\nContent-Disposition: form-data; {field}\r\n\r\n";
        byte[] Body(string name) => [.. Encoding.ASCII.GetBytes(file), .. sound, .. Encoding.ASCII.GetBytes(model + name + "\r\n--b0undary--\r\n")];
        using var form = new ByteArrayContent(Body("openai/whisper-1"));
        form.Headers.ContentType = MediaTypeHeaderValue.Parse("multipart/form-data; boundary=b0undary");
        using var got = await bridge.Http.PostAsync(bridge.Server.Url + "/v1/audio/transcriptions", form);
        Assert.Equal("{\"text\":\"hi\"}", await got.Content.ReadAsStringAsync());
        Assert.Equal(Body("whisper-1"), bridge.Upstream.Requests().Single().Body);
        Assert.Equal("multipart/form-data; boundary=b0undary", bridge.Upstream.Requests().Single().Header("content-type"));
    }

    [Fact]
    public async Task Moderation_without_a_model_goes_to_the_first_provider_that_has_it()
    {
        bridge.Upstream.Clear();
        bridge.Upstream.Script(RawAnswer.Of(200, """{"results":[]}"""));
        using var got = await bridge.Http.PostAsync(bridge.Server.Url + "/v1/moderations", Json("""{"input":"a"}"""));
        Assert.Equal("{\"results\":[]}", await got.Content.ReadAsStringAsync());
        Assert.Equal("""{"input":"a"}""", bridge.Upstream.Requests().Single().Text);
    }

    [Theory]
    [InlineData("/v1/embeddings", """{"input":"a"}""", 400, "'model'")]
    [InlineData("/v1/embeddings", """{"model":7,"input":"a"}""", 400, "'model'")]
    [InlineData("/v1/embeddings", """{"model":"openai/x","input":"a" """, 400, "not valid JSON")]
    [InlineData("/v1/embeddings", """{"model":"anthropic/claude","input":"a"}""", 404, "openai")]
    [InlineData("/v1/rerank", """{"model":"openai/x","query":"a","documents":[]}""", 404, "voyage")]
    [InlineData("/v1/rerank", """{"model":"jina/x","query":"a","documents":[]}""", 401, "JINA_API_KEY")]
    public async Task What_cannot_be_routed_is_told_and_not_sent(string path, string body, int status, string says)
    {
        bridge.Upstream.Clear();
        using var got = await bridge.Http.PostAsync(bridge.Server.Url + path, Json(body));
        Assert.Equal(status, (int)got.StatusCode);
        Assert.Contains(says, await got.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Empty(bridge.Upstream.Requests());
    }

    [Fact]
    public async Task A_providers_error_keeps_its_status_and_body()
    {
        const string error = """{"error":{"message":"no such voice","type":"invalid_request_error","param":"voice","code":null}}""";
        bridge.Upstream.Script(RawAnswer.Of(400, error));
        using var got = await bridge.Http.PostAsync(bridge.Server.Url + "/v1/audio/speech", Json("""{"model":"openai/tts-1","input":"hi"}"""));
        Assert.Equal(400, (int)got.StatusCode);
        Assert.Equal(error, await got.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_cut_answer_is_not_taken_for_a_whole_one()
    {
        bridge.Upstream.Script("HTTP/1.1 200 OK\r\nContent-Type: audio/mpeg\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"u8.ToArray());
        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            using var got = await bridge.Http.PostAsync(bridge.Server.Url + "/v1/audio/speech", Json("""{"model":"openai/tts-1","input":"hi"}"""));
            await got.Content.ReadAsByteArrayAsync();
        });
    }

    static StringContent Json(string body) => new(body, Encoding.UTF8, "application/json");
}
