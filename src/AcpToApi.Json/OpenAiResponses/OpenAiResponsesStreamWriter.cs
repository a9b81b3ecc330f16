using AcpToApi.Json.Model;
using AcpToApi.Json.OpenAiChat;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.OpenAiResponses;

/// <summary>
/// Writes a streamed answer of <c>/v1/responses</c>. Items and parts are not events here but a state: at most one of each is open; whatever
/// belongs to another closes it first. Each end tells its content once more and the last event tells all of it, so that content is kept:
/// pooled buffers that grow with the answer, which is no cost of a single event.
/// </summary>
sealed class OpenAiResponsesStreamWriter(PooledBuffer output, ResponseContext context) : ClientWriter
{
    readonly OpenAiResponsesObject _answer = new(context);
    readonly OpenAiResponsesOpenItem _item = new(context);
    readonly PooledBuffer _whole = new();
    readonly CustomInput _input = new();
    long _sequence;
    int _saidLogprobs;
    bool _started;

    public override bool KeepsAnswer => true;

    public override ReadOnlyMemory<byte> WholeAnswer => _whole.WrittenMemory;

    // Not an event of the specification, and openai-node throws on any other.
    public override void Ping() => output.Write(": ping\n\n"u8);

    public override void Start(in ResponseStart start)
    {
        _started = true;
        _answer.Start(start);
        BeginEvent("response.created"u8);
        WriteUnfinished();
        BeginEvent("response.in_progress"u8);
        WriteUnfinished();
    }

    public override void Text(JsonText text)
    {
        if (text.IsEmpty) return;
        OpenPart(OpenAiResponsesOpenKind.Message, OpenAiResponsesOpenPart.Text);
        BeginPartEvent("response.output_text.delta"u8, "content_index"u8);
        WriteDelta(text);
        output.Write(",\"logprobs\":["u8);
        output.Write(_item.Logprobs.Written[_saidLogprobs..]);
        output.Write("]}\n\n"u8);
        _saidLogprobs = _item.Logprobs.Length;
    }

    public override void Logprobs(ReadOnlySpan<byte> tokens)
    {
        OpenPart(OpenAiResponsesOpenKind.Message, OpenAiResponsesOpenPart.Text);
        var kept = _item.Logprobs;
        if (kept.Length > 0) kept.Write((byte)',');
        _saidLogprobs = kept.Length;
        kept.Write(tokens);
        kept.JoinLines(_saidLogprobs);
    }

    public override void Refusal(JsonText text)
    {
        if (text.IsEmpty) return;
        OpenPart(OpenAiResponsesOpenKind.Message, OpenAiResponsesOpenPart.Refusal);
        BeginPartEvent("response.refusal.delta"u8, "content_index"u8);
        WriteDelta(text);
        EndEvent();
    }

    public override void Citation(in Citation citation)
    {
        OpenPart(OpenAiResponsesOpenKind.Message, OpenAiResponsesOpenPart.Text);
        var annotations = _item.Annotations;
        if (annotations.Length > 0) annotations.Write((byte)',');
        var start = annotations.Length;
        annotations.Write("{\"type\":\"url_citation\","u8);
        OpenAiChatAnnotation.WriteFields(citation, annotations);
        annotations.Write((byte)'}');
        BeginPartEvent("response.output_text.annotation.added"u8, "content_index"u8);
        output.Write(",\"annotation_index\":"u8);
        output.Write(_item.AnnotationCount++);
        output.Write(",\"annotation\":"u8);
        output.Write(annotations.Written[start..]);
        EndEvent();
    }

    public override void Media(JsonText mediaType, JsonText data)
    {
        // There is no item for sounds.
        if (!mediaType.Bytes.StartsWith("image"u8)) return;
        Open(OpenAiResponsesOpenKind.Image);
        BeginTextEvent("response.image_generation_call.in_progress"u8);
        EndEvent();
        data.WriteEscaped(_item.Content);
        BeginTextEvent("response.image_generation_call.completed"u8);
        EndEvent();
        Close();
    }

