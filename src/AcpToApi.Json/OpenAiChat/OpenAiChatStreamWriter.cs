using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.OpenAiChat;

/// <summary>
/// Writes <c>chat.completion.chunk</c> frames. All begin with the same bytes (id, object, created, model), made once;
/// the role comes before anything else in a choice and once, as openai-node demands. Several choices come one after the other; the last one ends
/// the stream.
/// </summary>
sealed class OpenAiChatStreamWriter(PooledBuffer output, ResponseContext context) : ClientWriter
{
    byte[] _prefix = [];
    bool _saidRole;
    bool _saidArguments;
    CustomInput? _input;
    bool _isCustom;
    int _choice;
    TokenUsage? _usage;
    TokenUsage? _total;

    static ReadOnlySpan<byte> DoneFrame => "data: [DONE]\n\n"u8;

    static ReadOnlySpan<byte> PingFrame => ": ping\n\n"u8;

    public override void Ping() => output.Write(PingFrame);

    public override void Start(in ResponseStart start)
    {
        _usage = start.Usage;
        if (_prefix.Length > 0) return;
        using var prefix = new PooledBuffer();
        OpenAiChatResponseWriter.WriteHead("chat.completion.chunk"u8, start.Id, start.Model, context, prefix);
        _prefix = prefix.Written.ToArray();
    }

    public override void Text(JsonText text) => Piece("\"content\":"u8, text);

    public override void Logprobs(ReadOnlySpan<byte> tokens)
    {
        using var json = new PooledBuffer();
        OpenAiChatResponseWriter.WriteLogprobs(tokens, json);
        Extras.Set(ExtraScope.Choice, "logprobs"u8, json.Written);
    }

    public override void Reasoning(JsonText text) => Piece("\"reasoning_content\":"u8, text);

    // The dialect has no place for either.
    public override void ReasoningSignature(JsonText signature) { }

    public override void RedactedReasoning(JsonText data) { }

    public override void Refusal(JsonText text) => Piece("\"refusal\":"u8, text);

    public override void Citation(in Citation citation)
    {
        SayRole();
        BeginDelta();
        output.Write("\"annotations\":["u8);
        OpenAiChatAnnotation.Write(citation, output);
        output.Write((byte)']');
        EndDelta();
    }

    public override void Media(JsonText mediaType, JsonText data)
    {
        SayRole();
        BeginDelta();
        output.Write("\"images\":["u8);
        OpenAiChatImages.Write(mediaType, data, output);
        output.Write((byte)']');
        EndDelta();
    }

    public override void ToolCallStart(int index, JsonText id, JsonText name)
    {
        _saidArguments = false;
        BeginDelta();
        if (!_saidRole) output.Write("\"role\":\"assistant\",\"content\":null,"u8);
        _saidRole = true;
        output.Write("\"tool_calls\":[{\"index\":"u8);
        output.Write(index);
        output.Write(",\"id\":"u8);
        OpenAiChatResponseWriter.WriteCallId(index, id, context, output);
        _isCustom = CustomTools.Has(context.Request, name);
        if (_isCustom) (_input ??= new CustomInput()).Reset();
        output.Write(_isCustom ? ",\"type\":\"custom\",\"custom\":{\"name\":"u8 : ",\"type\":\"function\",\"function\":{\"name\":"u8);
        output.WriteString(name);
        output.Write(_isCustom ? ",\"input\":\"\"}}]"u8 : ",\"arguments\":\"\"}}]"u8);
        EndDelta();
    }

    public override void ToolCallArguments(int index, JsonText fragment)
    {
        if (fragment.IsEmpty) return;
        _saidArguments = true;
        TellCallContent(index, _isCustom ? _input!.Add(fragment) : fragment);
    }

    public override void ToolCallEnd(int index)
    {
        if (_isCustom) TellCallContent(index, _input!.End());
        else if (!_saidArguments) TellCallContent(index, JsonText.Plain("{}"u8));
    }

    public override void Usage(in TokenUsage usage) => _usage = usage;

    public override void Finish(StopReason reason, JsonText stopSequence)
    {
        SayRole();
        BeginDelta();
        EndDelta(OpenAiChatFinish.Name(reason));
        _saidRole = false;
        if (_usage is { } counted) _total = counted + (_total ?? default);
        if (++_choice < context.Answers) return;
        if (context.IncludeUsage && _total is { } usage)
        {
            output.Write("data: "u8);
            output.Write(_prefix);
            output.Write(",\"choices\":[],\"usage\":"u8);
            OpenAiChatUsage.Write(usage, output);
            output.Write("}\n\n"u8);
        }
        output.Write(DoneFrame);
    }

    // No [DONE]: the answer is not complete.
    public override void Error(BridgeError error)
    {
        output.Write("data: "u8);
        OpenAiChatErrors.Write(error, output);
        output.Write("\n\n"u8);
    }

    protected override void Dispose(bool disposing)
    {
        _input?.Dispose();
        base.Dispose(disposing);
    }

    void TellCallContent(int index, JsonText content)
    {
        if (content.IsEmpty) return;
        BeginDelta();
        output.Write("\"tool_calls\":[{\"index\":"u8);
        output.Write(index);
        output.Write(_isCustom ? ",\"custom\":{\"input\":"u8 : ",\"function\":{\"arguments\":"u8);
        output.WriteString(content);
        output.Write("}}]"u8);
        EndDelta();
    }

    void Piece(ReadOnlySpan<byte> field, JsonText text)
    {
        if (text.IsEmpty) return;
        SayRole();
        BeginDelta();
        output.Write(field);
        output.WriteString(text);
        EndDelta();
    }

    // OpenAI's own first chunk. Extras wait for the frame that they belong to.
    void SayRole()
    {
        if (_saidRole) return;
        _saidRole = true;
        output.Write("data: "u8);
        output.Write(_prefix);
        BeginChoice();
        output.Write("\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}]"u8);
        EndFrame();
    }

    void BeginDelta()
    {
        output.Write("data: "u8);
        output.Write(_prefix);
        Extras.Write(ExtraScope.Response, output);
        BeginChoice();
    }

    void BeginChoice()
    {
        output.Write(",\"choices\":[{\"index\":"u8);
        output.Write(_choice);
        output.Write(",\"delta\":{"u8);
    }

    // Readers say extras before the content of the same chunk, so the next frame is where they stood.
    void EndDelta(ReadOnlySpan<byte> finish = default)
    {
        Extras.Write(ExtraScope.Message, output);
        output.Write((byte)'}');
        Extras.Write(ExtraScope.Choice, output);
        Extras.Clear();
        if (finish.IsEmpty) output.Write(",\"finish_reason\":null}]"u8);
        else
        {
            output.Write(",\"finish_reason\":\""u8);
            output.Write(finish);
            output.Write("\"}]"u8);
        }
        EndFrame();
    }

    // "All other chunks will also include a usage field, but with a null value" (API reference, stream_options).
    void EndFrame() => output.Write(context.IncludeUsage ? ",\"usage\":null}\n\n"u8 : "}\n\n"u8);
}
