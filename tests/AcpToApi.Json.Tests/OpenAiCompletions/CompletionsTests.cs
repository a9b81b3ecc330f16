using System.Text;
using AcpToApi.Json.Model;
using AcpToApi.Json.Sinks;
using AcpToApi.Json.Tests.Support;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Tests.OpenAiCompletions;

/// <summary>Legacy completions: prompts become chats, answers become choices.</summary>
public class CompletionsTests
{
    const string Folder = "openai-completions";

    static readonly WireFormat Format = WireFormat.OpenAiCompletions;

    [Fact]
    public void Every_prompt_is_a_chat_as_often_as_n_says()
    {
        var chats = Read("""{"model":"m","prompt":["a\n","b"],"n":2,"max_tokens":5,"temperature":0,"stop":["x","y"],"seed":7,"user":"u","suffix":"s","best_of":3,"logprobs":null}""");
        Assert.Equal(["a\n", "a\n", "b", "b"], chats.Select(chat => ((TextPart)chat.Messages.Single().Parts.Single()).Text.ToString()));
        Assert.All(chats, chat => Assert.Equal((5, 0, 7, 1), (chat.Sampling.MaxOutputTokens, chat.Sampling.Temperature, chat.Sampling.Seed, chat.Sampling.Count)));
        Assert.All(chats, chat => Assert.Equal(["suffix", "best_of"], chat.Extras.Select(extra => extra.Name)));
        Assert.Equal(["x", "y"], chats[3].Sampling.Stop.Select(stop => stop.ToString()));
    }

    [Fact]
    public void Nothing_but_the_prompt_is_the_least_that_a_chat_can_answer()
    {
        var chat = Assert.Single(Read("""{"model":"m","prompt":"x","max_tokens":0,"echo":true,"best_of":1}"""));
        Assert.Equal((1, "max_tokens", 0), (chat.Sampling.MaxOutputTokens, Assert.Single(chat.Unread), chat.Extras.Count));
    }

    [Theory]
    [InlineData("""{"model":"m"}""", "prompt")]
    [InlineData("""{"prompt":"x"}""", "model")]
    [InlineData("""{"model":"m","prompt":[1,2,3]}""", "prompt[0]")]
    [InlineData("""{"model":"m","prompt":[[1,2],[3]]}""", "prompt[0]")]
    [InlineData("""{"model":"m","prompt":7}""", "prompt")]
    [InlineData("""{"model":"m","prompt":[]}""", "prompt")]
    [InlineData("""{"model":"m","prompt":["x",null]}""", "prompt[1]")]
    [InlineData("""{"model":"m","prompt":"x","n":129}""", "prompt")]
    [InlineData("""{"model":"m","prompt":"x","n":9223372036854775807}""", "prompt")]
    [InlineData("""{"model":"m","prompt":"x","max_tokens":0}""", "max_tokens")]
    [InlineData("""{"model":"m","prompt":"x","max_tokens":-1,"echo":true}""", "max_tokens")]
    [InlineData("""{"model":"m","prompt":"x","echo":1}""", "echo")]
    public void What_cannot_be_read_is_named(string body, string param)
    {
        var refused = Assert.Throws<BridgeException>(() => Read(body)).Error;
        Assert.Equal((400, param), (refused.Status, refused.Param));
    }

    [Theory, InlineData(true), InlineData(false)]
    public void Several_answers_are_choices_of_one(bool stream)
    {
        var chats = Read("""{"model":"m","prompt":["Say é: ","Say \"b\": "],"echo":true,"stream_options":{"include_usage":true}}""");
        var context = new ResponseContext("0a1b2c", JsonString.Of("asked-model"), 1700000001) { Request = chats[0], Answers = chats.Count };
        using var output = new PooledBuffer();
        if (stream)
        {
            using var writer = Format.CreateWriter(output, context);
            Say(writer, "é", StopReason.EndTurn);
            Say(writer, "b\n", StopReason.MaxTokens);
        }
        else
        {
            using var first = new ResponseCollector();
            Say(first, "é", StopReason.EndTurn);
            var second = new ResponseCollector { Earlier = first };
            Say(second, "b\n", StopReason.MaxTokens);
            Format.WriteResponse(second, context, output);
        }
        Corpus.MatchGolden(Folder, "two_prompts", stream ? "completions.sse" : "completions.json", Encoding.UTF8.GetString(output.Written));
    }

