using System.Text;
using AcpToApi.Json.Model;
using AcpToApi.Json.Tests.Support;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Tests.Gemini;

/// <summary>Reader to writer: nothing is allocated for an event.</summary>
public class AllocationTests
{
    [Theory]
    [InlineData("{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"word \\\"é\\n\"}],\"role\":\"model\"},\"index\":0}],\"usageMetadata\":{\"promptTokenCount\":9},\"modelVersion\":\"m\"}", false)]
    [InlineData("{\"candidates\": [{\"content\": {\"parts\": [{\"text\": \"hm\",\"thought\": true}]},\"index\": 0}],\"responseId\": \"r\"}", false)]
    [InlineData("{\"candidates\":[{\"content\":{\"parts\":[{\"functionCall\":{\"name\":\"f\",\"args\":{\"a\":[1,2]}}}]}}]}", false)]
    [InlineData("{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\"}]},\"safetyRatings\":[]}],\"createTime\":\"t\"}", true)]
    public void An_event_costs_no_memory(string json, bool keepExtras)
    {
        var chunk = Encoding.UTF8.GetBytes($"data: {json}\r\n\r\n");
        using var framing = WireFormat.Gemini.CreateFraming();
        using var output = new PooledBuffer();
        using var reader = WireFormat.Gemini.CreateReader(Quirks.None, keepExtras);
        using var writer = WireFormat.Gemini.CreateWriter(output, new ResponseContext("id", JsonString.Of("m"), 1));
        void Feed()
        {
            output.Clear();
            framing.TryRead(chunk, isFinal: false, out var found, out _);
            reader.Read(found.Name, found.Data, writer);
        }
        for (var i = 0; i < 100; i++) Feed();
        Assert.True(output.Length > 0);
        Assert.Equal(0, Allocation.Least(() =>
        {
            for (var i = 0; i < 10_000; i++) Feed();
        }));
    }
}
