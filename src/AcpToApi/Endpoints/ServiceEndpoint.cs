using System.Text;
using AcpToApi.Backends;
using AcpToApi.Hosting;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;
using AcpToApi.Providers;
using AcpToApi.Telemetry;
using Microsoft.Net.Http.Headers;

namespace AcpToApi.Endpoints;

/// <summary>Embeddings, images, moderations, rerank, speech: routed by prefix to a provider that has them, with only the model's name changed.</summary>
sealed class ServiceEndpoint(ModelRouter router, ProviderSet providers, ServiceCall call)
{
    public async Task HandleAsync(HttpContext http, Service service)
    {
        var record = RequestRecord.Of(http);
        using var body = new PooledBuffer();
        var boundary = Boundary(http.Request.ContentType);
        await RequestBody.ReadAsync(http.Request, body, http.RequestAborted, acceptForm: boundary is not null);
        var field = boundary is null ? ModelField.InJson(body.WrittenMemory) : ModelField.InForm(body.WrittenMemory, Encoding.UTF8.GetBytes(boundary));
        record.Model = field.Model ?? "-";
        var route = Resolve(service, field.Model);
        record.Backend = route.Provider.Name;
        using var changed = new PooledBuffer();
        field.WriteWithModel(route.Model, changed);
        await call.PassAsync(http, service, route, changed.WrittenMemory);
    }

    ModelRoute Resolve(Service service, string? model)
    {
        if (model is null)
        {
            var missing = BridgeError.InvalidRequest("Missing required parameter: 'model'.", "model") with { Code = "missing_required_parameter" };
            if (!service.ModelIsOptional) throw new BridgeException(missing);
            var first = providers.Configured.FirstOrDefault(provider => Has(provider, service)) ?? throw new BridgeException(Unavailable(service, "No configured provider"));
            return new ModelRoute(first, "", LongContext: false);
        }
        if (!router.TryResolve(model, out var route, out var unknown)) throw new BridgeException(unknown);
        return Has(route.Provider, service) ? route : throw new BridgeException(Unavailable(service, route.Provider.Name));
    }

    BridgeError Unavailable(Service service, string who)
    {
        var able = providers.All.Where(provider => Has(provider, service)).Select(provider => provider.Name);
        return new BridgeError(ErrorKind.ModelNotFound, 404, $"{who} has no {service.Name} here; these providers have, once they have a key: {string.Join(", ", able)}.")
        {
            Code = "model_not_found",
            Param = "model",
        };
    }

    static bool Has(Provider provider, Service service) => (provider.Row.Services & service.Kind) != 0;

    static string? Boundary(string? contentType) =>
        MediaTypeHeaderValue.TryParse(contentType, out var type) && type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase)
        && HeaderUtilities.RemoveQuotes(type.Boundary) is { Length: > 0 } boundary
            ? boundary.ToString()
            : null;
}
