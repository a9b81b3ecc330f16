using System.Text.Json.Nodes;

namespace FakeProvider;

/// <summary>The dialects that the fake provider speaks, by the end of the path that asks for one.</summary>
sealed record DialectEntry(string PathEnd, Func<JsonObject, Conversation> Read, Func<Exchange, Dialect> Speak)
{
    static readonly DialectEntry[] All =
    [
        new("/chat/completions", MessageTurns.Read, exchange => new ChatDialect(exchange)),
        new("/messages", MessageTurns.Read, exchange => new MessagesDialect(exchange)),
        new("/messages/count_tokens", MessageTurns.Read, exchange => new MessagesDialect(exchange)),
        new("/responses", InputTurns.Read, exchange => new ResponsesDialect(exchange)),
        new(":generateContent", ContentTurns.Read, exchange => new GeminiDialect(exchange)),
        new(":streamGenerateContent", ContentTurns.Read, exchange => new GeminiDialect(exchange)),
        new("/v2/chat", MessageTurns.Read, exchange => new CohereDialect(exchange)),
        new("/converse", ConverseTurns.Read, exchange => new BedrockDialect(exchange)),
        new("/converse-stream", ConverseTurns.Read, exchange => new BedrockDialect(exchange)),
        new("/count-tokens", body => ConverseTurns.Read(body["input"]!["converse"]!.AsObject()), exchange => new BedrockDialect(exchange)),
        new("/api/generate", body => new([new("user", (string?)body["prompt"] ?? "", [], [])], []), exchange => new OllamaDialect(exchange)),
        new("/api/chat", MessageTurns.Read, exchange => new OllamaDialect(exchange)),
    ];

    public static DialectEntry? Of(SeenRequest request) =>
        request.Method == "POST" ? All.FirstOrDefault(entry => request.Path.EndsWith(entry.PathEnd, StringComparison.Ordinal)) : null;
}
