using AcpToApi.Json.Framing;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Acp;

/// <summary>Writes an answer as an agent says it: <c>session/update</c> notifications, one line each, and at the end the reply to the prompt.</summary>
public sealed class AcpUpdateWriter(string sessionId, byte[] promptId, PooledBuffer output) : IEventSink, IDisposable
{
    readonly PooledBuffer _said = new();
    readonly PooledBuffer _arguments = new();
    TokenUsage? _usage;
    string _callId = "";
    string _callName = "";

    /// <summary>The text so far, decoded.</summary>
    public ReadOnlySpan<byte> Said => _said.Written;

    /// <summary>Whether the answer is complete.</summary>
    public bool IsFinished { get; private set; }

    /// <summary>How it failed; null when it has not.</summary>
    public BridgeError? Failure { get; private set; }

    /// <inheritdoc/>
    public void Start(in ResponseStart start) => _usage = start.Usage;

    /// <inheritdoc/>
    public void Text(JsonText text)
    {
        text.WriteDecoded(_said);
        Chunk("agent_message_chunk"u8, text);
    }

    /// <inheritdoc/>
    public void Refusal(JsonText text) => Text(text);

    /// <inheritdoc/>
    public void Reasoning(JsonText text) => Chunk("agent_thought_chunk"u8, text);

    /// <inheritdoc/>
    public void Media(JsonText mediaType, JsonText data)
    {
        Begin("agent_message_chunk"u8);
        output.Write(",\"content\":{\"type\":\"image\",\"mimeType\":"u8);
        output.WriteString(mediaType);
        output.Write(",\"data\":"u8);
        output.WriteString(data);
        output.Write("}}}}\n"u8);
    }

    /// <inheritdoc/>
    public void ToolCallStart(int index, JsonText id, JsonText name)
    {
        (_callId, _callName) = (id.ToString(), name.ToString());
        _arguments.Clear();
    }

    /// <inheritdoc/>
    public void ToolCallArguments(int index, JsonText fragment) => fragment.WriteDecoded(_arguments);

    /// <inheritdoc/>
    public void ToolCallEnd(int index)
    {
        // A tool that the agent behind us runs by itself; its result comes as text.
        Begin("tool_call"u8);
        output.Write(",\"toolCallId\":"u8);
        output.WriteString(_callId);
        output.Write(",\"title\":"u8);
        output.WriteString(_callName);
        output.Write(",\"kind\":\"other\",\"status\":\"completed\",\"rawInput\":"u8);
        var start = output.Length;
        ArgumentsObject.Write(JsonText.Plain(_arguments.Written), output);
        output.JoinLines(start);
        output.Write("}}}\n"u8);
    }

    /// <inheritdoc/>
    public void Usage(in TokenUsage usage) => _usage = usage;

    /// <inheritdoc/>
    public void Finish(StopReason reason, JsonText stopSequence)
    {
        IsFinished = true;
        End(reason switch
        {
            StopReason.MaxTokens or StopReason.ContextWindow => "max_tokens"u8,
            StopReason.ContentFilter => "refusal"u8,
            _ => "end_turn"u8,
        });
    }

    /// <summary>Says that the turn was given up, as its client wanted.</summary>
    public void Cancel()
    {
        if (!IsFinished && Failure is null) End("cancelled"u8);
    }

    /// <inheritdoc/>
    public void Error(BridgeError error)
    {
        Failure = error;
        WriteError(promptId, error, output);
    }

    /// <summary>Appends the reply that tells of a failure.</summary>
    public static void WriteError(ReadOnlySpan<byte> id, BridgeError error, PooledBuffer output)
    {
        JsonRpcMessage.BeginReply(id, output);
        output.Write("\"error\":{\"code\":"u8);
        output.Write(error.Status switch
        {
            401 => JsonRpcMessage.AuthRequired,
            404 => JsonRpcMessage.ResourceNotFound,
            400 or 413 or 415 or 422 => JsonRpcMessage.InvalidParams,
            _ => JsonRpcMessage.InternalError,
        });
        output.Write(",\"message\":"u8);
        output.WriteString(error.Message);
        output.Write(",\"data\":{\"status\":"u8);
        output.Write(error.Status);
        output.Write("}}}\n"u8);
    }

    /// <inheritdoc/>
    public void Logprobs(ReadOnlySpan<byte> tokens) { }

    /// <inheritdoc/>
    public void ReasoningSignature(JsonText signature) { }

    /// <inheritdoc/>
    public void RedactedReasoning(JsonText data) { }

    /// <inheritdoc/>
    public void Citation(in Citation citation) { }

    /// <inheritdoc/>
    public void Extra(ExtraScope scope, ReadOnlySpan<byte> name, ReadOnlySpan<byte> json) { }

    /// <inheritdoc/>
    public void Dispose()
    {
        _said.Dispose();
        _arguments.Dispose();
    }

    void Chunk(ReadOnlySpan<byte> kind, JsonText text)
    {
        Begin(kind);
        output.Write(",\"content\":{\"type\":\"text\",\"text\":"u8);
        output.WriteString(text);
        output.Write("}}}}\n"u8);
    }

    void Begin(ReadOnlySpan<byte> kind)
    {
        JsonRpcMessage.BeginNotification("session/update"u8, output);
        output.Write("{\"sessionId\":"u8);
        output.WriteString(sessionId);
        output.Write(",\"update\":{\"sessionUpdate\":\""u8);
        output.Write(kind);
        output.Write((byte)'"');
    }

    void End(ReadOnlySpan<byte> reason)
    {
        JsonRpcMessage.BeginReply(promptId, output);
        output.Write("\"result\":{\"stopReason\":\""u8);
        output.Write(reason);
        output.Write((byte)'"');
        if (_usage is { } usage)
        {
            output.Write(",\"usage\":{\"inputTokens\":"u8);
            output.Write(usage.Input - usage.CacheRead - usage.CacheWrite);
            output.Write(",\"outputTokens\":"u8);
            output.Write(usage.Output);
            output.Write(",\"cachedReadTokens\":"u8);
            output.Write(usage.CacheRead);
            output.Write(",\"cachedWriteTokens\":"u8);
            output.Write(usage.CacheWrite);
            output.Write(",\"totalTokens\":"u8);
            output.Write(usage.Input + usage.Output);
            output.Write((byte)'}');
        }
        output.Write("}}\n"u8);
    }
}
