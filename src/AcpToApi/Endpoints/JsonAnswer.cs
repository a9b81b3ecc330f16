using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace AcpToApi.Endpoints;

/// <summary>Writes a small JSON answer with its length.</summary>
static class JsonAnswer
{
    public static Task WriteAsync<T>(HttpContext http, T answer, JsonTypeInfo<T> type) =>
        WriteAsync(http, JsonSerializer.SerializeToUtf8Bytes(answer, type));

    /// <summary>Writes one that is JSON already.</summary>
    public static async Task WriteAsync(HttpContext http, ReadOnlyMemory<byte> body)
    {
        http.Response.Headers.ContentType = "application/json";
        http.Response.Headers.ContentLength = body.Length;
        if (!HttpMethods.IsHead(http.Request.Method)) await http.Response.BodyWriter.WriteAsync(body, http.RequestAborted);
    }
}
