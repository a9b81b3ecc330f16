using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Embeddings;

/// <summary>What is to be embedded, in neutral form; texts are slices of the client's body.</summary>
/// <param name="dialect">The client's.</param>
/// <param name="field">The field that holds the inputs, for messages.</param>
public sealed class EmbeddingRequest(EmbeddingDialect dialect, string field)
{
    /// <summary>The client's dialect.</summary>
    public EmbeddingDialect Dialect { get; } = dialect;

    /// <summary>The field that holds the inputs.</summary>
    public string Field { get; } = field;

    /// <summary>The model as the client named it; empty where the URL names it.</summary>
    public JsonString Model { get; set; }

    /// <summary>The texts, in order; raw JSON arrays of numbers where <see cref="AreTokens"/>.</summary>
    public List<JsonString> Inputs { get; } = [];

    /// <summary>Whether the inputs are token arrays, which only OpenAI's tokenizers understand.</summary>
    public bool AreTokens { get; set; }

    /// <summary>The number of dimensions asked for.</summary>
    public long? Dimensions { get; set; }

    /// <summary>Whether the vectors are to be base64 of little-endian 32-bit floats.</summary>
    public bool WantsBase64 { get; set; }

    /// <summary>What the vectors are for.</summary>
    public EmbeddingTask Task { get; set; }

    /// <summary>A document's title (Gemini).</summary>
    public JsonString? Title { get; set; }

    /// <summary>Whether inputs that are too long are cut rather than refused.</summary>
    public bool? Truncate { get; set; }

    /// <summary>The end user's id.</summary>
    public JsonString? User { get; set; }

    /// <summary>Fields without neutral meaning: carried to a provider of the same family, else named as ignored.</summary>
    public List<ExtraField> Extras { get; } = [];

    /// <summary>What follows, where the client asks for something else for further inputs (<c>:batchEmbedContents</c>); null where it does not.</summary>
    public EmbeddingRequest? Next { get; set; }

    /// <summary>A guess at the number of tokens, for providers that do not count them.</summary>
    public long EstimateTokens()
    {
        long total = 0;
        var profile = TokenProfile.Of(Model.ToString());
        foreach (var input in Inputs)
        {
            total += AreTokens ? Tokens(input.Bytes.Span) : (TextTokens.Count(input.Bytes.Span, input.IsEscaped, profile) + 99) / 100;
        }
        return total + (Next?.EstimateTokens() ?? 0);
    }

    static long Tokens(ReadOnlySpan<byte> array) => 1 + array.Count((byte)',');

    /// <summary>Complains that this provider does not take what the client sent as its inputs.</summary>
    internal BridgeException Refuse(string rule) => new(BridgeError.InvalidRequest($"'{Field}' {rule}.", Field));
}