    [Fact]
    public void Usage_comes_only_when_asked_for_and_an_error_ends_without_the_end_mark()
    {
        using var output = new PooledBuffer();
        using var writer = Format.CreateWriter(output, new ResponseContext("id", JsonString.Of("m"), 1, IncludeUsage: false));
        Say(writer, "x", StopReason.EndTurn);
        var written = Encoding.UTF8.GetString(output.Written);
        Assert.DoesNotContain("usage", written, StringComparison.Ordinal);
        Assert.EndsWith("data: [DONE]\n\n", written, StringComparison.Ordinal);
        output.Clear();
        writer.Error(new BridgeError(ErrorKind.UpstreamFailed, 502, "gone"));
        Assert.DoesNotContain("[DONE]", Encoding.UTF8.GetString(output.Written), StringComparison.Ordinal);
    }

    [Fact]
    public void Any_legal_answer_survives_the_round_trip()
    {
        for (var seed = 0; seed < 500; seed++)
        {
            using var said = new ResponseCollector();
            RandomAnswer.Say(new Random(seed), said);
            using var output = new PooledBuffer();
            using var writer = Format.CreateWriter(output, new ResponseContext("id", JsonString.Of("m"), 1));
            RandomAnswer.Say(new Random(seed), writer);
            using var streamed = new ResponseCollector();
            Replay.Feed(Format, output.Written.ToArray(), Replay.Every(1 + (seed % 30)), new GrammarCheckingSink(streamed));
            Assert.Equal(Text(said), Text(streamed));
            Assert.Equal(said.Counts?.Output, streamed.Counts?.Output);
        }
    }

    [Fact]
    public void Nothing_is_allocated_per_event()
    {
        var line = "data: {\"id\":\"c\",\"object\":\"text_completion\",\"created\":1,\"model\":\"m\",\"choices\":[{\"text\":\" t\\u00e9\",\"index\":0,\"logprobs\":null,\"finish_reason\":null}]}\n\n"u8.ToArray();
        using var output = new PooledBuffer();
        using var writer = Format.CreateWriter(output, new ResponseContext("id", JsonString.Of("m"), 1));
        using var reader = Format.CreateReader(Quirks.None, keepExtras: false);
        using var framing = Format.CreateFraming();
        for (var i = 0; i < 100; i++) Step();
        Assert.Equal(0, Allocation.Least(() =>
        {
            for (var i = 0; i < 10_000; i++) Step();
        }));

        void Step()
        {
            output.Clear();
            Assert.True(framing.TryRead(line, isFinal: false, out var found, out _));
            reader.Read(found.Name, found.Data, writer);
        }
    }

    [Theory]
    [InlineData("""{"choices":[{"text":"a","index":0,"finish_reason":null}],"usage":null}""", true)]
    [InlineData("""{"choices":[{"text":"a","index":0,"finish_reason":"stop"}]}""", false)]
    [InlineData("""{"choices":[{"text":"a","index":0,"finish_reason":null}],"usage":{}}""", false)]
    [InlineData("""{"error":{"message":"\"text\":\""}}""", false)]
    public void Only_what_surely_is_content_is_not_parsed(string data, bool isContent) =>
        Assert.Equal(isContent, Format.IsContentOnly(default, Encoding.UTF8.GetBytes(data)));

    static IReadOnlyList<ChatRequest> Read(string body) => Format.ReadRequests(Encoding.UTF8.GetBytes(body));

    static void Say(IEventSink sink, string text, StopReason reason)
    {
        sink.Start(new ResponseStart(JsonText.Plain("up-1"u8), JsonText.Plain("real-model"u8)));
        sink.Reasoning(JsonText.Plain("hm"u8));
        sink.Text(JsonText.Plain(Encoding.UTF8.GetBytes(text)));
        sink.Usage(new TokenUsage(3, 2, Reasoning: 1));
        sink.Finish(reason, default);
    }

    static string Text(ResponseCollector answer) =>
        string.Concat(answer.Blocks.Where(block => block.Kind is AnswerBlockKind.Text or AnswerBlockKind.Refusal).Select(block => JsonText.Escaped(block.Content.Written).ToString()));
}
