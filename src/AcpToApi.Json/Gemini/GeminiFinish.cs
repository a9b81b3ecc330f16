using AcpToApi.Json.Model;

namespace AcpToApi.Json.Gemini;

/// <summary>Between <c>finishReason</c> and <see cref="StopReason"/>.</summary>
static class GeminiFinish
{
    /// <summary>
    /// Reads a finish reason. <paramref name="isBroken"/>: the model made a call that is none, so there is nothing to answer with. A tool call
    /// ends with STOP as well; the reader knows better.
    /// </summary>
    public static StopReason Read(JsonText finish, out bool isBroken)
    {
        isBroken = finish.Is("MALFORMED_FUNCTION_CALL"u8) || finish.Is("UNEXPECTED_TOOL_CALL"u8) || finish.Is("TOO_MANY_TOOL_CALLS"u8)
            || finish.Is("MALFORMED_RESPONSE"u8);
        if (finish.Is("MAX_TOKENS"u8)) return StopReason.MaxTokens;
        return IsFilter(finish) ? StopReason.ContentFilter : StopReason.EndTurn; // STOP, OTHER and whatever is to come
    }

    /// <summary>Reads one that is told by its number in the specification's enum (some proxies of Vertex AI).</summary>
    public static StopReason Read(int number) => number switch
    {
        2 => StopReason.MaxTokens,
        3 or 4 or 6 or 7 or 8 or 9 or 11 or 14 or 15 or 17 => StopReason.ContentFilter,
        _ => StopReason.EndTurn,
    };

    /// <summary>The finish reason as Gemini names it; a model that refused and said why ended of itself elsewhere.</summary>
    public static ReadOnlySpan<byte> Name(StopReason reason, bool isRefused) => reason switch
    {
        StopReason.EndTurn when isRefused => "SAFETY"u8,
        StopReason.MaxTokens or StopReason.ContextWindow => "MAX_TOKENS"u8,
        StopReason.ContentFilter => "SAFETY"u8,
        _ => "STOP"u8,
    };

    static bool IsFilter(JsonText finish) =>
        finish.Is("SAFETY"u8) || finish.Is("RECITATION"u8) || finish.Is("BLOCKLIST"u8) || finish.Is("PROHIBITED_CONTENT"u8) || finish.Is("SPII"u8)
        || finish.Is("LANGUAGE"u8) || finish.Is("MODEL_ARMOR"u8) || finish.Bytes.StartsWith("IMAGE_"u8);
}
