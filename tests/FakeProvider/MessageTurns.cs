using System.Text.Json.Nodes;

namespace FakeProvider;

/// <summary>Reads <c>messages</c>: OpenAI chat completions, Anthropic messages and Ollama.</summary>
static class MessageTurns
{
    public static Conversation Read(JsonObject body)
    {
        var turns = new List<Turn>();
        foreach (var message in body["messages"]?.AsArray() ?? [])
        {
            var (results, images) = (new List<string>(), new List<string>());
            var role = (string?)message!["role"] ?? "";
            var text = TextOf(message["content"], results, images);
            foreach (var image in message["images"]?.AsArray() ?? []) images.Add(Sniffed((string)image!));
            turns.Add(role == "tool" ? new(role, "", [text], images) : new(role, text, results, images));
        }
        return new(turns, (body["tools"]?.AsArray() ?? []).Select(t => (string?)(t!["function"]?["name"] ?? t["name"]) ?? ""));
    }

    static string TextOf(JsonNode? content, List<string> results, List<string> images)
    {
        if (content is not JsonArray parts) return (string?)content ?? "";
        var text = "";
        foreach (var part in parts)
        {
            switch ((string?)part!["type"])
            {
                case "text": text += (string?)part["text"]; break;
                case "tool_result": results.Add(TextOf(part["content"], [], images)); break;
                case "image": images.Add(Image(part["source"]!)); break;
                case "image_url": images.Add(Image((string)part["image_url"]!["url"]!)); break;
            }
        }
        return text;
    }

    static string Image(JsonNode source) => (string?)source["type"] == "base64"
        ? $"{(string?)source["media_type"]} {((string?)source["data"])?.Length}"
        : (string?)source["url"] ?? "?";

    /// <summary>An image by URL.</summary>
    public static string Image(string url) => url.StartsWith("data:", StringComparison.Ordinal)
        ? $"{url[5..url.IndexOf(';')]} {url.Length - url.IndexOf(',') - 1}"
        : url;

    // Ollama's images name no media type.
    static string Sniffed(string base64) => $"{(base64.StartsWith("iVBOR", StringComparison.Ordinal) ? "image/png" : "?")} {base64.Length}";
}
