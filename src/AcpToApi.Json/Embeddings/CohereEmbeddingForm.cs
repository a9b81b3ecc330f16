using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Embeddings;

/// <summary>Cohere's <c>/v2/embed</c>: a task is demanded, and at most 96 texts are taken at once.</summary>
sealed class CohereEmbeddingForm : EmbeddingForm
{
    public override string Path => "/embed";

    public override int MaxInputs(string model) => 96;

    public override void WriteRequest(EmbeddingRequest request, string model, int first, int count, PooledBuffer output, IgnoredFields ignored)
    {
        output.Write("{\"model\":"u8);
        output.WriteString(model);
        output.Write((byte)',');
        WriteFields(request, first, count, output, ignored);
    }

    public override void ReadResponse(ReadOnlyMemory<byte> body, EmbeddingResult result)
    {
        var reader = new Utf8JsonReader(body.Span, BodyReader.Options);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject) throw new JsonException();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("embeddings"u8)) ReadEmbeddings(ref reader, body, result);
            else if (reader.ValueTextEquals("meta"u8)) ReadMeta(ref reader, result);
            else reader.SkipValue();
        }
    }

    /// <summary>Appends what follows the model, which Bedrock has in its URL.</summary>
    internal static void WriteFields(EmbeddingRequest request, int first, int count, PooledBuffer output, IgnoredFields ignored)
    {
        Expect(request, ignored, hasTask: true);
        output.Write("\"texts\":"u8);
        WriteTexts(request, first, count, output);
        output.Write(",\"input_type\":\""u8);
        output.Write(request.Task switch
        {
            EmbeddingTask.Query => "search_query"u8,
            EmbeddingTask.Classification => "classification"u8,
            EmbeddingTask.Clustering or EmbeddingTask.Similarity => "clustering"u8,
            _ => "search_document"u8,
        });
        output.Write("\",\"embedding_types\":[\"float\"]"u8);
        if (request.Dimensions is { } dimensions)
        {
            output.Write(",\"output_dimension\":"u8);
            output.Write(dimensions);
        }
        if (request.Truncate is { } truncate) output.Write(truncate ? ",\"truncate\":\"END\""u8 : ",\"truncate\":\"NONE\""u8);
        output.Write((byte)'}');
    }

    /// <summary>From a property's name past its value: the vectors, by type, or bare as they were before there were types.</summary>
    internal static void ReadEmbeddings(ref Utf8JsonReader reader, ReadOnlyMemory<byte> body, EmbeddingResult result)
    {
        var atName = reader;
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader = atName;
            OllamaEmbeddingForm.ReadVectors(ref reader, body, result);
            return;
        }
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("float"u8)) OllamaEmbeddingForm.ReadVectors(ref reader, body, result);
            else reader.SkipValue();
        }
    }

    static void ReadMeta(ref Utf8JsonReader reader, EmbeddingResult result)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject) return;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (!reader.ValueTextEquals("billed_units"u8))
            {
                reader.SkipValue();
                continue;
            }
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject) continue;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("input_tokens"u8)) result.Count(reader.ReadCount());
                else reader.SkipValue();
            }
        }
    }
}
