using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Acp;

/// <summary>What the reply to a prompt says: why the turn ended, and its token counts, wherever the agent puts them.</summary>
ref struct AcpTurnResult
{
    public JsonText StopReason;
    public TokenUsage? Usage;

    public static AcpTurnResult Read(ReadOnlySpan<byte> result)
    {
        var read = default(AcpTurnResult);
        if (result.IsEmpty) return read;
        var json = new Utf8JsonReader(result, BodyReader.Options);
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("stopReason"u8)) read.StopReason = json.ReadText();
            else if (json.ValueTextEquals("usage"u8)) read.Usage = CountsOf(json.ReadRawObject(result));
            // gemini-cli: {"quota":{"token_count":{...}}}
            else if (json.ValueTextEquals("_meta"u8)) read.Usage ??= CountsOf(In(In(json.ReadRawObject(result), "quota"u8), "token_count"u8));
            else json.SkipValue();
        }
        return read;
    }

    static ReadOnlySpan<byte> In(ReadOnlySpan<byte> data, ReadOnlySpan<byte> name)
    {
        if (data.IsEmpty) return default;
        var json = new Utf8JsonReader(data, BodyReader.Options);
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals(name)) return json.ReadRawObject(data);
            json.SkipValue();
        }
        return default;
    }

    static TokenUsage? CountsOf(ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty) return null;
        long? input = null, output = null, cacheRead = null, cacheWrite = null, thought = null, total = null;
        var json = new Utf8JsonReader(data, BodyReader.Options);
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("inputTokens"u8) || json.ValueTextEquals("input_tokens"u8)) input = json.ReadCount();
            else if (json.ValueTextEquals("outputTokens"u8) || json.ValueTextEquals("output_tokens"u8)) output = json.ReadCount();
            else if (json.ValueTextEquals("cachedReadTokens"u8)) cacheRead = json.ReadCount();
            else if (json.ValueTextEquals("cachedWriteTokens"u8)) cacheWrite = json.ReadCount();
            else if (json.ValueTextEquals("thoughtTokens"u8)) thought = json.ReadCount();
            else if (json.ValueTextEquals("totalTokens"u8)) total = json.ReadCount();
            else json.SkipValue();
        }
        if (input is null && output is null) return null;
        // The total tells whether cached tokens are counted apart from the input, and thought ones apart from the output.
        var (apart, written) = (input + (cacheRead ?? 0) + (cacheWrite ?? 0) ?? 0, output ?? 0);
        if (thought is { } thoughts && (total is null || total >= (input ?? 0) + written + thoughts)) written += thoughts;
        var prompt = total is { } sum && sum >= written ? Math.Clamp(sum - written, input ?? 0, Math.Max(apart, input ?? 0)) : apart;
        return new TokenUsage(prompt, written, cacheRead ?? 0, cacheWrite ?? 0, thought ?? 0);
    }
}
