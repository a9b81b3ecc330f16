using AcpToApi.Hosting;
using AcpToApi.Json.Model;
using AcpToApi.Json.Ollama;
using AcpToApi.Json.Text;
using AcpToApi.Providers;
using AcpToApi.Telemetry;

namespace AcpToApi.Endpoints;

/// <summary>
/// Ollama's chats and completions. A request without a prompt loads a model there; it is passed through to whoever loads models, and answered
/// here for all others, whose models are always there.
/// </summary>
sealed class OllamaEndpoint(ChatEndpoint chat, ModelRouter router, TimeProvider clock)
{
    public async Task HandleAsync(HttpContext http, WireFormat dialect)
    {
        using var body = new PooledBuffer();
        await RequestBody.ReadAsync(http.Request, body, http.RequestAborted);
        var head = dialect.ReadHead(body.WrittenMemory);
        var model = head.Model.ToString();
        if (!router.TryResolve(model, out var route, out var unknown)) throw new BridgeException(unknown);
        if (head.HasConversation || route.Speaks(dialect) is not null)
        {
            await chat.AnswerAsync(http, dialect, head, body.WrittenMemory);
            return;
        }
        var record = RequestRecord.Of(http);
        (record.Model, record.Backend) = (model, route.Provider.Name);
        using var answer = new PooledBuffer();
        OllamaLoad.Write(dialect, body.WrittenMemory, new ResponseContext("", head.Model, clock.GetUtcNow().ToUnixTimeSeconds()), answer);
        await JsonAnswer.WriteAsync(http, answer.WrittenMemory);
    }
}
