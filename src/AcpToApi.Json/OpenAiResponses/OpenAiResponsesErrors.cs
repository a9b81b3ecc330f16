using AcpToApi.Json.Model;
using AcpToApi.Json.OpenAiChat;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.OpenAiResponses;

/// <summary>Error bodies are those of chat completions; inside a stream or an answer an error has a code and a message only.</summary>
static class OpenAiResponsesErrors
{
    /// <summary>Appends the body.</summary>
    public static void Write(BridgeError error, PooledBuffer output) => OpenAiChatErrors.Write(error, output);

    /// <summary>Reads the body of a response that is not 200.</summary>
    public static BridgeError Read(int status, ReadOnlySpan<byte> body) => OpenAiChatErrors.Read(status, body);

    /// <summary>Reads an error that came with status 200: the <c>error</c> event, or the <c>error</c> of an answer that failed.</summary>
    public static BridgeError ReadInBand(ReadOnlySpan<byte> json) => OpenAiChatErrors.ReadInBand(json);

    /// <summary>Appends the <c>error</c> of an answer that failed.</summary>
    public static void WriteInAnswer(BridgeError error, PooledBuffer output)
    {
        output.Write("{\"code\":\""u8);
        output.Write(CodeOf(error));
        output.Write("\",\"message\":"u8);
        output.WriteString(error.Message);
        output.Write((byte)'}');
    }

    /// <summary>Appends the fields of the <c>error</c> event, each with a leading comma.</summary>
    public static void WriteEventFields(BridgeError error, PooledBuffer output)
    {
        output.Write(",\"code\":\""u8);
        output.Write(CodeOf(error));
        output.Write("\",\"message\":"u8);
        output.WriteString(error.Message);
        output.Write(",\"param\":"u8);
        output.WriteString(error.Param);
    }

    // The specification's list of codes is closed; the first two are not on it, but OpenAI sends them and Codex acts on them.
    static ReadOnlySpan<byte> CodeOf(BridgeError error) => (error.Code, error.Kind) switch
    {
        ("context_length_exceeded", _) => "context_length_exceeded"u8,
        ("insufficient_quota", _) => "insufficient_quota"u8,
        ("rate_limit_exceeded", _) or (_, ErrorKind.RateLimited) => "rate_limit_exceeded"u8,
        ("invalid_prompt", _) or (_, ErrorKind.InvalidRequest or ErrorKind.TooLarge) => "invalid_prompt"u8,
        _ => "server_error"u8,
    };
}
