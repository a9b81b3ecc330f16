using System.Text.Json;
using AcpToApi.Backends;
using AcpToApi.Hosting;
using AcpToApi.Json.Model;
using AcpToApi.Json.Rerank;
using AcpToApi.Json.Text;
using AcpToApi.Providers;
using AcpToApi.Telemetry;

namespace AcpToApi.Endpoints;

/// <summary>Reranking: passed through where both sides have the same form, translated where not, so that a client can use one form for all.</summary>
sealed class RerankEndpoint(ServiceRouter router, ServiceCall passing, WholeCall call)
{
    public async Task HandleAsync(HttpContext http)
    {
        var record = RequestRecord.Of(http);
        using var body = new PooledBuffer();
        await RequestBody.ReadAsync(http.Request, body, http.RequestAborted);
        var field = ModelField.InJson(body.WrittenMemory);
        record.Model = field.Model ?? "-";
        var route = router.Resolve(Service.Rerank, field.Model);
        record.Backend = route.Provider.Name;
        var (question, native) = (RerankQuestion.Of(body.WrittenMemory), route.Provider.Row.Rerank);
        using var changed = new PooledBuffer();
        if (question.Fits(native))
        {
            field.WriteWithModel(route.Model, changed);
            await passing.PassAsync(http, Service.Rerank.Path, route, changed.WrittenMemory, WireFormat.OpenAiChat);
            return;
        }
        var ignored = new IgnoredFields();
        RerankTranslation.WriteRequest(body.WrittenMemory, route.Model, native, changed, ignored);
        await AnswerAsync(http, route, changed, question, ignored, http.RequestAborted);
    }

    async Task AnswerAsync(HttpContext http, ModelRoute route, PooledBuffer body, RerankQuestion question, IgnoredFields ignored, CancellationToken cancel)
    {
        var context = new ResponseContext("", JsonString.Of(route.Model), 0);
        using var response = new ClientResponse(http, WireFormat.OpenAiChat, stream: false, context, RequestRecord.Of(http));
        using var received = new PooledBuffer();
        var failure = await call.AskAsync(http.Request, response, route, Service.Rerank.Path, body.WrittenMemory, received, cancel);
        try
        {
            if (failure is null) RerankTranslation.WriteResponse(received.WrittenMemory, route.Model, question.Form, question.Missing(route.Provider.Row.Rerank), response.Output);
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException)
        {
            failure = BridgeError.UpstreamProtocol($"{route.Provider.Name} did not answer with ranks.");
        }
        if (failure is not null)
        {
            await response.FailAsync(failure);
            return;
        }
        if (!ignored.IsEmpty) response.Headers["x-acptoapi-ignored"] = ForwardedHeaders.Printable(ignored.ToString());
        await response.CompletePassedAsync(cancel);
    }
}
