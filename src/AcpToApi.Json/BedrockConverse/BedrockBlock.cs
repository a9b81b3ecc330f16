using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.BedrockConverse;

/// <summary>A content block of a whole answer, or the start or delta of one: an object with one member, which says what it is.</summary>
ref struct BedrockBlock
{
    public JsonText Text;

    /// <summary>A source of the text before it, in deltas.</summary>
    public ReadOnlySpan<byte> Citation;

    /// <summary>A picture, whole.</summary>
    public ReadOnlySpan<byte> Image;

    /// <summary>Text with its sources, in whole answers: <c>content</c> and <c>citations</c>.</summary>
    public ReadOnlySpan<byte> Cited;
    public bool HasReasoning;
    public JsonText Reasoning;
    public JsonText Signature;
    public JsonText Redacted;
    public bool IsToolUse;

    /// <summary>Whether the provider runs the tool itself, so that the client must not.</summary>
    public bool IsServerTool;
    public JsonText ToolId;
    public JsonText ToolName;

    /// <summary>A piece of the arguments, in deltas.</summary>
    public JsonText ToolInput;

    /// <summary>All arguments, in whole answers.</summary>
    public ReadOnlySpan<byte> ToolInputObject;

    /// <summary>Reads a block, start or delta from its raw object.</summary>
    public static BedrockBlock Read(ReadOnlySpan<byte> raw)
    {
        var read = new BedrockBlock();
        if (raw.IsEmpty) return read;
        var json = new Utf8JsonReader(raw);
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("text"u8)) read.Text = json.ReadText();
            else if (json.ValueTextEquals("toolUse"u8)) read.ReadToolUse(json.ReadRawObject(raw));
            else if (json.ValueTextEquals("reasoningContent"u8)) read.ReadReasoning(json.ReadRawObject(raw));
            else if (json.ValueTextEquals("citation"u8)) read.Citation = json.ReadRawObject(raw);
            else if (json.ValueTextEquals("image"u8)) read.Image = json.ReadRawObject(raw);
            else if (json.ValueTextEquals("citationsContent"u8)) read.Cited = json.ReadRawObject(raw);
            else json.SkipValue();
        }
        return read;
    }

    // Deltas: {"text"}, {"signature"} or {"redactedContent"}; whole answers: {"reasoningText":{"text","signature"}} or {"redactedContent"}.
    void ReadReasoning(ReadOnlySpan<byte> raw)
    {
        if (raw.IsEmpty) return;
        HasReasoning = true;
        var json = new Utf8JsonReader(raw);
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("text"u8)) Reasoning = json.ReadText();
            else if (json.ValueTextEquals("signature"u8)) Signature = json.ReadText();
            else if (json.ValueTextEquals("redactedContent"u8)) Redacted = json.ReadText();
            else if (json.ValueTextEquals("reasoningText"u8)) ReadReasoning(json.ReadRawObject(raw));
            else json.SkipValue();
        }
    }

    void ReadToolUse(ReadOnlySpan<byte> raw)
    {
        if (raw.IsEmpty) return;
        IsToolUse = true;
        var json = new Utf8JsonReader(raw);
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("toolUseId"u8)) ToolId = json.ReadText();
            else if (json.ValueTextEquals("name"u8)) ToolName = json.ReadText();
            else if (json.ValueTextEquals("type"u8)) IsServerTool = json.ReadText().Is("server_tool_use"u8);
            else if (json.ValueTextEquals("input"u8)) ReadInput(ref json, raw);
            else json.SkipValue();
        }
    }

    void ReadInput(ref Utf8JsonReader json, ReadOnlySpan<byte> raw)
    {
        json.Read();
        if (json.TokenType == JsonTokenType.String) ToolInput = JsonText.Of(ref json);
        else if (json.TokenType == JsonTokenType.StartObject) ToolInputObject = json.Raw(raw);
        else json.Skip();
    }
}
