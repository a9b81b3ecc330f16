using System.Globalization;
using AcpToApi.Backends;
using AcpToApi.Dialects;
using AcpToApi.Hosting;
using AcpToApi.Json.Model;
using AcpToApi.Json.OpenAiResponses;
using AcpToApi.Json.Text;
using AcpToApi.Providers;

namespace AcpToApi.Endpoints;

/// <summary>
/// OpenAI's Responses: the answer, and what is stored of it. A provider that speaks Responses itself also stores by itself; for all others
/// the conversation that <c>previous_response_id</c> stands for is kept here and sent whole, to whomever the next request goes.
/// </summary>
sealed class ResponsesEndpoint(ChatEndpoint chat, CountTokensEndpoint counts, ModelRouter router, ResponseStore store, StoredContext context, StoredElsewhere elsewhere)
{
    /// <summary><c>POST /v1/responses</c>.</summary>
    public async Task CreateAsync(HttpContext http)
    {
        using var body = new PooledBuffer();
        await RequestBody.ReadAsync(http.Request, body, http.RequestAborted);
        var dialect = Dialect.OpenAiResponses;
        var head = dialect.ReadHead(body.WrittenMemory);
        var isNative = IsNative(head);
        // What is wrong with a request is told before anything is looked up.
        var request = isNative ? null : dialect.ReadRequest(body.WrittenMemory);
        using var room = new PooledBuffer();
        var asked = await context.AddAsync(http, body.WrittenMemory, isNative, room);
        if (!asked.Equals(body.WrittenMemory)) head = dialect.ReadHead(asked);
        Action<ReadOnlyMemory<byte>>? keep = null;
        if (request is { Store: not false }) keep = answer => store.Keep(http.Request, answer, ResponseHistory.Of(asked, answer));
        await chat.AnswerAsync(http, dialect, head, asked, keep, request?.PreviousResponseId);
    }

    /// <summary><c>POST /v1/responses/input_tokens</c>.</summary>
    public async Task CountAsync(HttpContext http)
    {
        using var body = new PooledBuffer();
        await RequestBody.ReadAsync(http.Request, body, http.RequestAborted);
        var dialect = Dialect.OpenAiResponses;
        using var room = new PooledBuffer();
        var asked = await context.AddAsync(http, body.WrittenMemory, IsNative(dialect.ReadHead(body.WrittenMemory)), room);
        await counts.AnswerAsync(http, dialect, dialect.ReadHead(asked), asked);
    }

    /// <summary><c>GET /v1/responses/{id}</c> and <c>/{id}/input_items</c>.</summary>
    public async Task GetAsync(HttpContext http, string rest)
    {
        const string ItemsSuffix = "/input_items";
        var items = rest.EndsWith(ItemsSuffix, StringComparison.Ordinal);
        var id = items ? rest[..^ItemsSuffix.Length] : rest;
        if (store.Find(http.Request, id) is null && await elsewhere.TryPassAsync(http, id, items ? ItemsSuffix : "")) return;
        var stored = Find(http, id);
        var query = http.Request.Query;
        if (!items)
        {
            if (query["stream"] == "true") throw new BridgeException(BridgeError.InvalidRequest("A stored response is told whole; leave 'stream' out.", "stream"));
            await JsonAnswer.WriteAsync(http, stored.Answer);
            return;
        }
        var limit = 20;
        if (query["limit"] is [{ } most] && (!int.TryParse(most, NumberStyles.None, CultureInfo.InvariantCulture, out limit) || limit is < 1 or > 100))
        {
            throw new BridgeException(BridgeError.InvalidRequest("'limit' must be a number from 1 to 100.", "limit"));
        }
        var order = query["order"] is [{ } given] ? given : "desc";
        if (order is not ("asc" or "desc")) throw new BridgeException(BridgeError.InvalidRequest("'order' must be 'asc' or 'desc'.", "order"));
        var after = query["after"] is [{ Length: > 0 } last] ? last : null;
        using var body = new PooledBuffer();
        if (!new ResponseItems(stored.History.Input, id).TryWrite(limit, after, order == "asc", body))
        {
            throw new BridgeException(BridgeError.InvalidRequest($"'after' names the item '{after}', which this response has not.", "after"));
        }
        await JsonAnswer.WriteAsync(http, body.WrittenMemory);
    }

    /// <summary><c>DELETE /v1/responses/{id}</c>.</summary>
    public async Task DeleteAsync(HttpContext http, string id)
    {
        if (store.Find(http.Request, id) is null && await elsewhere.TryPassAsync(http, id, "")) return;
        Find(http, id);
        store.Forget(http.Request, id);
        await JsonAnswer.WriteAsync(http, new DeletedResponse(id, "response", Deleted: true), BridgeJsonContext.Default.DeletedResponse);
    }

    /// <summary><c>POST /v1/responses/{id}/cancel</c>: only answers in the background can be cancelled, and there are none here, but at providers there may be.</summary>
    public async Task CancelAsync(HttpContext http, string rest)
    {
        const string Suffix = "/cancel";
        var id = rest.EndsWith(Suffix, StringComparison.Ordinal) ? rest[..^Suffix.Length] : throw new BridgeException(new BridgeError(ErrorKind.NotFound, 404, $"There is nothing at POST /v1/responses/{rest}."));
        if (store.Find(http.Request, id) is null && await elsewhere.TryPassAsync(http, id, Suffix)) return;
        Find(http, id);
        throw new BridgeException(BridgeError.InvalidRequest("Only an answer in the background can be cancelled; close the connection to cancel this one.", "response_id"));
    }

    bool IsNative(RequestHead head) => router.TryResolve(head.Model.ToString(), out var route, out _) && route.Speaks(Dialect.OpenAiResponses) is not null;

    StoredResponse Find(HttpContext http, string id) => store.Find(http.Request, id) ?? throw StoredContext.NotFound(id, "response_id", 404);
}
