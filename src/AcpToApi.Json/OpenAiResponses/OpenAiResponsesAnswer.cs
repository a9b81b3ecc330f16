using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.OpenAiResponses;

/// <summary>The fields of a <c>response</c> object that say something about the answer, not about the request.</summary>
ref struct OpenAiResponsesAnswer
{
    public JsonText Id;
    public JsonText Model;
    public JsonText Status;
    public JsonText IncompleteReason;
    public ReadOnlySpan<byte> Error;
    public ReadOnlySpan<byte> Output;
    public ReadOnlySpan<byte> Usage;

    /// <summary>Reads an object; empty when there is none.</summary>
    public static OpenAiResponsesAnswer Read(ReadOnlySpan<byte> json)
    {
        var found = new OpenAiResponsesAnswer();
        if (json.IsEmpty) return found;
        var reader = new Utf8JsonReader(json, BodyReader.Options);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("id"u8)) found.Id = reader.ReadText();
            else if (reader.ValueTextEquals("model"u8)) found.Model = reader.ReadText();
            else if (reader.ValueTextEquals("status"u8)) found.Status = reader.ReadText();
            else if (reader.ValueTextEquals("error"u8)) found.Error = reader.ReadRaw(json);
            else if (reader.ValueTextEquals("output"u8)) found.Output = reader.ReadRaw(json);
            else if (reader.ValueTextEquals("usage"u8)) found.Usage = reader.ReadRaw(json);
            else if (reader.ValueTextEquals("incomplete_details"u8)) ReadReason(ref reader, ref found);
            else reader.SkipValue();
        }
        return found;
    }

    static void ReadReason(scoped ref Utf8JsonReader reader, scoped ref OpenAiResponsesAnswer found)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return;
        }
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("reason"u8)) found.IncompleteReason = reader.ReadText();
            else reader.SkipValue();
        }
    }
}
