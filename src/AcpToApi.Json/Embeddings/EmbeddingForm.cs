using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Embeddings;

/// <summary>How a provider is asked for embeddings.</summary>
public abstract class EmbeddingForm
{
    /// <summary>OpenAI's form, as it is.</summary>
    public static EmbeddingForm OpenAi { get; } = new OpenAiEmbeddingForm();

    /// <summary>OpenAI's form without <c>encoding_format</c>: numbers are all there is.</summary>
    public static EmbeddingForm NumbersOnly { get; } = new OpenAiEmbeddingForm { Encoding = EncodingField.None };

    /// <summary>Qwen's: the same, ten inputs at once.</summary>
    public static EmbeddingForm Qwen { get; } = new OpenAiEmbeddingForm { Encoding = EncodingField.None, Limit = 10 };

    /// <summary>Mistral's: <c>output_dimension</c>, texts only.</summary>
    public static EmbeddingForm Mistral { get; } = new OpenAiEmbeddingForm { DimensionsField = "output_dimension", TextsOnly = true };

    /// <summary>Voyage's: <c>output_dimension</c>, <c>input_type</c>, and an <c>encoding_format</c> that knows no word for numbers.</summary>
    public static EmbeddingForm Voyage { get; } = new OpenAiEmbeddingForm
    {
        DimensionsField = "output_dimension",
        TextsOnly = true,
        Limit = 1000,
        Encoding = EncodingField.Base64Only,
        TaskField = "input_type",
        TruncateField = "truncation",
        TaskWord = task => task switch { EmbeddingTask.Query => "query", EmbeddingTask.Document => "document", _ => null },
    };

    /// <summary>Jina's: <c>embedding_type</c>, <c>task</c>.</summary>
    public static EmbeddingForm Jina { get; } = new OpenAiEmbeddingForm
    {
        TextsOnly = true,
        Encoding = EncodingField.EmbeddingType,
        TaskField = "task",
        TruncateField = "truncate",
        TaskWord = task => task switch
        {
            EmbeddingTask.Query => "retrieval.query",
            EmbeddingTask.Document => "retrieval.passage",
            EmbeddingTask.Similarity => "text-matching",
            EmbeddingTask.Classification => "classification",
            EmbeddingTask.Clustering => "separation",
            _ => null,
        },
    };

    /// <summary>NVIDIA's: its retrievers demand an <c>input_type</c>.</summary>
    public static EmbeddingForm Retriever { get; } = new OpenAiEmbeddingForm
    {
        TextsOnly = true,
        TaskField = "input_type",
        TaskWord = task => task == EmbeddingTask.Query ? "query" : "passage",
    };

    /// <summary>Gemini's <c>:batchEmbedContents</c>.</summary>
    public static EmbeddingForm Gemini { get; } = new GeminiEmbeddingForm();

    /// <summary>Ollama's <c>/api/embed</c>.</summary>
    public static EmbeddingForm Ollama { get; } = new OllamaEmbeddingForm();

    /// <summary>Cohere's <c>/v2/embed</c>.</summary>
    public static EmbeddingForm Cohere { get; } = new CohereEmbeddingForm();

    /// <summary>Bedrock's <c>InvokeModel</c>, whose body is the model's: Amazon's or Cohere's.</summary>
    public static EmbeddingForm Bedrock { get; } = new BedrockEmbeddingForm();

    /// <summary>The form that usually goes with a wire format.</summary>
    public static EmbeddingForm Of(WireFormat format) =>
        format == WireFormat.Gemini ? Gemini : format == WireFormat.Ollama ? Ollama : format == WireFormat.CohereChat ? Cohere : OpenAi;

    /// <summary>The path below the provider's API path; <c>{model}</c> stands for the model's name.</summary>
    public abstract string Path { get; }

    /// <summary>The most inputs that one call takes.</summary>
    public virtual int MaxInputs(string model) => int.MaxValue;

    /// <summary>
    /// Writes the body of one call, for <paramref name="count"/> inputs from <paramref name="first"/>, and names in <paramref name="ignored"/> what
    /// it cannot carry. Throws <see cref="BridgeException"/> when the request cannot be carried at all.
    /// </summary>
    public abstract void WriteRequest(EmbeddingRequest request, string model, int first, int count, PooledBuffer output, IgnoredFields ignored);

    /// <summary>Adds the vectors of one answer; they point into <paramref name="body"/>. Throws <see cref="System.Text.Json.JsonException"/> when it is none.</summary>
    public abstract void ReadResponse(ReadOnlyMemory<byte> body, EmbeddingResult result);

    /// <summary>Appends the texts as a JSON array.</summary>
    private protected static void WriteTexts(EmbeddingRequest request, int first, int count, PooledBuffer output)
    {
        for (var i = first; i < first + count; i++)
        {
            output.Write(i == first ? "["u8 : ","u8);
            if (request.AreTokens) output.Write(request.Inputs[i].Bytes.Span);
            else output.WriteString(request.Inputs[i].Text);
        }
        output.Write((byte)']');
    }

    /// <summary>Refuses token arrays, and notes what no form but OpenAI's has.</summary>
    private protected static void Expect(EmbeddingRequest request, IgnoredFields ignored, bool hasTitle = false, bool hasTask = false)
    {
        if (request.AreTokens) throw request.Refuse("must be text for this provider: token arrays mean something to their own model only");
        ignored.AddIf(request.User is not null, "user");
        if (!hasTitle) ignored.AddIf(request.Title is not null, "title");
        foreach (var (name, _) in request.Extras)
        {
            // A task in another provider's words was translated.
            if (!hasTask || request.Task == EmbeddingTask.None || !EmbeddingTasks.IsField(name)) ignored.Add(name);
        }
    }
}
