using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace FakeProvider;

/// <summary>Ollama: lines instead of events, whole calls, counts and durations in the last line.</summary>
sealed class OllamaDialect(Exchange exchange) : Dialect(exchange)
{
    public override string RateLimitHeader => "x-ratelimit-remaining";

    public override bool IsStream => (bool?)Request["stream"] != false;

    public override string StreamType => "application/x-ndjson";

    public override byte[] Encode(Frame frame, string newLine) => Encoding.UTF8.GetBytes(frame.Data + newLine);

    public override JsonObject Settings => Present(
        ("temperature", Options?["temperature"]), ("top_p", Options?["top_p"]), ("max_tokens", Options?["num_predict"]), ("stop", Options?["stop"]));

    public override string? Objection => (Request["messages"]?.AsArray() ?? []).Any(m => m!["content"] is JsonArray)
        ? "json: cannot unmarshal array into Go struct field ChatRequest.messages.content of type string" : null;

    public override IEnumerable<Frame> Stream(IReadOnlyList<Piece> pieces)
    {
        foreach (var piece in pieces)
        {
            if (piece.Kind == PieceKind.Tool)
            {
                yield return Line(new() { ["role"] = "assistant", ["content"] = "", ["tool_calls"] = new JsonArray(Call(piece)) }, isToken: true);
                continue;
            }
            foreach (var token in Tokens(piece.Text)) yield return Line(Message(piece.Kind, token), isToken: true);
        }
        if (Plan.HasQuirk("nofinish") || Plan.HasQuirk("nodone")) yield break;
        yield return Frame.Of(null, Done(new() { ["role"] = "assistant", ["content"] = "" }));
    }

    public override JsonObject Whole(IReadOnlyList<Piece> pieces)
    {
        string Joined(PieceKind kind) => string.Concat(pieces.Where(p => p.Kind == kind).SelectMany(p => Tokens(p.Text)));
        var message = new JsonObject { ["role"] = "assistant", ["content"] = Joined(PieceKind.Say) };
        if (Joined(PieceKind.Think) is { Length: > 0 } thought) message["thinking"] = thought;
        var calls = pieces.Where(p => p.Kind == PieceKind.Tool).ToList();
        if (calls.Count > 0) message["tool_calls"] = new JsonArray([.. calls.Select(Call)]);
        return Done(message);
    }

    public override JsonObject Error(int status, string message) => new() { ["error"] = message };

    public override Frame ErrorEvent(string message) => Frame.Of(null, Error(500, message));

    JsonNode? Options => Request["options"];

    static JsonObject Message(PieceKind kind, string token) => kind == PieceKind.Think
        ? new() { ["role"] = "assistant", ["content"] = "", ["thinking"] = token }
        : new() { ["role"] = "assistant", ["content"] = token };

    static JsonObject Call(Piece piece) => new() { ["function"] = new JsonObject { ["name"] = piece.Tool, ["arguments"] = JsonNode.Parse(piece.Text) } };

    Frame Line(JsonObject message, bool isToken) => Frame.Of(null, Envelope(message, done: false), isToken);

    JsonObject Done(JsonObject message)
    {
        var body = Envelope(message, done: true);
        body["done_reason"] = Plan["stop"] ?? "stop";
        foreach (var (name, value) in (ReadOnlySpan<(string, long)>)[("total_duration", 5_000_000), ("load_duration", 1_000_000), ("prompt_eval_duration", 1_000_000), ("eval_duration", 3_000_000)])
        {
            body[name] = value;
        }
        if (Plan["usage"] != "none") (body["prompt_eval_count"], body["eval_count"]) = (25, 11);
        return body;
    }

    // What stands in the message of a chat stands at the top of /api/generate.
    JsonObject Envelope(JsonObject message, bool done)
    {
        var body = new JsonObject { ["model"] = Model, ["created_at"] = DateTimeOffset.UtcNow.ToString("O", CultureInfo.InvariantCulture) };
        if (Seen.Path.EndsWith("/generate", StringComparison.Ordinal))
        {
            body["response"] = message["content"]!.DeepClone();
            if (message["thinking"] is { } thinking) body["thinking"] = thinking.DeepClone();
        }
        else body["message"] = message;
        body["done"] = done;
        return body;
    }
}
