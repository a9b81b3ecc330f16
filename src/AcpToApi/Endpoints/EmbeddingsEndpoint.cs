using AcpToApi.Backends;
using AcpToApi.Hosting;
using AcpToApi.Json.Embeddings;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;
using AcpToApi.Providers;
using AcpToApi.Telemetry;

namespace AcpToApi.Endpoints;

/// <summary>Embeddings, in every dialect: passed through to a provider of the same form, translated for the others.</summary>
sealed class EmbeddingsEndpoint(ServiceRouter router, ServiceCall passing, EmbeddingCall translating)
{
    /// <summary>Answers a request whose body names the model, or whose URL does (<paramref name="model"/>).</summary>
    public async Task HandleAsync(HttpContext http, EmbeddingDialect dialect, string? model = null)
    {
        var record = RequestRecord.Of(http);
        using var body = new PooledBuffer();
        await RequestBody.ReadAsync(http.Request, body, http.RequestAborted);
        model ??= ModelField.InJson(body.WrittenMemory).Model;
        record.Model = model ?? "-";
        var route = router.Resolve(Service.Embeddings, model);
        record.Backend = route.Provider.Name;
        var row = route.Provider.Row;
        var form = row.Embeddings ?? EmbeddingForm.Of(route.Provider.Preferred.Format);
        if (dialect.PassedTo(form) is { } path)
        {
            using var changed = new PooledBuffer();
            dialect.WriteWithModel(body.WrittenMemory, route.Model, changed);
            using var usage = new EmbeddingUsage();
            await passing.PassAsync(http, row.EmbeddingsPath ?? path, route, changed.WrittenMemory, dialect.Family, usage);
            return;
        }
        var request = dialect.ReadRequest(body.WrittenMemory);
        if (request.Model.IsEmpty) request.Model = JsonString.Of(model!);
        await translating.AnswerAsync(http, form, row.EmbeddingsPath ?? form.Path, route, request, http.RequestAborted);
    }
}
