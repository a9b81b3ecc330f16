using System.Globalization;
using System.Text;
using System.Text.Json;
using AcpToApi.Json.Framing;
using AcpToApi.Json.Model;

namespace AcpToApi.Json.Acp;

/// <summary>What an agent's JSON-RPC errors mean. Most say only "internal error" by their code, and what happened in their data or text.</summary>
public static class AcpErrors
{
    const string Prefix = "Internal error";
    const string ApiError = "API Error: ";

    /// <summary>Whether the agent wants a login first.</summary>
    public static bool WantsLogin(ReadOnlySpan<byte> error) => Parse(error).Code == JsonRpcMessage.AuthRequired;

    /// <summary>Whether the agent does not know the session (any more).</summary>
    public static bool IsUnknownSession(ReadOnlySpan<byte> error) => Parse(error) is var read && (read.Code == JsonRpcMessage.ResourceNotFound || read.Message.Contains("ession not found", StringComparison.OrdinalIgnoreCase));

    /// <summary>Whether the answer only became too long, which is no failure.</summary>
    public static bool IsTooLong(ReadOnlySpan<byte> error) => Parse(error).Kind is "max_output_tokens" or "MessageOutputLengthError";

    /// <summary>
    /// Whether the error may be that there is no such model: it names it. gemini-cli takes any name, and says 500 when its provider then says 404.
    /// </summary>
    public static bool IsOfModel(ReadOnlySpan<byte> error, string model) => Parse(error) is { Status: 404 or 500 } read && read.Message.Contains(model, StringComparison.Ordinal);

    /// <summary>The error as the caller may see it.</summary>
    public static BridgeError Read(ReadOnlySpan<byte> error)
    {
        var read = Parse(error);
        var status = StatusOf(read);
        return new BridgeError(status == 502 ? ErrorKind.UpstreamFailed : BridgeError.KindOf(status), status, read.Message) { Code = read.Kind };
    }

    static int StatusOf(in Error read)
    {
        if (read.Status is >= 400 and < 600) return read.Status;
        return read.Kind switch
        {
            "authentication_failed" or "ProviderAuthError" => 401,
            "billing_error" => 402,
            "rate_limit" => 429,
            "invalid_request" or "ContextOverflowError" => 400,
            "overloaded" => 503,
            _ => read.Code == JsonRpcMessage.AuthRequired ? 401 : 502,
        };
    }

    static Error Parse(ReadOnlySpan<byte> error)
    {
        var read = new Error { Message = "" };
        try
        {
            using var document = JsonDocument.Parse(error.ToArray());
            var root = document.RootElement;
            read.Code = root.Number("code");
            read.Message = root.Text("message") ?? "";
            if (root.Member("data") is { } data)
            {
                read.Kind = data.Text("errorKind") ?? data.Text("errorName");
                read.Details = data.ValueKind == JsonValueKind.String ? data.GetString() : data.Text("details") ?? data.Text("message");
            }
            // A status of HTTP, where codes of JSON-RPC are negative.
            read.Status = read.Code;
            if (read.Message.StartsWith('{')) Unwrap(ref read);
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException)
        {
            // The agent's error is no JSON: there is nothing more to know.
        }
        Clean(ref read);
        return read;
    }

    // gemini-cli: the text is the provider's whole error body.
    static void Unwrap(ref Error read)
    {
        using var body = JsonDocument.Parse(Encoding.UTF8.GetBytes(read.Message));
        if (body.RootElement.Member("error") is not { } inner || inner.Text("message") is not { } message) return;
        read.Message = message;
        if (inner.Number("code") is >= 400 and < 600 and var status) read.Status = status;
        if (message.StartsWith('{') && message.Contains("\"error\"", StringComparison.Ordinal)) Unwrap(ref read);
    }

    static void Clean(ref Error read)
    {
        if (read.Message.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase)) read.Message = read.Message[Prefix.Length..].TrimStart(':', ' ');
        if (read.Message.Length == 0) read.Message = read.Details ?? "The agent reported an error and gave no reason.";
        // Claude Code: the status stands in the text.
        if (read.Message.StartsWith(ApiError, StringComparison.Ordinal) && read.Message.Length >= ApiError.Length + 3
            && int.TryParse(read.Message.AsSpan(ApiError.Length, 3), NumberStyles.None, CultureInfo.InvariantCulture, out var status))
        {
            read.Status = status;
        }
    }

    struct Error
    {
        public int Code;
        public int Status;
        public string Message;
        public string? Kind;
        public string? Details;
    }
}
