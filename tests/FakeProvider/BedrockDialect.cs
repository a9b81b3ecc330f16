using System.Text.Json.Nodes;

namespace FakeProvider;

/// <summary>Amazon Bedrock's Converse, ConverseStream and CountTokens.</summary>
sealed class BedrockDialect(Exchange exchange) : Dialect(exchange)
{
    public override string RateLimitHeader => "x-ratelimit-remaining-requests";

    public override string StreamType => "application/vnd.amazon.eventstream";

    public override bool IsStream => Seen.Path.EndsWith("/converse-stream", StringComparison.Ordinal);

    public override JsonObject? Count => IsCount ? new() { ["inputTokens"] = 4321 } : null;

    public override JsonObject Settings => Present(
        ("temperature", Config?["temperature"]), ("top_p", Config?["topP"]), ("max_tokens", Config?["maxTokens"]), ("stop", Config?["stopSequences"]));

    // An event has its type, an exception's begins with a mark; a frame without one is not ours, and arrives damaged.
    public override byte[] Encode(Frame frame, string newLine) => frame.Event switch
    {
        null => EventStreamFrame.Bytes("event", "contentBlockDelta", frame.Data, isDamaged: true),
        ['!', .. var exception] => EventStreamFrame.Bytes("exception", exception, frame.Data, isDamaged: false),
        var type => EventStreamFrame.Bytes("event", type, frame.Data, isDamaged: false),
    };

    public override IEnumerable<Frame> Stream(IReadOnlyList<Piece> pieces)
    {
        yield return Event("messageStart", new() { ["role"] = "assistant" });
        var calls = 0;
        for (var index = 0; index < pieces.Count; index++)
        {
            var piece = pieces[index];
            if (piece.Kind == PieceKind.Tool)
            {
                var start = new JsonObject { ["toolUse"] = new JsonObject { ["toolUseId"] = ToolUseId(calls++), ["name"] = piece.Tool } };
                yield return Event("contentBlockStart", new() { ["contentBlockIndex"] = index, ["start"] = start });
            }
            foreach (var delta in Deltas(piece))
            {
                yield return Event("contentBlockDelta", new() { ["contentBlockIndex"] = index, ["delta"] = delta }, isToken: true);
            }
            yield return Event("contentBlockStop", new() { ["contentBlockIndex"] = index });
        }
        if (!Plan.HasQuirk("nofinish")) yield return Event("messageStop", new() { ["stopReason"] = StopReason(calls) });
        if (!Plan.HasQuirk("nodone")) yield return Event("metadata", new() { ["usage"] = Usage(), ["metrics"] = new JsonObject { ["latencyMs"] = 9 } });
    }

    public override JsonObject Whole(IReadOnlyList<Piece> pieces)
    {
        var calls = 0;
        var content = new JsonArray([.. pieces.Select(piece => Block(piece, piece.Kind == PieceKind.Tool ? calls++ : 0))]);
        return new()
        {
            ["metrics"] = new JsonObject { ["latencyMs"] = 9 },
            ["output"] = new JsonObject { ["message"] = new JsonObject { ["content"] = content, ["role"] = "assistant" } },
            ["stopReason"] = StopReason(calls),
            ["usage"] = Usage(),
        };
    }

    public override JsonObject Error(int status, string message) => new() { ["message"] = message };

    public override Frame ErrorEvent(string message) => Frame.Of("!throttlingException", Error(429, message));

    public override string? Objection
    {
        get
        {
            if (AwsSignature.Objection(Seen) is { } objection) return objection;
            if (IsCount) return Plan.HasQuirk("nocount") ? "The provided model doesn't support counting tokens." : Flaw(Request["input"]!["converse"]!.AsObject());
            if (Request["model"] is not null || Request["stream"] is not null) return "Malformed input request: extraneous key is not permitted";
            return Flaw(Request);
        }
    }

    bool IsCount => Seen.Path.EndsWith("/count-tokens", StringComparison.Ordinal);

    JsonNode? Config => Request["inferenceConfig"];

    // Bedrock pads its events, so that their length tells nothing.
    static Frame Event(string type, JsonObject data, bool isToken = false)
    {
        data["p"] = "abcdefghijk"[..(data.ToJsonString().Length % 11)];
        return Frame.Of(type, data, isToken);
    }

