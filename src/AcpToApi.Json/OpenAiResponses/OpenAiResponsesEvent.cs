using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.OpenAiResponses;

/// <summary>The fields of one stream event, whatever its type; what it has not is empty.</summary>
ref struct OpenAiResponsesEvent
{
    public JsonText Type;
    public JsonText Delta;
    // text, refusal, arguments or input of a "done" event.
    public JsonText Whole;
    // content_index or summary_index.
    public int PartIndex;
    // -1 where it is missing.
    public int OutputIndex;
    public ReadOnlySpan<byte> Annotation;
    public ReadOnlySpan<byte> Logprobs;
    public ReadOnlySpan<byte> Item;
    public ReadOnlySpan<byte> Response;
    public ReadOnlySpan<byte> Error;

    /// <summary>Reads an event.</summary>
    public static OpenAiResponsesEvent Read(ReadOnlySpan<byte> data)
    {
        var found = new OpenAiResponsesEvent { OutputIndex = -1 };
        var reader = new Utf8JsonReader(data, BodyReader.Options);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject) throw new JsonException();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("type"u8)) found.Type = reader.ReadText();
            else if (reader.ValueTextEquals("delta"u8)) found.Delta = reader.ReadText();
            else if (reader.ValueTextEquals("output_index"u8)) found.OutputIndex = Index(reader.ReadCount(), -1);
            else if (reader.ValueTextEquals("content_index"u8) || reader.ValueTextEquals("summary_index"u8)) found.PartIndex = Index(reader.ReadCount(), 0);
            else if (reader.ValueTextEquals("text"u8) || reader.ValueTextEquals("refusal"u8) || reader.ValueTextEquals("arguments"u8)
                || reader.ValueTextEquals("input"u8)) found.Whole = reader.ReadText();
            else if (reader.ValueTextEquals("annotation"u8)) found.Annotation = reader.ReadRawObject(data);
            else if (reader.ValueTextEquals("logprobs"u8)) found.Logprobs = reader.ReadRaw(data);
            else if (reader.ValueTextEquals("item"u8)) found.Item = reader.ReadRawObject(data);
            else if (reader.ValueTextEquals("response"u8)) found.Response = reader.ReadRawObject(data);
            else if (reader.ValueTextEquals("error"u8)) found.Error = reader.ReadRaw(data);
            else reader.SkipValue();
        }
        return found;
    }

    static int Index(long? count, int otherwise) => count is { } index and < OpenAiResponsesItems.Most ? (int)index : otherwise;
}
