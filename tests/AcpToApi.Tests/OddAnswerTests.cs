using System.Text;
using AcpToApi.Tests.Support;

namespace AcpToApi.Tests;

/// <summary>Answers of providers that are labelled wrongly, or are no answers at all whatever their status says.</summary>
public sealed class OddAnswerTests(Bridge bridge) : IClassFixture<Bridge>
{
    const string Chat = """{"model":"openai/m","stream":true,"messages":[{"role":"user","content":"x"}]}""";
    const string Stream = "data: {\"id\":\"1\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"hi\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";

    [Theory]
    [InlineData("Content-Type: text/plain\r\n")]
    [InlineData("Content-Type: application/octet-stream\r\n")]
    [InlineData("")]
    public async Task A_stream_is_one_whatever_its_label_says(string label)
    {
        Answer("200 OK", label, Stream);
        using var answer = await PostAsync("/v1/chat/completions", Chat);
        Assert.Equal((200, Stream), ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync()));
    }

    [Theory]
    [InlineData("Content-Type: text/plain\r\n", "the model is asleep\n", "the model is asleep")]
    [InlineData("Content-Type: text/event-stream\r\n", "event: error\ndata: {\"error\":{\"message\":\"too many\"}}\n\n", "too many")]
    [InlineData("Content-Type: text/plain\r\n", "<html>secret</html>", "no usable error body")]
    public async Task The_providers_words_are_told_however_they_come(string label, string body, string says)
    {
        Answer("429 Too Many", label, body);
        using var answer = await PostAsync("/v1/chat/completions", Chat);
        Assert.Equal(429, (int)answer.StatusCode);
        Front.Chat.AssertError(await answer.JsonAsync(), says);
    }

    [Theory]
    [InlineData("200 OK", "Content-Type: text/html\r\n", "<html>")]
    [InlineData("200 OK", "Content-Type: application/json\r\n", "")]
    [InlineData("200 OK", "Content-Type: application/json\r\n", "{\"data\":[")]
    [InlineData("200 OK", "Content-Type: application/json\r\n", "{\"error\":{\"message\":\"no\"}}")]
    [InlineData("206 Partial Content", "Content-Type: audio/mpeg\r\n", "x")]
    public async Task A_good_status_makes_no_answer(string status, string label, string body)
    {
        foreach (var (path, asked) in ((string, string)[])[("/v1/audio/speech", """{"model":"openai/tts-1","input":"hi"}"""), ("/v1/images/generations", """{"model":"openai/i","prompt":"x"}""")])
        {
            Answer(status, label, body);
            using var answer = await PostAsync(path, asked);
            Assert.Equal(502, (int)answer.StatusCode);
        }
    }

    [Fact]
    public async Task What_is_answered_in_the_background_is_passed_on()
    {
        const string queued = """{"id":"resp_1","object":"response","status":"queued","background":true,"error":null,"output":[],"usage":null}""";
        Answer("200 OK", "Content-Type: application/json\r\n", queued);
        using var answer = await PostAsync("/v1/responses", """{"model":"openai/m","input":"x","background":true}""");
        Assert.Equal((200, queued), ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync()));
    }

    [Theory]
    [InlineData("""{"model":"openai/m","prompt":{"id":"pmpt_1"}}""", 200)]
    [InlineData("""{"model":"openai/m","conversation":"conv_1","input":[]}""", 200)]
    [InlineData("""{"model":"anthropic/m","prompt":{"id":"pmpt_1"}}""", 400)]
    [InlineData("""{"model":"anthropic/m","conversation":"conv_1","input":"x"}""", 400)]
    [InlineData("""{"model":"anthropic/m"}""", 400)]
    public async Task What_is_stored_at_OpenAI_is_known_there_alone(string body, int status)
    {
        if (status == 200) Answer("200 OK", "Content-Type: application/json\r\n", """{"id":"resp_1","object":"response","status":"completed","output":[],"usage":null}""");
        using var answer = await PostAsync("/v1/responses", body);
        Assert.Equal(status, (int)answer.StatusCode);
        if (status == 400) Assert.Contains((string?)(await answer.JsonAsync())["error"]!["param"], (string?[])["prompt", "conversation", "input"]);
    }

    [Theory]
    [InlineData("/v1/chat/completions", """{"model":"anthropic/m","reasoning_effort":"low","messages":[{"role":"user","content":"<<say hi>>"}],"stream":false}""", true)]
    [InlineData("/v1/chat/completions", """{"model":"anthropic/m","reasoning_effort":"low","messages":[{"role":"user","content":"<<say hi>>"}],"stream":true}""", true)]
    [InlineData("/api/chat", """{"model":"anthropic/m","think":true,"messages":[{"role":"user","content":"<<say hi>>"}]}""", true)]
    [InlineData("/v1/chat/completions", """{"model":"anthropic/m","messages":[{"role":"user","content":"<<say hi>>"}]}""", false)]
    [InlineData("/v1/responses", """{"model":"anthropic/m","reasoning":{"effort":"low"},"input":"<<say hi>>"}""", false)]
    public async Task Signed_reasoning_is_named_where_it_is_asked_for_and_has_no_place(string path, string body, bool isNamed)
    {
        using var answer = await PostAsync(path, body);
        Assert.Equal(200, (int)answer.StatusCode);
        Assert.Equal(isNamed, string.Join(',', answer.Headers.TryGetValues("x-acptoapi-ignored", out var names) ? names : []).Contains("the answer's reasoning signatures", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_stream_that_breaks_is_no_success_in_the_counts()
    {
        const string series = "acptoapi_errors_total{endpoint=\"/v1/chat/completions\",backend=\"openai\",status=\"502\"} ";
        var before = await CountAsync(series);
        Answer("200 OK", "Content-Type: text/event-stream\r\n", Stream[..Stream.IndexOf("\n\n", StringComparison.Ordinal)].Replace("\"stop\"", "null", StringComparison.Ordinal) + "\n\n");
        using (var answer = await PostAsync("/v1/chat/completions", Chat)) await answer.Content.ReadAsStringAsync();
        Assert.Equal(before + 1, await CountAsync(series));
    }

    async Task<int> CountAsync(string series)
    {
        var line = (await bridge.Http.GetStringAsync(bridge.Server.Url + "/metrics")).Split('\n').FirstOrDefault(line => line.StartsWith(series, StringComparison.Ordinal));
        return line is null ? 0 : int.Parse(line[series.Length..], System.Globalization.CultureInfo.InvariantCulture);
    }

    void Answer(string status, string label, string body) =>
        bridge.Upstream.Script(Encoding.UTF8.GetBytes($"HTTP/1.1 {status}\r\n{label}Connection: close\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}"));

    Task<HttpResponseMessage> PostAsync(string path, string body) =>
        bridge.Http.PostAsync(bridge.Server.Url + path, new StringContent(body, Encoding.UTF8, "application/json"));
}
