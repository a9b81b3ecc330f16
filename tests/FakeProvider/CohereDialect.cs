using System.Text.Json.Nodes;

namespace FakeProvider;

/// <summary>Cohere's v2 chat.</summary>
sealed class CohereDialect(Exchange exchange) : Dialect(exchange)
{
    public override string RateLimitHeader => "x-ratelimit-remaining";

    public override IEnumerable<Frame> Stream(IReadOnlyList<Piece> pieces)
    {
        var message = new JsonObject { ["role"] = "assistant", ["content"] = new JsonArray(), ["tool_plan"] = "", ["tool_calls"] = new JsonArray(), ["citations"] = new JsonArray() };
        yield return Event("message-start", new() { ["id"] = $"fake{Id}", ["delta"] = new JsonObject { ["message"] = message } });
        var (calls, index) = (0, 0);
        if (pieces.Any(piece => piece.Kind == PieceKind.Tool)) yield return Event("tool-plan-delta", Delta("tool_plan", "I will call a tool."));
        foreach (var piece in pieces)
        {
            if (piece.Kind == PieceKind.Tool)
            {
                var call = Call(piece, calls, "");
                yield return Event("tool-call-start", Delta("tool_calls", call, calls), isToken: true);
                foreach (var fragment in Fragments(piece.Text))
                {
                    var more = new JsonObject { ["function"] = new JsonObject { ["arguments"] = fragment } };
                    yield return Event("tool-call-delta", Delta("tool_calls", more, calls), isToken: true);
                }
                yield return Event("tool-call-end", new() { ["index"] = calls++ });
                continue;
            }
            var field = piece.Kind == PieceKind.Think ? "thinking" : "text";
            yield return Event("content-start", Delta("content", new JsonObject { ["type"] = field, [field] = "" }, index));
            foreach (var token in Tokens(piece.Text)) yield return Event("content-delta", Delta("content", new JsonObject { [field] = token }, index), isToken: true);
            yield return Event("content-end", new() { ["index"] = index++ });
        }
        if (Plan.HasQuirk("nofinish")) yield break;
        yield return Event("message-end", new() { ["delta"] = new JsonObject { ["finish_reason"] = FinishReason(calls), ["usage"] = Usage() } });
        if (!Plan.HasQuirk("nodone")) yield return new(null, "[DONE]");
    }

    public override JsonObject Whole(IReadOnlyList<Piece> pieces)
    {
        var message = new JsonObject { ["role"] = "assistant" };
        var calls = pieces.Where(piece => piece.Kind == PieceKind.Tool).ToList();
        var said = pieces.Where(piece => piece.Kind != PieceKind.Tool).Select(piece => piece.Kind == PieceKind.Think
            ? new JsonObject { ["type"] = "thinking", ["thinking"] = piece.Text }
            : new JsonObject { ["type"] = "text", ["text"] = string.Concat(Tokens(piece.Text)) });
        if (calls.Count > 0)
        {
            message["tool_plan"] = "I will call a tool.";
            message["tool_calls"] = new JsonArray([.. calls.Select((call, i) => Call(call, i, call.Text))]);
        }
        if (said.Any()) message["content"] = new JsonArray([.. said]);
        return new() { ["id"] = $"fake{Id}", ["message"] = message, ["finish_reason"] = FinishReason(calls.Count), ["usage"] = Usage() };
    }

    public override JsonObject Error(int status, string message) => new() { ["id"] = $"fake{Id}", ["message"] = message };

    public override Frame ErrorEvent(string message) =>
        Event("message-end", new() { ["delta"] = new JsonObject { ["finish_reason"] = "ERROR", ["error"] = message } });

    public override JsonObject Settings => Present(
        ("temperature", Request["temperature"]), ("top_p", Request["p"]), ("max_tokens", Request["max_tokens"]), ("stop", Request["stop_sequences"]));

    public override string? Objection => HasBearer ? Misshapen() : "no api key supplied";

    string? Misshapen()
    {
        var open = new HashSet<string>();
        foreach (var message in Request["messages"]?.AsArray() ?? [])
        {
            var role = (string?)message!["role"];
            if (role is not ("system" or "user" or "assistant" or "tool")) return $"invalid role '{role}'";
            if (role == "tool")
            {
                if (!open.Remove((string?)message["tool_call_id"] ?? "")) return "tool message without its tool call";
                continue;
            }
            if (open.Count > 0) return $"tool calls without tool messages: {string.Join(", ", open)}";
            foreach (var call in message["tool_calls"]?.AsArray() ?? []) open.Add((string?)call!["id"] ?? "");
            if (role != "assistant" && message["content"] is null) return "message without content";
        }
        return Request["tool_choice"] is { } choice && (string?)choice is not ("REQUIRED" or "NONE") ? "invalid tool_choice" : null;
    }

    JsonObject Call(Piece piece, int index, string arguments) => new()
    {
        ["id"] = CallId(index),
        ["type"] = "function",
        ["function"] = new JsonObject { ["name"] = piece.Tool, ["arguments"] = arguments },
    };

    static JsonObject Delta(string field, JsonNode value, int? index = null)
    {
        var data = new JsonObject { ["delta"] = new JsonObject { ["message"] = new JsonObject { [field] = value } } };
        if (index is not null) data.Insert(0, "index", index);
        return data;
    }

    static Frame Event(string name, JsonObject data, bool isToken = false)
    {
        data.Insert(0, "type", name);
        return Frame.Of(name, data, isToken);
    }

    string FinishReason(int calls) => IsCut ? "MAX_TOKENS" : Plan["stop"] ?? (calls > 0 ? "TOOL_CALL" : "COMPLETE");

    JsonObject Usage() => new()
    {
        ["billed_units"] = new JsonObject { ["input_tokens"] = 5, ["output_tokens"] = 9 },
        ["tokens"] = new JsonObject { ["input_tokens"] = 25, ["output_tokens"] = 11 },
        ["cached_tokens"] = Plan["usage"] == "cached" ? 20 : 0,
    };
}
