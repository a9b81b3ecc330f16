using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.OpenAiChat;

/// <summary>What one element of <c>tool_calls</c> tells of a call.</summary>
ref struct OpenAiChatCallPiece
{
    public int? Index;
    public JsonText Id;
    public JsonText Name;
    public JsonText Arguments;
    public bool IsCustom;

    /// <summary>Reads the element that the reader stands on.</summary>
    public static OpenAiChatCallPiece Read(scoped ref Utf8JsonReader reader, ReadOnlySpan<byte> data)
    {
        var piece = default(OpenAiChatCallPiece);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var (isIndex, isId) = (reader.ValueTextEquals("index"u8), reader.ValueTextEquals("id"u8));
            var (isFunction, isCustom) = (reader.ValueTextEquals("function"u8), reader.ValueTextEquals("custom"u8));
            reader.Read();
            if (isIndex && reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var index) && index >= 0) piece.Index = index;
            else if (isId && reader.TokenType == JsonTokenType.String) piece.Id = JsonText.Of(ref reader);
            else if (isFunction && reader.TokenType == JsonTokenType.StartObject) ReadFunction(ref reader, data, ref piece);
            else if (isCustom && reader.TokenType == JsonTokenType.StartObject) ReadCustom(ref reader, data, ref piece);
            else reader.Skip();
        }
        return piece;
    }

    /// <summary>Reads name and arguments.</summary>
    public static void ReadFunction(scoped ref Utf8JsonReader reader, ReadOnlySpan<byte> data, ref OpenAiChatCallPiece piece)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var (isName, isArguments) = (reader.ValueTextEquals("name"u8), reader.ValueTextEquals("arguments"u8) || reader.ValueTextEquals("input"u8));
            reader.Read();
            if (isName && reader.TokenType == JsonTokenType.String) piece.Name = JsonText.Of(ref reader);
            else if (isArguments && reader.TokenType == JsonTokenType.String) piece.Arguments = JsonText.Of(ref reader);
            else if (isArguments && reader.TokenType != JsonTokenType.Null) piece.Arguments = JsonText.Plain(reader.Raw(data));
            else reader.Skip();
        }
    }

    // Snowflake sends an empty custom object beside each function.
    static void ReadCustom(scoped ref Utf8JsonReader reader, ReadOnlySpan<byte> data, ref OpenAiChatCallPiece piece)
    {
        var custom = default(OpenAiChatCallPiece);
        ReadFunction(ref reader, data, ref custom);
        if (custom.Name.IsEmpty && custom.Arguments.IsEmpty) return;
        piece.Name = custom.Name;
        piece.Arguments = custom.Arguments;
        piece.IsCustom = true;
    }
}
