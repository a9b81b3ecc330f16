using System.Globalization;
using System.Net;
using AcpToApi.Json.Model;

namespace AcpToApi.Backends;

/// <summary>Turns a provider's HTTP error into ours: status kept, message read from its own error body, retry-after understood.</summary>
static class UpstreamErrors
{
    public static BridgeError Read(string provider, WireFormat upstream, HttpResponseMessage answer, ReadOnlySpan<byte> body)
    {
        var status = (int)answer.StatusCode;
        if (status is >= 300 and < 400)
        {
            return new BridgeError(ErrorKind.UpstreamProtocol, 502, $"{provider} answered with a redirect ({status}), which is not followed; check its base URL.");
        }
        if (status < 400) return new BridgeError(ErrorKind.UpstreamProtocol, 502, $"{provider} answered with the unexpected status {status}.");
        var error = upstream.ReadError(status, body);
        // A refused key of ours is not the client's key: say whose it is.
        if (answer.StatusCode == HttpStatusCode.Unauthorized) error = error with { Message = $"{provider} refused the key: {error.Message}" };
        return error with { RetryAfterSeconds = error.RetryAfterSeconds ?? RetryAfter(answer) };
    }

    static int? RetryAfter(HttpResponseMessage answer) =>
        answer.Headers.NonValidated.TryGetValues("retry-after", out var values)
        && int.TryParse(values.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            ? seconds
            : null;
}
