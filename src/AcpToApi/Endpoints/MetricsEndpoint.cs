using System.Text;
using AcpToApi.Telemetry;

namespace AcpToApi.Endpoints;

/// <summary><c>GET /metrics</c>, for Prometheus.</summary>
static class MetricsEndpoint
{
    public static async Task HandleAsync(HttpContext http, Meters meters)
    {
        var body = Encoding.UTF8.GetBytes(meters.Write());
        http.Response.Headers.ContentType = PrometheusText.MediaType;
        http.Response.Headers.ContentLength = body.Length;
        if (!HttpMethods.IsHead(http.Request.Method)) await http.Response.BodyWriter.WriteAsync(body, http.RequestAborted);
    }
}
