using System.Text.Json.Nodes;

namespace FakeProvider;

/// <summary>Reads <c>input</c>: OpenAI responses.</summary>
static class InputTurns
{
    public static Conversation Read(JsonObject body)
    {
        List<Turn> turns = body["input"] is JsonArray items ? [.. items.Select(item => Of(item!))] : [new("user", (string?)body["input"] ?? "", [], [])];
        return new(turns, (body["tools"]?.AsArray() ?? []).Select(t => (string?)t!["name"] ?? ""));
    }

    static Turn Of(JsonNode item)
    {
        var images = new List<string>();
        if ((string?)item["type"] is "function_call_output") return new("tool", "", [TextOf(item["output"], images)], images);
        return new((string?)item["role"] ?? "assistant", TextOf(item["content"], images), [], images);
    }

    static string TextOf(JsonNode? content, List<string> images)
    {
        if (content is not JsonArray parts) return (string?)content ?? "";
        foreach (var part in parts.Where(p => (string?)p!["type"] == "input_image")) images.Add(MessageTurns.Image((string)part!["image_url"]!));
        return string.Concat(parts.Select(p => (string?)p!["text"]));
    }
}
