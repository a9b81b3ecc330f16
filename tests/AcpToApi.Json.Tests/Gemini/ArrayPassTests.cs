using System.Text;
using System.Text.Json.Nodes;
using AcpToApi.Json.Model;
using AcpToApi.Json.Relays;
using AcpToApi.Json.Sinks;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Tests.Gemini;

/// <summary>Gemini's events, passed through to a client that wants them as one array.</summary>
public class ArrayPassTests
{
    const string One = """{"candidates":[{"content":{"parts":[{"executableCode":{"language":"PYTHON","code":"print(\"]\")"}}]},"index":0,"safetyRatings":[{"x":1}]}],"createTime":"now"}""";
    const string Two = """{ "candidates":[{"content":{"parts":[{"text":"é"}]},"finishReason":"STOP","avgLogprobs":-0.50},{"index":1}],"usageMetadata":{"promptTokenCount":5,"promptTokensDetails":[1]}}""";

    [Theory]
    [InlineData("data: " + One + "\r\n\r\n: ping\r\n\r\ndata: " + Two + "\r\n\r\n", "[" + One + ",\r\n" + Two + "]")]
    [InlineData("data: " + One + "\n\ndata: " + Two, "[" + One + ",\r\n" + Two + "]")]
    // A server that answers with the array though it was asked for events.
    [InlineData("[" + One + ",\n" + Two + "]", "[" + One + ",\r\n" + Two + "]")]
    public void It_holds_what_the_events_carry(string upstream, string expected)
    {
        var bytes = Encoding.UTF8.GetBytes(upstream);
        for (var split = 0; split < bytes.Length; split++) Assert.Equal((expected, 5, true), Passed([bytes[..split], bytes[split..]]));
        Assert.Equal((expected, 5, true), Passed([.. bytes.Select(one => new[] { one })]));
    }

    [Theory]
    [InlineData("data: " + One + "\n\n")]
    [InlineData("data: " + One + "\n\ndata: {\"candid")]
    [InlineData("data: " + One + "\n\ndata: {\"error\":{\"code\":503,\"message\":\"over\",\"status\":\"UNAVAILABLE\"}}\n\n")]
    public void One_that_breaks_off_is_an_array_that_ends_with_an_error(string upstream)
    {
        var bytes = Encoding.UTF8.GetBytes(upstream);
        for (var split = 0; split < bytes.Length; split++)
        {
            var (array, _, isGood) = Passed([bytes[..split], bytes[split..]]);
            Assert.False(isGood);
            var elements = JsonNode.Parse(array)!.AsArray();
            Assert.Equal((2, true), (elements.Count, elements[1]!["error"] is not null));
        }
    }

    static (string Array, long Input, bool IsGood) Passed(byte[][] pieces)
    {
        using var output = new PooledBuffer();
        using var writer = WireFormat.GeminiArray.CreateWriter(output, new ResponseContext("id", JsonString.Of("m"), 0));
        var tap = new UsageTap(NullSink.Instance);
        using var relay = new PassthroughRelay(WireFormat.Gemini, WireFormat.Gemini.CreateReader(Quirks.None, keepExtras: true), tap, writer, output);
        byte[] unread = [];
        foreach (var piece in pieces)
        {
            unread = [.. unread, .. piece];
            unread = unread[relay.Feed(unread, isFinal: false)..];
        }
        relay.Feed(unread, isFinal: true);
        return (Encoding.UTF8.GetString(output.Written), tap.Counts.Input, tap.Failure is null && tap.Finished is not null);
    }
}
