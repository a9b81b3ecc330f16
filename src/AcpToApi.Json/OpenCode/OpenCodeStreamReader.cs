using System.Text.Json;
using AcpToApi.Json.Mcp;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.OpenCode;

/// <summary>
/// Reads one turn of a session: the events that belong to it, and as the whole answer the reply to the prompt, which says how the turn ended and
/// repeats the last message. Pieces of parts carry no type, so parts are remembered; a part's text may come in pieces, at once, or both.
/// </summary>
/// <param name="isStructured">Whether an answer with a schema was asked for, which is told at the end in place of all text.</param>
/// <param name="toolServer">The name under which the agent was given the client's tools; their calls are told by whoever takes them.</param>
public sealed class OpenCodeStreamReader(bool isStructured = false, string? toolServer = null) : UpstreamReader
{
    // As often as the Claude CLI may: some 15 seconds.
    const int MostRetries = 3;

    readonly List<OpenCodeMessage> _messages = [];
    readonly List<OpenCodePart> _parts = [];
    readonly List<AnnouncedCall> _clientCalls = [];
    readonly OpenCodeSaid _text = new();
    readonly OpenCodeSaid _reasoning = new();
    readonly PooledBuffer _held = new();
    BridgeError? _failure;
    TokenUsage _usage;
    bool _started;

    /// <summary>What the agent said of a failure that its reply may not tell the reason of.</summary>
    public BridgeError? Failure => _failure;

    /// <summary>The calls of the client's tools that the agent has begun and not seen the end of.</summary>
    public IReadOnlyList<AnnouncedCall> ClientCalls => _clientCalls;

    /// <summary>The turn goes on in another answer to the client.</summary>
    public void Continue() => _started = false;

    /// <summary>Begins the answer, if it has not.</summary>
    public void Begin(IEventSink sink) => Start(sink);

    /// <summary>Whether everything of the message that a reply repeats was heard.</summary>
    public bool HasHeard(ReadOnlySpan<byte> reply)
    {
        try
        {
            return ReadReply(reply) is { Id.IsEmpty: false } read && MessageOf(read.Id) is { IsOver: true };
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    protected override void ReadEvent(ReadOnlySpan<byte> eventName, ReadOnlySpan<byte> data, IEventSink sink)
    {
        var read = OpenCodeEvent.Read(data);
        if (read.Type.IsEmpty) return;
        var properties = read.Properties;
        if (read.Type.Is("message.part.delta"u8)) ReadDelta(ref properties, sink);
        else if (read.Type.Is("message.part.updated"u8)) ReadPartEvent(ref properties, data, sink);
        else if (read.Type.Is("message.updated"u8)) ReadMessageEvent(ref properties);
        else if (read.Type.Is("session.status"u8)) ReadStatus(ref properties, sink);
        else if (read.Type.Is("session.error"u8)) ReadError(ref properties);
    }

    /// <inheritdoc/>
    protected override void EndOfStream(IEventSink sink) =>
        Fail(sink, _failure ?? BridgeError.UpstreamProtocol("The agent's server went away before the answer was complete."));

    /// <inheritdoc/>
    protected override void ReadWhole(ReadOnlySpan<byte> body, IEventSink sink)
    {
        var reply = ReadReply(body);
        if (reply.Id.IsEmpty) throw new JsonException();
        if (MessageOf(reply.Id) is null) _messages.Add(new OpenCodeMessage(reply.Id.Bytes.ToArray(), isAnswer: true));
        // What came by no event: the events were not heard for a while.
        var parts = reply.Parts;
        while (parts.TokenType != JsonTokenType.None && parts.Read() && parts.TokenType == JsonTokenType.StartObject) ReadPart(ref parts, body, sink);
        if (reply.Error is { } error && OpenCodeErrors.StopOf(error) is null)
        {
            Say(_held, sink);
            Fail(sink, error);
            return;
        }
        if (!reply.Structured.IsEmpty) _held.Clear();
        Say(_held, sink);
        if (!reply.Structured.IsEmpty) SayText(JsonText.Plain(reply.Structured), sink);
        Start(sink);
        sink.Usage(_usage is { Input: 0, Output: 0 } ? reply.Usage : _usage);
        Complete(sink, reply.Error is { } stop ? OpenCodeErrors.StopOf(stop)!.Value : ReasonOf(reply.Finish));
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _text.Dispose();
        _reasoning.Dispose();
        _held.Dispose();
        base.Dispose(disposing);
    }

    // "tool-calls": its own tools, and then the turn was ended (a refused permission).
    static StopReason ReasonOf(JsonText finish) =>
        finish.Is("length"u8) ? StopReason.MaxTokens : finish.Is("content-filter"u8) ? StopReason.ContentFilter : StopReason.EndTurn;

    void ReadDelta(scoped ref Utf8JsonReader reader, IEventSink sink)
    {
        JsonText id = default, field = default, delta = default;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("partID"u8)) id = reader.ReadText();
            else if (reader.ValueTextEquals("field"u8)) field = reader.ReadText();
            else if (reader.ValueTextEquals("delta"u8)) delta = reader.ReadText();
            else reader.SkipValue();
        }
        if (delta.IsEmpty || !field.Is("text"u8) || PartOf(id) is not { } part) return;
        part.Length += Say(part.Kind, delta, sink);
    }

