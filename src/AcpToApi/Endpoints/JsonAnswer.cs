using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace AcpToApi.Endpoints;

/// <summary>Writes a small JSON answer with its length.</summary>
static class JsonAnswer
{
    public static async Task WriteAsync<T>(HttpContext http, T answer, JsonTypeInfo<T> type)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(answer, type);
        http.Response.Headers.ContentType = "application/json";
        http.Response.Headers.ContentLength = body.Length;
        if (!HttpMethods.IsHead(http.Request.Method)) await http.Response.BodyWriter.WriteAsync(body, http.RequestAborted);
    }
}
