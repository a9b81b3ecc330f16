using AcpToApi.Tests.Support;
using FakeProvider;

namespace AcpToApi.Tests;

/// <summary>What the provider ran itself is no call of the client's, and no other dialect has a place for it: an answer's header names it.</summary>
public sealed class LostPartsTests
{
    [Theory]
    [InlineData("gemini/m", """{"candidates":[{"content":{"parts":[{"executableCode":{"code":"1"}},{"codeExecutionResult":{"output":"1"}},{"text":"hi"}]},"finishReason":"STOP"}]}""", "/v1/chat/completions", "the answer's executableCode, the answer's codeExecutionResult")]
    [InlineData("anthropic/m", """{"type":"message","role":"assistant","content":[{"type":"server_tool_use","id":"s","name":"web_search","input":{}},{"type":"text","text":"hi"}],"stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":1}}""", "/v1/chat/completions", "the answer's server_tool_use")]
    [InlineData("anthropic/m", """{"type":"message","role":"assistant","content":[{"type":"server_tool_use","id":"s","name":"web_search","input":{}},{"type":"text","text":"hi"}],"stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":1}}""", "/v1/messages", null)]
    [InlineData("openai/o3-pro", """{"id":"r","object":"response","status":"completed","output":[{"type":"web_search_call","id":"w"},{"type":"message","role":"assistant","content":[{"type":"output_text","text":"hi"}]}]}""", "/v1/messages", "the answer's web_search_call")]
    public async Task What_an_answer_loses_is_named(string model, string given, string path, string? lost)
    {
        await using var upstream = FakeServer.Start();
        var environment = new Dictionary<string, string>();
        foreach (var name in (string[])["OPENAI", "ANTHROPIC", "GEMINI"]) (environment[name + "_BASE_URL"], environment[name + "_API_KEY"]) = (name == "OPENAI" ? upstream.OpenAiUrl : upstream.Url, "sk-key");
        await using var server = await Server.StartAsync(new() { Environment = environment });
        upstream.Script(RawAnswer.Of(200, given));
        using var http = new HttpClient();
        using var answer = await http.PostAsync(server.Url + path, $$"""{"model":"{{model}}","max_tokens":9,"messages":[{"role":"user","content":"x"}]}""", null);
        Assert.Contains("hi", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(lost, answer.Headers.TryGetValues("x-acptoapi-ignored", out var names) ? string.Join("; ", names) : null);
    }
}
