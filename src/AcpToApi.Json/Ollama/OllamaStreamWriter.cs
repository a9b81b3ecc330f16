using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Ollama;

/// <summary>Writes lines of <c>/api/chat</c>. A call is written whole, since its arguments are an object here.</summary>
sealed class OllamaStreamWriter(PooledBuffer output, ResponseContext context) : ClientWriter
{
    readonly PooledBuffer _arguments = new();
    byte[] _prefix = [];
    JsonString _callId;
    JsonString _callName;
    TokenUsage? _usage;

    static ReadOnlySpan<byte> LineEnd => "},\"done\":false}\n"u8;

    // There are no comments in this format; a line without content means nothing.
    public override void Ping()
    {
        if (_prefix.Length == 0) Start(default);
        Piece(",\"content\":\"\""u8);
    }

    public override void Start(in ResponseStart start)
    {
        _usage = start.Usage;
        using var prefix = new PooledBuffer();
        OllamaResponseWriter.WriteHead(start.Model, context, prefix);
        prefix.Write(",\"message\":{\"role\":\"assistant\""u8);
        _prefix = prefix.Written.ToArray();
    }

    public override void Text(JsonText text) => Piece(",\"content\":"u8, text);

    public override void Reasoning(JsonText text) => Piece(",\"content\":\"\",\"thinking\":"u8, text);

    // The dialect has no place for either.
    public override void ReasoningSignature(JsonText signature) { }

    public override void RedactedReasoning(JsonText data) { }

    public override void Refusal(JsonText text) => Text(text);

    // The dialect has no place for sources.
    public override void Citation(in Citation citation) { }

    public override void Media(JsonText mediaType, JsonText data)
    {
        output.Write(_prefix);
        output.Write(",\"content\":\"\",\"images\":["u8);
        output.WriteString(data);
        output.Write((byte)']');
        output.Write(LineEnd);
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
        output.Write(_prefix);
        output.Write(",\"content\":\"\",\"tool_calls\":["u8);
        OllamaResponseWriter.WriteCall(index, _callId.Text, _callName.Text, JsonText.Escaped(_arguments.Written), output);
        output.Write((byte)']');
        output.Write(LineEnd);
        _arguments.Dispose();
    }

    public override void Usage(in TokenUsage usage) => _usage = usage;

    public override void Finish(StopReason reason, JsonText stopSequence)
    {
        output.Write(_prefix);
        output.Write(",\"content\":\"\"}"u8);
        OllamaResponseWriter.WriteEnd(reason, _usage, output);
        output.Write((byte)'\n');
    }

    public override void Error(BridgeError error)
    {
        OllamaErrors.Write(error, output);
        output.Write((byte)'\n');
    }

    void Piece(ReadOnlySpan<byte> field, JsonText text)
    {
        if (text.IsEmpty) return;
        output.Write(_prefix);
        output.Write(field);
        output.WriteString(text);
        output.Write(LineEnd);
    }

    void Piece(ReadOnlySpan<byte> field)
    {
        output.Write(_prefix);
        output.Write(field);
        output.Write(LineEnd);
    }
}
