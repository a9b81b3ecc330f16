using System.Text;
using AcpToApi.Backends;
using AcpToApi.Hosting;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;
using AcpToApi.Providers;
using AcpToApi.Telemetry;
using Microsoft.Net.Http.Headers;

namespace AcpToApi.Endpoints;

/// <summary>Images, moderations, speech and the like: routed by prefix to a provider that has them, with only the model's name changed.</summary>
sealed class ServiceEndpoint(ServiceRouter router, ServiceCall call)
{
    public async Task HandleAsync(HttpContext http, Service service)
    {
        var record = RequestRecord.Of(http);
        using var body = new PooledBuffer();
        var boundary = Boundary(http.Request.ContentType);
        await RequestBody.ReadAsync(http.Request, body, http.RequestAborted, acceptForm: boundary is not null);
        var field = boundary is null ? ModelField.InJson(body.WrittenMemory) : ModelField.InForm(body.WrittenMemory, Encoding.UTF8.GetBytes(boundary));
        record.Model = field.Model ?? "-";
        var route = router.Resolve(service, field.Model);
        record.Backend = route.Provider.Name;
        using var changed = new PooledBuffer();
        field.WriteWithModel(route.Model, changed);
        await call.PassAsync(http, service.Path, route, changed.WrittenMemory, WireFormat.OpenAiChat);
    }

    static string? Boundary(string? contentType) =>
        MediaTypeHeaderValue.TryParse(contentType, out var type) && type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase)
        && HeaderUtilities.RemoveQuotes(type.Boundary) is { Length: > 0 } boundary
            ? boundary.ToString()
            : null;
}
