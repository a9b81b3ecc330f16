using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Embeddings;

/// <summary>How a client asks for embeddings and is answered.</summary>
public abstract class EmbeddingDialect
{
    /// <summary><c>POST /v1/embeddings</c>.</summary>
    public static EmbeddingDialect OpenAi { get; } = new OpenAiEmbeddingDialect();

    /// <summary><c>:embedContent</c>.</summary>
    public static EmbeddingDialect GeminiSingle { get; } = new GeminiEmbeddingDialect(isBatch: false);

    /// <summary><c>:batchEmbedContents</c>.</summary>
    public static EmbeddingDialect GeminiBatch { get; } = new GeminiEmbeddingDialect(isBatch: true);

    /// <summary><c>POST /api/embed</c>.</summary>
    public static EmbeddingDialect Ollama { get; } = new OllamaEmbeddingDialect(isLegacy: false);

    /// <summary><c>POST /api/embeddings</c>, which <c>/api/embed</c> replaced.</summary>
    public static EmbeddingDialect OllamaLegacy { get; } = new OllamaEmbeddingDialect(isLegacy: true);

    /// <summary>The wire format whose error bodies the client knows.</summary>
    public abstract WireFormat Family { get; }

    /// <summary>Reads a client's body. Throws <see cref="BridgeException"/> (400) that names the field.</summary>
    public abstract EmbeddingRequest ReadRequest(ReadOnlyMemory<byte> body);

    /// <summary>Writes the answer's body. Throws <see cref="FormatException"/> when a vector is none.</summary>
    public abstract void WriteResponse(EmbeddingRequest request, EmbeddingResult result, PooledBuffer output);

    /// <summary>The path at which a provider of this form takes the client's body as it is; null when it must be translated.</summary>
    public virtual string? PassedTo(EmbeddingForm form) => null;

    /// <summary>Writes the client's body with only the model's name replaced, for a provider that takes it so.</summary>
    public virtual void WriteWithModel(ReadOnlyMemory<byte> body, string model, PooledBuffer output) => ModelField.InJson(body).WriteWithModel(model, output);
}
