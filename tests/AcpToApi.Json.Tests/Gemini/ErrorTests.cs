using System.Text;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Tests.Gemini;

public class ErrorTests
{
    static readonly WireFormat Format = WireFormat.Gemini;

    [Theory]
    [InlineData(400, """{"error":{"code":400,"message":"API key not valid.","status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID"}]}}""",
        "Authentication 400 INVALID_ARGUMENT API_KEY_INVALID  API key not valid.")]
    [InlineData(429, """[{"error":{"code":429,"message":"Slow","status":"RESOURCE_EXHAUSTED","details":[{"reason":"RATE_LIMIT_EXCEEDED","message":"no"},{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"34.07s"}]}}]""",
        "RateLimited 429 RESOURCE_EXHAUSTED RATE_LIMIT_EXCEEDED 35 Slow")]
    [InlineData(404, """{"error":{"code":404,"message":"models/x is not found for API version v1beta","status":"NOT_FOUND"}}""",
        "ModelNotFound 404 NOT_FOUND   models/x is not found for API version v1beta")]
    [InlineData(403, """{"error":{"details":[{"message":"inner"}],"message":"Denied","status":"PERMISSION_DENIED"}}""", "PermissionDenied 403 PERMISSION_DENIED   Denied")]
    [InlineData(500, """{"error":"boom"}""", "UpstreamFailed 500    boom")]
    [InlineData(503, "<html>Unavailable</html>", "Overloaded 503    The provider answered with status 503 and no usable error body.")]
    [InlineData(400, """{"error":{"message":"cut of""", "InvalidRequest 400    The provider answered with status 400 and no usable error body.")]
    public void An_upstream_error_is_understood(int status, string body, string expected)
    {
        var error = Format.ReadError(status, Encoding.UTF8.GetBytes(body));
        Assert.Equal(expected, $"{error.Kind} {error.Status} {error.Type} {error.Code} {error.RetryAfterSeconds} {error.Message}");
    }

    [Theory]
    [InlineData(ErrorKind.InvalidRequest, 400, "INVALID_ARGUMENT")]
    [InlineData(ErrorKind.Authentication, 401, "UNAUTHENTICATED")]
    [InlineData(ErrorKind.PermissionDenied, 403, "PERMISSION_DENIED")]
    [InlineData(ErrorKind.ModelNotFound, 404, "NOT_FOUND")]
    [InlineData(ErrorKind.TooLarge, 413, "INVALID_ARGUMENT")]
    [InlineData(ErrorKind.RateLimited, 429, "RESOURCE_EXHAUSTED")]
    [InlineData(ErrorKind.Overloaded, 529, "UNAVAILABLE")]
    [InlineData(ErrorKind.Timeout, 504, "DEADLINE_EXCEEDED")]
    [InlineData(ErrorKind.Internal, 500, "INTERNAL")]
    public void An_error_is_written_in_the_dialect(ErrorKind kind, int status, string name) =>
        Assert.Equal($$$"""{"error":{"code":{{{status}}},"message":"It \"broke\".","status":"{{{name}}}"}}""", Written(new BridgeError(kind, status, "It \"broke\".") { Type = "overloaded_error" }));

    [Fact]
    public void Details_tell_the_field_and_when_to_try_again()
    {
        var written = Written(new BridgeError(ErrorKind.RateLimited, 429, "Slow.") { RetryAfterSeconds = 30, Param = "contents[0]" });
        Assert.EndsWith(
            """
            "status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"30s"},{"@type":"type.googleapis.com/google.rpc.BadRequest","fieldViolations":[{"field":"contents[0]","description":"Slow."}]}]}}
            """,
            written, StringComparison.Ordinal);
        Assert.Equal(30, Format.ReadError(429, Encoding.UTF8.GetBytes(written)).RetryAfterSeconds);
    }

    static string Written(BridgeError error)
    {
        using var output = new PooledBuffer();
        Format.WriteError(error, output);
        return Encoding.UTF8.GetString(output.Written);
    }
}
