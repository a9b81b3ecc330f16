using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace FakeProvider;

/// <summary>Answers one request as its directives say.</summary>
sealed class Answer(FakeServer server, SeenRequest request, Reply reply, CancellationToken left)
{
    static readonly string[] Models = ["fake-model", "fake-small", "vendor/fake-model:free"];

    public async Task SendAsync()
    {
        switch (request.Method, request.Path)
        {
            case ("GET", "/v1/models"):
                await JsonAsync(200, ModelList());
                break;
            case ("GET", "/foundation-models" or "/inference-profiles"):
                await BedrockModelsAsync();
                break;
            case ("GET" or "DELETE", _) when ResponseShelf.IdIn(request) is { } id:
                await StoredAsync(id);
                break;
            case ("POST", _) when Vectors.Answer(request) is { } vectors:
                await JsonAsync(200, vectors);
                break;
            default:
                if (DialectEntry.Of(request) is { } entry) await ChatAsync(entry);
                else await JsonAsync(404, new JsonObject { ["error"] = new JsonObject { ["message"] = $"no such path: {request.Method} {request.Path}" } });
                break;
        }
    }

    async Task ChatAsync(DialectEntry entry)
    {
        JsonObject body;
        try
        {
            body = request.Json;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            await JsonAsync(400, new JsonObject { ["error"] = new JsonObject { ["message"] = "The body is not a JSON object." } });
            return;
        }
        Conversation conversation;
        Plan plan;
        try
        {
            server.Responses.Resume(body);
            conversation = entry.Read(body);
            plan = Plan.Of(conversation.Text);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or NullReferenceException)
        {
            await JsonAsync(400, new JsonObject { ["error"] = new JsonObject { ["type"] = "invalid_request_error", ["message"] = $"The fake provider cannot read this: {e.Message}" } });
            return;
        }
        var dialect = entry.Speak(new(request, body, plan, server.NextId()));

        await Task.Delay(plan.Milliseconds("wait"), left);
        if (await RefusedAsync(plan, dialect, conversation)) return;
        if (dialect.Count is { } count)
        {
            await JsonAsync(200, count);
            return;
        }
        var pieces = Pieces(plan, conversation, body, dialect);
        if (dialect is ResponsesDialect) server.Responses.Keep(body, dialect.Whole(pieces));
        if (dialect.IsStream) await StreamAsync(plan, dialect, dialect.Stream(pieces));
        else await WholeAsync(plan, dialect.Whole(pieces), dialect);
    }

    async Task StoredAsync(string id)
    {
        var stored = server.Responses.Find(id);
        if (request.Method == "DELETE") server.Responses.Forget(id);
        await (stored is null ? JsonAsync(404, new JsonObject { ["error"] = new JsonObject { ["message"] = $"Response with id '{id}' not found.", ["type"] = "invalid_request_error", ["param"] = null, ["code"] = null } })
            : request.Method == "GET" ? JsonAsync(200, stored.DeepClone())
            : JsonAsync(200, new JsonObject { ["id"] = id, ["object"] = "response", ["deleted"] = true }));
    }

    async Task<bool> RefusedAsync(Plan plan, Dialect dialect, Conversation conversation)
    {
        if (dialect.Objection is { } objection)
        {
            await JsonAsync(400, dialect.Error(400, objection));
            return true;
        }
        if (plan["redirect"] is { } target)
        {
            await reply.WholeAsync(307, "text/plain", [], ("Location", target));
            return true;
        }
        if (plan.Has("html"))
        {
            var page = $"<html><head><title>{plan["html"]}</title></head><body><h1>Bad gateway of the vendor</h1></body></html>";
            await reply.WholeAsync(plan.Number("html"), "text/html", Encoding.UTF8.GetBytes(page));
            return true;
        }
        var flaky = plan["flaky"]?.Split(' ');
        if (plan.Has("error") || (flaky is not null && server.StillFails(conversation.Text, int.Parse(flaky[1], null))))
        {
            var status = plan.Number(plan.Has("error") ? "error" : "flaky");
            var message = plan["error"]?.Split(' ', 2).ElementAtOrDefault(1) ?? "as you asked";
            await JsonAsync(status, dialect.Error(status, message), ("Retry-After", "1"), (dialect.RateLimitHeader, "7"));
            return true;
        }
        return false;
    }

    static List<Piece> Pieces(Plan plan, Conversation conversation, JsonObject body, Dialect dialect)
    {
        var pieces = plan.Pieces.Where(p => p.Kind != PieceKind.Tool && conversation.Rounds == 0).ToList();
        var calls = plan.Pieces.Where(p => p.Kind == PieceKind.Tool && p.Round == conversation.Rounds + 1 && conversation.Tools.Contains(p.Tool)).ToList();
        pieces.AddRange(calls);
        if (plan.Has("stamp")) pieces.Add(new(PieceKind.Say, string.Join(' ', Enumerable.Repeat(Dialect.StampMark, plan.Number("stamp")))));
        if (plan.Has("huge")) pieces.Add(new(PieceKind.Say, new string('x', plan.Number("huge") << 20)));
        if (plan.Has("echo"))
        {
            var parameters = body.Where(p => p.Key is not ("messages" or "tools")).ToDictionary(p => p.Key, p => p.Value?.DeepClone());
            pieces.Add(new(PieceKind.Say, new JsonObject(parameters).ToJsonString()));
        }
        if (plan.Has("settings")) pieces.Add(new(PieceKind.Say, dialect.Settings.ToJsonString()));
        if (plan.Has("images")) pieces.Add(new(PieceKind.Say, string.Join("; ", conversation.Images)));
        if (pieces.Count == 0 && conversation.Results.Count > 0) pieces.Add(new(PieceKind.Say, $"Tool said: {string.Join(" | ", conversation.Results)}"));
        if (!pieces.Any(p => p.Kind != PieceKind.Think)) pieces.Add(new(PieceKind.Say, "Hello from the fake provider."));
        return pieces;
    }

