using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Ollama;

/// <summary>Writes lines of <c>/api/chat</c>. A call is written whole, since its arguments are an object here.</summary>
class OllamaStreamWriter(PooledBuffer output, ResponseContext context) : ClientWriter
{
    readonly PooledBuffer _arguments = new();
    readonly PooledBuffer _logprobs = new();
    byte[] _prefix = [];
    JsonString _callId;
    JsonString _callName;
    TokenUsage? _usage;
    TimeSpan _first;
    bool _someLine;
    bool _someText;

    /// <summary>What comes between a line's head and its text.</summary>
    protected virtual ReadOnlySpan<byte> Opening => ",\"message\":{\"role\":\"assistant\""u8;

    /// <summary>The field that holds the text, with the comma before it.</summary>
    protected virtual ReadOnlySpan<byte> TextField => ",\"content\":"u8;

    /// <summary>What closes <see cref="Opening"/>.</summary>
    protected virtual ReadOnlySpan<byte> Closing => "}"u8;

    // There are no comments in this format; a line without content means nothing.
    public override void Ping()
    {
        if (_prefix.Length == 0) Start(default);
        BeginLine(default);
        EndLine();
    }

    public override void Start(in ResponseStart start)
    {
        _usage = start.Usage;
        using var prefix = new PooledBuffer();
        OllamaResponseWriter.WriteHead(start.Model, context, prefix);
        prefix.Write(Opening);
        prefix.Write(TextField);
        prefix.Write((byte)'"');
        _prefix = prefix.Written.ToArray();
    }

    public override void Text(JsonText text)
    {
        if (text.IsEmpty) return;
        _someText = true;
        NoteFirst();
        BeginLine(text);
        EndLine();
    }

    // They stand beside the text that comes next.
    public override void Logprobs(ReadOnlySpan<byte> tokens)
    {
        _logprobs.Clear();
        _logprobs.Write(tokens);
        _logprobs.JoinLines(0);
    }

    public override void Reasoning(JsonText text)
    {
        if (text.IsEmpty) return;
        NoteFirst();
        BeginLine(default);
        output.Write(",\"thinking\":"u8);
        output.WriteString(text);
        EndLine();
    }

    // The dialect has no place for either.
    public override void ReasoningSignature(JsonText signature) { }

    public override void RedactedReasoning(JsonText data) { }

    public override void Refusal(JsonText text) => Text(text);

    // The dialect has no place for sources.
    public override void Citation(in Citation citation) { }

    public override void Media(JsonText mediaType, JsonText data)
    {
        NoteFirst();
        BeginLine(default);
        output.Write(",\"images\":["u8);
        output.WriteString(data);
        output.Write((byte)']');
        EndLine();
    }

    public override void ToolCallStart(int index, JsonText id, JsonText name)
    {
        _callId = id.Keep();
        _callName = name.Keep();
        _arguments.Clear();
    }

    public override void ToolCallArguments(int index, JsonText fragment) => fragment.WriteEscaped(_arguments);

    public override void ToolCallEnd(int index)
    {
        NoteFirst();
        BeginLine(default);
        output.Write(",\"tool_calls\":["u8);
        OllamaResponseWriter.WriteCall(index, _callId.Text, _callName.Text, JsonText.Escaped(_arguments.Written), output);
        output.Write((byte)']');
        EndLine();
        _arguments.Dispose();
    }

    public override void Usage(in TokenUsage usage) => _usage = usage;

    public override void Finish(StopReason reason, JsonText stopSequence)
    {
        if (reason == StopReason.ContentFilter && !_someText) Text(JsonText.Plain(OllamaResponseWriter.Blocked));
        BeginLine(default);
        output.Write(Closing);
        OllamaResponseWriter.WriteEnd(reason, _usage, context, _first, output);
        output.Write((byte)'\n');
    }

    public override void Error(BridgeError error)
    {
        OllamaErrors.Write(error, output);
        output.Write((byte)'\n');
    }

    void NoteFirst()
    {
        if (_someLine) return;
        _someLine = true;
        _first = context.Elapsed?.Invoke() ?? default;
    }

    void BeginLine(JsonText text)
    {
        output.Write(_prefix);
        text.WriteEscaped(output);
        output.Write((byte)'"');
    }

    void EndLine()
    {
        output.Write(Closing);
        OllamaResponseWriter.WriteLogprobs(_logprobs, output);
        output.Write(",\"done\":false}\n"u8);
        _logprobs.Dispose();
    }
}
