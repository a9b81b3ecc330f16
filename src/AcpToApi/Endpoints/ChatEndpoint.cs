using AcpToApi.Backends;
using AcpToApi.Hosting;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;
using AcpToApi.Providers;
using AcpToApi.Telemetry;

namespace AcpToApi.Endpoints;

/// <summary>Chats, in every dialect: reads the body, finds the route, lets the backend answer.</summary>
sealed class ChatEndpoint(ModelRouter router, BackendSet backends, TimeProvider clock)
{
    /// <summary>A chat whose body names the model.</summary>
    public async Task HandleAsync(HttpContext http, WireFormat dialect)
    {
        using var body = new PooledBuffer();
        await RequestBody.ReadAsync(http.Request, body, http.RequestAborted);
        var head = dialect.ReadHead(body.WrittenMemory);
        await AnswerAsync(http, dialect.DialectOf(head), head, body.WrittenMemory);
    }

    /// <summary>A chat whose URL names the model (Gemini).</summary>
    public async Task HandleAsync(HttpContext http, WireFormat dialect, string model, bool stream)
    {
        using var body = new PooledBuffer();
        await RequestBody.ReadAsync(http.Request, body, http.RequestAborted);
        await AnswerAsync(http, dialect, RequestHead.InUrl(body.WrittenMemory, JsonString.Of(model), stream, "contents"), body.WrittenMemory);
    }

    /// <summary>A chat whose body has been read; <paramref name="whole"/> hears the whole answer, where the dialect has one in its streams too; <paramref name="previous"/> is the stored answer it goes on from.</summary>
    public async Task AnswerAsync(HttpContext http, WireFormat dialect, RequestHead head, ReadOnlyMemory<byte> body, Action<ReadOnlyMemory<byte>>? whole = null, JsonString? previous = null)
    {
        var record = RequestRecord.Of(http);
        record.Model = head.Model.ToString();
        if (!router.TryResolve(record.Model, out var route, out var unknown)) throw new BridgeException(unknown);
        record.Backend = route.Provider.Name;
        if (route.Provider.Row is { Formats: [], IsEmbedded: false } row) throw new BridgeException(NoChats(row));

        var turn = new ChatTurn(http, dialect, head, body, route);
        // Translation reads the whole request; what is wrong with it is told before anything goes upstream.
        var passes = route.Speaks(dialect) is not null;
        if (previous is not null) turn.Request.PreviousResponseId = previous;
        var context = new ResponseContext(Guid.NewGuid().ToString("N"), head.Model, clock.GetUtcNow().ToUnixTimeSeconds())
        {
            IncludeUsage = head.IncludeUsage,
            EstimatedInputTokens = passes || !head.Stream ? 0 : TokenEstimate.Of(turn.Request, route.Model, route.Provider.Row.CountsBareTools),
            // Mended answers are written anew, and must know what is a custom tool.
            Request = passes && !(route.Provider.Row.Mend && turn.Holds("\"custom\""u8)) ? null : turn.Request,
            Answers = passes ? 1 : turn.Count,
            Elapsed = () => record.Elapsed,
        };
        using var response = new ClientResponse(http, dialect, head.Stream, context, record) { WholeAnswer = whole };
        turn.Response = response;
        var backend = backends.Of(route.Provider);
        await backend.RunAsync(turn, http.RequestAborted);
        for (var i = 1; i < context.Answers && !response.HasFailed; i++)
        {
            turn.MoveNext();
            await backend.RunAsync(turn, http.RequestAborted);
        }
    }

    static BridgeError NoChats(ProviderRow row) => new(ErrorKind.ModelNotFound, 404, $"{row.Name} answers no chats; it has {row.Services}.")
    {
        Code = "model_not_found",
        Param = "model",
    };
}
