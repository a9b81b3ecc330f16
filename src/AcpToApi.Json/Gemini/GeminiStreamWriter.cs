using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Gemini;

/// <summary>
/// Writes a streamed answer as server-sent events (<c>alt=sse</c>), each a whole <c>GenerateContentResponse</c> with one part. All end with the
/// same bytes (model, id), made once. A call needs its arguments as an object, so they are collected. The last thought is held back until the next
/// event: a signature must ride on it, because SDKs (AI SDK) lose one that stands beside an empty text.
/// </summary>
class GeminiStreamWriter(PooledBuffer output, ResponseContext context) : ClientWriter
{
    readonly PooledBuffer _id = new();
    readonly PooledBuffer _name = new();
    readonly PooledBuffer _arguments = new();
    readonly GeminiSources _sources = new();
    readonly PooledBuffer _thought = new();
    byte[] _tail = [];
    bool _isRefused;
    int _signatureAt;
    int _candidate;
    TokenUsage? _usage;
    TokenUsage? _total;

    /// <summary>What is written to.</summary>
    protected PooledBuffer Output { get; } = output;

    public override void Ping() => Output.Write(": ping\r\n\r\n"u8);

    public override void Start(in ResponseStart start)
    {
        _usage = start.Usage;
        if (_tail.Length > 0) return;
        using var tail = new PooledBuffer();
        GeminiAnswer.WriteTail(start.Id, start.Model, context, tail);
        _tail = tail.Written.ToArray();
    }

    public override void Text(JsonText text)
    {
        if (text.IsEmpty) return;
        _sources.AddText(text);
        BeginChunk();
        Output.Write("{\"text\":"u8);
        Output.WriteString(text);
        EndPart("}"u8);
        EndChunk();
    }

    public override void Logprobs(ReadOnlySpan<byte> tokens)
    {
        using var json = new PooledBuffer();
        GeminiLogprobs.Write(tokens, json);
        Extras.Set(ExtraScope.Choice, "logprobsResult"u8, json.Written);
    }

    public override void Reasoning(JsonText text)
    {
        if (text.IsEmpty) return;
        EndThought();
        var start = Output.Length;
        BeginChunk();
        Output.Write("{\"text\":"u8);
        Output.WriteString(text);
        EndPart(",\"thought\":true"u8);
        _signatureAt = Output.Length - start;
        Output.Write((byte)'}');
        EndChunk();
        _thought.Write(Output.Written[start..]);
        Output.Truncate(start);
    }

    public override void ReasoningSignature(JsonText signature)
    {
        if (!GeminiSignatures.CanCarry(signature)) return;
        if (_thought.Length > 0)
        {
            EndThought(signature);
            return;
        }
        BeginChunk();
        GeminiSignatures.WriteForeign(signature, Output);
        EndChunk();
    }

    public override void RedactedReasoning(JsonText data)
    {
        if (!GeminiSignatures.CanCarry(data)) return;
        BeginChunk();
        GeminiSignatures.WriteRedacted(data, Output);
        EndChunk();
    }

    // The dialect has no place of its own for an explanation, but a reason to end.
    public override void Refusal(JsonText text)
    {
        _isRefused |= !text.IsEmpty;
        Text(text);
    }

    // They stand beside the text of the answer's end.
    public override void Citation(in Citation citation) => _sources.Add(citation.Keep());

    public override void Media(JsonText mediaType, JsonText data)
    {
        BeginChunk();
        GeminiAnswer.WriteData(mediaType, data, Output);
        EndChunk();
    }

    public override void ToolCallStart(int index, JsonText id, JsonText name)
    {
        EndThought();
        Keep(id, _id);
        Keep(name, _name);
        _arguments.Clear();
    }

    public override void ToolCallArguments(int index, JsonText fragment) => fragment.WriteEscaped(_arguments);

    public override void ToolCallEnd(int index)
    {
        BeginChunk();
        GeminiAnswer.WriteCall(JsonText.Escaped(_id.Written), JsonText.Escaped(_name.Written), _arguments.Written, Output);
        EndPart("}"u8);
        EndChunk();
    }

    public override void Usage(in TokenUsage usage) => _usage = usage;

    public override void Finish(StopReason reason, JsonText stopSequence)
    {
        if (_tail.Length == 0) Start(default);
        BeginChunk();
        Output.Write("{\"text\":\"\""u8);
        EndPart("}"u8);
        if (_usage is { } counted) _total = counted + (_total ?? default);
        EndChunk(GeminiFinish.Name(reason, _isRefused));
        (_isRefused, _usage) = (false, null);
        if (++_candidate < context.Answers) return;
        EndStream();
        Release();
    }

    public override void Error(BridgeError error)
    {
        EndThought();
        BeginFrame();
        GeminiErrors.Write(error, Output);
        EndFrame();
        EndStream();
        Release();
    }

    /// <summary>What stands before an object.</summary>
    protected virtual void BeginFrame() => Output.Write("data: "u8);

    /// <summary>What stands after an object.</summary>
    protected virtual void EndFrame() => Output.Write("\r\n\r\n"u8);

    /// <summary>What stands after the last object.</summary>
    protected virtual void EndStream() { }

    void EndThought(JsonText signature = default)
    {
        if (_thought.Length == 0) return;
        Output.Write(_thought.Written[.._signatureAt]);
        if (!signature.IsEmpty) GeminiSignatures.WriteForeignField(signature, Output);
        Output.Write(_thought.Written[_signatureAt..]);
        _thought.Clear();
    }

    // Readers say extras before the content of the same chunk, so the next frame is where they stood.
    void EndPart(ReadOnlySpan<byte> end)
    {
        Extras.Write(ExtraScope.Message, Output);
        Output.Write(end);
    }

    void BeginChunk()
    {
        EndThought();
        BeginFrame();
        Output.Write("{\"candidates\":[{\"content\":{\"parts\":["u8);
    }

    void EndChunk(ReadOnlySpan<byte> finish = default)
    {
        Output.Write("],\"role\":\"model\"}"u8);
        if (!finish.IsEmpty)
        {
            Output.Write(",\"finishReason\":\""u8);
            Output.Write(finish);
            Output.Write((byte)'"');
            _sources.Write(Output);
        }
        Output.Write(",\"index\":"u8);
        Output.Write(_candidate);
        Extras.Write(ExtraScope.Choice, Output);
        Output.Write("}]"u8);
        if (!finish.IsEmpty && _candidate + 1 >= context.Answers && _total is { } usage)
        {
            Output.Write(",\"usageMetadata\":"u8);
            GeminiUsage.Write(usage, Output);
        }
        Output.Write(_tail);
        Extras.Write(ExtraScope.Response, Output);
        Extras.Clear();
        Output.Write((byte)'}');
        EndFrame();
    }

    static void Keep(JsonText text, PooledBuffer kept)
    {
        kept.Clear();
        text.WriteEscaped(kept);
    }

    void Release()
    {
        _id.Dispose();
        _name.Dispose();
        _arguments.Dispose();
        _sources.Dispose();
        _thought.Dispose();
    }
}
