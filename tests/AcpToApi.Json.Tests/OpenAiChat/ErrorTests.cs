using System.Text;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Tests.OpenAiChat;

public class ErrorTests
{
    static readonly WireFormat Format = WireFormat.OpenAiChat;

    [Theory]
    [InlineData(401, """{"error":{"message":"Bad key","type":"invalid_request_error","param":null,"code":"invalid_api_key"}}""", "Authentication 401 invalid_request_error invalid_api_key Bad key")]
    [InlineData(404, """{"error":{"message":"No such model","code":"model_not_found"}}""", "ModelNotFound 404  model_not_found No such model")]
    [InlineData(429, """{"error":{"code":429,"message":"Slow"},"user_id":"u"}""", "RateLimited 429  429 Slow")]
    [InlineData(500, """{"error":"boom"}""", "UpstreamFailed 500   boom")]
    [InlineData(400, """{"message":"Wrong","type":"t","code":"1234"}""", "InvalidRequest 400 t 1234 Wrong")]
    [InlineData(422, """{"detail":[{"loc":["body"],"msg":"field required","type":"missing"}]}""", "InvalidRequest 422 missing  field required")]
    [InlineData(422, """{"object":"error","message":{"detail":[{"type":"extra_forbidden","loc":["body","seed"],"msg":"Extra inputs","input":7},{"loc":["body","user"],"msg":"Extra"}]},"type":"invalid_request_error"}""", "InvalidRequest 422 invalid_request_error  seed: Extra inputs (seed)")]
    [InlineData(422, """{"detail":[{"msg":"too long","loc":["body","messages",0,"user","name"]}]}""", "InvalidRequest 422   messages[0].user.name: too long (messages[0].user.name)")]
    [InlineData(422, """{"detail":[{"loc":null,"msg":"m"},{"loc":[null,{"a":[1]}],"msg":"n"}]}""", "InvalidRequest 422   m")]
    [InlineData(422, """{"detail":"nope"}""", "InvalidRequest 422   nope")]
    [InlineData(400, """[{"error":{"message":"In an array","code":400}}]""", "InvalidRequest 400  400 In an array")]
    [InlineData(503, "<html><h1>Unavailable</h1></html>", "Overloaded 503   The provider answered with status 503 and no usable error body.")]
    [InlineData(502, "", "UpstreamUnavailable 502   The provider answered with status 502 and no usable error body.")]
    [InlineData(413, "{}", "TooLarge 413   The provider answered with status 413 and no usable error body.")]
    [InlineData(400, """{"error":{"message":"cut of""", "InvalidRequest 400   The provider answered with status 400 and no usable error body.")]
    public void An_upstream_error_is_understood(int status, string body, string expected)
    {
        var error = Format.ReadError(status, Encoding.UTF8.GetBytes(body));
        Assert.Equal(expected, $"{error.Kind} {error.Status} {error.Type} {error.Code} {error.Message}{(error.Param is { } place ? $" ({place})" : "")}");
    }

    [Theory]
    [InlineData(ErrorKind.InvalidRequest, "invalid_request_error", "null")]
    [InlineData(ErrorKind.Authentication, "authentication_error", "null")]
    [InlineData(ErrorKind.PermissionDenied, "permission_error", "null")]
    [InlineData(ErrorKind.ModelNotFound, "invalid_request_error", "\"model_not_found\"")]
    [InlineData(ErrorKind.RateLimited, "rate_limit_error", "null")]
    [InlineData(ErrorKind.Overloaded, "server_error", "null")]
    [InlineData(ErrorKind.UpstreamProtocol, "server_error", "null")]
    public void An_error_is_written_in_the_dialect(ErrorKind kind, string type, string code)
    {
        using var output = new PooledBuffer();
        Format.WriteError(new BridgeError(kind, 400, "It \"broke\".") { Param = "messages[0]" }, output);
        Assert.Equal("{\"error\":{\"message\":\"It \\\"broke\\\".\",\"type\":\"" + type + "\",\"param\":\"messages[0]\",\"code\":" + code + "}}", Encoding.UTF8.GetString(output.Written));
    }
}
