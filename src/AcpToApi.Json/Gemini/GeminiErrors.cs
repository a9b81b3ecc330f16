using System.Globalization;
using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Gemini;

/// <summary>Between <see cref="BridgeError"/> and <c>{"error":{"code","message","status","details"}}</c> (google.rpc.Status).</summary>
static class GeminiErrors
{
    /// <summary>Appends the body.</summary>
    public static void Write(BridgeError error, PooledBuffer output)
    {
        output.Write("{\"error\":{\"code\":"u8);
        output.Write(error.Status);
        output.Write(",\"message\":"u8);
        output.WriteString(error.Message);
        output.Write(",\"status\":"u8);
        output.WriteString(error.Type is { } type && KindOf(type) is not null ? type : StatusOf(error.Kind));
        WriteDetails(error, output);
        output.Write("}}"u8);
    }

    /// <summary>Reads the body of a response that is not 200.</summary>
    public static BridgeError Read(int status, ReadOnlySpan<byte> body)
    {
        var found = Find(body);
        var message = string.IsNullOrWhiteSpace(found.Message) ? $"The provider answered with status {status} and no usable error body." : found.Message;
        if (status is < 400 or > 599) status = 502;
        return Build(KindOf(found, BridgeError.KindOf(status)), status, found, message);
    }

    /// <summary>Reads an error that came with status 200: its own status or code tells what it is.</summary>
    public static BridgeError ReadInBand(ReadOnlySpan<byte> json)
    {
        var found = Find(json);
        var message = string.IsNullOrWhiteSpace(found.Message) ? "The provider reported an error in its answer and gave no reason." : found.Message;
        var byName = KindOf(found.Status);
        var status = byName?.Http ?? (found.Code is >= 400 and <= 599 and not 499 ? found.Code.Value : 502);
        var kind = byName?.Kind ?? BridgeError.KindOf(status);
        // Who sends an error in a stream can be reached.
        if (kind == ErrorKind.UpstreamUnavailable) kind = ErrorKind.UpstreamFailed;
        return Build(KindOf(found, kind), status, found, message);
    }

    static BridgeError Build(ErrorKind kind, int status, in Found found, string message) =>
        new(kind, status, message) { Type = found.Status, Code = found.Reason, RetryAfterSeconds = found.RetryAfter };

    // A wrong key is told with status 400.
    static ErrorKind KindOf(in Found found, ErrorKind byStatus) => byStatus switch
    {
        ErrorKind.InvalidRequest when found.Reason == "API_KEY_INVALID" => ErrorKind.Authentication,
        ErrorKind.NotFound when found.Message?.Contains("models/", StringComparison.Ordinal) == true => ErrorKind.ModelNotFound,
        _ => byStatus,
    };

    static string StatusOf(ErrorKind kind) => kind switch
    {
        ErrorKind.InvalidRequest or ErrorKind.TooLarge => "INVALID_ARGUMENT",
        ErrorKind.Authentication => "UNAUTHENTICATED",
        ErrorKind.PermissionDenied => "PERMISSION_DENIED",
        ErrorKind.NotFound or ErrorKind.ModelNotFound => "NOT_FOUND",
        ErrorKind.RateLimited => "RESOURCE_EXHAUSTED",
        ErrorKind.Overloaded or ErrorKind.UpstreamUnavailable => "UNAVAILABLE",
        ErrorKind.Timeout => "DEADLINE_EXCEEDED",
        _ => "INTERNAL",
    };

    // google.rpc.Code, and the HTTP status that goes with each.
    static (ErrorKind Kind, int Http)? KindOf(string? status) => status switch
    {
        "INVALID_ARGUMENT" or "FAILED_PRECONDITION" or "OUT_OF_RANGE" => (ErrorKind.InvalidRequest, 400),
        "UNAUTHENTICATED" => (ErrorKind.Authentication, 401),
        "PERMISSION_DENIED" => (ErrorKind.PermissionDenied, 403),
        "NOT_FOUND" => (ErrorKind.NotFound, 404),
        "RESOURCE_EXHAUSTED" => (ErrorKind.RateLimited, 429),
        "UNAVAILABLE" => (ErrorKind.Overloaded, 503),
        "DEADLINE_EXCEEDED" => (ErrorKind.Timeout, 504),
        "INTERNAL" or "UNKNOWN" or "DATA_LOSS" or "UNIMPLEMENTED" => (ErrorKind.UpstreamFailed, 500),
        "CANCELLED" or "ABORTED" => (ErrorKind.UpstreamFailed, 502),
        _ => null,
    };

