using System.Text;
using AcpToApi.Json.Model;
using AcpToApi.Json.Tests.Support;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Tests.AnthropicMessages;

/// <summary>Any legal sequence of events is written by the rules of blocks, and reads back as itself.</summary>
public class AnthropicStreamPropertyTests
{
    const int Runs = 500;

    static readonly string[] Pieces = ["a", "word ", "\n", "\"", "\\", "é日🦙", "{}", "\u0001", "", "event: x\n\ndata: y"];

    // Without one, AI SDK takes the thinking for nobody's; one of a provider's own stays the only one.
    [Theory]
    [InlineData("", "\"\"")]
    [InlineData("c2ln", "\"c2ln\"")]
    public void Every_thinking_ends_with_a_signature(string signature, string expected)
    {
        using var output = new PooledBuffer();
        using var writer = WireFormat.AnthropicMessages.CreateWriter(output, new ResponseContext("id", JsonString.Of("m"), 1));
        writer.Start(default);
        writer.Reasoning(JsonText.Plain("hm"u8));
        if (signature.Length > 0) writer.ReasoningSignature(JsonText.Plain(Encoding.UTF8.GetBytes(signature)));
        writer.Text(JsonText.Plain("hi"u8));
        writer.Finish(StopReason.EndTurn, default);
        var written = Encoding.UTF8.GetString(output.Written);
        Assert.Equal(2, written.Split("signature_delta").Length);
        Assert.Contains($"\"signature_delta\",\"signature\":{expected}}}}}\n\nevent: content_block_stop\n", written, StringComparison.Ordinal);
    }

    [Fact]
    public void Random_answers_keep_the_block_rules_and_read_back_as_the_same_events()
    {
        for (var seed = 0; seed < Runs; seed++)
        {
            using var output = new PooledBuffer();
            var said = new RecordingSink();
            var writer = WireFormat.AnthropicMessages.CreateWriter(output, new ResponseContext("p", JsonString.Of("m"), 0));
            Say(new Random(seed), new GrammarCheckingSink(new Both(said, writer)), writer);
            AnthropicBlockRules.Check(output.Written);
            var read = Replay.Stream(WireFormat.AnthropicMessages, output.Written.ToArray(), Replay.Every(1 + seed % 70));
            Assert.Equal(Ends(said.Record), Ends(read));
        }
    }

    static void Say(Random random, GrammarCheckingSink sink, ClientWriter writer)
    {
        sink.Start(new ResponseStart(Plain("msg_p"), Plain("m-1"), new TokenUsage(5, 1)));
        var calls = 0;
        var last = -1;
        for (var steps = random.Next(8); steps > 0; steps--)
        {
            if (random.Next(3) == 0) writer.Ping();
            // Two blocks of thinking without a signature between them are one: nobody could tell them apart.
            var kind = random.Next(5);
            if (kind == 1 && last == 1) kind = 0;
            last = kind;
            switch (kind)
            {
                case 0:
                    for (var pieces = random.Next(1, 4); pieces > 0; pieces--) sink.Text(Piece(random));
                    break;
                case 1:
                    sink.Reasoning(Plain("thought"));
                    if (random.Next(2) == 0) sink.ReasoningSignature(Plain("c2ln"));
                    break;
                case 2:
                    sink.RedactedReasoning(Plain("ZW5j"));
                    break;
                case 3:
                    sink.ToolCallStart(calls, Plain($"toolu_{calls}"), Plain("tool"));
                    for (var pieces = random.Next(4); pieces > 0; pieces--) sink.ToolCallArguments(calls, Piece(random));
                    sink.ToolCallEnd(calls++);
                    break;
                default:
                    sink.Usage(new TokenUsage(random.Next(1, 90), random.Next(90)));
                    break;
            }
        }
        sink.Usage(new TokenUsage(100, 50, 20, 10));
        if (random.Next(6) == 0) sink.Error(new BridgeError(ErrorKind.Overloaded, 529, "Busy") { Type = "overloaded_error" });
        else if (calls > 0) sink.Finish(StopReason.ToolCalls, default);
        else sink.Finish((StopReason)random.Next(4), default);
    }

    static JsonText Plain(string text) => JsonText.Plain(Encoding.UTF8.GetBytes(text));

    static JsonText Piece(Random random) => Plain(Pieces[random.Next(Pieces.Length)]);

    // Counts are told when and as often as the dialect wants; an answer that fails never tells its last.
    static string Ends(string record)
    {
        var lines = record.Split('\n').ToList();
        var failed = lines.Exists(line => line.StartsWith("error "));
        var last = lines.FindLast(line => line.StartsWith("usage "));
        var rest = lines.Where(line => !line.StartsWith("usage "));
        // Text that was cut by nothing but counts is one text.
        List<string> joined = [];
        foreach (var line in rest)
        {
            if (joined.Count > 0 && line.StartsWith("text ") && joined[^1].StartsWith("text ")) joined[^1] += line[5..];
            else if (joined.Count > 0 && line.StartsWith("reasoning ") && joined[^1].StartsWith("reasoning ")) joined[^1] += line[10..];
            else joined.Add(line);
        }
        return string.Join('\n', joined) + (failed ? "" : last);
    }

    sealed class Both(IEventSink one, IEventSink other) : Sinks.ForwardingSink(one)
    {
        public override void Start(in ResponseStart start)
        {
            base.Start(start);
            other.Start(start);
        }

        public override void Text(JsonText text)
        {
            base.Text(text);
            other.Text(text);
        }

        public override void Reasoning(JsonText text)
        {
            base.Reasoning(text);
            other.Reasoning(text);
        }

        public override void ReasoningSignature(JsonText signature)
        {
            base.ReasoningSignature(signature);
            other.ReasoningSignature(signature);
        }

        public override void RedactedReasoning(JsonText data)
        {
            base.RedactedReasoning(data);
            other.RedactedReasoning(data);
        }

        public override void ToolCallStart(int index, JsonText id, JsonText name)
        {
            base.ToolCallStart(index, id, name);
            other.ToolCallStart(index, id, name);
        }

        public override void ToolCallArguments(int index, JsonText fragment)
        {
            base.ToolCallArguments(index, fragment);
            other.ToolCallArguments(index, fragment);
        }

        public override void ToolCallEnd(int index)
        {
            base.ToolCallEnd(index);
            other.ToolCallEnd(index);
        }

        public override void Usage(in TokenUsage usage)
        {
            base.Usage(usage);
            other.Usage(usage);
        }

        public override void Finish(StopReason reason, JsonText stopSequence)
        {
            base.Finish(reason, stopSequence);
            other.Finish(reason, stopSequence);
        }

        public override void Error(BridgeError error)
        {
            base.Error(error);
            other.Error(error);
        }
    }
}
