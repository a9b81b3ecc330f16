using System.Text;
using System.Text.Json.Nodes;
using AcpToApi.Json.Model;
using AcpToApi.Json.Sinks;
using AcpToApi.Json.Tests.Support;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Tests;

/// <summary>Sources and pictures cross from every format that has them to every other, streamed and whole.</summary>
public sealed class SourcesAndPicturesTests
{
    static readonly Dictionary<string, string> Sourced = new()
    {
        ["chat"] = """{"choices":[{"message":{"role":"assistant","content":"Grün is it.","annotations":[{"type":"url_citation","url_citation":{"url":"https://a.example","title":"A","start_index":5,"end_index":7}}]},"finish_reason":"stop"}]}""",
        ["responses"] = """{"status":"completed","output":[{"type":"message","content":[{"type":"output_text","text":"Grün is it.","annotations":[{"type":"url_citation","url":"https://a.example","title":"A","start_index":5,"end_index":7}]}]}]}""",
        ["messages"] = """{"type":"message","content":[{"type":"text","text":"Grün "},{"type":"text","text":"is","citations":[{"type":"web_search_result_location","url":"https://a.example","title":"A","cited_text":"was","encrypted_index":"x"}]},{"type":"text","text":" it."}],"stop_reason":"end_turn"}""",
        ["gemini"] = """{"candidates":[{"content":{"parts":[{"text":"Grün is it."}],"role":"model"},"finishReason":"STOP","groundingMetadata":{"groundingChunks":[{"web":{"uri":"https://a.example","title":"A"}}],"groundingSupports":[{"segment":{"startIndex":6,"endIndex":8},"groundingChunkIndices":[0]}]}}]}""",
    };

    static readonly Dictionary<string, string> Pictured = new()
    {
        ["chat"] = """{"choices":[{"message":{"role":"assistant","content":"Look.","images":[{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw0KGgo="}}]},"finish_reason":"stop"}]}""",
        ["responses"] = """{"status":"completed","output":[{"type":"message","content":[{"type":"output_text","text":"Look."}]},{"type":"image_generation_call","result":"iVBORw0KGgo="}]}""",
        ["gemini"] = """{"candidates":[{"content":{"parts":[{"text":"Look."},{"inlineData":{"mimeType":"image/png","data":"iVBORw0KGgo="}}],"role":"model"},"finishReason":"STOP"}]}""",
        ["ollama"] = """{"message":{"role":"assistant","content":"Look.","images":["iVBORw0KGgo="]},"done":true,"done_reason":"stop"}""",
    };

    public static TheoryData<string, string> SourcePairs => Pairs(Sourced.Keys, Sourced.Keys);

    public static TheoryData<string, string> PicturePairs => Pairs(Pictured.Keys, Pictured.Keys);

