using System.Text.Json.Nodes;

namespace FakeProvider;

/// <summary>Anthropic messages.</summary>
sealed class MessagesDialect(Exchange exchange) : Dialect(exchange)
{
    public const string Signature = "c2lnbmF0dXJlLW9mLXRoZS1mYWtl";

    public override string RateLimitHeader => "anthropic-ratelimit-requests-remaining";

    public override IEnumerable<Frame> Stream(IReadOnlyList<Piece> pieces)
    {
        var start = Envelope();
        start["content"] = new JsonArray();
        start["usage"] = Usage(output: 1);
        yield return Event("message_start", new() { ["message"] = start });
        yield return Event("ping", []);
        var calls = 0;
        for (var index = 0; index < pieces.Count; index++)
        {
            var piece = pieces[index];
            var block = Block(piece, empty: true, piece.Kind == PieceKind.Tool ? calls++ : 0);
            yield return Event("content_block_start", new() { ["index"] = index, ["content_block"] = block });
            foreach (var (field, text) in Parts(piece))
            {
                var type = field switch { "partial_json" => "input_json_delta", _ => $"{field}_delta" };
                yield return Event("content_block_delta", new() { ["index"] = index, ["delta"] = new JsonObject { ["type"] = type, [field] = text } }, isToken: true);
            }
            yield return Event("content_block_stop", new() { ["index"] = index });
        }
        if (!Plan.HasQuirk("nofinish"))
        {
            var delta = new JsonObject { ["stop_reason"] = StopReason(calls), ["stop_sequence"] = null };
            yield return Event("message_delta", new() { ["delta"] = delta, ["usage"] = new JsonObject { ["output_tokens"] = 11 } });
        }
        if (!Plan.HasQuirk("nodone")) yield return Event("message_stop", []);
    }

    public override JsonObject Whole(IReadOnlyList<Piece> pieces)
    {
        var calls = 0;
        var body = Envelope();
        body["content"] = new JsonArray([.. pieces.Select(p => Block(p, empty: false, p.Kind == PieceKind.Tool ? calls++ : 0))]);
        body["stop_reason"] = StopReason(calls);
        body["usage"] = Usage(output: 11);
        return body;
    }

    public override JsonObject Error(int status, string message) => new()
    {
        ["type"] = "error",
        ["error"] = new JsonObject
        {
            ["type"] = status switch
            {
                401 => "authentication_error",
                403 => "permission_error",
                404 => "not_found_error",
                413 => "request_too_large",
                429 => "rate_limit_error",
                529 => "overloaded_error",
                >= 500 => "api_error",
                _ => "invalid_request_error",
            },
            ["message"] = message,
        },
        ["request_id"] = $"req_fake{Id}",
    };

    public override Frame ErrorEvent(string message) => Frame.Of("error", Error(529, message));

    public override JsonObject? Count => Seen.Path.EndsWith("count_tokens", StringComparison.Ordinal) ? new() { ["input_tokens"] = 4321 } : null;

    public override JsonObject Settings => Present(
        ("temperature", Request["temperature"]), ("top_p", Request["top_p"]), ("max_tokens", Request["max_tokens"]), ("stop", Request["stop_sequences"]));

    public override string? Objection
    {
        get
        {
            if (Seen.Header("x-api-key") is null && Seen.Header("authorization") is null) return "x-api-key header is required";
            if (Seen.Header("anthropic-version") is null) return "anthropic-version: header is required";
            return Count is null ? BadMessages() : null;
        }
    }

    string? BadMessages()
    {
        if (Request["max_tokens"] is null) return "max_tokens: Field required";
        var open = new HashSet<string>();
        foreach (var message in Request["messages"]?.AsArray() ?? [])
        {
            var role = (string?)message!["role"];
            // Its vendor's own client may instruct in the middle.
            if (role == "system" && Seen.Header("anthropic-beta")?.Contains("claude-code", StringComparison.Ordinal) == true) continue;
            if (role is not ("user" or "assistant")) return $"messages: Unexpected role \"{role}\"";
            var blocks = (message["content"] as JsonArray ?? []).Select(b => b!).ToList();
            foreach (var result in blocks.Where(b => (string?)b["type"] == "tool_result"))
            {
                if (!open.Remove((string?)result["tool_use_id"] ?? "")) return "unexpected `tool_use_id` found in `tool_result` blocks";
            }
            if (open.Count > 0) return $"`tool_use` ids were found without `tool_result` blocks immediately after: {string.Join(", ", open)}";
            foreach (var call in blocks.Where(b => (string?)b["type"] == "tool_use")) open.Add((string?)call["id"] ?? "");
            var forged = blocks.Any(b => (string?)b["type"] == "thinking" && (string?)b["signature"] != Signature);
            if (forged) return "Invalid `signature` in `thinking` block";
        }
        return open.Count > 0 ? $"`tool_use` ids were found without `tool_result` blocks: {string.Join(", ", open)}" : null;
    }

    static IEnumerable<(string Field, string Text)> Parts(Piece piece) => piece.Kind switch
    {
        PieceKind.Say => Tokens(piece.Text).Select(t => ("text", t)),
        PieceKind.Tool => Fragments(piece.Text).Select(t => ("partial_json", t)),
        _ => Tokens(piece.Text).Select(t => ("thinking", t)).Append(("signature", Signature)),
    };

    JsonObject Block(Piece piece, bool empty, int call) => piece.Kind switch
    {
        PieceKind.Say => new() { ["type"] = "text", ["text"] = empty ? "" : string.Concat(Tokens(piece.Text)) },
        PieceKind.Tool => new()
        {
            ["type"] = "tool_use",
            ["id"] = CallId(call).Replace("call_", "toolu_", StringComparison.Ordinal),
            ["name"] = piece.Tool,
            ["input"] = empty ? new JsonObject() : JsonNode.Parse(piece.Text),
        },
        _ => new() { ["type"] = "thinking", ["thinking"] = empty ? "" : piece.Text, ["signature"] = empty ? "" : Signature },
    };

    static Frame Event(string name, JsonObject data, bool isToken = false)
    {
        data.Insert(0, "type", name);
        return Frame.Of(name, data, isToken);
    }

    string StopReason(int calls) => IsCut ? "max_tokens" : Plan["stop"] ?? (calls > 0 ? "tool_use" : "end_turn");

    JsonObject Envelope() => new()
    {
        ["id"] = $"msg_fake{Id}",
        ["type"] = "message",
        ["role"] = "assistant",
        ["model"] = Model,
        ["content"] = null,
        ["stop_reason"] = null,
        ["stop_sequence"] = null,
    };

    JsonObject Usage(int output) => new()
    {
        ["input_tokens"] = Plan["usage"] == "cached" ? 5 : 25,
        ["cache_creation_input_tokens"] = 0,
        ["cache_read_input_tokens"] = Plan["usage"] == "cached" ? 20 : 0,
        ["output_tokens"] = output,
    };
}
