using System.Text;
using AcpToApi.Json.Framing;
using AcpToApi.Json.Model;
using AcpToApi.Json.Tests.Support;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Tests.OpenAiChat;

/// <summary>Reader to writer: nothing is allocated for an event, whatever it carries.</summary>
public class AllocationTests
{
    const string Head = "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",";

    [Theory]
    [InlineData("\"choices\":[{\"index\":0,\"delta\":{\"content\":\"word \\\"é\\n\"},\"logprobs\":null,\"finish_reason\":null}]}", false)]
    [InlineData("\"choices\":[{\"delta\":{\"reasoning_content\":\"hm\",\"content\":null},\"index\":0}],\"usage\":null}", false)]
    [InlineData("\"choices\":[{\"index\":0,\"delta\":{\"content\":[{\"type\":\"thinking\",\"thinking\":[{\"type\":\"text\",\"text\":\"a\"}]}]}}]}", false)]
    [InlineData("\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"\\\"x\\\"\"}}]}}]}", false)]
    [InlineData("\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"},\"logprobs\":{\"content\":[]}}],\"system_fingerprint\":\"fp\"}", true)]
    [InlineData("\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}}", false)]
    public void An_event_costs_no_memory(string rest, bool keepExtras)
    {
        var first = Head + "\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"tool_calls\":[{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":\"\"}}]}}]}\n\n";
        var chunk = Encoding.UTF8.GetBytes(Head + rest + "\n\n");
        using var framing = new SseReader();
        using var output = new PooledBuffer();
        using var reader = WireFormat.OpenAiChat.CreateReader(Quirks.None, keepExtras);
        var writer = WireFormat.OpenAiChat.CreateWriter(output, new ResponseContext("id", JsonString.Of("m"), 1));
        Feed(framing, reader, writer, output, Encoding.UTF8.GetBytes(first));
        for (var i = 0; i < 100; i++) Feed(framing, reader, writer, output, chunk);
        Assert.Equal(0, Allocation.Least(() =>
        {
            for (var i = 0; i < 10_000; i++) Feed(framing, reader, writer, output, chunk);
        }));
        Assert.False(reader.IsDone);
    }

    static void Feed(SseReader framing, UpstreamReader reader, ClientWriter writer, PooledBuffer output, ReadOnlySpan<byte> chunk)
    {
        output.Clear();
        framing.TryRead(chunk, isFinal: false, out var found, out _);
        reader.Read(found.Name, found.Data, writer);
        Assert.True(output.Length > 0);
    }
}
