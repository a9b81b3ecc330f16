using System.Text.Json;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.AnthropicMessages;

/// <summary>
/// Thinking that nobody signed: what a client keeps of another provider's answer, and Anthropic refuses the whole request for. Only bodies that
/// hold a thinking block at all are read for it.
/// </summary>
static class AnthropicUnsignedThinking
{
    /// <summary>Whether a body holds such a block.</summary>
    public static bool IsIn(ReadOnlySpan<byte> body)
    {
        if (!JsonTokens.HasString(body, "\"thinking\""u8)) return false;
        var (isThinking, isSigned) = (false, false);
        var reader = new Utf8JsonReader(body, BodyReader.Options);
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.EndObject && isThinking && !isSigned) return true;
            // A thinking block holds no objects, so one that begins or ends in between belongs to something else.
            if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.EndObject) (isThinking, isSigned) = (false, false);
            if (reader.TokenType != JsonTokenType.PropertyName) continue;
            if (reader.Is("type"u8)) isThinking = reader.Read() && reader.TokenType == JsonTokenType.String && reader.Is("thinking"u8);
            else if (reader.Is("signature"u8)) isSigned = reader.Read() && reader.TokenType == JsonTokenType.String && reader.ValueSpan.Length > 0;
        }
        return false;
    }
}
