using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.ClaudeStream;

/// <summary>What a tool of the agent's own returned.</summary>
ref struct ClaudeToolResult
{
    /// <summary>The id of the call.</summary>
    public JsonText Id;

    /// <summary>Whether the tool failed.</summary>
    public bool IsError;

    /// <summary>Reads a <c>tool_result</c> block, its text into <paramref name="text"/>; the id is empty when it is another block.</summary>
    public static ClaudeToolResult Read(ReadOnlySpan<byte> raw, PooledBuffer text)
    {
        text.Clear();
        var read = new ClaudeToolResult();
        var json = new Utf8JsonReader(raw);
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("tool_use_id"u8)) read.Id = json.ReadText();
            else if (json.ValueTextEquals("is_error"u8)) read.IsError = json.Read() && json.TokenType == JsonTokenType.True;
            else if (json.ValueTextEquals("content"u8)) ReadContent(json.ReadRaw(raw), text);
            else json.SkipValue();
        }
        return read;
    }

    static void ReadContent(ReadOnlySpan<byte> content, PooledBuffer text)
    {
        if (content.IsEmpty) return;
        var json = new Utf8JsonReader(content);
        json.Read();
        if (json.TokenType == JsonTokenType.String) JsonText.Of(ref json).WriteDecoded(text);
        if (json.TokenType != JsonTokenType.StartArray) return;
        while (json.Read() && json.TokenType == JsonTokenType.StartObject)
        {
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                if (json.ValueTextEquals("text"u8)) json.ReadText().WriteDecoded(text);
                else json.SkipValue();
            }
        }
    }
}
