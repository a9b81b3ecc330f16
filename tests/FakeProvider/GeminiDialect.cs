using System.Text.Json.Nodes;

namespace FakeProvider;

/// <summary>Gemini: parts of text and thought, whole calls, signatures that must come back as they went.</summary>
sealed class GeminiDialect(Exchange exchange) : Dialect(exchange)
{
    const string Signature = "Z2VtaW5pLXRob3VnaHQ=";
    const string Unsigned = "skip_thought_signature_validator";

    public override string RateLimitHeader => "x-ratelimit-remaining";

    protected override string Model
    {
        get
        {
            var name = Seen.Path[(Seen.Path.IndexOf("/models/", StringComparison.Ordinal) + "/models/".Length)..];
            return Uri.UnescapeDataString(name[..name.LastIndexOf(':')]);
        }
    }

    public override bool IsStream => Seen.Path.EndsWith(":streamGenerateContent", StringComparison.Ordinal);

    public override JsonObject Settings => Present(
        ("temperature", Config?["temperature"]), ("top_p", Config?["topP"]), ("max_tokens", Config?["maxOutputTokens"]), ("stop", Config?["stopSequences"]));

    public override string? Objection
    {
        get
        {
            if (Seen.Header("x-goog-api-key") is null && !HasBearer) return "Method doesn't allow unregistered callers.";
            if (IsStream && !Seen.Target.EndsWith("?alt=sse", StringComparison.Ordinal)) return "The fake streams only events: alt=sse is missing.";
            var calls = 0;
            foreach (var content in Request["contents"]?.AsArray() ?? [])
            {
                if ((string?)content!["role"] is not ("user" or "model")) return "Please use a valid role: user, model.";
                var parts = content["parts"]?.AsArray() ?? [];
                if (parts.Count == 0) return "contents.parts must not be empty.";
                if (parts.Any(p => (string?)p!["thoughtSignature"] is { } signature && signature is not (Signature or Unsigned))) return "Thought signature is not valid.";
                var answers = parts.Count(p => p!["functionResponse"] is not null);
                if (answers != calls) return "Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.";
                calls = parts.Count(p => p!["functionCall"] is not null);
                // Only from version 3 on are signatures demanded.
                var first = !Model.StartsWith("gemini-3", StringComparison.Ordinal) ? null : parts.FirstOrDefault(p => p!["functionCall"] is not null);
                if (first is not null && first["thoughtSignature"] is null) return "Function call is missing a thought_signature.";
            }
            return calls > 0 ? "Please ensure that function call turn comes immediately before a function response turn." : null;
        }
    }

    public override IEnumerable<Frame> Stream(IReadOnlyList<Piece> pieces)
    {
        var isFirstCall = true;
        foreach (var piece in pieces)
        {
            if (piece.Kind == PieceKind.Tool)
            {
                yield return Chunk(Call(piece, isFirstCall), null, isToken: true);
                isFirstCall = false;
                continue;
            }
            foreach (var token in Tokens(piece.Text)) yield return Chunk(TextPart(token, piece.Kind), null, isToken: true);
        }
        if (!Plan.HasQuirk("nofinish") && !Plan.HasQuirk("nodone")) yield return Chunk(TextPart("", PieceKind.Say), FinishReason);
    }

    public override JsonObject Whole(IReadOnlyList<Piece> pieces)
    {
        var isFirstCall = true;
        var parts = new JsonArray();
        foreach (var piece in pieces)
        {
            parts.Add(piece.Kind == PieceKind.Tool ? Call(piece, isFirstCall) : TextPart(string.Concat(Tokens(piece.Text)), piece.Kind));
            isFirstCall &= piece.Kind != PieceKind.Tool;
        }
        return Body(parts, FinishReason);
    }

    public override JsonObject Error(int status, string message) => new()
    {
        ["error"] = new JsonObject
        {
            ["code"] = status,
            ["message"] = message,
            ["status"] = status switch
            {
                400 => "INVALID_ARGUMENT",
                401 => "UNAUTHENTICATED",
                403 => "PERMISSION_DENIED",
                404 => "NOT_FOUND",
                429 => "RESOURCE_EXHAUSTED",
                503 => "UNAVAILABLE",
                504 => "DEADLINE_EXCEEDED",
                _ => "INTERNAL",
            },
        },
    };

    public override Frame ErrorEvent(string message) => Frame.Of(null, Error(503, message));

    JsonNode? Config => Request["generationConfig"];

    string FinishReason => IsCut ? "MAX_TOKENS" : Plan["stop"] ?? "STOP";

    static JsonObject TextPart(string text, PieceKind kind)
    {
        var part = new JsonObject { ["text"] = text };
        if (kind == PieceKind.Think) part["thought"] = true;
        return part;
    }

    // Of parallel calls only the first is signed.
    static JsonObject Call(Piece piece, bool isFirst)
    {
        var part = new JsonObject { ["functionCall"] = new JsonObject { ["name"] = piece.Tool, ["args"] = JsonNode.Parse(piece.Text) } };
        if (isFirst) part["thoughtSignature"] = Signature;
        return part;
    }

    Frame Chunk(JsonObject part, string? finish, bool isToken = false) => Frame.Of(null, Body(new JsonArray(part), finish), isToken);

    JsonObject Body(JsonArray parts, string? finish)
    {
        var candidate = new JsonObject { ["content"] = new JsonObject { ["parts"] = parts, ["role"] = "model" }, ["index"] = 0 };
        if (finish is not null) candidate["finishReason"] = finish;
        var body = new JsonObject { ["candidates"] = new JsonArray(candidate), ["modelVersion"] = Model, ["responseId"] = $"fake{Id}" };
        if (Plan["usage"] != "none")
        {
            var thoughts = Plan.Pieces.Any(p => p.Kind == PieceKind.Think) ? 4 : 0;
            var usage = new JsonObject { ["promptTokenCount"] = 25, ["candidatesTokenCount"] = 11 - thoughts, ["totalTokenCount"] = 36 };
            if (thoughts > 0) usage["thoughtsTokenCount"] = thoughts;
            if (Plan["usage"] == "cached") usage["cachedContentTokenCount"] = 20;
            body["usageMetadata"] = usage;
        }
        return body;
    }
}