    static string? Flaw(JsonObject body)
    {
        var open = new HashSet<string>();
        string? last = null;
        foreach (var message in body["messages"]?.AsArray() ?? [])
        {
            var role = (string?)message!["role"];
            if (role is not ("user" or "assistant")) return $"Unexpected role \"{role}\"";
            if (role == last) return "A conversation must alternate between user and assistant roles.";
            if (last is null && role != "user") return "A conversation must start with a user message.";
            last = role;
            var blocks = message["content"]!.AsArray().Select(b => b!.AsObject()).ToList();
            if (blocks.Count == 0 || blocks.Any(b => b.Count != 1)) return "The content field is empty, or a block is no block.";
            if (blocks.Any(b => b["text"] is { } text && string.IsNullOrWhiteSpace((string?)text))) return "The text field in the ContentBlock object is blank.";
            if (blocks.Any(b => b["document"] is not null) && !blocks.Any(b => b["text"] is not null)) return "A text block must stand with a document.";
            foreach (var result in blocks.Select(b => b["toolResult"]).OfType<JsonObject>())
            {
                if (!open.Remove((string)result["toolUseId"]!)) return "The number of toolResult blocks exceeds the number of toolUse blocks of previous turn.";
            }
            if (open.Count > 0) return $"Expected toolResult blocks for the following Ids: {string.Join(", ", open)}";
            foreach (var call in blocks.Select(b => b["toolUse"]).OfType<JsonObject>())
            {
                if (call["input"] is not JsonObject) return "The format of the value at toolUse.input is invalid. Provide a json object.";
                open.Add((string)call["toolUseId"]!);
            }
            if ((open.Count > 0 || blocks.Any(b => b["toolResult"] is not null)) && body["toolConfig"]?["tools"] is not JsonArray { Count: > 0 })
            {
                return "The toolConfig field must be defined when using toolUse and toolResult content blocks.";
            }
            var thoughts = blocks.Select(b => b["reasoningContent"]?["reasoningText"]).OfType<JsonObject>();
            if (thoughts.Any(thought => (string?)thought["signature"] != MessagesDialect.Signature)) return "Invalid `signature` in `thinking` block";
        }
        return open.Count > 0 ? $"Expected toolResult blocks for the following Ids: {string.Join(", ", open)}" : null;
    }

    static IEnumerable<JsonObject> Deltas(Piece piece) => piece.Kind switch
    {
        PieceKind.Say => Tokens(piece.Text).Select(t => new JsonObject { ["text"] = t }),
        PieceKind.Tool => Fragments(piece.Text).Select(t => new JsonObject { ["toolUse"] = new JsonObject { ["input"] = t } }),
        _ => Tokens(piece.Text).Select(t => new JsonObject { ["reasoningContent"] = new JsonObject { ["text"] = t } })
            .Append(new JsonObject { ["reasoningContent"] = new JsonObject { ["signature"] = MessagesDialect.Signature } }),
    };

    JsonObject Block(Piece piece, int call) => piece.Kind switch
    {
        PieceKind.Say => new() { ["text"] = piece.Text },
        PieceKind.Tool => new() { ["toolUse"] = new JsonObject { ["toolUseId"] = ToolUseId(call), ["name"] = piece.Tool, ["input"] = JsonNode.Parse(piece.Text) } },
        _ => new() { ["reasoningContent"] = new JsonObject { ["reasoningText"] = new JsonObject { ["text"] = piece.Text, ["signature"] = MessagesDialect.Signature } } },
    };

    string ToolUseId(int call) => CallId(call).Replace("call_", "tooluse_", StringComparison.Ordinal);

    string StopReason(int calls) => IsCut ? "max_tokens" : Plan["stop"] ?? (calls > 0 ? "tool_use" : "end_turn");

    JsonObject Usage() => new()
    {
        ["inputTokens"] = Plan["usage"] == "cached" ? 5 : 25,
        ["cacheReadInputTokens"] = Plan["usage"] == "cached" ? 20 : 0,
        ["outputTokens"] = 11,
        ["totalTokens"] = 36,
    };
}
