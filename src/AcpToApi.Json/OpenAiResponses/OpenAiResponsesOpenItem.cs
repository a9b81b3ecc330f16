using System.Text;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.OpenAiResponses;

/// <summary>Kinds of output items that are written.</summary>
enum OpenAiResponsesOpenKind
{
    None,
    Message,
    Reasoning,
    Call,
    Image,
}

/// <summary>Kinds of their parts.</summary>
enum OpenAiResponsesOpenPart
{
    None,
    Text,
    Refusal,
    Summary,
}

/// <summary>The output item that is being written: its names, and all that was said in it.</summary>
sealed class OpenAiResponsesOpenItem(ResponseContext context) : IDisposable
{
    readonly byte[] _answerId = Encoding.UTF8.GetBytes(context.Id);
    readonly PooledBuffer _parts = new();
    readonly PooledBuffer _callId = new();

    public OpenAiResponsesOpenKind Kind { get; private set; }

    public OpenAiResponsesOpenPart Part { get; private set; }

    public int Index { get; private set; } = -1;

    public int PartIndex { get; private set; }

    public PooledBuffer Id { get; } = new();

    /// <summary>The tool that a call is of.</summary>
    public OpenAiResponsesToolName Tool { get; private set; }

    /// <summary>The content of the open part, or of the call, escaped as the inside of a JSON string.</summary>
    public PooledBuffer Content { get; } = new();

    /// <summary>The sources of the open part, as the elements of a JSON array.</summary>
    public PooledBuffer Annotations { get; } = new();

    /// <summary>How many sources the open part has.</summary>
    public int AnnotationCount { get; set; }

    /// <summary>How likely the tokens of the open part were, as the elements of a JSON array.</summary>
    public PooledBuffer Logprobs { get; } = new();

    /// <summary>The encrypted form of reasoning.</summary>
    public PooledBuffer Encrypted { get; } = new();

    /// <summary>A message, a picture or reasoning begins.</summary>
    public void Open(OpenAiResponsesOpenKind kind) => Open(kind, kind switch
    {
        OpenAiResponsesOpenKind.Message => "msg_"u8,
        OpenAiResponsesOpenKind.Image => "ig_"u8,
        _ => "rs_"u8,
    });

    /// <summary>A call begins; where the upstream gave it no id, it gets one.</summary>
    public void OpenCall(OpenAiResponsesToolName tool, int index, JsonText id)
    {
        Tool = tool;
        _callId.Clear();
        if (id.IsEmpty)
        {
            _callId.Write("call_"u8);
            _callId.Write(_answerId);
            _callId.Write((byte)'_');
            _callId.Write(index);
        }
        else id.WriteEscaped(_callId);
        Open(OpenAiResponsesOpenKind.Call, tool.IsCustom ? "ctc_"u8 : "fc_"u8);
    }

    /// <summary>A part begins.</summary>
    public void OpenPart(OpenAiResponsesOpenPart part)
    {
        Part = part;
        PartIndex++;
    }

    /// <summary>The part is whole; returns it as JSON.</summary>
    public ReadOnlySpan<byte> ClosePart()
    {
        if (_parts.Length > 0) _parts.Write((byte)',');
        var start = _parts.Length;
        WritePart(Content.Written, _parts);
        Content.Clear();
        Annotations.Clear();
        Logprobs.Clear();
        AnnotationCount = 0;
        Part = OpenAiResponsesOpenPart.None;
        return _parts.Written[start..];
    }

    /// <summary>Nothing is open any more.</summary>
    public void Close()
    {
        _parts.Clear();
        Content.Clear();
        Encrypted.Clear();
        Kind = OpenAiResponsesOpenKind.None;
    }

    /// <summary>Appends the item with all parts that are whole.</summary>
    public void Write(ReadOnlySpan<byte> status, PooledBuffer target)
    {
        if (Kind == OpenAiResponsesOpenKind.Message) WriteMessage(status, target);
        else if (Kind == OpenAiResponsesOpenKind.Reasoning) WriteReasoning(target);
        else if (Kind == OpenAiResponsesOpenKind.Image) WriteImage(status, target);
        else WriteCall(status, target);
    }

    /// <summary>Appends a part of the kind that is open.</summary>
    public void WritePart(ReadOnlySpan<byte> content, PooledBuffer target)
    {
        target.Write(Part switch
        {
            OpenAiResponsesOpenPart.Text => "{\"type\":\"output_text\",\"text\":\""u8,
            OpenAiResponsesOpenPart.Refusal => "{\"type\":\"refusal\",\"refusal\":\""u8,
            _ => "{\"type\":\"summary_text\",\"text\":\""u8,
        });
        target.Write(content);
        target.Write((byte)'"');
        if (Part == OpenAiResponsesOpenPart.Text)
        {
            target.Write(",\"annotations\":["u8);
            target.Write(Annotations.Written);
            target.Write("],\"logprobs\":["u8);
            target.Write(Logprobs.Written);
            target.Write((byte)']');
        }
        target.Write((byte)'}');
    }

    /// <summary>Gives pooled buffers back.</summary>
    public void Dispose()
    {
        _parts.Dispose();
        _callId.Dispose();
        Id.Dispose();
        Content.Dispose();
        Annotations.Dispose();
        Logprobs.Dispose();
        Encrypted.Dispose();
    }

    void Open(OpenAiResponsesOpenKind kind, ReadOnlySpan<byte> prefix)
    {
        Kind = kind;
        PartIndex = -1;
        Index++;
        Id.Clear();
        ResponseItemIds.Write(prefix, _answerId, Index, Id);
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
        if (Encrypted.Length > 0)
        {
            target.Write(",\"encrypted_content\":\""u8);
            target.Write(Encrypted.Written);
            target.Write((byte)'"');
        }
        target.Write((byte)'}');
    }

    void WriteImage(ReadOnlySpan<byte> status, PooledBuffer target)
    {
        BeginItem(target);
        target.Write("\"type\":\"image_generation_call\",\"status\":\""u8);
        target.Write(status);
        target.Write(Content.Length == 0 ? "\",\"result\":null}"u8 : "\",\"result\":\""u8);
        if (Content.Length == 0) return;
        target.Write(Content.Written);
        target.Write("\"}"u8);
    }

    void WriteCall(ReadOnlySpan<byte> status, PooledBuffer target)
    {
        BeginItem(target);
        target.Write(Tool.IsCustom ? "\"type\":\"custom_tool_call\",\"status\":\""u8 : "\"type\":\"function_call\",\"status\":\""u8);
        target.Write(status);
        target.Write("\",\"call_id\":\""u8);
        target.Write(_callId.Written);
        target.Write((byte)'"');
        OpenAiResponsesInputWriter.WriteToolName(Tool, target);
        target.Write(Tool.IsCustom ? ",\"input\":\""u8 : ",\"arguments\":\""u8);
        target.Write(Content.Written);
        target.Write("\"}"u8);
    }

    void BeginItem(PooledBuffer target)
    {
        target.Write("{\"id\":\""u8);
        target.Write(Id.Written);
        target.Write("\","u8);
    }
}
