using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.AnthropicMessages;

/// <summary>Errors: <c>{"type":"error","error":{"type","message"},"request_id"}</c>, as a body and as the last event of a stream.</summary>
static class AnthropicMessagesErrors
{
    const string UnnamedFailure = "api_error";
    const string GenericRefusal = "invalid_request_error";

    /// <summary>The types that Anthropic's specification knows, and the status that goes with each.</summary>
    static readonly (string Type, int Status)[] Types =
    [
        (GenericRefusal, 400),
        ("authentication_error", 401),
        ("billing_error", 402),
        ("permission_error", 403),
        ("not_found_error", 404),
        ("request_too_large", 413),
        ("rate_limit_error", 429),
        (UnnamedFailure, 500),
        ("timeout_error", 504),
        ("overloaded_error", 529),
    ];

    /// <summary>Writes the object, as body or as data of an <c>error</c> event.</summary>
    public static void Write(BridgeError error, PooledBuffer output)
    {
        output.Write("{\"type\":\"error\",\"error\":{\"type\":\""u8);
        JsonString.Of(TypeFor(error)).Text.WriteEscaped(output);
        output.Write("\",\"message\":\""u8);
        JsonString.Of(error.Message).Text.WriteEscaped(output);
        output.Write("\"}}"u8);
    }

    /// <summary>Reads the error body of a response that is not 200.</summary>
    public static BridgeError Read(int status, ReadOnlySpan<byte> body)
    {
        var (type, message) = Parse(body);
        if (string.IsNullOrWhiteSpace(message)) message = $"The provider answered with status {status} and no usable error body.";
        return new BridgeError(BridgeError.KindOf(status), status, message) { Type = type };
    }

    /// <summary>Reads an error that came with status 200: its type tells the status.</summary>
    public static BridgeError ReadInStream(ReadOnlySpan<byte> data)
    {
        var (type, message) = Parse(data);
        var status = StatusOf(type) ?? 502;
        if (string.IsNullOrWhiteSpace(message)) message = "The provider reported an error in its answer without saying what it is.";
        return new BridgeError(status == 502 ? ErrorKind.UpstreamFailed : BridgeError.KindOf(status), status, message) { Type = type };
    }

    // The upstream's own type is kept where this dialect knows it; others would break clients that switch on it. OpenAI says
    // invalid_request_error with 401 and 404 too, where this dialect has types of their own.
    static string TypeFor(BridgeError error) => error.Type is { } type && StatusOf(type) is not null && (type != GenericRefusal || error.Status == 400) ? type : error.Kind switch
    {
        ErrorKind.InvalidRequest => GenericRefusal,
        ErrorKind.Authentication => "authentication_error",
        ErrorKind.PermissionDenied => error.Status == 402 ? "billing_error" : "permission_error",
        ErrorKind.NotFound or ErrorKind.ModelNotFound => "not_found_error",
        ErrorKind.TooLarge => "request_too_large",
        ErrorKind.RateLimited => "rate_limit_error",
        ErrorKind.Overloaded => "overloaded_error",
        ErrorKind.Timeout => "timeout_error",
        _ => UnnamedFailure,
    };

    static int? StatusOf(string? type)
    {
        foreach (var known in Types)
        {
            if (known.Type == type) return known.Status;
        }
        return null;
    }

    // Besides Anthropic's own shape: {"error":"text"}, {"message":"text"} (gateways). Anything else, HTML say, tells nothing fit to be quoted.
    static (string? Type, string? Message) Parse(ReadOnlySpan<byte> body)
    {
        try
        {
            var json = new Utf8JsonReader(body, BodyReader.Options);
            if (!json.Read() || json.TokenType != JsonTokenType.StartObject) return default;
            return ParseObject(ref json);
        }
        catch (JsonException)
        {
            return default;
        }
    }

    static (string? Type, string? Message) ParseObject(ref Utf8JsonReader json)
    {
        string? type = null, message = null;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("error"u8)) (type, message) = ParseError(ref json, message);
            else if (json.ValueTextEquals("message"u8)) message ??= Text(ref json);
            else json.SkipValue();
        }
        return (type, message);
    }

    static (string? Type, string? Message) ParseError(ref Utf8JsonReader json, string? outer)
    {
        json.Read();
        if (json.TokenType == JsonTokenType.String) return (null, JsonText.Of(ref json).ToString());
        if (json.TokenType != JsonTokenType.StartObject)
        {
            json.Skip();
            return (null, outer);
        }
        string? type = null, message = null;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("type"u8)) type = Text(ref json);
            else if (json.ValueTextEquals("message"u8)) message = Text(ref json);
            else json.SkipValue();
        }
        return (type, message ?? outer);
    }

    static string? Text(ref Utf8JsonReader json)
    {
        var text = json.ReadText();
        return text.IsEmpty ? null : text.ToString();
    }
}
