using System.Text;
using AcpToApi.Json.Model;
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
    readonly byte[] _id = Encoding.UTF8.GetBytes(context.Id);
    readonly PooledBuffer _itemId = new();
    readonly PooledBuffer _content = new();
    readonly PooledBuffer _parts = new();
    readonly PooledBuffer _encrypted = new();
    readonly PooledBuffer _callId = new();
    readonly PooledBuffer _whole = new();
    OpenAiResponsesToolName _tool;
    long _sequence;
    int _index = -1;
    int _part = -1;
    Item _open;
    Part _openPart;
    bool _started;

    enum Item
    {
        None,
        Message,
        Reasoning,
        Call,
    }

    enum Part
    {
        None,
        Text,
        Refusal,
        Summary,
    }

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
        OpenPart(Item.Message, Part.Text);
        BeginPartEvent("response.output_text.delta"u8, "content_index"u8);
        WriteDelta(text);
        output.Write(",\"logprobs\":[]}\n\n"u8);
    }

    public override void Refusal(JsonText text)
    {
        if (text.IsEmpty) return;
        OpenPart(Item.Message, Part.Refusal);
        BeginPartEvent("response.refusal.delta"u8, "content_index"u8);
        WriteDelta(text);
        EndEvent();
    }

    public override void Reasoning(JsonText text)
    {
        if (text.IsEmpty) return;
        OpenPart(Item.Reasoning, Part.Summary);
        BeginPartEvent("response.reasoning_summary_text.delta"u8, "summary_index"u8);
        WriteDelta(text);
        EndEvent();
    }

    // Each signature ends its item: reasoning that follows is another one.
    public override void ReasoningSignature(JsonText signature)
    {
        if (_open != Item.Reasoning) OpenReasoning();
        OpenAiResponsesReasoning.WriteEncryptedContent(signature, _encrypted);
        Close();
    }

    public override void RedactedReasoning(JsonText data)
    {
        OpenReasoning();
        OpenAiResponsesReasoning.WriteRedacted(data, _encrypted);
        Close();
    }

    public override void ToolCallStart(int index, JsonText id, JsonText name)
    {
        Close();
        _tool = OpenAiResponsesToolNames.Find(context.Request, name);
        _callId.Clear();
        if (id.IsEmpty)
        {
            _callId.Write("call_"u8);
            _callId.Write(_id);
            _callId.Write((byte)'_');
            _callId.Write(index);
        }
        else id.WriteEscaped(_callId);
        OpenItem(Item.Call, _tool.IsCustom ? "ctc_"u8 : "fc_"u8);
        BeginItemEvent("response.output_item.added"u8);
        WriteCall("in_progress"u8, default, output);
        EndEvent();
    }

    // A custom tool's free text is known only when its arguments are whole: they are JSON in a JSON string, and cut anywhere.
    public override void ToolCallArguments(int index, JsonText fragment)
    {
        if (fragment.IsEmpty) return;
        if (_tool.IsCustom) fragment.WriteEscaped(_content);
        else
        {
            BeginTextEvent("response.function_call_arguments.delta"u8);
            WriteDelta(fragment);
            EndEvent();
        }
    }

    public override void ToolCallEnd(int index)
    {
        if (_content.Length == 0 && !_tool.IsCustom) ToolCallArguments(index, JsonText.Plain("{}"u8));
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
        _itemId.Dispose();
        _content.Dispose();
        _parts.Dispose();
        _encrypted.Dispose();
        _callId.Dispose();
        _whole.Dispose();
        base.Dispose(disposing);
    }

    void OpenPart(Item item, Part part)
    {
        if (_openPart == part) return;
        if (_open != item)
        {
            Close();
            if (item == Item.Reasoning) OpenReasoning();
            else OpenMessage();
        }
        else ClosePart();
        _openPart = part;
        _part++;
        BeginPartEvent(part == Part.Summary ? "response.reasoning_summary_part.added"u8 : "response.content_part.added"u8, IndexName);
        output.Write(",\"part\":"u8);
        WritePart(default, output);
        EndEvent();
    }

    void OpenMessage()
    {
        OpenItem(Item.Message, "msg_"u8);
        BeginItemEvent("response.output_item.added"u8);
        WriteMessage("in_progress"u8, output);
        EndEvent();
    }

    void OpenReasoning()
    {
        Close();
        OpenItem(Item.Reasoning, "rs_"u8);
        BeginItemEvent("response.output_item.added"u8);
        WriteReasoning(output);
        EndEvent();
    }

    void OpenItem(Item item, ReadOnlySpan<byte> prefix)
    {
        _open = item;
        _part = -1;
        _index++;
        _itemId.Clear();
        _itemId.Write(prefix);
        _itemId.Write(_id);
        _itemId.Write((byte)'_');
        _itemId.Write(_index);
    }

    void Close() => Close("completed"u8);

    void Close(ReadOnlySpan<byte> status)
    {
        if (_open == Item.None) return;
        ClosePart();
        var items = _answer.Items;
        if (_open == Item.Call) TellCallContent();
        if (_index > 0) items.Write((byte)',');
        var start = items.Length;
        if (_open == Item.Message) WriteMessage(status, items);
        else if (_open == Item.Reasoning) WriteReasoning(items);
        else WriteCall(status, _content.Written, items);
        BeginItemEvent("response.output_item.done"u8);
        output.Write(items.Written[start..]);
        EndEvent();
        _parts.Clear();
        _content.Clear();
        _encrypted.Clear();
        _open = Item.None;
    }

    void ClosePart()
    {
        if (_openPart == Part.None) return;
        BeginPartEvent(_openPart switch
        {
            Part.Text => "response.output_text.done"u8,
            Part.Refusal => "response.refusal.done"u8,
            _ => "response.reasoning_summary_text.done"u8,
        }, IndexName);
        output.Write(_openPart == Part.Refusal ? ",\"refusal\":\""u8 : ",\"text\":\""u8);
        output.Write(_content.Written);
        output.Write(_openPart == Part.Text ? "\",\"logprobs\":[]}\n\n"u8 : "\"}\n\n"u8);
        if (_parts.Length > 0) _parts.Write((byte)',');
        var start = _parts.Length;
        WritePart(_content.Written, _parts);
        BeginPartEvent(_openPart == Part.Summary ? "response.reasoning_summary_part.done"u8 : "response.content_part.done"u8, IndexName);
        output.Write(",\"part\":"u8);
        output.Write(_parts.Written[start..]);
        EndEvent();
        _content.Clear();
        _openPart = Part.None;
    }

    ReadOnlySpan<byte> IndexName => _open == Item.Reasoning ? "summary_index"u8 : "content_index"u8;

    void TellCallContent()
    {
        if (_tool.IsCustom) UnwrapInput();
        BeginTextEvent(_tool.IsCustom ? "response.custom_tool_call_input.done"u8 : "response.function_call_arguments.done"u8);
        if (!_tool.IsCustom)
        {
            output.Write(",\"name\":"u8);
            output.WriteString(_tool.Name.Text);
        }
        output.Write(_tool.IsCustom ? ",\"input\":\""u8 : ",\"arguments\":\""u8);
        output.Write(_content.Written);
        output.Write("\"}\n\n"u8);
    }

    void UnwrapInput()
    {
        using var arguments = new PooledBuffer();
        JsonText.Escaped(_content.Written).WriteDecoded(arguments);
        _content.Clear();
        var input = CustomTools.InputOf(arguments.Written);
        if (input.IsEmpty) return;
        BeginTextEvent("response.custom_tool_call_input.delta"u8);
        WriteDelta(input);
        EndEvent();
    }

    void WriteMessage(ReadOnlySpan<byte> status, PooledBuffer target)
    {
        BeginItem(target);
        target.Write("\"type\":\"message\",\"status\":\""u8);
        target.Write(status);
        target.Write("\",\"role\":\"assistant\",\"content\":["u8);
        target.Write(_parts.Written);
        target.Write("]}"u8);
    }

    void WriteReasoning(PooledBuffer target)
    {
        BeginItem(target);
        target.Write("\"type\":\"reasoning\",\"summary\":["u8);
        target.Write(_parts.Written);
        target.Write((byte)']');
        if (_encrypted.Length > 0)
        {
            target.Write(",\"encrypted_content\":\""u8);
            target.Write(_encrypted.Written);
            target.Write((byte)'"');
        }
        target.Write((byte)'}');
    }

    void WriteCall(ReadOnlySpan<byte> status, ReadOnlySpan<byte> content, PooledBuffer target)
    {
        BeginItem(target);
        target.Write(_tool.IsCustom ? "\"type\":\"custom_tool_call\",\"status\":\""u8 : "\"type\":\"function_call\",\"status\":\""u8);
        target.Write(status);
        target.Write("\",\"call_id\":\""u8);
        target.Write(_callId.Written);
        target.Write((byte)'"');
        OpenAiResponsesInputWriter.WriteToolName(_tool, target);
        target.Write(_tool.IsCustom ? ",\"input\":\""u8 : ",\"arguments\":\""u8);
        target.Write(content);
        target.Write("\"}"u8);
    }

    void BeginItem(PooledBuffer target)
    {
        target.Write("{\"id\":\""u8);
        target.Write(_itemId.Written);
        target.Write("\","u8);
    }

    void WritePart(ReadOnlySpan<byte> content, PooledBuffer target)
    {
        target.Write(_openPart switch
        {
            Part.Text => "{\"type\":\"output_text\",\"text\":\""u8,
            Part.Refusal => "{\"type\":\"refusal\",\"refusal\":\""u8,
            _ => "{\"type\":\"summary_text\",\"text\":\""u8,
        });
        target.Write(content);
        target.Write(_openPart == Part.Text ? "\",\"annotations\":[],\"logprobs\":[]}"u8 : "\"}"u8);
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
        var start = _content.Length;
        text.WriteEscaped(_content);
        output.Write(",\"delta\":\""u8);
        output.Write(_content.Written[start..]);
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
        output.Write(_index);
        output.Write(",\"item\":"u8);
    }

    void BeginTextEvent(ReadOnlySpan<byte> type)
    {
        BeginEvent(type);
        output.Write(",\"item_id\":\""u8);
        output.Write(_itemId.Written);
        output.Write("\",\"output_index\":"u8);
        output.Write(_index);
    }

    void BeginPartEvent(ReadOnlySpan<byte> type, ReadOnlySpan<byte> indexName)
    {
        BeginTextEvent(type);
        output.Write(",\""u8);
        output.Write(indexName);
        output.Write("\":"u8);
        output.Write(_part);
    }

    void EndEvent() => output.Write("}\n\n"u8);
}
