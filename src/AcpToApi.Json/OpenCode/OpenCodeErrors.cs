using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.OpenCode;

/// <summary>Reads <c>{"name":"APIError","data":{"message":"…","statusCode":429}}</c>: as the body of a refusal, within an answer and within an event.</summary>
static class OpenCodeErrors
{
    const string NoReason = "The agent failed and gave no reason.";

    /// <summary>Reads the body of a response that is not 200.</summary>
    public static BridgeError Read(int status, ReadOnlySpan<byte> body)
    {
        try
        {
            var reader = new Utf8JsonReader(body, BodyReader.Options);
            if (reader.Read() && reader.TokenType == JsonTokenType.StartObject && Of(ref reader) is { Message: not NoReason } told) return told with { Kind = KindOf(status), Status = status };
        }
        catch (JsonException)
        {
            // Some refuse with an empty body or a page.
        }
        return new BridgeError(KindOf(status), status, $"The agent's server answered with status {status} and no usable error body.");
    }

    /// <summary>Reads the error object that the reader stands on; it then stands on its end.</summary>
    public static BridgeError Of(scoped ref Utf8JsonReader reader)
    {
        JsonText name = default, message = default;
        long? status = null;
        int? retryAfter = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("name"u8)) name = reader.ReadText();
            else if (!reader.ValueTextEquals("data"u8)) reader.SkipValue();
            else
            {
                reader.Read();
                if (reader.TokenType != JsonTokenType.StartObject) continue;
                while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
                {
                    if (reader.ValueTextEquals("message"u8)) message = reader.ReadText();
                    else if (reader.ValueTextEquals("statusCode"u8)) status = reader.ReadCount();
                    else if (reader.ValueTextEquals("responseHeaders"u8)) retryAfter = RetryAfter(ref reader);
                    else reader.SkipValue();
                }
            }
        }
        var text = message.IsEmpty ? NoReason : message.ToString();
        var error = Known(name, text) ?? (status is >= 400 and < 600 and var told ? new BridgeError(KindOf((int)told), (int)told, text) : new BridgeError(ErrorKind.UpstreamFailed, 502, text));
        // Its names are not the types of any dialect.
        return error with { Code = error.Code ?? (name.IsEmpty ? null : name.ToString()), RetryAfterSeconds = retryAfter };
    }

    /// <summary>Whether it is the end of a turn that somebody stopped.</summary>
    public static bool IsAbort(BridgeError error) => error.Code == "MessageAbortedError";

    /// <summary>The reason to stop that an error really is: the length, or a filter; null for true failures.</summary>
    public static StopReason? StopOf(BridgeError error) => error.Code switch
    {
        "MessageOutputLengthError" => StopReason.MaxTokens,
        "ContentFilterError" => StopReason.ContentFilter,
        _ => null,
    };

    static BridgeError? Known(JsonText name, string text)
    {
        if (name.Is("ProviderAuthError"u8)) return new(ErrorKind.Authentication, 401, text);
        if (name.Is("ContextOverflowError"u8)) return new(ErrorKind.InvalidRequest, 400, text) { Code = "context_length_exceeded" };
        // Its one error without a name of its own.
        if (text.StartsWith("Model not found", StringComparison.Ordinal)) return new(ErrorKind.ModelNotFound, 404, text) { Code = "model_not_found", Param = "model" };
        return null;
    }

    static int? RetryAfter(scoped ref Utf8JsonReader reader)
    {
        int? seconds = null;
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject) return null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (!reader.ValueTextEquals("retry-after"u8)) reader.SkipValue();
            else if (int.TryParse(reader.ReadText().ToString(), out var told) && told >= 0) seconds = told;
        }
        return seconds;
    }

    static ErrorKind KindOf(int status) => status == 404 ? ErrorKind.ModelNotFound : BridgeError.KindOf(status);
}
