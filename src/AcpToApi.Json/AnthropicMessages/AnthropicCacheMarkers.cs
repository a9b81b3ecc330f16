using System.Diagnostics.CodeAnalysis;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.AnthropicMessages;

/// <summary>
/// Writes prompt-cache markers, of which Anthropic takes at most four. The latest ones cover the longest prefixes, so the earliest surplus ones
/// are left out and named. Markers are met in the order of the prompt: tools, system, turns.
/// </summary>
sealed class AnthropicCacheMarkers
{
    const int Most = 4;

    int _surplus;

    /// <summary>Counts the markers of what will be written.</summary>
    public AnthropicCacheMarkers(ChatRequest request, AnthropicConversation conversation, IgnoredFields ignored)
    {
        var count = -Most;
        foreach (var tool in request.Tools) count += tool.CacheControl is null ? 0 : 1;
        count += Count(conversation.System);
        foreach (var turn in conversation.Turns)
        {
            foreach (var answer in turn.Answers)
            {
                if (answer.Result is { } result) count += Count(result.Content) + (result.CacheControl is null ? 0 : 1);
            }
            count += Count(turn.Parts);
        }
        _surplus = count;
        ignored.AddIf(count > 0, "cache_control");
    }

    /// <summary>Writes <c>,"cache_control":...</c>, if there is one and it is not surplus.</summary>
    public void Write(ReadOnlyMemory<byte>? marker, PooledBuffer output)
    {
        if (!Takes(marker)) return;
        output.Write(",\"cache_control\":"u8);
        output.Write(marker.Value.Span);
    }

    /// <summary>Whether the marker that is met next is there and not surplus.</summary>
    public bool Takes([NotNullWhen(true)] ReadOnlyMemory<byte>? marker) => marker is not null && _surplus-- <= 0;

    static int Count(List<Part> parts)
    {
        var count = 0;
        foreach (var part in parts) count += part.CacheControl is null ? 0 : 1;
        return count;
    }
}
