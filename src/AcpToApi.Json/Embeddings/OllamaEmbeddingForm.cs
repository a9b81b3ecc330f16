using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Embeddings;

/// <summary>Ollama's <c>/api/embed</c>.</summary>
sealed class OllamaEmbeddingForm : EmbeddingForm
{
    public override string Path => "~/api/embed";

    public override void WriteRequest(EmbeddingRequest request, string model, int first, int count, PooledBuffer output, IgnoredFields ignored)
    {
        if (request.Dialect.Family != WireFormat.Ollama)
        {
            Expect(request, ignored);
            ignored.AddIf(request.Task != EmbeddingTask.None && request.Dialect.Family == WireFormat.Gemini, "taskType");
        }
        output.Write("{\"model\":"u8);
        output.WriteString(model);
        output.Write(",\"input\":"u8);
        WriteTexts(request, first, count, output);
        if (request.Dimensions is { } dimensions)
        {
            output.Write(",\"dimensions\":"u8);
            output.Write(dimensions);
        }
        if (request.Truncate is { } truncate)
        {
            output.Write(",\"truncate\":"u8);
            output.WriteBool(truncate);
        }
        foreach (var (name, json) in request.Extras)
        {
            if (request.Dialect.Family != WireFormat.Ollama) continue;
            output.Write((byte)',');
            output.WriteString(name);
            output.Write((byte)':');
            output.Write(json.Span);
        }
        output.Write((byte)'}');
    }

    public override void ReadResponse(ReadOnlyMemory<byte> body, EmbeddingResult result)
    {
        var reader = new Utf8JsonReader(body.Span, BodyReader.Options);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject) throw new JsonException();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("embeddings"u8)) ReadVectors(ref reader, body, result);
            else if (reader.ValueTextEquals("prompt_eval_count"u8)) result.Count(reader.ReadCount());
            else reader.SkipValue();
        }
    }

    /// <summary>From a property's name past its value, an array of vectors.</summary>
    internal static void ReadVectors(ref Utf8JsonReader reader, ReadOnlyMemory<byte> body, EmbeddingResult result)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray) throw new JsonException();
        while (reader.Read() && reader.TokenType is JsonTokenType.StartArray or JsonTokenType.String) result.Vectors.Add(OpenAiEmbeddingForm.Element(ref reader, body));
    }
}
