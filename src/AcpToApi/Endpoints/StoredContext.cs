using AcpToApi.Backends;
using AcpToApi.Json.Model;
using AcpToApi.Json.OpenAiResponses;
using AcpToApi.Json.Text;

namespace AcpToApi.Endpoints;

/// <summary>
/// Puts into a request of OpenAI's Responses what it only refers to: the conversation of an earlier answer, and single items. What we stored is known
/// to no provider; what a provider stored is known to no other.
/// </summary>
sealed class StoredContext(ResponseStore store, ForeignConversations elsewhere)
{
    /// <summary>
    /// Returns the body with all of it, written into <paramref name="room"/>; the body itself when it refers to nothing of ours. If
    /// <paramref name="isNative"/>, its provider also stores, and is left to find what we do not know.
    /// </summary>
    public async Task<ReadOnlyMemory<byte>> AddAsync(HttpContext http, ReadOnlyMemory<byte> body, bool isNative, PooledBuffer room)
    {
        if (isNative && !ResponseReferences.MayBeIn(body.Span)) return body;
        var whole = body;
        if (AddItems(http.Request, body, isNative, room)) whole = room.Written.ToArray();
        if (ResponseReferences.Previous(body) is not { } previous) return whole;
        var history = store.Find(http.Request, previous)?.History;
        if (history is null && isNative) return whole;
        history ??= await elsewhere.FindAsync(http, previous) ?? throw NotFound(previous, "previous_response_id", 400);
        room.Clear();
        history.WriteRequest(whole, room);
        return room.WrittenMemory;
    }

    /// <summary>What a client is told of an answer that is not stored.</summary>
    public static BridgeException NotFound(string id, string param, int status) => new(
        new BridgeError(status == 404 ? ErrorKind.NotFound : ErrorKind.InvalidRequest, status, $"There is no stored response '{id}'.")
        {
            Code = param == "previous_response_id" ? "previous_response_not_found" : null,
            Param = param,
        });

    bool AddItems(HttpRequest client, ReadOnlyMemory<byte> body, bool isNative, PooledBuffer room)
    {
        // Items of one answer are mostly referred to one after the other.
        string? latest = null;
        StoredResponse? stored = null;
        return ResponseReferences.TryWriteItems(body, Find, isNative, room);

        ReadOnlyMemory<byte> Find(string id)
        {
            if (ResponseItemIds.ResponseOf(id) is not { } response) return default;
            if (response != latest) (latest, stored) = (response, store.Find(client, response));
            return stored?.History.Find(response, id) ?? default;
        }
    }
}
