using System.Globalization;
using System.Text;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;
using AcpToApi.Telemetry;

namespace AcpToApi.Backends;

/// <summary>Writes an HTTP error in a client's dialect, with secrets taken out of its text.</summary>
static class DialectErrors
{
    /// <summary>Writes the error, or <paramref name="ownBody"/> in its place where the provider wrote one in this dialect.</summary>
    public static async Task WriteAsync(HttpContext http, WireFormat dialect, BridgeError error, ReadOnlyMemory<byte>? ownBody = null)
    {
        var redaction = http.RequestServices.GetRequiredService<Redaction>();
        using var body = new PooledBuffer();
        if (ownBody is { } own) body.Write(Encoding.UTF8.GetBytes(redaction.Clean(Encoding.UTF8.GetString(own.Span))));
        else dialect.WriteError(error with { Message = redaction.Clean(error.Message) }, body);
        http.Response.StatusCode = error.Status;
        if (error.RetryAfterSeconds is { } seconds && http.Response.Headers.RetryAfter.Count == 0)
        {
            http.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }
        http.Response.Headers.ContentType = "application/json";
        http.Response.Headers.ContentLength = body.Length;
        // HEAD has no body (RFC 9110, section 9.3.2).
        if (!HttpMethods.IsHead(http.Request.Method)) await http.Response.BodyWriter.WriteAsync(body.WrittenMemory);
    }
}
