using System.Collections.Concurrent;
using System.Text.Json.Nodes;

namespace FakeProvider;

/// <summary>What OpenAI keeps of responses: the answer, and the items that <c>previous_response_id</c> stands for.</summary>
sealed class ResponseShelf
{
    const string Path = "/v1/responses/";
    readonly ConcurrentDictionary<string, (JsonObject Answer, JsonArray Items)> _kept = new();

    /// <summary>The id that a request's path names; null when it names none.</summary>
    public static string? IdIn(SeenRequest request) => request.Path.StartsWith(Path, StringComparison.Ordinal) ? request.Path[Path.Length..] : null;

    public JsonObject? Find(string id) => _kept.TryGetValue(id, out var kept) ? kept.Answer : null;

    public void Forget(string id) => _kept.TryRemove(id, out _);

    /// <summary>Puts the items that a request continues before its own.</summary>
    public void Resume(JsonObject body)
    {
        if ((string?)body["previous_response_id"] is { } previous) body["input"] = new JsonArray([.. ItemsOf(previous), .. InputOf(body)]);
    }

    public void Keep(JsonObject body, JsonObject answer) =>
        _kept[(string)answer["id"]!] = (answer, new JsonArray([.. InputOf(body), .. answer["output"]!.AsArray().Select(item => item!.DeepClone())]));

    IEnumerable<JsonNode> ItemsOf(string id) => _kept.TryGetValue(id, out var kept) ? kept.Items.Select(item => item!.DeepClone()) : [];

    static IEnumerable<JsonNode> InputOf(JsonObject body) => body["input"] is JsonArray items
        ? items.Select(item => item!.DeepClone())
        : [new JsonObject { ["role"] = "user", ["content"] = (string?)body["input"] }];
}
