using System.Text;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Tests.AnthropicMessages;

public class AnthropicErrorTests
{
    [Theory]
    [InlineData(ErrorKind.InvalidRequest, 400, "invalid_request_error")]
    [InlineData(ErrorKind.Authentication, 401, "authentication_error")]
    [InlineData(ErrorKind.PermissionDenied, 402, "billing_error")]
    [InlineData(ErrorKind.PermissionDenied, 403, "permission_error")]
    [InlineData(ErrorKind.ModelNotFound, 404, "not_found_error")]
    [InlineData(ErrorKind.TooLarge, 413, "request_too_large")]
    [InlineData(ErrorKind.RateLimited, 429, "rate_limit_error")]
    [InlineData(ErrorKind.UpstreamProtocol, 502, "api_error")]
    [InlineData(ErrorKind.Timeout, 504, "timeout_error")]
    [InlineData(ErrorKind.Overloaded, 529, "overloaded_error")]
    public void A_kind_has_its_type(ErrorKind kind, int status, string type) =>
        Assert.Equal($$$"""{"type":"error","error":{"type":"{{{type}}}","message":"say \"why\""}}""", Written(new BridgeError(kind, status, "say \"why\"")));

    [Fact]
    public void The_upstreams_own_type_is_kept_where_this_dialect_knows_it()
    {
        Assert.Contains("\"billing_error\"", Written(new BridgeError(ErrorKind.InvalidRequest, 400, "x") { Type = "billing_error" }));
        Assert.Contains("\"invalid_request_error\"", Written(new BridgeError(ErrorKind.InvalidRequest, 400, "x") { Type = "openai_only" }));
    }

    [Theory]
    [InlineData(529, """{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"r"}""", "overloaded_error", "Overloaded")]
    [InlineData(400, """{"error":"plain text"}""", null, "plain text")]
    [InlineData(400, """{"message":"at the top"}""", null, "at the top")]
    [InlineData(403, """{"error":{"type":"permission_error"},"message":"beside"}""", "permission_error", "beside")]
    [InlineData(502, "<html>Bad gateway of 10.0.0.1</html>", null, "The provider answered with status 502 and no usable error body.")]
    [InlineData(500, "", null, "The provider answered with status 500 and no usable error body.")]
    [InlineData(500, """{"error":{"message":""}}""", null, "The provider answered with status 500 and no usable error body.")]
    [InlineData(500, """{"error":{"message":"cut""", null, "The provider answered with status 500 and no usable error body.")]
    public void Bodies_of_many_shapes_are_understood(int status, string body, string? type, string message)
    {
        var error = WireFormat.AnthropicMessages.ReadError(status, Encoding.UTF8.GetBytes(body));
        Assert.Equal((status, BridgeError.KindOf(status), type, message), (error.Status, error.Kind, error.Type, error.Message));
    }

    [Fact]
    public void An_error_may_come_before_anything_else()
    {
        using var output = new PooledBuffer();
        var writer = WireFormat.AnthropicMessages.CreateWriter(output, new ResponseContext("e", JsonString.Of("m"), 0));
        writer.Ping();
        writer.Error(BridgeError.UpstreamProtocol("gone"));
        Assert.Equal(
            "event: ping\ndata: {\"type\":\"ping\"}\n\nevent: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"api_error\",\"message\":\"gone\"}}\n\n",
            Encoding.UTF8.GetString(output.Written));
    }

    static string Written(BridgeError error)
    {
        using var output = new PooledBuffer();
        WireFormat.AnthropicMessages.WriteError(error, output);
        return Encoding.UTF8.GetString(output.Written);
    }
}
