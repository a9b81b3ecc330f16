using System.Text.Json.Nodes;

namespace AcpToApi.Tests.Support;

/// <summary>A dialect as its client sees it. Named `chat` and `messages` in test data.</summary>
public abstract class Front
{
    public static Front Chat { get; } = new ChatFront();

    public static Front Messages { get; } = new MessagesFront();

    public static Front Of(string name) => name == "chat" ? Chat : Messages;

    /// <summary>Both ends of the bridge, in all four pairs.</summary>
    public static TheoryData<string, string> Pairs => new() { { "chat", "chat" }, { "chat", "messages" }, { "messages", "chat" }, { "messages", "messages" } };

    /// <summary>The model that reaches an upstream of a dialect.</summary>
    public static string ModelOf(string back) => back == "chat" ? "openai/fake-model" : "anthropic/fake-model";

    public abstract string Path { get; }

    public virtual JsonObject Body(string model, string text, bool stream)
    {
        var body = new JsonObject
        {
            ["model"] = model,
            ["max_tokens"] = 1024,
            ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = text }),
        };
        if (stream) body["stream"] = true;
        return body;
    }

    /// <summary>The piece of text in an event; null when it holds none.</summary>
    public abstract string? TextOf(Frame e);

    /// <summary>The text of a whole answer.</summary>
    public abstract string TextOf(JsonNode answer);

    /// <summary>The error in an event; null when it is none.</summary>
    public abstract JsonNode? ErrorOf(Frame e);

    /// <summary>The event says that the answer is complete: a finish reason or the end mark.</summary>
    public abstract bool IsEnd(Frame e);

    /// <summary>The dialect's error body, with a type and a message that holds every given text.</summary>
    public void AssertError(JsonNode body, params string[] mentions)
    {
        if (this == Messages) Assert.Equal("error", (string?)body["type"]);
        var error = body["error"];
        Assert.True(error is JsonObject, $"no error object: {body.ToJsonString()}");
        Assert.False(string.IsNullOrEmpty((string?)error["type"]), body.ToJsonString());
        Assert.False(string.IsNullOrWhiteSpace((string?)error["message"]), body.ToJsonString());
        if (this == Chat)
        {
            Assert.True(error.AsObject().ContainsKey("param"), body.ToJsonString());
            Assert.True(error.AsObject().ContainsKey("code"), body.ToJsonString());
        }
        foreach (var mention in mentions) Assert.Contains(mention, body.ToJsonString(Wire.Plain), StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>The stream ended in one error of the dialect, and nothing in it pretends to be a good end.</summary>
    public void AssertBrokenStream(IReadOnlyList<Frame> events)
    {
        var told = string.Join('\n', events);
        Assert.False(events.Any(IsEnd), $"a good end was made up:\n{told}");
        var errors = events.Select(ErrorOf).OfType<JsonNode>().ToList();
        Assert.True(errors.Count == 1, $"{errors.Count} error events:\n{told}");
        Assert.True(ErrorOf(events[^1]) is not null, $"the error is not last:\n{told}");
        AssertError(events[^1].Json);
        if (this == Messages) Assert.Equal("error", events[^1].Name);
    }

    sealed class ChatFront : Front
    {
        public override string Path => "/v1/chat/completions";

        public override string? TextOf(Frame e) => e.IsJson ? (string?)e.Json["choices"]?.AsArray().FirstOrDefault()?["delta"]?["content"] : null;

        public override string TextOf(JsonNode answer) => (string?)answer["choices"]![0]!["message"]!["content"] ?? "";

        public override JsonNode? ErrorOf(Frame e) => e.IsJson ? e.Json["error"] : null;

        public override bool IsEnd(Frame e) =>
            e.Data == "[DONE]" || (e.IsJson && e.Json["choices"]?.AsArray().FirstOrDefault()?["finish_reason"] is not null);
    }

    sealed class MessagesFront : Front
    {
        public override string Path => "/v1/messages";

        public override string? TextOf(Frame e) => e.IsJson ? (string?)e.Json["delta"]?["text"] : null;

        public override string TextOf(JsonNode answer) => string.Concat(answer["content"]!.AsArray().Select(b => (string?)b!["text"]));

        public override JsonNode? ErrorOf(Frame e) => e.IsJson ? e.Json["error"] : null;

        public override bool IsEnd(Frame e) => e.IsJson && ((string?)e.Json["type"] == "message_stop" || e.Json["delta"]?["stop_reason"] is not null);
    }
}
