using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Embeddings;

/// <summary>How a provider of OpenAI's form is told that base64 is wanted.</summary>
enum EncodingField
{
    /// <summary><c>encoding_format</c>: <c>float</c> or <c>base64</c>.</summary>
    EncodingFormat,

    /// <summary><c>encoding_format</c>, for <c>base64</c> only.</summary>
    Base64Only,

    /// <summary><c>embedding_type</c>: <c>float</c> or <c>base64</c>.</summary>
    EmbeddingType,

    /// <summary>Not at all.</summary>
    None,
}

/// <summary>OpenAI's <c>/embeddings</c>, and what its likenesses make of it.</summary>
sealed class OpenAiEmbeddingForm : EmbeddingForm
{
    public override string Path => "/embeddings";

    /// <summary>The most inputs that one call takes: OpenAI's own, and often that of its likenesses.</summary>
    public int Limit { get; init; } = 2048;

    public string DimensionsField { get; init; } = "dimensions";

    public EncodingField Encoding { get; init; }

    /// <summary>Whether token arrays mean nothing to it.</summary>
    public bool TextsOnly { get; init; }

    /// <summary>The field that says what the vectors are for; null when there is none.</summary>
    public string? TaskField { get; init; }

    /// <summary>Its word for a task; null when it has none.</summary>
    public Func<EmbeddingTask, string?> TaskWord { get; init; } = _ => null;

    /// <summary>The field that lets long inputs be cut; null when there is none.</summary>
    public string? TruncateField { get; init; }

    public override int MaxInputs(string model) => Limit;

    public override void WriteRequest(EmbeddingRequest request, string model, int first, int count, PooledBuffer output, IgnoredFields ignored)
    {
        if (TextsOnly && request.AreTokens) throw request.Refuse("must be text for this provider: token arrays mean something to their own model only");
        output.Write("{\"model\":"u8);
        output.WriteString(model);
        output.Write(",\"input\":"u8);
        WriteTexts(request, first, count, output);
        if (request.Dimensions is { } dimensions)
        {
            Field(DimensionsField, output);
            output.Write(dimensions);
        }
        if (request.WantsBase64 && Encoding != EncodingField.None)
        {
            output.Write(Encoding == EncodingField.EmbeddingType ? ",\"embedding_type\":\"base64\""u8 : ",\"encoding_format\":\"base64\""u8);
        }
        WriteTask(request, output, ignored);
        if (request.Truncate is { } truncate)
        {
            if (TruncateField is null) ignored.Add("truncate");
            else
            {
                Field(TruncateField, output);
                output.WriteBool(truncate);
            }
        }
        WriteUser(request, output, ignored);
        ignored.AddIf(request.Title is not null, "title");
        foreach (var (name, json) in request.Extras) WriteExtra(request, name, json.Span, output, ignored);
        output.Write((byte)'}');
    }

    public override void ReadResponse(ReadOnlyMemory<byte> body, EmbeddingResult result)
    {
        var reader = new Utf8JsonReader(body.Span, BodyReader.Options);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject) throw new JsonException();
        var first = result.Vectors.Count;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("data"u8)) ReadData(ref reader, body, result, first);
            else if (reader.ValueTextEquals("model"u8)) result.Model = reader.ReadText().Keep();
            else if (reader.ValueTextEquals("usage"u8)) result.Count(ReadUsage(ref reader));
            else reader.SkipValue();
        }
    }

    void WriteTask(EmbeddingRequest request, PooledBuffer output, IgnoredFields ignored)
    {
        // What the client said in the provider's own words stays as it is.
        foreach (var (name, _) in request.Extras)
        {
            if (name == TaskField) return;
        }
        if (TaskField is { } field && TaskWord(request.Task) is { } word)
        {
            Field(field, output);
            output.WriteString(word);
        }
        else if (request.Dialect != EmbeddingDialect.OpenAi) ignored.AddIf(request.Task != EmbeddingTask.None, "taskType");
    }

    // Only where the form is OpenAI's to the letter.
    void WriteUser(EmbeddingRequest request, PooledBuffer output, IgnoredFields ignored)
    {
        if (request.User is not { } user) return;
        if (TextsOnly)
        {
            ignored.Add("user");
            return;
        }
        Field("user", output);
        output.WriteString(UserIds.Fit(user).Text);
    }

    // A task in another provider's words was translated.
    void WriteExtra(EmbeddingRequest request, string name, ReadOnlySpan<byte> json, PooledBuffer output, IgnoredFields ignored)
    {
        if (TaskField is not null && name != TaskField && EmbeddingTasks.IsField(name))
        {
            ignored.AddIf(TaskWord(request.Task) is null, name);
            return;
        }
        if (request.Dialect != EmbeddingDialect.OpenAi)
        {
            ignored.Add(name);
            return;
        }
        Field(name, output);
        output.Write(json);
    }

    static void Field(string name, PooledBuffer output)
    {
        output.Write((byte)',');
        output.WriteString(name);
        output.Write((byte)':');
    }

    // The elements may come in any order; "index" tells whose they are.
    static void ReadData(ref Utf8JsonReader reader, ReadOnlyMemory<byte> body, EmbeddingResult result, int first)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray) throw new JsonException();
        while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
        {
            ReadOnlyMemory<byte> vector = default;
            long? index = null;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("embedding"u8)) vector = ReadVector(ref reader, body);
                else if (reader.ValueTextEquals("index"u8)) index = reader.ReadCount();
                else reader.SkipValue();
            }
            var at = first + (int)Math.Min(index ?? (result.Vectors.Count - first), ushort.MaxValue);
            while (result.Vectors.Count <= at) result.Vectors.Add(default);
            result.Vectors[at] = vector;
        }
    }

    static long? ReadUsage(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return null;
        }
        long? prompt = null, total = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("prompt_tokens"u8)) prompt = reader.ReadCount();
            else if (reader.ValueTextEquals("total_tokens"u8)) total = reader.ReadCount();
            else reader.SkipValue();
        }
        return prompt ?? total;
    }

    /// <summary>From a property's name past its value, a vector, which is kept as raw JSON.</summary>
    internal static ReadOnlyMemory<byte> ReadVector(ref Utf8JsonReader reader, ReadOnlyMemory<byte> body)
    {
        reader.Read();
        if (reader.TokenType is not (JsonTokenType.StartArray or JsonTokenType.String)) throw new JsonException();
        return Element(ref reader, body);
    }

    /// <summary>The vector that the reader stands on, as raw JSON.</summary>
    internal static ReadOnlyMemory<byte> Element(ref Utf8JsonReader reader, ReadOnlyMemory<byte> body)
    {
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        return body[start..(int)reader.BytesConsumed];
    }
}
