using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.CohereChat;

/// <summary>Reads <c>{"id":"…","message":"text"}</c>, as a body and as an event of a stream.</summary>
static class CohereChatErrors
{
    /// <summary>Reads the body of a response that is not 200.</summary>
    public static BridgeError Read(int status, ReadOnlySpan<byte> body)
    {
        var message = Message(body) ?? $"The provider answered with status {status} and no usable error body.";
        // 498 is an invalid token here, and 499 a request that was given up.
        return new BridgeError(status switch
        {
            404 => ErrorKind.ModelNotFound,
            498 => ErrorKind.Authentication,
            _ => BridgeError.KindOf(status),
        }, status, message);
    }

    /// <summary>The error that an event or a finish reason tells.</summary>
    public static BridgeError InStream(string? message) => new(ErrorKind.UpstreamFailed, 502, message ?? "The provider ended the answer with an error and gave no reason.");

    /// <summary>The text of an error object; null when there is none.</summary>
    public static string? Message(ReadOnlySpan<byte> body)
    {
        try
        {
            var reader = new Utf8JsonReader(body, BodyReader.Options);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return null;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (!reader.ValueTextEquals("message"u8) && !reader.ValueTextEquals("error"u8)) reader.SkipValue();
                else if (reader.ReadText() is { IsEmpty: false } text) return text.ToString();
            }
            return null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
