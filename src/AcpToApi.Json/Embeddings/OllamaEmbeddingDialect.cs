using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Embeddings;

/// <summary><c>/api/embed</c>, and <c>/api/embeddings</c>, which takes one <c>prompt</c> and gives one <c>embedding</c>.</summary>
sealed class OllamaEmbeddingDialect(bool isLegacy) : EmbeddingDialect
{
    public override WireFormat Family => WireFormat.Ollama;

    public override string? PassedTo(EmbeddingForm form) => form == EmbeddingForm.Ollama && !isLegacy ? form.Path : null;

    public override EmbeddingRequest ReadRequest(ReadOnlyMemory<byte> body)
    {
        var request = new EmbeddingRequest(this, isLegacy ? "prompt" : "input");
        var reader = new BodyReader(body);
        while (reader.NextProperty())
        {
            if (reader.Is("model"u8))
            {
                reader.Next();
                request.Model = reader.ExpectString();
            }
            else if (reader.Is(request.Field)) ReadInput(ref reader, request);
            else if (reader.Is("dimensions"u8)) request.Dimensions = reader.ReadWhole();
            else if (reader.Is("truncate"u8)) request.Truncate = reader.ReadBool();
            else
            {
                var name = reader.Name();
                if (reader.Value()) request.Extras.Add(new ExtraField(name, reader.Raw()));
            }
        }
        if (request.Inputs.Count == 0) reader.Missing(request.Field);
        reader.ExpectEnd();
        return request;
    }

    public override void WriteResponse(EmbeddingRequest request, EmbeddingResult result, PooledBuffer output)
    {
        if (isLegacy)
        {
            output.Write("{\"embedding\":"u8);
            EmbeddingVector.WriteNumbers(result.Vectors[0].Span, output);
            output.Write((byte)'}');
            return;
        }
        output.Write("{\"model\":"u8);
        output.WriteString(request.Model.Text);
        for (var i = 0; i < result.Vectors.Count; i++)
        {
            output.Write(i == 0 ? ",\"embeddings\":["u8 : ","u8);
            EmbeddingVector.WriteNumbers(result.Vectors[i].Span, output);
        }
        output.Write("],\"total_duration\":"u8);
        output.Write(result.Elapsed.Ticks * TimeSpan.NanosecondsPerTick);
        output.Write(",\"load_duration\":0,\"prompt_eval_count\":"u8);
        output.Write(result.InputTokens ?? 0);
        output.Write((byte)'}');
    }

    void ReadInput(ref BodyReader reader, EmbeddingRequest request)
    {
        reader.Next();
        if (isLegacy || reader.Token == JsonTokenType.String)
        {
            request.Inputs.Add(reader.ExpectString());
            return;
        }
        if (reader.Token != JsonTokenType.StartArray) reader.Fail("must be a string or an array of strings");
        while (reader.NextElement()) request.Inputs.Add(reader.ExpectString());
        if (request.Inputs.Count == 0) reader.Fail("must hold at least one input");
    }
}