    void ReadPartEvent(scoped ref Utf8JsonReader reader, ReadOnlySpan<byte> data, IEventSink sink)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (!reader.ValueTextEquals("part"u8))
            {
                reader.SkipValue();
                continue;
            }
            reader.Read();
            if (reader.TokenType == JsonTokenType.StartObject) ReadPart(ref reader, data, sink);
        }
    }

    void ReadPart(scoped ref Utf8JsonReader reader, ReadOnlySpan<byte> data, IEventSink sink)
    {
        JsonText id = default, message = default, type = default, text = default, tool = default, call = default;
        Utf8JsonReader state = default;
        TokenUsage? usage = null;
        var isNote = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("id"u8)) id = reader.ReadText();
            else if (reader.ValueTextEquals("messageID"u8)) message = reader.ReadText();
            else if (reader.ValueTextEquals("type"u8)) type = reader.ReadText();
            else if (reader.ValueTextEquals("text"u8)) text = reader.ReadText();
            else if (reader.ValueTextEquals("tool"u8)) tool = reader.ReadText();
            else if (reader.ValueTextEquals("callID"u8)) call = reader.ReadText();
            else if (reader.ValueTextEquals("state"u8)) state = reader.Mark();
            else if (reader.ValueTextEquals("ignored"u8) || reader.ValueTextEquals("synthetic"u8)) isNote |= reader.Mark().TokenType == JsonTokenType.True;
            else if (reader.ValueTextEquals("tokens"u8)) usage = OpenCodeUsage.Read(ref reader);
            else reader.SkipValue();
        }
        // Notes are the server's own words, for its own screen.
        if (isNote || MessageOf(message) is not { IsAnswer: true }) return;
        var isNew = PartOf(id) is null;
        var part = PartOf(id) ?? Add(id, type);
        if (type.Is("step-start"u8) && isNew) BeginStep();
        else if (type.Is("step-finish"u8)) EndStep(part, usage);
        else if (part.Kind == OpenCodeKind.Tool) ReadTool(part, tool, call, ref state, data, sink);
        else if (part.Kind != OpenCodeKind.Other) SayRest(part, text, sink);
    }

    OpenCodePart Add(JsonText id, JsonText type)
    {
        var kind = type.Is("text"u8) ? OpenCodeKind.Text : type.Is("reasoning"u8) ? OpenCodeKind.Reasoning : type.Is("tool"u8) ? OpenCodeKind.Tool : OpenCodeKind.Other;
        var part = new OpenCodePart(id.Bytes.ToArray(), kind);
        _parts.Add(part);
        return part;
    }

    void BeginStep()
    {
        _text.Begin();
        _reasoning.Begin();
    }

    void EndStep(OpenCodePart part, TokenUsage? usage)
    {
        if (part.IsOver) return;
        part.IsOver = true;
        _text.End();
        _reasoning.End();
        if (usage is { } counts) _usage += counts;
    }

    // The text of a whole part: what of it came in no piece is said now.
    void SayRest(OpenCodePart part, JsonText text, IEventSink sink)
    {
        if (text.Bytes.Length <= part.Length) return;
        using var whole = new PooledBuffer();
        text.WriteDecoded(whole);
        if (whole.Length <= part.Length) return;
        part.Length += Say(part.Kind, JsonText.Plain(whole.Written[part.Length..]), sink);
    }

    int Say(OpenCodeKind kind, JsonText text, IEventSink sink)
    {
        var length = 0;
        if (kind == OpenCodeKind.Text)
        {
            var said = _text.Add(text, out length);
            if (isStructured) said.WriteDecoded(_held);
            else SayText(said, sink);
        }
        else if (kind == OpenCodeKind.Reasoning)
        {
            var said = _reasoning.Add(text, out length);
            if (said.IsEmpty) return length;
            Start(sink);
            sink.Reasoning(said);
        }
        return length;
    }

    void Say(PooledBuffer held, IEventSink sink) => SayText(JsonText.Plain(held.Written), sink);

    void SayText(JsonText text, IEventSink sink)
    {
        if (text.IsEmpty) return;
        Start(sink);
        sink.Text(text);
    }

    // Arguments are whole when it runs; calls that never run (bad arguments) are whole when they fail.
    void ReadTool(OpenCodePart part, JsonText tool, JsonText call, scoped ref Utf8JsonReader state, ReadOnlySpan<byte> data, IEventSink sink)
    {
        if (part.IsOver || state.TokenType != JsonTokenType.StartObject || sink is not IAgentSink agent) return;
        if (isStructured && tool.Is("StructuredOutput"u8)) return;
        var offered = OpenCodeTools.NameIn(toolServer, tool.Bytes);
        JsonText status = default, result = default, error = default;
        ReadOnlySpan<byte> input = default;
        while (state.Read() && state.TokenType == JsonTokenType.PropertyName)
        {
            if (state.ValueTextEquals("status"u8)) status = state.ReadText();
            else if (state.ValueTextEquals("input"u8)) input = state.ReadRawObject(data);
            else if (state.ValueTextEquals("output"u8)) result = state.ReadText();
            else if (state.ValueTextEquals("error"u8)) error = state.ReadText();
            else state.SkipValue();
        }
        var failed = status.Is("error"u8);
        var isOver = failed || status.Is("completed"u8);
        if (offered is not null)
        {
            if (part.Client is null) _clientCalls.Add(part.Client = new AnnouncedCall(offered));
            if (!input.IsEmpty) part.Client.Arguments = input.ToArray();
            if (isOver) _clientCalls.Remove(part.Client);
            part.IsOver = isOver;
            return;
        }
        if (!isOver && !status.Is("running"u8)) return;
        if (!part.IsCalled)
        {
            part.IsCalled = true;
            Start(sink);
            agent.OwnToolStart(call, tool);
            if (!input.IsEmpty) agent.OwnToolArguments(JsonText.Plain(input));
            agent.OwnToolEnd();
        }
        if (!isOver) return;
        part.IsOver = true;
        agent.OwnToolResult(call, failed ? error : result, failed);
    }

    void ReadMessageEvent(scoped ref Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (!reader.ValueTextEquals("info"u8))
            {
                reader.SkipValue();
                continue;
            }
            reader.Read();
            if (reader.TokenType == JsonTokenType.StartObject) ReadMessage(ref reader);
        }
    }

    void ReadMessage(scoped ref Utf8JsonReader reader)
    {
        JsonText id = default, role = default;
        var (isSummary, isOver) = (false, false);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("id"u8)) id = reader.ReadText();
            else if (reader.ValueTextEquals("role"u8)) role = reader.ReadText();
            else if (reader.ValueTextEquals("summary"u8)) isSummary = reader.Mark().TokenType == JsonTokenType.True;
            else if (reader.ValueTextEquals("time"u8)) isOver = HasCompleted(reader.Mark());
            else reader.SkipValue();
        }
        if (id.IsEmpty) return;
        var message = MessageOf(id);
        if (message is null) _messages.Add(message = new OpenCodeMessage(id.Bytes.ToArray(), role.Is("assistant"u8) && !isSummary));
        message.IsOver |= isOver;
    }

    static bool HasCompleted(Utf8JsonReader time)
    {
        if (time.TokenType != JsonTokenType.StartObject) return false;
        while (time.Read() && time.TokenType == JsonTokenType.PropertyName)
        {
            if (time.ValueTextEquals("completed"u8)) return true;
            time.SkipValue();
        }
        return false;
    }

    void ReadStatus(scoped ref Utf8JsonReader reader, IEventSink sink)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (!reader.ValueTextEquals("status"u8))
            {
                reader.SkipValue();
                continue;
            }
            JsonText type = default, message = default;
            long? attempt = null;
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject) continue;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("type"u8)) type = reader.ReadText();
                else if (reader.ValueTextEquals("message"u8)) message = reader.ReadText();
                else if (reader.ValueTextEquals("attempt"u8)) attempt = reader.ReadCount();
                else reader.SkipValue();
            }
            if (!type.Is("retry"u8)) continue;
            _text.Repeat();
            _reasoning.Repeat();
            // It would go on for hours.
            if (attempt > MostRetries) Fail(sink, new BridgeError(ErrorKind.Overloaded, 503, $"The agent's provider failed {attempt} times; the last time it said: {message.ToString()}"));
        }
    }

    void ReadError(scoped ref Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (!reader.ValueTextEquals("error"u8))
            {
                reader.SkipValue();
                continue;
            }
            reader.Read();
            if (reader.TokenType == JsonTokenType.StartObject) _failure = OpenCodeErrors.Of(ref reader);
        }
    }

    static OpenCodeReply ReadReply(ReadOnlySpan<byte> body)
    {
        var reply = default(OpenCodeReply);
        var reader = new Utf8JsonReader(body, BodyReader.Options);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject) throw new JsonException();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("info"u8)) reply.ReadInfo(ref reader, body);
            else if (reader.ValueTextEquals("parts"u8)) reply.Parts = reader.Mark();
            else reader.SkipValue();
        }
        if (reply.Parts.TokenType != JsonTokenType.StartArray) reply.Parts = default;
        return reply;
    }

    void Start(IEventSink sink)
    {
        if (_started) return;
        _started = true;
        sink.Start(default);
    }

    OpenCodeMessage? MessageOf(JsonText id)
    {
        for (var i = _messages.Count - 1; i >= 0; i--)
        {
            if (id.Bytes.SequenceEqual(_messages[i].Id)) return _messages[i];
        }
        return null;
    }

    OpenCodePart? PartOf(JsonText id)
    {
        for (var i = _parts.Count - 1; i >= 0; i--)
        {
            if (id.Bytes.SequenceEqual(_parts[i].Id)) return _parts[i];
        }
        return null;
    }
}
