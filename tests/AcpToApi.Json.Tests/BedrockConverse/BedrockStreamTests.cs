using System.Text;
using AcpToApi.Json.Framing;
using AcpToApi.Json.Model;
using AcpToApi.Json.Tests.Support;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Tests.BedrockConverse;

/// <summary>Answers of Bedrock: streams from lines of "event json", whole answers, errors.</summary>
public class BedrockStreamTests
{
    // Wherever a stream breaks off, or a bit of it is wrong, it ends in one error or in the end it already had.
    [Fact]
    public void A_broken_stream_is_never_a_good_answer()
    {
        var body = Answers.Stream("bedrock-converse", "reasoning_then_calls");
        var end = body.AsSpan().IndexOf("messageStop"u8);
        for (var length = 0; length < end; length++) Assert.Contains("error UpstreamProtocol 502", Replay.Stream(WireFormat.BedrockConverse, body.AsMemory(0, length), Replay.Whole), StringComparison.Ordinal);
        for (var at = 0; at < end; at += 7)
        {
            var broken = body.ToArray();
            broken[at] ^= 4;
            Assert.Contains("error UpstreamProtocol 502", Replay.Stream(WireFormat.BedrockConverse, broken, Replay.Whole), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(400, """{"message":"The model returned the following errors: x"}""", ErrorKind.InvalidRequest, "The model returned the following errors: x")]
    [InlineData(403, """{"Message":"Authentication failed"}""", ErrorKind.PermissionDenied, "Authentication failed")]
    [InlineData(404, """{"message":"gone"}""", ErrorKind.ModelNotFound, "gone")]
    [InlineData(424, """{"originalStatusCode":500,"message":"model"}""", ErrorKind.UpstreamFailed, "model")]
    [InlineData(429, """{"message":"slow"}""", ErrorKind.RateLimited, "slow")]
    [InlineData(503, "<html>", ErrorKind.Overloaded, "The provider answered with status 503 and no usable error body.")]
    public void Errors_are_understood(int status, string body, ErrorKind kind, string message)
    {
        var error = WireFormat.BedrockConverse.ReadError(status, Encoding.UTF8.GetBytes(body));
        Assert.Equal((kind, status, message), (error.Kind, error.Status, error.Message));
    }

    [Theory]
    [InlineData("throttlingException", ErrorKind.RateLimited, 429)]
    [InlineData("ValidationException", ErrorKind.InvalidRequest, 400)]
    [InlineData("serviceUnavailableException", ErrorKind.Overloaded, 503)]
    [InlineData("internalServerException", ErrorKind.UpstreamFailed, 500)]
    [InlineData("modelTimeoutException", ErrorKind.Timeout, 408)]
    [InlineData("ServiceQuotaExceededException", ErrorKind.RateLimited, 429)]
    [InlineData("SomethingElse", ErrorKind.UpstreamFailed, 502)]
    public void Exceptions_of_the_stream_have_the_kind_of_their_status(string type, ErrorKind kind, int status)
    {
        foreach (var message in (byte[][])[AwsMessage.Exception(type, "{\"message\":\"why\"}"), AwsMessage.Error(type, "why")])
        {
            Assert.Equal($"error {kind} {status} {type} why\n", Replay.Stream(WireFormat.BedrockConverse, message, Replay.Whole));
        }
    }

    [Theory]
    [InlineData("contentBlockDelta", """{"contentBlockIndex":0,"delta":{"text":" tok\u00e9n"},"p":"abcdefghijklmnop"}""")]
    [InlineData("contentBlockDelta", """{"contentBlockIndex":0,"delta":{"reasoningContent":{"text":"hm"}},"p":"abc"}""")]
    [InlineData("contentBlockDelta", """{"contentBlockIndex":1,"delta":{"toolUse":{"input":"{\"a\""}},"p":"abc"}""")]
    public void Nothing_is_allocated_per_event(string type, string json)
    {
        var message = AwsMessage.Event(type, json);
        using var output = new PooledBuffer();
        using var writer = WireFormat.AnthropicMessages.CreateWriter(output, new ResponseContext("id", JsonString.Of("m"), 1));
        using var reader = WireFormat.BedrockConverse.CreateReader(Quirks.None, keepExtras: false);
        using var framing = new AwsEventStreamReader();
        reader.Read("contentBlockStart"u8, """{"contentBlockIndex":1,"start":{"toolUse":{"name":"f","toolUseId":"t"}}}"""u8, writer);
        for (var i = 0; i < 100; i++) Step();
        Assert.Equal(0, Allocation.Least(() =>
        {
            for (var i = 0; i < 10_000; i++) Step();
        }));

        void Step()
        {
            output.Clear();
            Assert.True(framing.TryRead(message, isFinal: false, out var found, out _));
            reader.Read(found, writer);
            Assert.True(output.Length > 0);
        }
    }
}
