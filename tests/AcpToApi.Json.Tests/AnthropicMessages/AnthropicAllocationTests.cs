using System.Text;
using AcpToApi.Json.Framing;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Tests.AnthropicMessages;

public class AnthropicAllocationTests
{
    const int Events = 20_000;

    [Fact]
    public void Nothing_is_allocated_per_event()
    {
        var stream = Stream();
        using var output = new PooledBuffer();
        Translate(stream, output);
        output.Clear();
        var first = Translate(stream, output);
        output.Clear();
        var second = Translate(stream, output);
        // What an answer costs at all (reader, writer) does not grow with its events.
        Assert.True(Math.Min(first, second) < 4096, $"{first} and {second} bytes for {Events} events");
    }

    static long Translate(byte[] stream, PooledBuffer output)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        using var framing = new SseReader();
        using var reader = WireFormat.AnthropicMessages.CreateReader(Quirks.None, keepExtras: false);
        var writer = WireFormat.AnthropicMessages.CreateWriter(output, new ResponseContext("a", JsonString.Of("m"), 0));
        for (var taken = 0; framing.TryRead(stream.AsSpan(taken), isFinal: true, out var found, out var consumed); taken += consumed)
        {
            if (found.HasData) reader.Read(found.Name, found.Data, writer);
            if (output.Length > 60_000) output.Clear();
        }
        reader.End(writer);
        Assert.True(reader.IsDone);
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    static byte[] Stream()
    {
        var text = new StringBuilder();
        void Event(string data) => text.Append("event: x\ndata: ").Append(data).Append("\n\n");
        Event("""{"type":"message_start","message":{"id":"msg_1","model":"m","content":[],"usage":{"input_tokens":5,"output_tokens":1}}}""");
        for (var block = 0; block < 4; block++)
        {
            Event(block switch
            {
                0 => """{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}""",
                1 => """{"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}}""",
                _ => $$"""{"type":"content_block_start","index":{{block}},"content_block":"""
                    + $$"""{"type":"tool_use","id":"toolu_{{block}}","name":"f","input":""" + "{}}}",
            });
            for (var piece = 0; piece < Events / 4; piece++)
            {
                if (piece % 50 == 0) Event("""{"type":"ping"}""");
                Event($$"""{"type":"content_block_delta","index":{{block}},"delta":""" + (block switch
                {
                    0 => """{"type":"thinking_delta","thinking":" hm\n"}}""",
                    1 => """{"type":"text_delta","text":" say \"it\" é"}}""",
                    _ => """{"type":"input_json_delta","partial_json":"{\"a\":"}}""",
                }));
            }
            Event($$"""{"type":"content_block_stop","index":{{block}}""" + "}");
        }
        Event("""{"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":7}}""");
        Event("""{"type":"message_stop"}""");
        return Encoding.UTF8.GetBytes(text.ToString());
    }
}