    [Theory, MemberData(nameof(SourcePairs))]
    public void A_source_keeps_its_address_title_and_place(string from, string to)
    {
        foreach (var answer in Written(from, to, Sourced[from]))
        {
            var place = to == "messages" ? "(0|5)-(7|11)" : "5-7";
            Assert.Matches($"""(?m)^citation {place} https://a.example "A" """, Record(to, answer));
            Assert.Single(Record(to, answer).Split('\n'), line => line.StartsWith("citation", StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("[1]")]
    [InlineData("""[null,"x",[]]""")]
    [InlineData("""[{"segment":5,"groundingChunkIndices":["x",null,{},1e99,-1]}]""")]
    [InlineData("""[{"segment":{"startIndex":"x"},"groundingChunkIndices":{}}]""")]
    [InlineData("""[{"\ud800":1,"groundingChunkIndices":[0]}]""")]
    public void Broken_grounding_costs_no_answer(string supports)
    {
        var answer = $$$"""{"candidates":[{"content":{"parts":[{"text":"Green."}],"role":"model"},"finishReason":"STOP","groundingMetadata":{"groundingChunks":[{"web":{"uri":"https://a.example"}}, 7],"groundingSupports":{{{supports}}}}}]}""";
        foreach (var events in new[] { Replay.Response(WireFormat.Gemini, Encoding.UTF8.GetBytes(answer)), Replay.Stream(WireFormat.Gemini, Encoding.UTF8.GetBytes($"data: {answer}\n\n"), Replay.Whole) })
        {
            Assert.Contains("Green.", events, StringComparison.Ordinal);
            Assert.Contains("finish", events, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("error", events, StringComparison.OrdinalIgnoreCase);
        }
    }

    [Fact]
    public void One_source_is_not_said_a_million_times()
    {
        var indices = string.Join(',', Enumerable.Repeat("0", 20_000));
        var answer = $$$"""{"candidates":[{"content":{"parts":[{"text":"Green."}],"role":"model"},"finishReason":"STOP","groundingMetadata":{"groundingChunks":[{"web":{"uri":"https://a.example"}}],"groundingSupports":[{"groundingChunkIndices":[{{{indices}}}]}]}}]}""";
        Assert.Equal(10_000, Replay.Response(WireFormat.Gemini, Encoding.UTF8.GetBytes(answer)).Split('\n').Count(line => line.StartsWith("citation", StringComparison.Ordinal)));
    }

    [Fact]
    public void The_same_dialect_has_its_own_fields_back()
    {
        foreach (var answer in Written("messages", "messages", Sourced["messages"])) Assert.Contains("\"encrypted_index\":\"x\"", answer, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(PicturePairs))]
    public void A_picture_arrives(string from, string to)
    {
        foreach (var answer in Written(from, to, Pictured[from]))
        {
            var record = Record(to, answer);
            Assert.Contains("text Look.", record, StringComparison.Ordinal);
            Assert.Contains("media image/png iVBORw0KGgo=\n", record, StringComparison.Ordinal);
        }
    }

    [Theory, InlineData("chat"), InlineData("gemini")]
    public void Where_no_picture_can_be_it_is_told_that_there_was_one(string from)
    {
        Assert.Contains(": the model made image/png, ", Written(from, "messages", Pictured[from]).Last(), StringComparison.Ordinal);
        using var answer = new ResponseCollector();
        Read(from, Pictured[from], answer);
        var lost = new IgnoredFields();
        answer.NameLost(WireFormat.AnthropicMessages, lost);
        Assert.Equal("the answer's images", lost.ToString());
    }

    // Gemini counts bytes: "One\n" are four characters, "Grün" is four of five bytes.
    [Theory]
    [InlineData(0, 3, 0, 3)]
    [InlineData(4, 9, 4, 8)]
    [InlineData(10, 12, 9, 11)]
    public void A_place_in_bytes_is_told_in_characters(int startByte, int endByte, int start, int end)
    {
        var stream = $$$"""
            data: {"candidates":[{"content":{"parts":[{"text":"One\n"}]}}]}

            data: {"candidates":[{"content":{"parts":[{"text":"Gr\u00fcn"}]}}]}

            data: {"candidates":[{"content":{"parts":[{"text":" is it."}]},"finishReason":"STOP","groundingMetadata":{"groundingChunks":[{"web":{"uri":"u"}}],"groundingSupports":[{"segment":{"startIndex":{{{startByte}}},"endIndex":{{{endByte}}}},"groundingChunkIndices":[0]}]}}]}


            """;
        Assert.Contains($"citation {start}-{end} u", Replay.Stream(WireFormat.Gemini, Encoding.UTF8.GetBytes(stream), Replay.Every(1)), StringComparison.Ordinal);
    }

    [Fact]
    public void Sources_of_a_whole_stream_are_told_once()
    {
        const string stream = """
            data: {"citations":["https://a.example","https://b.example"],"choices":[{"delta":{"role":"assistant","content":"One "}}]}

            data: {"citations":["https://a.example","https://b.example"],"choices":[{"delta":{"content":"two."},"finish_reason":"stop"}]}


            """;
        var record = Replay.Stream(WireFormat.OpenAiChat, Encoding.UTF8.GetBytes(stream), Replay.Every(1));
        Assert.Equal(["citation 0-0 https://a.example \"\" \"\"", "citation 0-0 https://b.example \"\" \"\""], record.Split('\n').Where(line => line.StartsWith("citation", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("plain", 5)]
    [InlineData("Grün", 4)]
    [InlineData("日本🦙", 3)]
    [InlineData("\\u65e5\\ud83e\\udd99\\n", 3)]
    [InlineData("\\", 1)]
    public void Characters_are_counted_as_they_will_be_read(string escaped, int characters) =>
        Assert.Equal(characters, JsonText.Escaped(Encoding.UTF8.GetBytes(escaped)).CharacterCount);

    static TheoryData<string, string> Pairs(IEnumerable<string> from, IEnumerable<string> to)
    {
        var pairs = new TheoryData<string, string>();
        foreach (var one in from) foreach (var other in to) pairs.Add(one, other);
        return pairs;
    }

    static WireFormat Format(string name) => WireFormat.All.Single(format => format.Name == name);

    // The answer as the other dialect says it: whole, then streamed.
    static IEnumerable<string> Written(string from, string to, string answer)
    {
        var context = new ResponseContext("id", JsonString.Of("m"), 1);
        using var collector = new ResponseCollector();
        Read(from, answer, collector);
        using var whole = new PooledBuffer();
        Format(to).WriteResponse(collector, context, whole);
        Assert.NotNull(JsonNode.Parse(whole.Written));
        yield return Encoding.UTF8.GetString(whole.Written);
        using var frames = new PooledBuffer();
        using var writer = Format(to).CreateWriter(frames, context);
        Read(from, answer, writer);
        yield return Encoding.UTF8.GetString(frames.Written);
    }

    static void Read(string format, string answer, IEventSink sink)
    {
        using var reader = Format(format).CreateReader(Quirks.None, keepExtras: false);
        reader.ReadResponse(Encoding.UTF8.GetBytes(answer), new GrammarCheckingSink(sink));
    }

    static string Record(string format, string answer) => answer.StartsWith('{') && answer.IndexOf('\n', StringComparison.Ordinal) < 0
        ? Replay.Response(Format(format), Encoding.UTF8.GetBytes(answer))
        : Replay.Stream(Format(format), Encoding.UTF8.GetBytes(answer), Replay.Whole);
}
