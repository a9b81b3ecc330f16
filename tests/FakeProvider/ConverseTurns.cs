using System.Text.Json.Nodes;

namespace FakeProvider;

/// <summary>Reads <c>messages</c> whose blocks are told apart by their one member: Bedrock Converse.</summary>
static class ConverseTurns
{
    public static Conversation Read(JsonObject body)
    {
        var tools = (body["toolConfig"]?["tools"]?.AsArray() ?? []).Select(t => (string?)t!["toolSpec"]?["name"] ?? "");
        return new([.. (body["messages"]?.AsArray() ?? []).Select(message => Of(message!))], tools);
    }

    static Turn Of(JsonNode message)
    {
        var (results, images) = (new List<string>(), new List<string>());
        var text = TextOf(message["content"]!.AsArray(), results, images);
        return new((string)message["role"]!, text, results, images);
    }

    static string TextOf(JsonArray blocks, List<string> results, List<string> images)
    {
        var text = "";
        foreach (var block in blocks)
        {
            text += (string?)block!["text"];
            if (block["image"] is { } image) images.Add($"image/{(string?)image["format"]} {((string?)image["source"]!["bytes"])?.Length}");
            if (block["toolResult"] is { } result) results.Add(TextOf(result["content"]!.AsArray(), [], images));
        }
        return text;
    }
}
