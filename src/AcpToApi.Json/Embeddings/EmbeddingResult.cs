using AcpToApi.Json.Model;

namespace AcpToApi.Json.Embeddings;

/// <summary>The vectors of one request, in the order of its inputs, gathered from one or more answers of a provider.</summary>
public sealed class EmbeddingResult
{
    /// <summary>The vectors as raw JSON: an array of numbers, or a string of base64.</summary>
    public List<ReadOnlyMemory<byte>> Vectors { get; } = [];

    /// <summary>The model that answered; empty when the provider did not tell.</summary>
    public JsonString Model { get; set; }

    /// <summary>Tokens of the inputs; null when the provider did not count them.</summary>
    public long? InputTokens { get; set; }

    /// <summary>How long it took.</summary>
    public TimeSpan Elapsed { get; set; }

    /// <summary>Adds to the tokens.</summary>
    internal void Count(long? tokens)
    {
        if (tokens is { } more) InputTokens = (InputTokens ?? 0) + more;
    }
}
