using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Embeddings;

/// <summary>Bedrock's <c>InvokeModel</c>: Amazon's Titan takes one text a call, Cohere's models what Cohere takes.</summary>
sealed class BedrockEmbeddingForm : EmbeddingForm
{
    public override string Path => "/model/{model}/invoke";

    public override int MaxInputs(string model) => IsCohere(model) ? Cohere.MaxInputs(model) : 1;

    public override void WriteRequest(EmbeddingRequest request, string model, int first, int count, PooledBuffer output, IgnoredFields ignored)
    {
        if (IsCohere(model))
        {
            output.Write((byte)'{');
            CohereEmbeddingForm.WriteFields(request, first, count, output, ignored);
            return;
        }
        Expect(request, ignored);
        ignored.AddIf(request.Truncate is false, "truncate");
        ignored.AddIf(request.Task != EmbeddingTask.None && request.Dialect.Family == WireFormat.Gemini, "taskType");
        output.Write("{\"inputText\":"u8);
        output.WriteString(request.Inputs[first].Text);
        if (request.Dimensions is { } dimensions)
        {
            // The first version has one size only; the one for images has its own word.
            var isImage = model.Contains("titan-embed-image", StringComparison.Ordinal);
            if (model.Contains("titan-embed-text-v1", StringComparison.Ordinal) || model.Contains("titan-embed-g1", StringComparison.Ordinal)) ignored.Add("dimensions");
            else
            {
                output.Write(isImage ? ",\"embeddingConfig\":{\"outputEmbeddingLength\":"u8 : ",\"dimensions\":"u8);
                output.Write(dimensions);
                if (isImage) output.Write((byte)'}');
            }
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
            if (reader.ValueTextEquals("embedding"u8)) result.Vectors.Add(OpenAiEmbeddingForm.ReadVector(ref reader, body));
            else if (reader.ValueTextEquals("embeddings"u8)) CohereEmbeddingForm.ReadEmbeddings(ref reader, body, result);
            else if (reader.ValueTextEquals("inputTextTokenCount"u8)) result.Count(reader.ReadCount());
            else reader.SkipValue();
        }
    }

    // Ids may begin with a region or be ARNs.
    static bool IsCohere(string model) => model.Contains("cohere.", StringComparison.Ordinal);
}
