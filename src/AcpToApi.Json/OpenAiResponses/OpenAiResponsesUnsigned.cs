using System.Text.Json;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.OpenAiResponses;

/// <summary>
/// Reasoning that stands for nothing at the provider: an item without <c>encrypted_content</c> is only a reference to what is stored there, and a
/// request that stores nothing goes on from answers that were not stored either. Only bodies that hold reasoning at all are read for it.
/// </summary>
static class OpenAiResponsesUnsigned
{
    /// <summary>Whether a body holds such an item. What open models reasoned stands in <c>content</c>, and is nothing that need be known there.</summary>
    public static bool IsIn(ReadOnlyMemory<byte> body)
    {
        if (body.Span.IndexOf("\"store\""u8) < 0 || !JsonTokens.HasString(body.Span, "\"reasoning\""u8)) return false;
        var (isStored, found) = (true, false);
        var reader = new BodyReader(body);
        while (reader.NextProperty())
        {
            var (isStore, isInput) = (reader.Is("store"u8), reader.Is("input"u8));
            reader.Next();
            if (isStore) isStored = reader.Token != JsonTokenType.False;
            if (isInput && reader.Token == JsonTokenType.StartArray)
            {
                while (reader.NextElement()) found |= IsUnsigned(ref reader);
            }
            else reader.Skip();
        }
        return found && !isStored;
    }

    static bool IsUnsigned(ref BodyReader reader)
    {
        var (isReasoning, says) = (false, false);
        if (reader.Token != JsonTokenType.StartObject)
        {
            reader.Skip();
            return false;
        }
        while (reader.NextProperty())
        {
            if (reader.Is("type"u8)) isReasoning = reader.Value() && reader.Token == JsonTokenType.String && reader.Is("reasoning"u8);
            else if (reader.Is("encrypted_content"u8) || reader.Is("content"u8)) says |= reader.Value() && reader.Raw().Length > 2;
            else reader.SkipValue();
            reader.Skip();
        }
        return isReasoning && !says;
    }
}