    public override void Reasoning(JsonText text)
    {
        if (text.IsEmpty) return;
        OpenPart(OpenAiResponsesOpenKind.Reasoning, OpenAiResponsesOpenPart.Summary);
        BeginPartEvent("response.reasoning_summary_text.delta"u8, "summary_index"u8);
        WriteDelta(text);
        EndEvent();
    }

    // Each signature ends its item: reasoning that follows is another one.
    public override void ReasoningSignature(JsonText signature)
    {
        if (_item.Kind != OpenAiResponsesOpenKind.Reasoning) Open(OpenAiResponsesOpenKind.Reasoning);
        OpenAiResponsesReasoning.WriteEncryptedContent(signature, _item.Encrypted);
        Close();
    }

    public override void RedactedReasoning(JsonText data)
    {
        Open(OpenAiResponsesOpenKind.Reasoning);
        OpenAiResponsesReasoning.WriteRedacted(data, _item.Encrypted);
        Close();
    }

    public override void ToolCallStart(int index, JsonText id, JsonText name)
    {
        Close();
        _item.OpenCall(OpenAiResponsesToolNames.Find(context.Request, name), index, id);
        _input.Reset();
        TellItemAdded();
    }

    public override void ToolCallArguments(int index, JsonText fragment)
    {
        if (fragment.IsEmpty) return;
        if (_item.Tool.IsCustom) TellInput(_input.Add(fragment));
        else
        {
            BeginTextEvent("response.function_call_arguments.delta"u8);
            WriteDelta(fragment);
            EndEvent();
        }
    }

    public override void ToolCallEnd(int index)
    {
        if (_item.Content.Length == 0 && !_item.Tool.IsCustom) ToolCallArguments(index, JsonText.Plain("{}"u8));
        Close();
    }

    public override void Usage(in TokenUsage usage) => _answer.Usage = usage;

    public override void Finish(StopReason reason, JsonText stopSequence)
    {
        if (!_started) Start(default);
        var why = reason switch
        {
            StopReason.MaxTokens or StopReason.ContextWindow => "max_output_tokens"u8,
            StopReason.ContentFilter => "content_filter"u8,
            _ => default,
        };
        Close(why.IsEmpty ? "completed"u8 : "incomplete"u8);
        BeginEvent(why.IsEmpty ? "response.completed"u8 : "response.incomplete"u8);
        WriteFinished(why.IsEmpty ? "completed"u8 : "incomplete"u8, why, null);
    }

    // What is open stays open: nobody may take what there is for a whole answer.
    public override void Error(BridgeError error)
    {
        if (_started)
        {
            BeginEvent("response.failed"u8);
            WriteFinished("failed"u8, default, error);
            return;
        }
        BeginEvent("error"u8);
        OpenAiResponsesErrors.WriteEventFields(error, output);
        EndEvent();
    }

    protected override void Dispose(bool disposing)
    {
        _answer.Dispose();
        _item.Dispose();
        _whole.Dispose();
        _input.Dispose();
        base.Dispose(disposing);
    }

    void OpenPart(OpenAiResponsesOpenKind kind, OpenAiResponsesOpenPart part)
    {
        if (_item.Part == part) return;
        if (_item.Kind != kind) Open(kind);
        else ClosePart();
        _item.OpenPart(part);
        BeginPartEvent(part == OpenAiResponsesOpenPart.Summary ? "response.reasoning_summary_part.added"u8 : "response.content_part.added"u8, IndexName);
        output.Write(",\"part\":"u8);
        _item.WritePart(default, output);
        EndEvent();
    }

    void Open(OpenAiResponsesOpenKind kind)
    {
        Close();
        _item.Open(kind);
        TellItemAdded();
    }

    void TellItemAdded()
    {
        BeginItemEvent("response.output_item.added"u8);
        _item.Write("in_progress"u8, output);
        EndEvent();
    }

    void Close() => Close("completed"u8);

    void Close(ReadOnlySpan<byte> status)
    {
        if (_item.Kind == OpenAiResponsesOpenKind.None) return;
        ClosePart();
        if (_item.Kind == OpenAiResponsesOpenKind.Call) TellCallContent();
        var items = _answer.Items;
        if (items.Length > 0) items.Write((byte)',');
        var start = items.Length;
        _item.Write(status, items);
        BeginItemEvent("response.output_item.done"u8);
        output.Write(items.Written[start..]);
        EndEvent();
        _item.Close();
    }

