using System.Text;
using AcpToApi.Json.Model;
using AcpToApi.Json.Tests.Support;

namespace AcpToApi.Json.Tests.Gemini;

public class StreamReaderTests
{
    const string Folder = "gemini";

    static readonly WireFormat Format = WireFormat.Gemini;

    [Theory]
    [InlineData("extras_everywhere")]
    [InlineData("signatures_on_text")]
    [InlineData("signature_too_long_for_an_id")]
    [InlineData("prompt_blocked")]
    public void Fields_of_the_own_format_are_kept_when_asked(string name) =>
        Corpus.MatchGolden(Folder, name, "extras.txt", Replay.Stream(Format, Corpus.Read(Folder, name, "stream.sse"), Replay.Whole, keepExtras: true));

    // An array's elements are told as they come, not when the array is whole.
    [Fact]
    public void An_array_is_read_while_it_grows()
    {
        var body = "[{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"One\"}]}}]}"u8;
        using var framing = Format.CreateFraming();
        using var reader = Format.CreateReader(Quirks.None, keepExtras: false);
        var sink = new RecordingSink();
        var taken = 0;
        while (framing.TryRead(body[taken..], isFinal: false, out var found, out var consumed))
        {
            if (found.HasData) reader.Read(found.Name, found.Data, sink);
            taken += consumed;
        }
        Assert.Equal("start id= model=\ntext One\n", sink.Record);
    }

    [Theory]
    [InlineData("""{"candidates":[{"content":{"parts":[{"text":"x"}],"role":"model"},"index":0}],"modelVersion":"m"}""", true)]
    [InlineData("""{"candidates":[{"content":{"parts":[{"text":"say \"finishReason\" and \"error\""}],"role":"model"}}]}""", true)]
    [InlineData("""{"candidates":[{"content":{"parts":[{"text":"x"}]},"finishReason":"STOP"}]}""", false)]
    [InlineData("""{"candidates":[{"content":{"parts":[{"text":"x"}]}}],"usageMetadata":{"promptTokenCount":1}}""", false)]
    [InlineData("""{"candidates":[{"content":{"parts":[{"text":"x"},{"functionCall":{"name":"f"}}]}}]}""", false)]
    [InlineData("""{"promptFeedback":{"blockReason":"SAFETY"}}""", false)]
    [InlineData("""{"error":{"code":500}}""", false)]
    public void Only_a_piece_of_content_passes_as_content_only(string data, bool expected) =>
        Assert.Equal(expected, Format.IsContentOnly(default, Encoding.UTF8.GetBytes(data)));
}
