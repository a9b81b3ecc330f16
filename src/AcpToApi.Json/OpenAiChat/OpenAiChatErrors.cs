using System.Text;
using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.OpenAiChat;

/// <summary>Between <see cref="BridgeError"/> and <c>{"error":{"message","type","param","code"}}</c>.</summary>
static class OpenAiChatErrors
{
    /// <summary>Appends the body.</summary>
    public static void Write(BridgeError error, PooledBuffer output)
    {
        output.Write("{\"error\":{\"message\":"u8);
        output.WriteString(error.Message);
        output.Write(",\"type\":"u8);
        output.WriteString(error.Type ?? TypeOf(error.Kind));
        output.Write(",\"param\":"u8);
        output.WriteString(error.Param);
        output.Write(",\"code\":"u8);
        output.WriteString(error.Code ?? (error.Kind == ErrorKind.ModelNotFound ? "model_not_found" : null));
        output.Write("}}"u8);
    }

    /// <summary>Reads the body of a response that is not 200.</summary>
    public static BridgeError Read(int status, ReadOnlySpan<byte> body)
    {
        var found = Find(body);
        var message = string.IsNullOrWhiteSpace(found.Message) ? $"The provider answered with status {status} and no usable error body." : found.Message;
        return Build(status, found, message);
    }

    /// <summary>Reads an error that came with status 200: in a stream, or as a whole answer. Its own code may tell the status.</summary>
    public static BridgeError ReadInBand(ReadOnlySpan<byte> json)
    {
        var found = Find(json);
        var message = string.IsNullOrWhiteSpace(found.Message) ? "The provider reported an error in its answer and gave no reason." : found.Message;
        var error = Build(found.Status ?? StatusOf(found), found, message);
        // Who sends an error in a stream can be reached.
        return error.Kind == ErrorKind.UpstreamUnavailable ? error with { Kind = ErrorKind.UpstreamFailed } : error;
    }

    static BridgeError Build(int status, in Found found, string message)
    {
        if (status is < 400 or > 599) status = 502;
        var kind = BridgeError.KindOf(status);
        if (kind is (ErrorKind.NotFound or ErrorKind.InvalidRequest) && found.Code is "model_not_found" or "DeploymentNotFound") kind = ErrorKind.ModelNotFound;
        return new BridgeError(kind, status, message) { Code = found.Code, Type = found.Type, Param = found.Param };
    }

    static string TypeOf(ErrorKind kind) => kind switch
    {
        ErrorKind.InvalidRequest or ErrorKind.NotFound or ErrorKind.ModelNotFound or ErrorKind.TooLarge => "invalid_request_error",
        ErrorKind.Authentication => "authentication_error",
        ErrorKind.PermissionDenied => "permission_error",
        ErrorKind.RateLimited => "rate_limit_error",
        _ => "server_error",
    };

    static int StatusOf(in Found found) => (found.Type, found.Code) switch
    {
        ("invalid_request_error" or "BadRequestError", _) or (_, "invalid_prompt" or "context_length_exceeded") => 400,
        ("authentication_error", _) => 401,
        ("permission_error", _) => 403,
        ("rate_limit_error" or "rate_limit_exceeded", _) or (_, "rate_limit_exceeded" or "insufficient_quota") => 429,
        ("overloaded_error", _) => 529,
        _ => 502,
    };

    static Found Find(ReadOnlySpan<byte> json)
    {
        var found = default(Found);
        try
        {
            var reader = new Utf8JsonReader(json, BodyReader.Options);
            reader.Read();
            found = ReadValue(ref reader, found);
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException)
        {
            // HTML or plain text; what was found until then is as good as nothing.
        }
        return found;
    }

    // {"error":{…}}, {"error":"text"}, {"message":…}, {"detail":…} (FastAPI: also a list), an array around any of them, or a bare string.
    static Found ReadValue(ref Utf8JsonReader reader, Found found)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.String:
                return found with { Message = found.Message ?? JsonText.Of(ref reader).ToString() };
            case JsonTokenType.StartArray:
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray) found = ReadValue(ref reader, found);
                return found;
            case JsonTokenType.StartObject:
                var outer = found;
                while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName) found = ReadField(ref reader, found);
                // A validation error says what is wrong, and where beside it.
                if (found.Place is not { } place) return found;
                if (outer.Message is null && found.Message is { } said) found = found with { Message = $"{place}: {said}", Param = found.Param ?? place };
                return found with { Place = null };
            default:
                reader.Skip();
                return found;
        }
    }

    static Found ReadField(ref Utf8JsonReader reader, Found found)
    {
        if (reader.ValueTextEquals("error"u8) || reader.ValueTextEquals("errors"u8))
        {
            reader.Read();
            // What stands around the error object matters less than what is in it.
            return ReadValue(ref reader, found with { Message = null });
        }
        if (reader.ValueTextEquals("message"u8) || reader.ValueTextEquals("detail"u8) || reader.ValueTextEquals("msg"u8))
        {
            reader.Read();
            return ReadValue(ref reader, found);
        }
        if (reader.ValueTextEquals("type"u8))
        {
            // {"type":"error",…} says what the event is, not what went wrong.
            var type = ReadScalar(ref reader, out _);
            return found with { Type = type is null or "error" ? found.Type : type };
        }
        if (reader.ValueTextEquals("loc"u8)) return found with { Place = ReadPlace(ref reader) };
        if (reader.ValueTextEquals("param"u8)) return found with { Param = ReadScalar(ref reader, out _) ?? found.Param };
        if (reader.ValueTextEquals("code"u8))
        {
            var code = ReadScalar(ref reader, out var number);
            return found with { Code = code ?? found.Code, Status = number ?? found.Status };
        }
        if (reader.ValueTextEquals("status_code"u8) || reader.ValueTextEquals("status"u8))
        {
            ReadScalar(ref reader, out var number);
            return found with { Status = number ?? found.Status };
        }
        reader.SkipValue();
        return found;
    }

    // A string or a number as text; `status` when it is an HTTP status of a failure.
    static string? ReadScalar(ref Utf8JsonReader reader, out int? status)
    {
        status = null;
        reader.Read();
        if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.Number))
        {
            reader.Skip();
            return null;
        }
        var text = reader.TokenType == JsonTokenType.Number ? Encoding.UTF8.GetString(reader.ValueSpan) : JsonText.Of(ref reader).ToString();
        if (int.TryParse(text, out var number) && number is >= 400 and <= 599) status = number;
        return text.Length == 0 ? null : text;
    }

    // ["body","messages",0,"name"] is messages[0].name.
    static string? ReadPlace(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            reader.Skip();
            return null;
        }
        var place = new StringBuilder();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType == JsonTokenType.Number) place.Append('[').Append(Encoding.UTF8.GetString(reader.ValueSpan)).Append(']');
            else if (reader.TokenType == JsonTokenType.String && !reader.ValueTextEquals("body"u8)) place.Append(place.Length > 0 ? "." : "").Append(JsonText.Of(ref reader).ToString());
            else reader.Skip();
        }
        return place.Length > 0 ? place.ToString() : null;
    }

    /// <summary>What an error body says; <c>Place</c> is where in the request, while its object is read.</summary>
    readonly record struct Found(string? Message, string? Type, string? Param, string? Code, int? Status, string? Place);
}
