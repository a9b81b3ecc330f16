using AcpToApi.Json.Model;

namespace AcpToApi.Json.Tests.CohereChat;

/// <summary>Failures of Cohere's <c>/v2/chat</c>.</summary>
public class ErrorTests
{
    [Theory]
    [InlineData(404, """{"id":"x","message":"model 'm' not found"}""", ErrorKind.ModelNotFound, "model 'm' not found")]
    [InlineData(401, """{"message":"invalid api token"}""", ErrorKind.Authentication, "invalid api token")]
    [InlineData(429, """{"message":"slow down"}""", ErrorKind.RateLimited, "slow down")]
    [InlineData(502, "<html>secret</html>", ErrorKind.UpstreamUnavailable, "status 502")]
    public void Errors_keep_their_status_and_text(int status, string body, ErrorKind kind, string says)
    {
        var error = WireFormat.CohereChat.ReadError(status, System.Text.Encoding.UTF8.GetBytes(body));
        Assert.Equal((kind, status), (error.Kind, error.Status));
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);
    }
}
