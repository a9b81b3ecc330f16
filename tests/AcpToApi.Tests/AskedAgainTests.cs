using AcpToApi.Tests.Support;
using FakeProvider;

namespace AcpToApi.Tests;

/// <summary>Agents ask every model to reason: who refuses that is asked once more without, and no more often.</summary>
public sealed class AskedAgainTests
{
    [Theory]
    [InlineData("ollama/m", 400, """{"error":"\"m\" does not support thinking"}""", "\"think\":true")]
    [InlineData("cerebras/m", 422, """{"error":{"message":"reasoning_effort is not supported by this model","type":"invalid_request_error"}}""", "\"reasoning_effort\":")]
    public async Task A_model_that_cannot_reason_is_asked_once_more_without(string model, int status, string refusal, string wish)
    {
        await using var upstream = FakeServer.Start();
        await using var server = await Server.StartAsync(new() { Environment = new() { ["OLLAMA_HOST"] = upstream.Url, ["CEREBRAS_BASE_URL"] = upstream.OpenAiUrl, ["CEREBRAS_API_KEY"] = "sk-key" } });
        var asked = $$"""{"model":"{{model}}","max_tokens":9000,"thinking":{"type":"enabled","budget_tokens":2000},"messages":[{"role":"user","content":"<<say hi>>"}]}""";
        using var http = new HttpClient();
        foreach (var always in (bool[])[false, true])
        {
            upstream.Clear();
            upstream.Script(RawAnswer.Of(status, refusal));
            if (always) upstream.Script(RawAnswer.Of(status, refusal));
            using var answer = await http.PostAsync(server.Url + "/v1/messages", asked, null);
            Assert.Equal(always ? status : 200, (int)answer.StatusCode);
            Assert.Equal("thinking", answer.Headers.GetValues("x-acptoapi-ignored").Single());
            var bodies = upstream.Requests().Select(request => request.Text).ToList();
            Assert.Equal(2, bodies.Count);
            Assert.Contains(wish, bodies[0], StringComparison.Ordinal);
            Assert.DoesNotContain(wish, bodies[1], StringComparison.Ordinal);
        }
    }
}
