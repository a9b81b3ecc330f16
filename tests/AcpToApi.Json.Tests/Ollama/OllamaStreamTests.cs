using System.Text;
using System.Text.Json;
using AcpToApi.Json.Framing;
using AcpToApi.Json.Model;
using AcpToApi.Json.Sinks;
using AcpToApi.Json.Tests.Support;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Tests.Ollama;

/// <summary>Answers of Ollama, read and written.</summary>
public class OllamaStreamTests
{
    static readonly ResponseContext Context = new("id", JsonString.Of("asked-for"), 1_700_000_000);

    [Fact]
    public void Every_line_is_JSON_and_the_last_is_done()
    {
        for (var seed = 0; seed < 500; seed++)
        {
            var lines = Written(seed).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement).ToList();
            Assert.All(lines, line => Assert.Equal("assistant", line.GetProperty("message").GetProperty("role").GetString()));
            Assert.All(lines, line => Assert.Equal(JsonValueKind.String, line.GetProperty("message").GetProperty("content").ValueKind));
            Assert.Equal(Enumerable.Repeat(false, lines.Count - 1).Append(true), lines.Select(line => line.GetProperty("done").GetBoolean()));
        }
    }

    [Fact]
    public void Any_legal_answer_survives_the_round_trip_streamed_and_whole()
    {
        for (var seed = 0; seed < 500; seed++)
        {
            using var said = new ResponseCollector();
            RandomAnswer.Say(new Random(seed), said);
            using var streamed = new ResponseCollector();
            Replay.Feed(WireFormat.Ollama, Encoding.UTF8.GetBytes(Written(seed)), Replay.Every(1 + (seed % 30)), new GrammarCheckingSink(streamed));
            Assert.Equal(Content(said), Content(streamed));

            using var body = new PooledBuffer();
            WireFormat.Ollama.WriteResponse(said, Context, body);
            using var whole = new ResponseCollector();
            using var reader = WireFormat.Ollama.CreateReader(Quirks.None, keepExtras: false);
            reader.ReadResponse(body.Written, new GrammarCheckingSink(whole));
            Assert.Equal(Content(said), Content(whole));
        }
    }

    [Fact]
    public void Nothing_is_allocated_per_event()
    {
        var line = """{"model":"q","created_at":"2026-01-01T00:00:00Z","message":{"role":"assistant","content":" tok\u00e9n"},"done":false}"""u8.ToArray();
        using var output = new PooledBuffer();
        using var writer = WireFormat.Ollama.CreateWriter(output, Context);
        using var reader = WireFormat.Ollama.CreateReader(Quirks.None, keepExtras: false);
        using var framing = new LineReader();
        byte[] input = [.. line, (byte)'\n'];
        for (var i = 0; i < 100; i++) Step();
        Assert.Equal(0, Allocation.Least(() =>
        {
            for (var i = 0; i < 10_000; i++) Step();
        }));

        void Step()
        {
            output.Clear();
            Assert.True(framing.TryRead(input, isFinal: false, out var found, out _));
            reader.Read(found.Name, found.Data, writer);
        }
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"model":"m","done":true}""")]
    [InlineData("""{"model":"m","done":false}""")]
    [InlineData("""{"model":"m","message":{"role":"assistant","content":"hi"},"done":false}""")]
    [InlineData("""{"id":"x","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}]}""")]
    public void What_is_no_whole_answer_is_an_error(string body)
    {
        using var answer = new ResponseCollector();
        using var reader = WireFormat.Ollama.CreateReader(Quirks.None, keepExtras: false);
        reader.ReadResponse(Encoding.UTF8.GetBytes(body), new GrammarCheckingSink(answer));
        Assert.Equal(502, answer.Failure?.Status);
    }

    [Theory]
    [InlineData("""{"model":"m","message":{"role":"assistant","content":""},"done_reason":"load","done":true}""")]
    [InlineData("""{"model":"m","response":"","done_reason":"load","done":true}""")]
    public void An_answer_may_be_empty(string body)
    {
        using var answer = new ResponseCollector();
        using var reader = WireFormat.Ollama.CreateReader(Quirks.None, keepExtras: false);
        reader.ReadResponse(Encoding.UTF8.GetBytes(body), new GrammarCheckingSink(answer));
        Assert.Null(answer.Failure);
    }

    [Fact]
    public void Errors_are_one_string_both_ways()
    {
        using var body = new PooledBuffer();
        WireFormat.Ollama.WriteError(new BridgeError(ErrorKind.ModelNotFound, 404, "no \"x\" here"), body);
        Assert.Equal("{\"error\":\"no \\\"x\\\" here\"}", Encoding.UTF8.GetString(body.Written));
        Assert.Equal("no \"x\" here", WireFormat.Ollama.ReadError(404, body.Written).Message);
        Assert.Equal(ErrorKind.ModelNotFound, WireFormat.Ollama.ReadError(404, body.Written).Kind);
        Assert.DoesNotContain("<html>", WireFormat.Ollama.ReadError(502, "<html>"u8).Message, StringComparison.Ordinal);
    }

    static string Written(int seed)
    {
        using var output = new PooledBuffer();
        using var writer = WireFormat.Ollama.CreateWriter(output, Context);
        RandomAnswer.Say(new Random(seed), writer);
        return Encoding.UTF8.GetString(output.Written);
    }

    // What the format can say: text (refusals are text), reasoning, calls with their arguments, the end.
    static string Content(ResponseCollector answer)
    {
        var text = string.Concat(answer.Blocks.Where(block => block.Kind is AnswerBlockKind.Text or AnswerBlockKind.Refusal).Select(Decoded));
        if (text.Length == 0 && answer.Finished == StopReason.ContentFilter) text = "The provider's filter has blocked this.";
        var reasoning = string.Concat(answer.Blocks.Where(block => block.Kind == AnswerBlockKind.Reasoning).Select(Decoded));
        var calls = answer.Blocks.Where(block => block.Kind == AnswerBlockKind.ToolCall).Select(block => $"{block.Name}({Canonical(Decoded(block))})");
        var end = answer.Finished is StopReason.MaxTokens or StopReason.ContextWindow ? "length" : "stop";
        return $"{text}|{reasoning}|{string.Join(';', calls)}|{end}|{answer.Counts?.Input}/{answer.Counts?.Output}";
    }

    static string Decoded(AnswerBlock block) => JsonText.Escaped(block.Content.Written).ToString();

    static string Canonical(string json) => JsonSerializer.Serialize(JsonDocument.Parse(json.Length == 0 ? "{}" : json).RootElement);
}
