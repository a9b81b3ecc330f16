using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.BedrockConverse;

/// <summary>Errors: <c>{"message"}</c> with an HTTP status, or a message of the stream whose type names the exception.</summary>
static class BedrockConverseErrors
{
    // The exceptions of the service's model, without their ending, and the statuses that they have there.
    static readonly (string Name, int Status)[] Exceptions =
    [
        ("accessDenied", 403),
        ("conflict", 400),
        ("internalServer", 500),
        ("modelError", 424),
        ("modelNotReady", 429),
        ("modelStreamError", 424),
        ("modelTimeout", 408),
        ("resourceNotFound", 404),
        ("serviceQuotaExceeded", 429),
        ("serviceUnavailable", 503),
        ("throttling", 429),
        ("validation", 400),
    ];

    /// <summary>Reads the body of a response that is not 200.</summary>
    public static BridgeError Read(int status, ReadOnlySpan<byte> body) =>
        new(KindOf(status), status, Message(body) ?? $"The provider answered with status {status} and no usable error body.");

    /// <summary>Reads an exception or error of a stream; <paramref name="name"/> is its type or code.</summary>
    public static BridgeError ReadInStream(ReadOnlySpan<byte> name, ReadOnlySpan<byte> data)
    {
        var type = JsonText.Plain(name).ToString();
        var status = StatusOf(type);
        var text = Message(data) ?? (data.IsEmpty || data[0] == (byte)'{' ? "The provider reported an error in its answer without saying what it is." : JsonText.Plain(data).ToString());
        return new BridgeError(status is { } known ? KindOf(known) : ErrorKind.UpstreamFailed, status ?? 502, text) { Code = type.Length > 0 ? type : null };
    }

    // 424: the model failed, not the request.
    static ErrorKind KindOf(int status) => status switch
    {
        404 => ErrorKind.ModelNotFound,
        424 => ErrorKind.UpstreamFailed,
        _ => BridgeError.KindOf(status),
    };

    static int? StatusOf(string type)
    {
        foreach (var (name, status) in Exceptions)
        {
            if (type.StartsWith(name, StringComparison.OrdinalIgnoreCase)) return status;
        }
        return null;
    }

    // The gate before the service writes "Message".
    static string? Message(ReadOnlySpan<byte> body)
    {
        try
        {
            var json = new Utf8JsonReader(body, BodyReader.Options);
            if (!json.Read() || json.TokenType != JsonTokenType.StartObject) return null;
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                if (!json.ValueTextEquals("message"u8) && !json.ValueTextEquals("Message"u8)) json.SkipValue();
                else if (json.ReadText() is { IsEmpty: false } text) return text.ToString();
            }
        }
        catch (JsonException)
        {
            // Anything else, HTML say, tells nothing fit to be quoted.
        }
        return null;
    }
}