    void ClosePart()
    {
        if (_item.Part == OpenAiResponsesOpenPart.None) return;
        BeginPartEvent(_item.Part switch
        {
            OpenAiResponsesOpenPart.Text => "response.output_text.done"u8,
            OpenAiResponsesOpenPart.Refusal => "response.refusal.done"u8,
            _ => "response.reasoning_summary_text.done"u8,
        }, IndexName);
        output.Write(_item.Part == OpenAiResponsesOpenPart.Refusal ? ",\"refusal\":\""u8 : ",\"text\":\""u8);
        output.Write(_item.Content.Written);
        output.Write((byte)'"');
        if (_item.Part == OpenAiResponsesOpenPart.Text)
        {
            output.Write(",\"logprobs\":["u8);
            output.Write(_item.Logprobs.Written);
            output.Write((byte)']');
            _saidLogprobs = 0;
        }
        EndEvent();
        BeginPartEvent(_item.Part == OpenAiResponsesOpenPart.Summary ? "response.reasoning_summary_part.done"u8 : "response.content_part.done"u8, IndexName);
        output.Write(",\"part\":"u8);
        output.Write(_item.ClosePart());
        EndEvent();
    }

    ReadOnlySpan<byte> IndexName => _item.Kind == OpenAiResponsesOpenKind.Reasoning ? "summary_index"u8 : "content_index"u8;

    void TellCallContent()
    {
        if (_item.Tool.IsCustom) TellInput(_input.End());
        BeginTextEvent(_item.Tool.IsCustom ? "response.custom_tool_call_input.done"u8 : "response.function_call_arguments.done"u8);
        if (!_item.Tool.IsCustom)
        {
            output.Write(",\"name\":"u8);
            output.WriteString(_item.Tool.Name.Text);
        }
        output.Write(_item.Tool.IsCustom ? ",\"input\":\""u8 : ",\"arguments\":\""u8);
        output.Write(_item.Content.Written);
        output.Write("\"}\n\n"u8);
    }

    void TellInput(JsonText input)
    {
        if (input.IsEmpty) return;
        BeginTextEvent("response.custom_tool_call_input.delta"u8);
        WriteDelta(input);
        EndEvent();
    }

    void WriteUnfinished()
    {
        output.Write(",\"response\":"u8);
        _answer.WriteUnfinished(output);
        EndEvent();
    }

    void WriteFinished(ReadOnlySpan<byte> status, ReadOnlySpan<byte> reason, BridgeError? error)
    {
        _answer.WriteFinished(status, reason, error, _whole);
        output.Write(",\"response\":"u8);
        output.Write(_whole.Written);
        EndEvent();
    }

    void WriteDelta(JsonText text)
    {
        var start = _item.Content.Length;
        text.WriteEscaped(_item.Content);
        output.Write(",\"delta\":\""u8);
        output.Write(_item.Content.Written[start..]);
        output.Write((byte)'"');
    }

    void BeginEvent(ReadOnlySpan<byte> type)
    {
        output.Write("event: "u8);
        output.Write(type);
        output.Write("\ndata: {\"type\":\""u8);
        output.Write(type);
        output.Write("\",\"sequence_number\":"u8);
        output.Write(_sequence++);
    }

    void BeginItemEvent(ReadOnlySpan<byte> type)
    {
        BeginEvent(type);
        output.Write(",\"output_index\":"u8);
        output.Write(_item.Index);
        output.Write(",\"item\":"u8);
    }

    void BeginTextEvent(ReadOnlySpan<byte> type)
    {
        BeginEvent(type);
        output.Write(",\"item_id\":\""u8);
        output.Write(_item.Id.Written);
        output.Write("\",\"output_index\":"u8);
        output.Write(_item.Index);
    }

    void BeginPartEvent(ReadOnlySpan<byte> type, ReadOnlySpan<byte> indexName)
    {
        BeginTextEvent(type);
        output.Write(",\""u8);
        output.Write(indexName);
        output.Write("\":"u8);
        output.Write(_item.PartIndex);
    }

    void EndEvent() => output.Write("}\n\n"u8);
}
