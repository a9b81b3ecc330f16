using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.AnthropicMessages;

/// <summary>What a content block means to a client.</summary>
enum AnthropicBlockKind
{
    /// <summary>
    /// Not the client's: tools that the provider ran itself and their results, compactions, fallbacks, and what is yet to be invented. Calls of such
    /// tools must never reach the client, who would run them.
    /// </summary>
    Foreign,
    Text,
    Thinking,
    RedactedThinking,
    ToolUse,
}

/// <summary>A content block of an answer, or the delta of one: they share their field names.</summary>
ref struct AnthropicBlock
{
    public AnthropicBlockKind Kind;

    /// <summary>The <c>type</c>, for deltas.</summary>
    public JsonText Type;
    public JsonText Id;
    public JsonText Name;
    public JsonText Text;
    public JsonText Thinking;
    public JsonText Signature;
    public JsonText Data;
    public JsonText PartialJson;
    public ReadOnlySpan<byte> Input;

    /// <summary>The source of a <c>citations_delta</c>, or the array of them in a whole block.</summary>
    public ReadOnlySpan<byte> Citations;

    /// <summary>Reads a block or delta from its raw object.</summary>
    public static AnthropicBlock Read(ReadOnlySpan<byte> raw)
    {
        var read = new AnthropicBlock();
        if (raw.IsEmpty) return read;
        var json = new Utf8JsonReader(raw);
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("type"u8)) read.Type = json.ReadText();
            else if (json.ValueTextEquals("text"u8)) read.Text = json.ReadText();
            else if (json.ValueTextEquals("partial_json"u8)) read.PartialJson = json.ReadText();
            else if (json.ValueTextEquals("thinking"u8)) read.Thinking = json.ReadText();
            else if (json.ValueTextEquals("signature"u8)) read.Signature = json.ReadText();
            else if (json.ValueTextEquals("data"u8)) read.Data = json.ReadText();
            else if (json.ValueTextEquals("id"u8)) read.Id = json.ReadText();
            else if (json.ValueTextEquals("name"u8)) read.Name = json.ReadText();
            else if (json.ValueTextEquals("citation"u8) || json.ValueTextEquals("citations"u8)) read.Citations = json.ReadRaw(raw);
            else if (json.ValueTextEquals("input"u8)) read.Input = json.ReadRaw(raw);
            else json.SkipValue();
        }
        read.Kind = KindOf(read.Type);
        return read;
    }

    static AnthropicBlockKind KindOf(JsonText type)
    {
        if (type.Is("text"u8)) return AnthropicBlockKind.Text;
        if (type.Is("thinking"u8)) return AnthropicBlockKind.Thinking;
        if (type.Is("tool_use"u8)) return AnthropicBlockKind.ToolUse;
        return type.Is("redacted_thinking"u8) ? AnthropicBlockKind.RedactedThinking : AnthropicBlockKind.Foreign;
    }
}
