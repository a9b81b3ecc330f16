using System.Text.Json.Nodes;

namespace FakeProvider;

/// <summary>What a request of either dialect says, as far as an answer depends on it.</summary>
sealed class Conversation
{
    readonly List<(string Role, string Text, List<string> Results, List<string> Images)> _turns = [];

    public Conversation(JsonObject body)
    {
        // CountTokens of Bedrock wraps the request.
        if (body["input"]?["converse"] is JsonObject inner) body = inner;
        foreach (var message in body["messages"]?.AsArray() ?? [])
        {
            var role = (string?)message!["role"] ?? "";
            var (text, results, images) = ("", new List<string>(), new List<string>());
            if (role == "tool") results.Add(TextOf(message["content"], images));
            else text = Read(message["content"], results, images);
            _turns.Add((role, text, results, images));
        }
        var at = _turns.FindLastIndex(t => t.Role == "user" && Plan.IsIn(t.Text));
        if (at < 0) at = _turns.FindLastIndex(t => t.Role == "user" && t.Text.Length > 0);
        Text = at < 0 ? "" : _turns[at].Text;
        var after = _turns.Skip(at + 1).ToList();
        Results = after.SelectMany(t => t.Results).ToList();
        // A round of results is what stands between two turns of the assistant.
        Rounds = after.Where((t, i) => t.Results.Count > 0 && (i == 0 || after[i - 1].Results.Count == 0)).Count();
        Tools = ((body["tools"] ?? body["toolConfig"]?["tools"])?.AsArray() ?? []).Select(t => (string?)(t!["function"]?["name"] ?? t["toolSpec"]?["name"] ?? t["name"]) ?? "").ToHashSet();
    }

    /// <summary>The user's last text that holds directives, or the last one.</summary>
    public string Text { get; }

    /// <summary>The results of tools that came after it.</summary>
    public IReadOnlyList<string> Results { get; }

    public int Rounds { get; }

    public IReadOnlySet<string> Tools { get; }

    /// <summary>Every image of the request: media type and number of characters, or the URL.</summary>
    public IEnumerable<string> Images => _turns.SelectMany(t => t.Images);

    static string Read(JsonNode? content, List<string> results, List<string> images)
    {
        if (content is not JsonArray parts) return (string?)content ?? "";
        foreach (var part in parts.Where(p => (string?)p!["type"] == "tool_result")) results.Add(TextOf(part!["content"], images));
        foreach (var part in parts.Where(p => p!["toolResult"] is not null)) results.Add(TextOf(part!["toolResult"]!["content"], images));
        return TextOf(content, images);
    }

    static string TextOf(JsonNode? content, List<string> images)
    {
        if (content is not JsonArray parts) return (string?)content ?? "";
        var text = "";
        foreach (var part in parts)
        {
            switch ((string?)part!["type"])
            {
                case "text": text += (string?)part["text"]; break;
                case "image": images.Add(Image(part["source"]!)); break;
                case null when part["text"] is { } converse: text += (string?)converse; break;
                case null when part["image"] is { } picture: images.Add($"image/{(string?)picture["format"]} {((string?)picture["source"]!["bytes"])?.Length}"); break;
                case "image_url": images.Add(Image((string)part["image_url"]!["url"]!)); break;
            }
        }
        return text;
    }

    static string Image(JsonNode source) => (string?)source["type"] == "base64"
        ? $"{(string?)source["media_type"]} {((string?)source["data"])?.Length}"
        : (string?)source["url"] ?? "?";

    static string Image(string url) => url.StartsWith("data:", StringComparison.Ordinal)
        ? $"{url[5..url.IndexOf(';')]} {url.Length - url.IndexOf(',') - 1}"
        : url;
}
