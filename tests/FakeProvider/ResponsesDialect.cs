using System.Text.Json.Nodes;

namespace FakeProvider;

/// <summary>OpenAI responses.</summary>
sealed class ResponsesDialect(Exchange exchange) : Dialect(exchange)
{
    const string Sealed = "c2VhbGVkLXJlYXNvbmluZw==";
    int _sequence;

    public override string RateLimitHeader => "x-ratelimit-remaining-requests";

    public override JsonObject Settings => Present(
        ("temperature", Request["temperature"]), ("top_p", Request["top_p"]), ("max_tokens", Request["max_output_tokens"]));

    public override string? Objection => !HasBearer ? "You didn't provide an API key." : UnansweredCalls();

    public override IEnumerable<Frame> Stream(IReadOnlyList<Piece> pieces)
    {
        yield return Event("response.created", new() { ["response"] = Envelope("in_progress", []) });
        yield return Event("response.in_progress", new() { ["response"] = Envelope("in_progress", []) });
        var items = new JsonArray();
        var calls = 0;
        for (var index = 0; index < pieces.Count; index++)
        {
            var piece = pieces[index];
            var item = Item(piece, index, piece.Kind == PieceKind.Tool ? calls++ : 0);
            var opened = item.DeepClone().AsObject();
            if (opened.ContainsKey("status")) opened["status"] = "in_progress";
            if (piece.Kind == PieceKind.Tool) opened[IsCustom(piece) ? "input" : "arguments"] = "";
            if (piece.Kind == PieceKind.Say) opened["content"] = new JsonArray();
            if (piece.Kind == PieceKind.Think) (opened["summary"], opened["encrypted_content"]) = (new JsonArray(), null);
            yield return Event("response.output_item.added", new() { ["output_index"] = index, ["item"] = opened });
            foreach (var frame in Deltas(piece, index, (string)item["id"]!)) yield return frame;
            yield return Event("response.output_item.done", new() { ["output_index"] = index, ["item"] = item.DeepClone() });
            items.Add(item);
        }
        if (Plan.HasQuirk("nofinish") || Plan.HasQuirk("nodone")) yield break;
        yield return Event(IsCut ? "response.incomplete" : "response.completed", new() { ["response"] = Envelope(IsCut ? "incomplete" : "completed", items) });
    }

