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
        var error = upstream.ReadError(status, InEvent(answer, body));
        if (PlainText(answer, body) is { } words) error = error with { Message = words };
        // A refused key of ours is not the client's key: say whose it is.
        if (answer.StatusCode == HttpStatusCode.Unauthorized) error = error with { Message = $"{provider} refused the key: {error.Message}" };
        return error with { RetryAfterSeconds = error.RetryAfterSeconds ?? RetryAfter(answer) };
    }

    // Some wrap the error of a stream in an event: "data: {...}".
    static ReadOnlySpan<byte> InEvent(HttpResponseMessage answer, ReadOnlySpan<byte> body)
    {
        if (answer.Content.Headers.ContentType?.MediaType != "text/event-stream" || body.IndexOf("data:"u8) is not (>= 0 and var at)) return body;
        var data = body[(at + "data:".Length)..];
        return data.IndexOf((byte)'\n') is >= 0 and var end ? data[..end] : data;
    }

    // One line of words is worth telling; pages are not.
    static string? PlainText(HttpResponseMessage answer, ReadOnlySpan<byte> body)
    {
        const int Most = 500;
        if (answer.Content.Headers.ContentType?.MediaType != "text/plain") return null;
        body = body.Trim(" \t\r\n"u8);
        var isWords = body.Length is > 0 and <= Most && body[0] is not ((byte)'<' or (byte)'{' or (byte)'[') && !body.ContainsAnyInRange((byte)0, (byte)8);
        return isWords ? System.Text.Encoding.UTF8.GetString(body) : null;
    }

    static int? RetryAfter(HttpResponseMessage answer) =>
        answer.Headers.NonValidated.TryGetValues("retry-after", out var values)
        && int.TryParse(values.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            ? seconds
            : null;
}
