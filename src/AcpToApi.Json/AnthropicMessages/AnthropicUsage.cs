using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.AnthropicMessages;

/// <summary>
/// Token counts as Anthropic tells them: in pieces, of which the later one counts, field by field (<c>message_delta</c> may correct the input of
/// <c>message_start</c> after tools that the provider ran itself). <c>input_tokens</c> excludes both cache counts.
/// </summary>
struct AnthropicUsage
{
    long _input;
    long _cacheRead;
    long _cacheWrite;
    long _output;
    long _reasoning;

    /// <summary>Whether any count has been told.</summary>
    public bool IsKnown { get; private set; }

    /// <summary>The counts in neutral meaning.</summary>
    public readonly TokenUsage Neutral => new(_input + _cacheRead + _cacheWrite, _output, _cacheRead, _cacheWrite, Math.Min(_reasoning, _output));

    /// <summary>Takes a <c>usage</c> object over what was known.</summary>
    public void Update(ReadOnlySpan<byte> raw)
    {
        if (raw.IsEmpty) return;
        var json = new Utf8JsonReader(raw);
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("input_tokens"u8)) Set(ref _input, json.ReadCount());
            else if (json.ValueTextEquals("output_tokens"u8)) Set(ref _output, json.ReadCount());
            else if (json.ValueTextEquals("cache_read_input_tokens"u8)) Set(ref _cacheRead, json.ReadCount());
            else if (json.ValueTextEquals("cache_creation_input_tokens"u8)) Set(ref _cacheWrite, json.ReadCount());
            else if (json.ValueTextEquals("output_tokens_details"u8)) UpdateDetails(json.ReadRawObject(raw));
            else json.SkipValue();
        }
    }

    void UpdateDetails(ReadOnlySpan<byte> raw)
    {
        if (raw.IsEmpty) return;
        var json = new Utf8JsonReader(raw);
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("thinking_tokens"u8)) Set(ref _reasoning, json.ReadCount());
            else json.SkipValue();
        }
    }

    void Set(ref long count, long? told)
    {
        if (told is not { } known) return;
        count = known;
        IsKnown = true;
    }
}