    public override JsonObject Whole(IReadOnlyList<Piece> pieces)
    {
        var calls = 0;
        return Envelope(IsCut ? "incomplete" : "completed", new JsonArray([.. pieces.Select((p, i) => Item(p, i, p.Kind == PieceKind.Tool ? calls++ : 0))]));
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

    public override Frame ErrorEvent(string message) => Event("error", new() { ["code"] = "server_error", ["message"] = message, ["param"] = null });

    string? UnansweredCalls()
    {
        var open = new HashSet<string>();
        foreach (var item in Request["input"] as JsonArray ?? [])
        {
            var call = (string?)item!["call_id"] ?? "";
            if ((string?)item["type"] == "function_call") open.Add(call);
            else if ((string?)item["type"] == "function_call_output" && !open.Remove(call)) return $"No tool call found for function call output with call_id {call}.";
            else if ((string?)item["type"] == "reasoning" && (string?)item["encrypted_content"] is { } seal && seal != Sealed) return "The encrypted content could not be verified.";
        }
        return open.Count > 0 ? $"No tool output found for function call {string.Join(", ", open)}." : null;
    }

    IEnumerable<Frame> Deltas(Piece piece, int index, string item)
    {
        JsonObject At(int part, string at) => new() { ["item_id"] = item, ["output_index"] = index, [at] = part };
        JsonObject With(JsonObject data, string name, JsonNode? value)
        {
            data[name] = value;
            return data;
        }
        switch (piece.Kind)
        {
            case PieceKind.Tool when IsCustom(piece):
                yield return Event("response.custom_tool_call_input.delta", new() { ["item_id"] = item, ["output_index"] = index, ["delta"] = InputOf(piece) }, isToken: true);
                yield return Event("response.custom_tool_call_input.done", new() { ["item_id"] = item, ["output_index"] = index, ["input"] = InputOf(piece) });
                break;
            case PieceKind.Tool:
                foreach (var fragment in Fragments(piece.Text))
                {
                    yield return Event("response.function_call_arguments.delta", new() { ["item_id"] = item, ["output_index"] = index, ["delta"] = fragment }, isToken: true);
                }
                yield return Event("response.function_call_arguments.done", new() { ["item_id"] = item, ["output_index"] = index, ["name"] = piece.Tool, ["arguments"] = piece.Text });
                break;
            case PieceKind.Think:
                yield return Event("response.reasoning_summary_part.added", With(At(0, "summary_index"), "part", new JsonObject { ["type"] = "summary_text", ["text"] = "" }));
                foreach (var token in Tokens(piece.Text)) yield return Event("response.reasoning_summary_text.delta", With(At(0, "summary_index"), "delta", token), isToken: true);
                yield return Event("response.reasoning_summary_text.done", With(At(0, "summary_index"), "text", piece.Text));
                yield return Event("response.reasoning_summary_part.done", With(At(0, "summary_index"), "part", new JsonObject { ["type"] = "summary_text", ["text"] = piece.Text }));
                break;
            default:
                yield return Event("response.content_part.added", With(At(0, "content_index"), "part", TextPart("")));
                foreach (var token in Tokens(piece.Text)) yield return Event("response.output_text.delta", With(With(At(0, "content_index"), "delta", token), "logprobs", new JsonArray()), isToken: true);
                yield return Event("response.output_text.done", With(With(At(0, "content_index"), "text", piece.Text), "logprobs", new JsonArray()));
                yield return Event("response.content_part.done", With(At(0, "content_index"), "part", TextPart(piece.Text)));
                break;
        }
    }

    JsonObject Item(Piece piece, int index, int call) => piece.Kind switch
    {
        PieceKind.Tool when IsCustom(piece) => new()
        {
            ["id"] = $"ctc_fake{Id}x{index}",
            ["type"] = "custom_tool_call",
            ["status"] = "completed",
            ["call_id"] = CallId(call),
            ["name"] = piece.Tool,
            ["input"] = InputOf(piece),
        },
        PieceKind.Tool => new()
        {
            ["id"] = $"fc_fake{Id}x{index}",
            ["type"] = "function_call",
            ["status"] = "completed",
            ["call_id"] = CallId(call),
            ["name"] = piece.Tool,
            ["arguments"] = piece.Text,
        },
        PieceKind.Think => new()
        {
            ["id"] = $"rs_fake{Id}x{index}",
            ["type"] = "reasoning",
            ["summary"] = new JsonArray(new JsonObject { ["type"] = "summary_text", ["text"] = piece.Text }),
            ["encrypted_content"] = Sealed,
        },
        _ => new()
        {
            ["id"] = $"msg_fake{Id}x{index}",
            ["type"] = "message",
            ["status"] = "completed",
            ["role"] = "assistant",
            ["content"] = new JsonArray(TextPart(string.Concat(Tokens(piece.Text)))),
        },
    };

    bool IsCustom(Piece piece) => (Request["tools"]?.AsArray() ?? []).Any(t => (string?)t!["type"] == "custom" && (string?)t["name"] == piece.Tool);

    static string InputOf(Piece piece) => (string?)JsonNode.Parse(piece.Text)!["input"] ?? "";

    static JsonObject TextPart(string text) => new() { ["type"] = "output_text", ["text"] = text, ["annotations"] = new JsonArray(), ["logprobs"] = new JsonArray() };

    Frame Event(string name, JsonObject data, bool isToken = false)
    {
        data.Insert(0, "type", name);
        data.Insert(1, "sequence_number", _sequence++);
        return Frame.Of(name, data, isToken);
    }

    JsonObject Envelope(string status, JsonArray items) => new()
    {
        ["id"] = $"resp_fake{Id}",
        ["object"] = "response",
        ["created_at"] = Created,
        ["status"] = status,
        ["error"] = null,
        ["incomplete_details"] = status == "incomplete" ? new JsonObject { ["reason"] = "max_output_tokens" } : null,
        ["model"] = Model,
        ["output"] = items.DeepClone(),
        ["parallel_tool_calls"] = true,
        ["tools"] = Request["tools"]?.DeepClone() ?? new JsonArray(),
        ["tool_choice"] = Request["tool_choice"]?.DeepClone() ?? "auto",
        ["usage"] = status == "in_progress" || Plan["usage"] == "none" ? null : new JsonObject
        {
            ["input_tokens"] = 25,
            ["input_tokens_details"] = new JsonObject { ["cached_tokens"] = Plan["usage"] == "cached" ? 20 : 0 },
            ["output_tokens"] = 11,
            ["output_tokens_details"] = new JsonObject { ["reasoning_tokens"] = Plan.Pieces.Any(p => p.Kind == PieceKind.Think) ? 4 : 0 },
            ["total_tokens"] = 36,
        },
    };
}
