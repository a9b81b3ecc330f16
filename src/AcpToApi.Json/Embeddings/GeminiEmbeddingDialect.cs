using System.Text.Json;
using AcpToApi.Json.Gemini;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Embeddings;

/// <summary><c>:embedContent</c>, and <c>:batchEmbedContents</c>, which holds many of its requests.</summary>
sealed class GeminiEmbeddingDialect(bool isBatch) : EmbeddingDialect
{
    public override WireFormat Family => WireFormat.Gemini;

    public override string? PassedTo(EmbeddingForm form) =>
        form != EmbeddingForm.Gemini ? null : isBatch ? form.Path : "/models/{model}:embedContent";

    public override EmbeddingRequest ReadRequest(ReadOnlyMemory<byte> body)
    {
        var request = new EmbeddingRequest(this, isBatch ? "requests" : "content");
        var reader = new BodyReader(body);
        if (!isBatch) ReadOne(ref reader, request);
        else
        {
            var last = request;
            while (reader.NextProperty())
            {
                if (!reader.IsField("requests"u8))
                {
                    reader.SkipValue();
                    continue;
                }
                reader.Next();
                reader.ExpectArray();
                while (reader.NextElement())
                {
                    reader.ExpectObject();
                    last = ReadOne(ref reader, last);
                }
                if (request.Inputs.Count == 0) reader.Fail("must hold at least one request");
            }
            if (request.Inputs.Count == 0) reader.Missing("requests");
        }
        reader.ExpectEnd();
        return request;
    }

    public override void WriteResponse(EmbeddingRequest request, EmbeddingResult result, PooledBuffer output)
    {
        output.Write(isBatch ? "{\"embeddings\":["u8 : "{\"embedding\":"u8);
        for (var i = 0; i < result.Vectors.Count && (isBatch || i == 0); i++)
        {
            output.Write(i == 0 ? "{\"values\":"u8 : ",{\"values\":"u8);
            EmbeddingVector.WriteNumbers(result.Vectors[i].Span, output);
            output.Write((byte)'}');
        }
        if (isBatch) output.Write((byte)']');
        output.Write((byte)'}');
    }

    /// <summary>The model stands in the URL; where the body repeats it (at the top, or in each request), it follows.</summary>
    public override void WriteWithModel(ReadOnlyMemory<byte> body, string model, PooledBuffer output)
    {
        var bytes = body.Span;
        var reader = new Utf8JsonReader(bytes, BodyReader.Options);
        var copied = 0;
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType != JsonTokenType.PropertyName || reader.CurrentDepth != (isBatch ? 3 : 1) || !reader.Is("model"u8)) continue;
                reader.Read();
                if (reader.TokenType != JsonTokenType.String) continue;
                output.Write(bytes[copied..(int)reader.TokenStartIndex]);
                output.WriteString("models/" + model);
                copied = (int)reader.BytesConsumed;
            }
        }
        catch (JsonException broken)
        {
            throw new BridgeException(BridgeError.InvalidRequest($"The request body is not valid JSON (line {broken.LineNumber + 1}, byte {broken.BytePositionInLine + 1})."));
        }
        output.Write(bytes[copied..]);
    }

    // Requests of a batch may differ in all but the model here; elsewhere one call has one setting of each.
    static EmbeddingRequest ReadOne(ref BodyReader reader, EmbeddingRequest last)
    {
        var one = new EmbeddingRequest(last.Dialect, last.Field);
        JsonString? text = null;
        while (reader.NextProperty())
        {
            if (reader.IsField("content"u8)) text = ReadContent(ref reader);
            else if (reader.IsField("outputDimensionality"u8)) one.Dimensions = reader.ReadWhole();
            else if (reader.IsField("taskType"u8)) one.Task = reader.ReadString() is { } word ? EmbeddingTasks.Of(word) : EmbeddingTask.None;
            else if (reader.IsField("title"u8)) one.Title = reader.ReadString();
            else if (reader.IsField("model"u8)) reader.SkipValue();
            else
            {
                var name = reader.Name();
                if (reader.Value()) one.Extras.Add(new ExtraField(name, reader.Raw()));
            }
        }
        if (text is null) reader.Missing("content");
        if (last.Inputs.Count > 0 && (one.Dimensions != last.Dimensions || one.Task != last.Task || one.Title?.ToString() != last.Title?.ToString())) last = last.Next = one;
        (last.Dimensions, last.Task, last.Title) = (one.Dimensions, one.Task, one.Title);
        if (last != one) last.Extras.AddRange(one.Extras);
        last.Inputs.Add(text.Value);
        return last;
    }

    static JsonString ReadContent(ref BodyReader reader)
    {
        var texts = new List<JsonString>();
        reader.Next();
        reader.ExpectObject();
        while (reader.NextProperty())
        {
            if (!reader.IsField("parts"u8))
            {
                reader.SkipValue();
                continue;
            }
            reader.Next();
            reader.ExpectArray();
            while (reader.NextElement()) texts.Add(ReadPart(ref reader));
        }
        if (texts.Count == 0) reader.Missing("parts");
        return texts.Count == 1 ? texts[0] : JsonString.Of(string.Concat(texts));
    }

    static JsonString ReadPart(ref BodyReader reader)
    {
        JsonString? text = null;
        reader.ExpectObject();
        while (reader.NextProperty())
        {
            if (reader.IsField("text"u8)) text = reader.ReadString();
            else reader.SkipValue();
        }
        if (text is null) reader.Fail("must be text: this provider embeds nothing else");
        return text.Value;
    }
}