    static void WriteDetails(BridgeError error, PooledBuffer output)
    {
        if (error.RetryAfterSeconds is null && error.Param is null) return;
        output.Write(",\"details\":["u8);
        if (error.RetryAfterSeconds is { } seconds)
        {
            output.Write("{\"@type\":\"type.googleapis.com/google.rpc.RetryInfo\",\"retryDelay\":\""u8);
            output.Write(seconds);
            output.Write(error.Param is null ? "s\"}"u8 : "s\"},"u8);
        }
        if (error.Param is { } param)
        {
            output.Write("{\"@type\":\"type.googleapis.com/google.rpc.BadRequest\",\"fieldViolations\":[{\"field\":"u8);
            output.WriteString(param);
            output.Write(",\"description\":"u8);
            output.WriteString(error.Message);
            output.Write("}]}"u8);
        }
        output.Write((byte)']');
    }

    static Found Find(ReadOnlySpan<byte> json)
    {
        var found = default(Found);
        try
        {
            var reader = new Utf8JsonReader(json, BodyReader.Options);
            reader.Read();
            ReadValue(ref reader, ref found);
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException)
        {
            // HTML or plain text; what was found until then is as good as nothing.
        }
        return found;
    }

    // {"error":{…}}, {"error":"text"} (gateways), the status object itself, or an array around any of them (streams without alt=sse).
    static void ReadValue(ref Utf8JsonReader reader, ref Found found)
    {
        if (reader.TokenType == JsonTokenType.String) found.Message ??= JsonText.Of(ref reader).ToString();
        else if (reader.TokenType == JsonTokenType.StartArray)
        {
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray) ReadValue(ref reader, ref found);
        }
        else if (reader.TokenType == JsonTokenType.StartObject)
        {
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName) ReadField(ref reader, ref found);
        }
    }

    static void ReadField(ref Utf8JsonReader reader, ref Found found)
    {
        if (reader.ValueTextEquals("error"u8))
        {
            reader.Read();
            ReadValue(ref reader, ref found);
        }
        else if (reader.ValueTextEquals("message"u8)) found.Message ??= Text(ref reader);
        else if (reader.ValueTextEquals("status"u8)) found.Status ??= Text(ref reader);
        else if (reader.ValueTextEquals("code"u8)) found.Code = (int?)Math.Min(reader.ReadCount() ?? 0, int.MaxValue);
        else if (reader.ValueTextEquals("reason"u8)) found.Reason ??= Text(ref reader);
        else if (reader.ValueTextEquals("retryDelay"u8)) found.RetryAfter ??= Seconds(Text(ref reader));
        else if (reader.ValueTextEquals("details"u8))
        {
            // A detail's own message is not the error's.
            var message = found.Message;
            found.Message = "";
            reader.Read();
            ReadValue(ref reader, ref found);
            found.Message = message;
        }
        else reader.SkipValue();
    }

    // google.protobuf.Duration: "34.074824224s".
    static int? Seconds(string? duration) =>
        double.TryParse(duration?.TrimEnd('s'), NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) && seconds is >= 0 and < 1e9
            ? (int)Math.Ceiling(seconds)
            : null;

    static string? Text(ref Utf8JsonReader reader)
    {
        var text = reader.ReadText();
        return text.IsEmpty ? null : text.ToString();
    }

    struct Found
    {
        public string? Message;
        public string? Status;
        public string? Reason;
        public int? Code;
        public int? RetryAfter;
    }
}
