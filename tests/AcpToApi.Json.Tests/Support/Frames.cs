using System.Text.Json.Nodes;
using AcpToApi.Json.Model;

namespace AcpToApi.Json.Tests.Support;

/// <summary>What a client reads of a stream: one JSON value after the other.</summary>
static class Frames
{
    /// <summary>The values. Throws where one is no JSON.</summary>
    public static IEnumerable<JsonNode> Of(WireFormat format, string written)
    {
        if (format == WireFormat.GeminiArray)
        {
            // A stream that is broken off is no whole array, and says so by that.
            return written.Length == 0 ? [] : JsonNode.Parse(written.EndsWith(']') ? written : written + "]")!.AsArray().Select(item => item!.DeepClone());
        }
        if (format.StreamMediaType == "application/x-ndjson") return written.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!);
        return written.ReplaceLineEndings("\n").Split('\n').Where(line => line.StartsWith("data: ", StringComparison.Ordinal) && line != "data: [DONE]").Select(line => JsonNode.Parse(line[6..])!);
    }
}
