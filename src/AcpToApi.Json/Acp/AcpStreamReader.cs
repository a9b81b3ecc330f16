using System.Text.Json;
using AcpToApi.Json.Framing;
using AcpToApi.Json.Mcp;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Acp;

/// <summary>
/// Reads one turn: the notifications of its session, the permissions that it asks for, and the reply to its prompt. Messages of other kinds are passed over.
/// </summary>
public sealed class AcpStreamReader(McpToolServer? clients) : UpstreamReader
{
    readonly AcpToolCalls _calls = new(clients);
    readonly PooledBuffer _held = new();
    bool _started;
    long? _context;

    /// <summary>What a person does to log in, for an agent that wants it in the middle.</summary>
    public string? HowToLogIn { get; init; }

    /// <summary>The calls of the client's tools that the agent waits for now, as far as it announced them.</summary>
    public IReadOnlyList<AnnouncedCall> ClientCalls => _calls.OfClient;

    /// <summary>The turn goes on in another response: its calls of the client's tools have been answered.</summary>
    public void Continue() => _started = false;

    /// <summary>Says Start, unless it has been said.</summary>
    public void Begin(IEventSink sink)
    {
        if (_started) return;
        _started = true;
        sink.Start(new ResponseStart(default, default));
    }

    /// <inheritdoc/>
    protected override void ReadEvent(ReadOnlySpan<byte> eventName, ReadOnlySpan<byte> data, IEventSink sink)
    {
        var message = JsonRpcMessage.Read(data);
        if (message.IsReply) End(message, sink);
        else if (message.Method.Is("session/update"u8)) Take(AcpUpdate.Read(message, "update"u8), sink);
        else if (message.Method.Is("session/request_permission"u8))
        {
            var asked = AcpUpdate.Read(message, "toolCall"u8);
            _calls.Take(ref asked, null);
        }
    }

    /// <inheritdoc/>
    protected override void EndOfStream(IEventSink sink) => Fail(sink, BridgeError.UpstreamProtocol("The agent ended before its answer was complete."));

    /// <inheritdoc/>
    protected override void ReadWhole(ReadOnlySpan<byte> body, IEventSink sink)
    {
        using var lines = new LineReader();
        while (lines.TryRead(body, true, out var line, out var consumed))
        {
            if (line.HasData) Read(default, line.Data, sink);
            body = body[consumed..];
        }
        End(sink);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _held.Dispose();
        base.Dispose(disposing);
    }

    void Take(AcpUpdate update, IEventSink sink)
    {
        if (update.Kind.Is("agent_message_chunk"u8)) TakeContent(ref update.Content, isThought: false, sink);
        else if (update.Kind.Is("agent_thought_chunk"u8)) TakeContent(ref update.Content, isThought: true, sink);
        else if (update.Kind.Is("tool_call"u8) || update.Kind.Is("tool_call_update"u8))
        {
            Release(sink);
            Begin(sink);
            _calls.Take(ref update, sink as IAgentSink);
        }
        else if (update.Kind.Is("plan"u8)) TakePlan(ref update.Entries, sink);
        else if (update.Kind.Is("usage_update"u8)) _context = update.Used ?? _context;
        // The user's own text replayed, commands, modes, options and titles are nothing of the answer.
    }

    void TakeContent(ref Utf8JsonReader content, bool isThought, IEventSink sink)
    {
        if (content.TokenType != JsonTokenType.StartObject) return;
        JsonText type = default, text = default, data = default, mimeType = default, uri = default;
        while (content.Read() && content.TokenType == JsonTokenType.PropertyName)
        {
            if (content.ValueTextEquals("type"u8)) type = content.ReadText();
            else if (content.ValueTextEquals("text"u8)) text = content.ReadText();
            else if (content.ValueTextEquals("data"u8)) data = content.ReadText();
            else if (content.ValueTextEquals("mimeType"u8)) mimeType = content.ReadText();
            else if (content.ValueTextEquals("uri"u8)) uri = content.ReadText();
            else if (content.ValueTextEquals("resource"u8))
            {
                content.Read();
                if (content.TokenType != JsonTokenType.StartObject) continue;
                while (content.Read() && content.TokenType == JsonTokenType.PropertyName)
                {
                    if (content.ValueTextEquals("text"u8)) text = content.ReadText();
                    else if (content.ValueTextEquals("uri"u8)) uri = content.ReadText();
                    else content.SkipValue();
                }
            }
            else content.SkipValue();
        }
        if (!data.IsEmpty)
        {
            Release(sink);
            Begin(sink);
            sink.Media(mimeType, data);
            return;
        }
        if (text.IsEmpty) text = uri;
        if (text.IsEmpty) return;
        Release(sink);
        Begin(sink);
        if (isThought) sink.Reasoning(text);
        // claude-agent-acp says an error as the answer's text first; if the turn does not fail by it, it was text.
        else if (text.Bytes.StartsWith("API Error"u8)) text.WriteDecoded(_held);
        else sink.Text(text);
    }

    void Release(IEventSink sink)
    {
        if (_held.Length == 0) return;
        sink.Text(JsonText.Plain(_held.Written));
        _held.Clear();
    }

    void TakePlan(ref Utf8JsonReader entries, IEventSink sink)
    {
        if (entries.TokenType != JsonTokenType.StartArray) return;
        using var plan = new PooledBuffer();
        plan.Write("\nPlan:\n"u8);
        while (entries.Read() && entries.TokenType == JsonTokenType.StartObject)
        {
            JsonText content = default, status = default;
            while (entries.Read() && entries.TokenType == JsonTokenType.PropertyName)
            {
                if (entries.ValueTextEquals("content"u8)) content = entries.ReadText();
                else if (entries.ValueTextEquals("status"u8)) status = entries.ReadText();
                else entries.SkipValue();
            }
            plan.Write(status.Is("completed"u8) ? "- [x] "u8 : status.Is("in_progress"u8) ? "- [>] "u8 : "- [ ] "u8);
            content.WriteDecoded(plan);
            plan.Write((byte)'\n');
        }
        Release(sink);
        Begin(sink);
        sink.Reasoning(JsonText.Plain(plan.Written));
    }

    void End(in JsonRpcMessage reply, IEventSink sink)
    {
        if (!reply.Error.IsEmpty && !AcpErrors.IsTooLong(reply.Error))
        {
            var error = AcpErrors.Read(reply.Error);
            Fail(sink, HowToLogIn is not null && AcpErrors.WantsLogin(reply.Error) ? error with { Message = $"{error.Message} To log in, {HowToLogIn}, or hand it a key with --agent-env." } : error);
            return;
        }
        if (reply.Error.IsEmpty) Release(sink);
        Begin(sink);
        _calls.TellRest(sink as IAgentSink);
        var result = AcpTurnResult.Read(reply.Result);
        if (result.Usage is { } usage) sink.Usage(usage);
        else if (_context is { } used) sink.Usage(new TokenUsage(used, 0));
        if (!reply.Error.IsEmpty) Complete(sink, StopReason.MaxTokens);
        else if (result.StopReason.Is("cancelled"u8)) Fail(sink, new BridgeError(ErrorKind.UpstreamFailed, 502, "The agent gave its turn up."));
        else Complete(sink, ReasonOf(result.StopReason));
    }

    static StopReason ReasonOf(JsonText reason)
    {
        // Either way more was to come.
        if (reason.Is("max_tokens"u8) || reason.Is("max_turn_requests"u8)) return StopReason.MaxTokens;
        return reason.Is("refusal"u8) ? StopReason.ContentFilter : StopReason.EndTurn;
    }
}