    async Task StreamAsync(Plan plan, Dialect dialect, IEnumerable<Frame> frames)
    {
        var newLine = plan.HasQuirk("crlf") ? "\r\n" : "\n";
        await reply.StartChunksAsync(dialect.StreamType, ("x-request-id", $"req-{server.NextId()}"), (dialect.RateLimitHeader, "42"));
        var tokens = 0;
        foreach (var frame in frames)
        {
            if (frame.IsToken)
            {
                if (plan.Fault is { } fault && fault.After == tokens && await FailAsync(fault.Kind, dialect, newLine)) return;
                if (tokens == 0) await Task.Delay(plan.Milliseconds("hush"), left);
                else await Task.Delay(plan.Milliseconds("slow"), left);
                tokens++;
            }
            // The stamp is made here: the wait for the token's turn is over.
            await reply.ChunkAsync(dialect.Encode(Restamped(frame), newLine));
        }
        await reply.EndChunksAsync();
    }

    async Task<bool> FailAsync(string kind, Dialect dialect, string newLine)
    {
        switch (kind)
        {
            case "cut":
                await FlushedAsync();
                reply.Reset();
                return true;
            case "truncate":
                await reply.EndChunksAsync();
                return true;
            case "stall":
                await reply.StallAsync();
                return true;
            case "garble":
                await reply.ChunkAsync(dialect.Encode(new Frame(null, "{\"choices\": [{\"delta\": oops"), newLine));
                return false;
            default:
                await reply.ChunkAsync(dialect.Encode(dialect.ErrorEvent("the vendor broke down"), newLine));
                await reply.EndChunksAsync();
                return true;
        }
    }

    async Task WholeAsync(Plan plan, JsonObject answer, Dialect dialect)
    {
        var body = Encoding.UTF8.GetBytes(answer.ToJsonString());
        switch (plan.Fault?.Kind)
        {
            case null:
                await JsonAsync(200, answer, (dialect.RateLimitHeader, "42"));
                break;
            case "garble":
                await reply.WholeAsync(200, "application/json", [.. body[..(body.Length / 2)], .. "oops"u8]);
                break;
            case "oops":
                await JsonAsync(500, dialect.Error(500, "the vendor broke down"));
                break;
            default:
                await reply.StartChunksAsync("application/json");
                await reply.ChunkAsync(body[..(body.Length / 2)]);
                await FailAsync(plan.Fault.Value.Kind, dialect, "\n");
                break;
        }
    }

    // A reset throws away what the peer has not read yet; give it the time to.
    Task FlushedAsync() => Task.Delay(50, left);

    static Frame Restamped(Frame frame) => frame.Data.Contains(Dialect.StampMark, StringComparison.Ordinal)
        ? frame with { Data = frame.Data.Replace(Dialect.StampMark, $"{Clock.UnixMicroseconds}", StringComparison.Ordinal) }
        : frame;

    Task JsonAsync(int status, JsonNode body, params IEnumerable<(string Name, string Value)> headers) =>
        reply.WholeAsync(status, "application/json", Encoding.UTF8.GetBytes(body.ToJsonString()), [.. headers, ("request-id", $"req-{server.NextId()}")]);

    async Task BedrockModelsAsync()
    {
        if (AwsSignature.Objection(request) is { } objection) await JsonAsync(403, new JsonObject { ["message"] = objection });
        else if (request.Path == "/inference-profiles") await JsonAsync(200, new JsonObject { ["inferenceProfileSummaries"] = new JsonArray(new JsonObject { ["inferenceProfileId"] = "us.fake-model" }) });
        else await JsonAsync(200, new JsonObject { ["modelSummaries"] = new JsonArray([.. Models.Select(id => new JsonObject { ["modelId"] = id, ["providerName"] = "fake" })]) });
    }

    JsonObject ModelList()
    {
        var anthropic = request.Header("anthropic-version") is not null;
        var data = new JsonArray([.. Models.Select(id => anthropic
            ? new JsonObject { ["type"] = "model", ["id"] = id, ["display_name"] = id, ["created_at"] = "2026-01-01T00:00:00Z" }
            : new JsonObject { ["id"] = id, ["object"] = "model", ["created"] = 1767225600, ["owned_by"] = "fake" })]);
        return anthropic
            ? new() { ["data"] = data, ["has_more"] = false, ["first_id"] = Models[0], ["last_id"] = Models[^1] }
            : new() { ["object"] = "list", ["data"] = data };
    }
}
