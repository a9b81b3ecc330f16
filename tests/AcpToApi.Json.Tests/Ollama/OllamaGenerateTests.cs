using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using AcpToApi.Json.Model;
using AcpToApi.Json.Ollama;
using AcpToApi.Json.Sinks;
using AcpToApi.Json.Tests.Support;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Tests.Ollama;

/// <summary>Ollama's completions: a prompt becomes a chat, the answer stands at the top of its lines.</summary>
public class OllamaGenerateTests
{
    static readonly WireFormat Format = WireFormat.OllamaGenerate;
    static readonly ResponseContext Context = new("id", JsonString.Of("asked-for"), 1_700_000_000);

    [Fact]
    public void A_prompt_is_a_chat()
    {
        var request = Read("""
            {"model":"m","system":"Be brief.","prompt":"What is é?","images":["/9j/AAAA"],"format":"json","think":"high","suffix":"","raw":false,"context":[1,2],
             "keep_alive":"5m","options":{"temperature":0,"num_predict":-1,"num_ctx":4096,"stop":"x"}}
            """);
        Assert.Equal([Role.System, Role.User], request.Messages.Select(message => message.Role));
        Assert.Equal("What is é?", ((TextPart)request.Messages[1].Parts[0]).Text.ToString());
        Assert.Equal("image/jpeg", ((MediaPart)request.Messages[1].Parts[1]).MediaType.ToString());
        Assert.True(request.Stream);
        Assert.NotNull(request.ResponseFormat);
        Assert.Equal("high", request.Reasoning!.Effort);
        Assert.Equal(((double?)0, (long?)null, "x"), (request.Sampling.Temperature, request.Sampling.MaxOutputTokens, request.Sampling.Stop.Single().ToString()));
        Assert.Equal(["context", "keep_alive", "options.num_ctx"], request.Extras.Select(extra => extra.Name));
    }

    [Fact]
    public void What_no_chat_can_carry_is_named()
    {
        var request = Read("""{"model":"m","prompt":"x","suffix":"}","raw":true,"template":"{{ .Prompt }}","context":[1]}""");
        using var output = new PooledBuffer();
        var ignored = new IgnoredFields();
        WireFormat.OpenAiChat.WriteRequest(request, new UpstreamTarget(request.Model, Quirks.None, Stream: true), output, ignored);
        Assert.Equal("suffix, raw, template, context", ignored.ToString());
    }

    [Theory]
    [InlineData("""{"prompt":"x"}""", "model")]
    [InlineData("""{"model":"m","prompt":["x"]}""", "prompt")]
    [InlineData("""{"model":"m","prompt":"x","images":["a",1]}""", "images[1]")]
    [InlineData("""{"model":"m","prompt":"x","raw":"yes"}""", "raw")]
    [InlineData("""{"model":"m","prompt":"x","options":{"stop":{}}}""", "options.stop")]
    public void What_cannot_be_read_is_named(string body, string param)
    {
        var refused = Assert.Throws<BridgeException>(() => Read(body)).Error;
        Assert.Equal((400, param), (refused.Status, refused.Param));
    }

    [Fact]
    public void Any_legal_answer_survives_the_round_trip_streamed_and_whole()
    {
        for (var seed = 0; seed < 500; seed++)
        {
            using var said = new ResponseCollector();
            RandomAnswer.Say(new Random(seed), said);
            using var output = new PooledBuffer();
            using var writer = Format.CreateWriter(output, Context);
            RandomAnswer.Say(new Random(seed), writer);
            var lines = Encoding.UTF8.GetString(output.Written).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!).ToList();
            Assert.All(lines, line => Assert.Equal(JsonValueKind.String, line["response"]!.GetValueKind()));
            Assert.Equal(Enumerable.Repeat(false, lines.Count - 1).Append(true), lines.Select(line => (bool)line["done"]!));
            using var streamed = new ResponseCollector();
            Replay.Feed(Format, output.Written.ToArray(), Replay.Every(1 + (seed % 30)), new GrammarCheckingSink(streamed));
            Assert.Equal(Content(said), Content(streamed));

            output.Clear();
            Format.WriteResponse(said, Context, output);
            using var whole = new ResponseCollector();
            using var reader = Format.CreateReader(Quirks.None, keepExtras: false);
            reader.ReadResponse(output.Written, new GrammarCheckingSink(whole));
            Assert.Equal(Content(said), Content(whole));
        }
    }

    [Fact]
    public void Times_are_told_where_they_are_measured()
    {
        var now = TimeSpan.FromMilliseconds(10);
        using var output = new PooledBuffer();
        using var writer = Format.CreateWriter(output, Context with { Elapsed = () => now });
        writer.Start(default);
        writer.Text(JsonText.Plain("x"u8));
        now = TimeSpan.FromMilliseconds(25);
        writer.Text(JsonText.Plain("y"u8));
        writer.Usage(new TokenUsage(3, 2));
        writer.Finish(StopReason.EndTurn, default);
        var last = JsonNode.Parse(Encoding.UTF8.GetString(output.Written).TrimEnd().Split('\n')[^1])!;
        Assert.Equal((25_000_000, 10_000_000, 15_000_000), ((long)last["total_duration"]!, (long)last["prompt_eval_duration"]!, (long)last["eval_duration"]!));
    }

    [Theory]
    [InlineData("""{"model":"m"}""", "load")]
    [InlineData("""{"model":"m","prompt":"","keep_alive":"5m"}""", "load")]
    [InlineData("""{"model":"m","keep_alive":0}""", "unload")]
    [InlineData("""{"model":"m","keep_alive":"0s"}""", "unload")]
    [InlineData("""{"model":"m","keep_alive":"0.5h"}""", "load")]
    public void Without_a_prompt_a_model_is_loaded(string body, string reason)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        Assert.False(Format.ReadHead(bytes).HasConversation);
        using var output = new PooledBuffer();
        OllamaLoad.Write(Format, bytes, Context, output);
        var answer = JsonNode.Parse(output.Written)!;
        Assert.Equal(("", true, reason), ((string)answer["response"]!, (bool)answer["done"]!, (string)answer["done_reason"]!));
    }

    static ChatRequest Read(string body) => Format.ReadRequest(Encoding.UTF8.GetBytes(body));

    static string Content(ResponseCollector answer)
    {
        var text = Joined(answer, AnswerBlockKind.Text, AnswerBlockKind.Refusal);
        if (text.Length == 0 && answer.Finished == StopReason.ContentFilter) text = "The provider's filter has blocked this.";
        return $"{text}|{Joined(answer, AnswerBlockKind.Reasoning, AnswerBlockKind.Reasoning)}|{answer.Finished is StopReason.MaxTokens or StopReason.ContextWindow}|{answer.Counts?.Input}/{answer.Counts?.Output}";
    }

    static string Joined(ResponseCollector answer, AnswerBlockKind one, AnswerBlockKind other) =>
        string.Concat(answer.Blocks.Where(block => block.Kind == one || block.Kind == other).Select(block => JsonText.Escaped(block.Content.Written).ToString()));
}
