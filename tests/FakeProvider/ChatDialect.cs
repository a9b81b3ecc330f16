using System.Text.Json.Nodes;

namespace FakeProvider;

/// <summary>OpenAI chat completions.</summary>
sealed class ChatDialect(Exchange exchange) : Dialect(exchange)
{
    public override string RateLimitHeader => "x-ratelimit-remaining-requests";

    public override IEnumerable<Frame> Stream(IReadOnlyList<Piece> pieces)
    {
        if (!Plan.HasQuirk("norole")) yield return Chunk(new() { ["role"] = "assistant", ["content"] = "" });
        var calls = 0;
        foreach (var piece in pieces)
        {
            if (piece.Kind == PieceKind.Tool)
            {
                var index = calls++;
                yield return Chunk(Call(index, CallId(index), piece.Tool, ""), isToken: true);
                foreach (var fragment in Fragments(piece.Text)) yield return Chunk(Call(index, null, null, fragment), isToken: true);
                continue;
            }
            var field = piece.Kind == PieceKind.Think ? "reasoning_content" : "content";
            foreach (var token in Tokens(piece.Text)) yield return Chunk(new() { [field] = token }, isToken: true);
        }
        if (!Plan.HasQuirk("nofinish")) yield return Chunk([], FinishReason(calls));
        if ((bool?)Request["stream_options"]?["include_usage"] == true && Plan["usage"] != "none")
        {
            var usage = Envelope("chat.completion.chunk");
            usage["choices"] = new JsonArray();
            usage["usage"] = Usage();
            yield return Frame.Of(null, usage);
        }
        if (!Plan.HasQuirk("nodone")) yield return new(null, "[DONE]");
    }

    public override JsonObject Whole(IReadOnlyList<Piece> pieces)
    {
        string? Joined(PieceKind kind) => pieces.Any(p => p.Kind == kind)
            ? string.Concat(pieces.Where(p => p.Kind == kind).SelectMany(p => Tokens(p.Text))) : null;
        var message = new JsonObject { ["role"] = "assistant", ["content"] = Joined(PieceKind.Say) };
        if (Joined(PieceKind.Think) is { } thought) message["reasoning_content"] = thought;
        var calls = pieces.Where(p => p.Kind == PieceKind.Tool).ToList();
        if (calls.Count > 0)
        {
            message["tool_calls"] = new JsonArray([.. calls.Select((call, i) => new JsonObject
            {
                ["id"] = CallId(i),
                ["type"] = "function",
                ["function"] = new JsonObject { ["name"] = call.Tool, ["arguments"] = call.Text },
            })]);
        }
        var body = Envelope("chat.completion");
        body["choices"] = new JsonArray(new JsonObject { ["index"] = 0, ["message"] = message, ["logprobs"] = null, ["finish_reason"] = FinishReason(calls.Count) });
        if (Plan["usage"] != "none") body["usage"] = Usage();
        return body;
    }

    public override JsonObject Error(int status, string message) => new()
    {
        ["error"] = new JsonObject
        {
            ["message"] = message,
            ["type"] = status switch { 401 => "authentication_error", 429 => "rate_limit_error", >= 500 => "server_error", _ => "invalid_request_error" },
            ["param"] = null,
            ["code"] = status switch { 401 => "invalid_api_key", 429 => "rate_limit_exceeded", 404 => "model_not_found", _ => null },
        },
    };

    public override Frame ErrorEvent(string message) => Frame.Of(null, Error(500, message));

    public override JsonObject Settings => Present(
        ("temperature", Request["temperature"]), ("top_p", Request["top_p"]), ("max_tokens", Request["max_completion_tokens"] ?? Request["max_tokens"]), ("stop", Request["stop"]));

    public override string? Objection => !HasBearer ? "You didn't provide an API key." : UnansweredCalls();

    string? UnansweredCalls()
    {
        var open = new HashSet<string>();
        foreach (var message in Request["messages"]?.AsArray() ?? [])
        {
            var role = (string?)message!["role"];
            if (role == "tool")
            {
                if (!open.Remove((string?)message["tool_call_id"] ?? "")) return "messages with role 'tool' must be a response to a preceeding message with 'tool_calls'";
                continue;
            }
            if (open.Count > 0) return $"tool_call_ids did not have response messages: {string.Join(", ", open)}";
            foreach (var call in message["tool_calls"]?.AsArray() ?? []) open.Add((string?)call!["id"] ?? "");
        }
        return open.Count > 0 ? $"tool_call_ids did not have response messages: {string.Join(", ", open)}" : null;
    }

    static JsonObject Call(int index, string? id, string? name, string arguments)
    {
        var function = new JsonObject { ["arguments"] = arguments };
        if (name is not null) function.Insert(0, "name", name);
        var call = new JsonObject { ["index"] = index, ["function"] = function };
        if (id is not null)
        {
            call.Insert(1, "id", id);
            call.Insert(2, "type", "function");
        }
        return new() { ["tool_calls"] = new JsonArray(call) };
    }

    string? FinishReason(int calls) => Plan["stop"] ?? (calls > 0 ? "tool_calls" : "stop");

    Frame Chunk(JsonObject delta, string? finish = null, bool isToken = false)
    {
        var chunk = Envelope("chat.completion.chunk");
        chunk["choices"] = new JsonArray(new JsonObject { ["index"] = 0, ["delta"] = delta, ["logprobs"] = null, ["finish_reason"] = finish });
        return Frame.Of(null, chunk, isToken);
    }

    JsonObject Envelope(string kind) => new()
    {
        ["id"] = $"chatcmpl-fake{Id}",
        ["object"] = kind,
        ["created"] = Created,
        ["model"] = Model,
        ["system_fingerprint"] = "fp_fake",
    };

    JsonObject Usage() => new()
    {
        ["prompt_tokens"] = 25,
        ["completion_tokens"] = 11,
        ["total_tokens"] = 36,
        ["prompt_tokens_details"] = new JsonObject { ["cached_tokens"] = Plan["usage"] == "cached" ? 20 : 0 },
        ["completion_tokens_details"] = new JsonObject { ["reasoning_tokens"] = Plan.Pieces.Any(p => p.Kind == PieceKind.Think) ? 4 : 0 },
    };
}
