using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Embeddings;

/// <summary>Gemini's <c>:batchEmbedContents</c>: one request per text.</summary>
sealed class GeminiEmbeddingForm : EmbeddingForm
{
    public override string Path => "/models/{model}:batchEmbedContents";

    public override int MaxInputs(string model) => 100;

    public override void WriteRequest(EmbeddingRequest request, string model, int first, int count, PooledBuffer output, IgnoredFields ignored)
    {
        Expect(request, ignored, hasTitle: true, hasTask: true);
        ignored.AddIf(request.Truncate is false, "truncate");
        for (var i = first; i < first + count; i++)
        {
            output.Write(i == first ? "{\"requests\":[{\"model\":"u8 : ",{\"model\":"u8);
            output.WriteString("models/" + model);
            output.Write(",\"content\":{\"parts\":[{\"text\":"u8);
            output.WriteString(request.Inputs[i].Text);
            output.Write("}]}"u8);
            if (WordOf(request.Task) is { } word)
            {
                output.Write(",\"taskType\":"u8);
                output.WriteString(word);
            }
            if (request.Title is { } title)
            {
                output.Write(",\"title\":"u8);
                output.WriteString(title.Text);
            }
            if (request.Dimensions is { } dimensions)
            {
                output.Write(",\"outputDimensionality\":"u8);
                output.Write(dimensions);
            }
            output.Write((byte)'}');
        }
        output.Write("]}"u8);
    }

    public override void ReadResponse(ReadOnlyMemory<byte> body, EmbeddingResult result)
    {
        var reader = new Utf8JsonReader(body.Span, BodyReader.Options);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject) throw new JsonException();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("usageMetadata"u8)) ReadUsage(ref reader, result);
            else if (!reader.ValueTextEquals("embeddings"u8)) reader.SkipValue();
            else
            {
                reader.Read();
                if (reader.TokenType != JsonTokenType.StartArray) throw new JsonException();
                while (reader.Read() && reader.TokenType == JsonTokenType.StartObject) ReadValues(ref reader, body, result);
            }
        }
    }

    static void ReadValues(ref Utf8JsonReader reader, ReadOnlyMemory<byte> body, EmbeddingResult result)
    {
        ReadOnlyMemory<byte> vector = default;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("values"u8)) vector = OpenAiEmbeddingForm.ReadVector(ref reader, body);
            else reader.SkipValue();
        }
        result.Vectors.Add(vector);
    }

    static void ReadUsage(ref Utf8JsonReader reader, EmbeddingResult result)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject) return;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("promptTokenCount"u8)) result.Count(reader.ReadCount());
            else reader.SkipValue();
        }
    }

    static string? WordOf(EmbeddingTask task) => task switch
    {
        EmbeddingTask.Query => "RETRIEVAL_QUERY",
        EmbeddingTask.Document => "RETRIEVAL_DOCUMENT",
        EmbeddingTask.Similarity => "SEMANTIC_SIMILARITY",
        EmbeddingTask.Classification => "CLASSIFICATION",
        EmbeddingTask.Clustering => "CLUSTERING",
        _ => null,
    };
}
