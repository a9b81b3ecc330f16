using System.Text;
using AcpToApi.Json.Model;
using AcpToApi.Json.Sinks;
using AcpToApi.Json.Tests.Support;

namespace AcpToApi.Json.Tests;

/// <summary>Stop sequences that the bridge watches for itself: the same answer however the text was cut, and nothing held back for longer than needed.</summary>
public class StopSequencesTests
{
    [Theory]
    [InlineData("one STOP two", "STOP", "one ", "STOP")]
    [InlineData("one STO STOP", "STOP", "one STO ", "STOP")]
    [InlineData("aaab", "aab", "a", "aab")]
    [InlineData("STOP", "STOP", "", "STOP")]
    [InlineData("one STO", "STOP", "one STO", null)]
    [InlineData("Grüße 日本 🦙 x", "🦙", "Grüße 日本 ", "🦙")]
    [InlineData("line\nnext", "\n", "line", "\n")]
    [InlineData("say \"END\" now", "\"END\"", "say ", "\"END\"")]
    [InlineData("xabcx", "abc|b", "xa", "b")]
    [InlineData("xabcx", "bc|abc", "x", "abc")]
    [InlineData("xyzzy", "zzy|yzz", "x", "yzz")]
    [InlineData("anything", "", "anything", null)]
    public void An_answer_ends_where_a_sequence_begins(string text, string stops, string kept, string? hit)
    {
        var plain = Encoding.UTF8.GetBytes(text);
        var expected = "start id= model=m\n" + (kept.Length > 0 ? Line("text", kept) : "") + (hit is null ? "finish EndTurn\n" : $"finish StopSequence {hit.ReplaceLineEndings("\\n")}\n");
        foreach (var pieces in Cuts(plain)) Assert.Equal(expected, Record(stops, sink => pieces.ForEach(piece => sink.Text(JsonText.Plain(piece)))));
        var escaped = Encoding.UTF8.GetBytes(System.Text.Json.JsonSerializer.Serialize(text)[1..^1]);
        Assert.Equal(expected, Record(stops, sink => sink.Text(JsonText.Escaped(escaped))));
    }

    [Theory]
    [InlineData("\\ud83e", "\\udd99 and on", "\U0001F999 and on", null)]
    [InlineData("a \\uD83E", "\\uDD99 and STOP", "a \U0001F999 and ", "STOP")]
    [InlineData("a \\\\ud83e", "b", "a \\ud83eb", null)]
    [InlineData("a \\ud83e", "", "a \uFFFD", null)]
    public void A_character_that_was_cut_in_half_is_put_together(string first, string second, string kept, string? hit)
    {
        var heard = new Heard();
        using var sink = new StopSequences([JsonString.Of("STOP")], heard);
        sink.Text(JsonText.Escaped(Encoding.UTF8.GetBytes(first)));
        sink.Text(JsonText.Escaped(Encoding.UTF8.GetBytes(second)));
        sink.Finish(StopReason.EndTurn, default);
        Assert.Equal((kept, hit is not null), (heard.Said, sink.HasStopped));
    }

    [Fact]
    public void No_more_is_held_back_than_may_begin_a_sequence()
    {
        var heard = new Heard();
        using var sink = new StopSequences([JsonString.Of("STOP"), JsonString.Of("TOP!")], heard);
        string After(string text)
        {
            sink.Text(JsonText.Plain(Encoding.UTF8.GetBytes(text)));
            return heard.Said;
        }
        Assert.Equal("one", After("one"));
        Assert.Equal("one ", After(" ST"));
        Assert.Equal("one STA", After("A"));
        Assert.Equal("one STA", After("STO"));
        Assert.Equal("one STAS", After("!")[..8]);
        Assert.Equal("one STASTO!", heard.Said);
        Assert.False(sink.HasStopped);
        Assert.Equal("one STASTO!", After("TOP!no more"));
        Assert.True(sink.HasStopped);
    }

    [Fact]
    public void Other_content_ends_what_might_have_become_one_and_none_follows_a_hit()
    {
        static void Say(IEventSink sink, string text)
        {
            sink.Text(JsonText.Plain(Encoding.UTF8.GetBytes(text)));
            sink.Reasoning(JsonText.Plain("hm"u8));
            sink.ToolCallStart(0, JsonText.Plain("c"u8), JsonText.Plain("f"u8));
            sink.ToolCallArguments(0, JsonText.Plain("{}"u8));
            sink.ToolCallEnd(0);
        }
        Assert.Equal("start id= model=m\ntext ST\nreasoning hm\ncall 0 id=c name=f\narguments 0 {}\nend 0\ntext OP\nfinish EndTurn\n", Record("STOP", sink =>
        {
            Say(sink, "ST");
            sink.Text(JsonText.Plain("OP"u8));
        }));
        Assert.Equal("start id= model=m\ntext a\nfinish StopSequence STOP\n", Record("STOP", sink => Say(sink, "aSTOP")));
    }

    [Fact]
    public void Token_probabilities_wait_for_their_text() => Assert.Equal(
        "start id= model=m\nlogprobs {\"a\":1}\ntext a\nlogprobs {\"S\":1},{\"b\":1}\ntext Sb\nfinish EndTurn\n",
        Record("STOP", sink =>
        {
            sink.Logprobs("""{"a":1}"""u8);
            sink.Text(JsonText.Plain("a"u8));
            sink.Logprobs("""{"S":1}"""u8);
            sink.Text(JsonText.Plain("S"u8));
            sink.Logprobs("""{"b":1}"""u8);
            sink.Text(JsonText.Plain("b"u8));
        }));

    [Fact]
    public void Nothing_is_allocated_for_a_piece()
    {
        using var sink = new StopSequences([JsonString.Of("STOP"), JsonString.Of("\n\nHuman:")], NullSink.Instance);
        sink.Start(default);
        Assert.Equal(0, Allocation.Least(() =>
        {
            for (var i = 0; i < 100; i++)
            {
                sink.Text(JsonText.Escaped("a piece of \\\"text\\\" ST"u8));
                sink.Text(JsonText.Plain("AY\n"u8));
            }
        }));
    }

    static IEnumerable<List<byte[]>> Cuts(byte[] text)
    {
        yield return [text];
        // Providers cut between characters.
        var ends = Enumerable.Range(1, text.Length).Where(at => at == text.Length || (text[at] & 0xC0) != 0x80).ToList();
        yield return [.. ends.Select((end, i) => text[(i == 0 ? 0 : ends[i - 1])..end])];
        foreach (var at in ends) yield return [text[..at], text[at..]];
    }

    static string Record(string stops, Action<IEventSink> say)
    {
        var record = new RecordingSink();
        using var sink = new StopSequences([.. stops.Split('|').Select(JsonString.Of)], new GrammarCheckingSink(record));
        sink.Start(new ResponseStart(default, JsonText.Plain("m"u8), null));
        say(sink);
        sink.Finish(StopReason.EndTurn, default);
        return record.Record;
    }

    // The record keeps text escaped, as writers escape it.
    static string Line(string kind, string text)
    {
        using var escaped = new Text.PooledBuffer();
        JsonText.Plain(Encoding.UTF8.GetBytes(text)).WriteEscaped(escaped);
        return $"{kind} {Encoding.UTF8.GetString(escaped.Written)}\n";
    }

    sealed class Heard() : ForwardingSink(NullSink.Instance)
    {
        public string Said { get; set; } = "";

        public override void Text(JsonText text) => Said += text.ToString();
    }
}
