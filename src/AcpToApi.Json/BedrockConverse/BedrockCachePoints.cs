using System.Text.Json;
using AcpToApi.Json.AnthropicMessages;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.BedrockConverse;

/// <summary>Prompt-cache markers: here they are blocks of their own behind the block that they mark, at most four as at Anthropic.</summary>
sealed class BedrockCachePoints(ChatRequest request, AnthropicConversation conversation, BedrockModel model, PooledBuffer output, IgnoredFields ignored)
{
    readonly AnthropicCacheMarkers _markers = new(request, conversation, ignored);

    /// <summary>Appends a cache point behind a block, with its comma, if the block is marked and the model takes it.</summary>
    public void Write(ReadOnlyMemory<byte>? marker, bool isTool = false)
    {
        if (!_markers.Takes(marker)) return;
        if (!model.IsClaudeOrNova || (isTool && model.IsNova))
        {
            ignored.Add("cache_control");
            return;
        }
        output.Write(",{\"cachePoint\":{\"type\":\"default\""u8);
        if (model.IsClaude && IsLong(marker.Value.Span)) output.Write(",\"ttl\":\"1h\""u8);
        output.Write("}}"u8);
    }

    // Five minutes is what goes without saying.
    static bool IsLong(ReadOnlySpan<byte> marker)
    {
        var json = new Utf8JsonReader(marker, BodyReader.Options);
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.Is("ttl"u8)) return json.ReadText().Is("1h"u8);
            json.SkipValue();
        }
        return false;
    }
}
