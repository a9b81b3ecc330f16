using System.Text.Json.Nodes;

namespace FakeProvider;

/// <summary>Reads <c>contents</c>: Gemini.</summary>
static class ContentTurns
{
    public static Conversation Read(JsonObject body)
    {
        var tools = (body["tools"]?.AsArray() ?? []).SelectMany(t => t!["functionDeclarations"]?.AsArray() ?? []).Select(f => (string?)f!["name"] ?? "");
        return new([.. (body["contents"]?.AsArray() ?? []).Select(content => Of(content!))], tools);
    }

    static Turn Of(JsonNode content)
    {
        var (text, results, images) = ("", new List<string>(), new List<string>());
        foreach (var part in content["parts"]?.AsArray() ?? [])
        {
            if (part!["thought"] is null) text += (string?)part["text"];
            if (part["inlineData"] is { } data) images.Add($"{(string?)data["mimeType"]} {((string?)data["data"])?.Length}");
            if (part["functionResponse"]?["response"] is { } response) results.Add((string?)(response["output"] ?? response["result"] ?? response["error"]) ?? response.ToJsonString());
        }
        return new((string?)content["role"] ?? "user", text, results, images);
    }
}
