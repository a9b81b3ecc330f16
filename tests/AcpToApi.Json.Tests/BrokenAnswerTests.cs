using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using AcpToApi.Json.Model;
using AcpToApi.Json.Sinks;
using AcpToApi.Json.Tests.Support;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Tests;

/// <summary>Whatever a provider says instead of what it should, clients of every dialect read JSON, and an end.</summary>
public class BrokenAnswerTests
{
    static readonly WireFormat[] Dialects = [.. WireFormat.Dialects, WireFormat.GeminiArray, WireFormat.OpenAiCompletions, WireFormat.OllamaGenerate];

    int _turn;

    [Theory, MemberData(nameof(Answers.Streams), MemberType = typeof(Answers))]
    public void A_value_of_another_kind_in_a_stream_breaks_no_dialect(string folder, string name)
    {
        var lines = Answers.Lines(folder, name);
        for (var at = 0; at < lines.Length; at++)
        {
            var start = lines[at].IndexOf('{', StringComparison.Ordinal);
            if (start < 0 || Parsed(lines[at][start..]) is not { } json) continue;
            foreach (var (broken, what) in Damage.Exchanged(json))
            {
                string[] all = [.. lines[..at], lines[at][..start] + broken, .. lines[(at + 1)..]];
                AssertRead(folder, Answers.Stream(folder, Encoding.UTF8.GetBytes(string.Join('\n', all))), $"line {at + 1}, {what}");
            }
        }
    }

    [Theory, MemberData(nameof(Answers.Whole), MemberType = typeof(Answers))]
    public void A_value_of_another_kind_in_a_whole_answer_breaks_no_dialect(string folder, string name)
    {
        if (Parsed(Encoding.UTF8.GetString(Corpus.Read(folder, name, "response.json"))) is not { } json) return;
        foreach (var (broken, what) in Damage.Exchanged(json))
        {
            foreach (var keepExtras in (bool[])[false, true])
            {
                using var answer = new ResponseCollector();
                using var reader = Answers.Format(folder).CreateReader(Quirks.None, keepExtras);
                reader.ReadResponse(Encoding.UTF8.GetBytes(broken), new GrammarCheckingSink(answer));
                AssertWhole(answer, what);
            }
        }
    }

    // Each in turn: all for all would take minutes.
    void AssertRead(string folder, byte[] body, string what)
    {
        var dialect = Dialects[_turn++ % Dialects.Length];
        using var output = new PooledBuffer();
        using var writer = dialect.CreateWriter(output, Context);
        var sink = new GrammarCheckingSink(writer);
        Replay.Feed(Answers.Format(folder), body, Replay.Whole, sink, keepExtras: dialect == Answers.Format(folder));
        Assert.True(sink.Ended, what);
        try
        {
            Assert.NotEmpty(Frames.Of(dialect, Encoding.UTF8.GetString(output.Written)).ToList());
        }
        catch (JsonException broken)
        {
            throw new InvalidOperationException($"{what}, to {dialect.Name}: {Encoding.UTF8.GetString(output.Written)}", broken);
        }
    }

    static void AssertWhole(ResponseCollector answer, string what)
    {
        foreach (var dialect in Dialects)
        {
            using var output = new PooledBuffer();
            if (answer.Failure is { } failure) dialect.WriteError(failure, output);
            else dialect.WriteResponse(answer, Context, output);
            try
            {
                JsonNode.Parse(output.Written);
            }
            catch (JsonException broken)
            {
                throw new InvalidOperationException($"{what}, to {dialect.Name}: {Encoding.UTF8.GetString(output.Written)}", broken);
            }
        }
    }

    static ResponseContext Context { get; } = new("0a1b2c", JsonString.Of("asked-model"), 1700000001, EstimatedInputTokens: 5) { Elapsed = () => TimeSpan.FromSeconds(1) };

    static JsonNode? Parsed(string text)
    {
        try
        {
            var json = JsonNode.Parse(text);
            _ = json?.ToJsonString();
            return json;
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException)
        {
            return null; // the corpus holds broken ones too, and halves of characters
        }
    }
}
