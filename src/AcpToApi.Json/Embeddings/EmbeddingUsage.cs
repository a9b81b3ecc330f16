using System.Text.Json;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Embeddings;

/// <summary>Finds how many tokens an answer with embeddings counts, while it is passed through piece by piece.</summary>
public sealed class EmbeddingUsage : IDisposable
{
    // A vector in base64, which the reader takes whole, is far shorter.
    const int LongestToken = 1024 * 1024;

    readonly PooledBuffer _rest = new();
    JsonReaderState _state = new(BodyReader.Options);
    Count _expected;
    bool _inUsage;
    bool _isOver;
    long? _prompt;
    long? _total;

    enum Count
    {
        None,
        Prompt,
        Total,
    }

    /// <summary>Tokens of the inputs; null when the answer does not tell, or has not yet.</summary>
    public long? InputTokens => _prompt ?? _total;

    /// <summary>Takes the next piece; what is no JSON counts nothing.</summary>
    public void Feed(ReadOnlySpan<byte> piece)
    {
        if (_isOver) return;
        _rest.Write(piece);
        try
        {
            var reader = new Utf8JsonReader(_rest.Written, isFinalBlock: false, _state);
            while (reader.Read()) Take(ref reader);
            _state = reader.CurrentState;
            _rest.RemoveFirst((int)reader.BytesConsumed);
            _isOver = _rest.Length > LongestToken;
        }
        catch (JsonException)
        {
            _isOver = true;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _rest.Dispose();

    void Take(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.PropertyName)
        {
            _expected = Count.None;
            if (reader.CurrentDepth == 1)
            {
                _inUsage = reader.Is("usage"u8) || reader.Is("usageMetadata"u8);
                if (reader.Is("prompt_eval_count"u8)) _expected = Count.Prompt;
            }
            else if (_inUsage && reader.CurrentDepth == 2)
            {
                if (reader.Is("prompt_tokens"u8) || reader.Is("promptTokenCount"u8)) _expected = Count.Prompt;
                else if (reader.Is("total_tokens"u8)) _expected = Count.Total;
            }
            return;
        }
        if (_expected == Count.Prompt) _prompt = reader.Count();
        else if (_expected == Count.Total) _total = reader.Count();
        _expected = Count.None;
    }
}
