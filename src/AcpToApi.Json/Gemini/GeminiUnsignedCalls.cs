using System.Text.Json;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Gemini;

/// <summary>
/// Calls that Google did not sign: what a client keeps of another model's answer, and models of the third generation refuse the request for. Of
/// calls that were made at once only the first is signed. Only bodies that hold a call at all are read for it.
/// </summary>
static class GeminiUnsignedCalls
{
    /// <summary>Whether a body holds such a call.</summary>
    public static bool AreIn(ReadOnlySpan<byte> body)
    {
        if (body.IndexOf("\"functionCall\""u8) < 0 && body.IndexOf("\"function_call\""u8) < 0) return false;
        var (isFirst, isCall, isSigned) = (true, false, false);
        var reader = new Utf8JsonReader(body, BodyReader.Options);
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.EndObject && isCall)
            {
                if (isFirst && !isSigned) return true;
                isFirst = false;
            }
            if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.EndObject) (isCall, isSigned) = (false, false);
            if (reader.TokenType != JsonTokenType.PropertyName) continue;
            if (reader.Is("parts"u8)) isFirst = true;
            else if (reader.Is("functionCall"u8) || reader.Is("function_call"u8))
            {
                reader.Read();
                isCall = reader.TokenType == JsonTokenType.StartObject;
                reader.Skip();
            }
            else if (reader.Is("thoughtSignature"u8) || reader.Is("thought_signature"u8)) isSigned = reader.Read() && reader.TokenType == JsonTokenType.String && reader.ValueSpan.Length > 0;
        }
        return false;
    }
}
