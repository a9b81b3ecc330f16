using AcpToApi.Json.Model;
using AcpToApi.Json.Sinks;
using AcpToApi.Json.Tests.Support;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Tests.AnthropicMessages;

/// <summary>Damaged bodies: answers end in Finish or Error, requests are read or refused; nothing else is ever thrown.</summary>
public class AnthropicFuzzTests
{
    const string Format = "anthropic-messages";
    const int Runs = 200;

    [Fact]
    public void Damaged_streams_end_once()
    {
        foreach (var name in Corpus.Cases(Format, "stream.sse"))
        {
            var body = Corpus.Read(Format, name, "stream.sse");
            if (body.Length == 0) continue;
            for (var seed = 0; seed < Runs; seed++)
            {
                var sink = new GrammarCheckingSink(NullSink.Instance);
                Replay.Feed(WireFormat.AnthropicMessages, Damaged(body, new Random(seed)), Replay.Every(100), sink);
                Assert.True(sink.Ended, $"{name}, seed {seed}");
            }
        }
    }

    [Fact]
    public void Damaged_answers_end_once()
    {
        foreach (var name in Corpus.Cases(Format, "response.json"))
        {
            var body = Corpus.Read(Format, name, "response.json");
            for (var seed = 0; seed < Runs; seed++)
            {
                var sink = new GrammarCheckingSink(NullSink.Instance);
                using var reader = WireFormat.AnthropicMessages.CreateReader(Quirks.None, keepExtras: true);
                reader.ReadResponse(Damaged(body, new Random(seed)), sink);
                Assert.True(sink.Ended, $"{name}, seed {seed}");
            }
        }
    }

    [Fact]
    public void Damaged_requests_are_carried_or_refused()
    {
        foreach (var name in Corpus.Cases(Format, "request.json"))
        {
            var body = Corpus.Read(Format, name, "request.json");
            for (var seed = 0; seed < Runs; seed++) ReadAndWrite(Damaged(body, new Random(seed)));
        }
    }

    static void ReadAndWrite(byte[] body)
    {
        try
        {
            var request = WireFormat.AnthropicMessages.ReadRequest(body);
            using var output = new PooledBuffer();
            WireFormat.AnthropicMessages.WriteRequest(request, new UpstreamTarget(request.Model, Quirks.None, request.Stream), output, new IgnoredFields());
            using var written = System.Text.Json.JsonDocument.Parse(output.WrittenMemory);
            Assert.True(TokenEstimate.Of(request, "m") > 0);
        }
        catch (BridgeException refused)
        {
            Assert.InRange(refused.Error.Status, 400, 499);
        }
    }

    static byte[] Damaged(byte[] body, Random random)
    {
        List<byte> damaged = [.. body];
        for (var times = random.Next(1, 4); times > 0 && damaged.Count > 1; times--)
        {
            var at = random.Next(damaged.Count);
            switch (random.Next(4))
            {
                case 0:
                    damaged[at] = (byte)random.Next(256);
                    break;
                case 1:
                    damaged.RemoveRange(at, Math.Min(random.Next(1, 40), damaged.Count - at));
                    break;
                case 2:
                    damaged.InsertRange(at, damaged.GetRange(at, Math.Min(random.Next(1, 60), damaged.Count - at)));
                    break;
                default:
                    damaged[at] = "{}[]\",:0n\\"u8[random.Next(10)];
                    break;
            }
        }
        return [.. damaged];
    }
}
