using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.AnthropicMessages;

/// <summary>
/// Writes a body of <c>/v1/messages</c>. Tools, system and turns stand in the order in which Anthropic caches them; the same request always gives
/// the same bytes, because a changed byte costs the cache.
/// </summary>
static class AnthropicMessagesRequestWriter
{
    /// <summary>Writes the body, and names in <paramref name="ignored"/> what it cannot carry.</summary>
    public static void Write(ChatRequest request, in UpstreamTarget target, PooledBuffer output, IgnoredFields ignored)
    {
        var conversation = AnthropicConversation.Of(request, WireFormat.AnthropicMessages, ignored, target.ReplaysReasoning);
        var thinking = AnthropicThinking.Of(request, conversation, target.Model, ignored);
        var markers = new AnthropicCacheMarkers(request, conversation, ignored);
        var maxNameLength = WireFormat.AnthropicMessages.MaxToolNameLength;
        output.Write("{\"model\":\""u8);
        target.Model.Text.WriteEscaped(output);
        output.Write("\",\"max_tokens\":"u8);
        output.Write(thinking.Limit);
        if (target.Stream) output.Write(",\"stream\":true"u8);
        WriteThinking(request, thinking, output);
        WriteSampling(request, thinking, output, ignored);
        WriteOutputConfig(request, thinking, output, ignored);
        WriteMetadata(request, output);
        AnthropicExtras.Write(request, "", output);
        AnthropicExtras.WriteTier(request, output);
        new AnthropicToolWriter(request, maxNameLength, markers, output, ignored).Write(conversation);
        WriteConversation(conversation, new AnthropicContentWriter(request, maxNameLength, markers, output), output);
        output.Write((byte)'}');
        AnthropicExtras.Ignore(request, ignored);
    }

    static void WriteConversation(AnthropicConversation conversation, AnthropicContentWriter content, PooledBuffer output)
    {
        if (conversation.System.Count > 0)
        {
            output.Write(",\"system\":"u8);
            content.WriteSystem(conversation.System);
        }
        output.Write(",\"messages\":["u8);
        for (var turn = 0; turn < conversation.Turns.Count; turn++)
        {
            if (turn > 0) output.Write((byte)',');
            content.WriteTurn(conversation.Turns[turn]);
        }
        output.Write((byte)']');
    }

    static void WriteThinking(ChatRequest request, AnthropicThinking thinking, PooledBuffer output)
    {
        if (thinking.Mode is not { } mode) return;
        var start = output.Length;
        // A type that is not known here came as an extra.
        if (request.Format != WireFormat.AnthropicMessages || !request.Extras.Exists(extra => extra.Name == "thinking.type"))
        {
            output.Write(mode switch
            {
                ReasoningMode.Enabled => ",\"type\":\"enabled\",\"budget_tokens\":"u8,
                ReasoningMode.Disabled => ",\"type\":\"disabled\""u8,
                _ => ",\"type\":\"adaptive\""u8,
            });
            if (mode == ReasoningMode.Enabled) output.Write(thinking.Budget);
            // The clients of other dialects show thoughts wherever they come.
            if (request.Format != WireFormat.AnthropicMessages && thinking is { IsOn: true, HidesThoughts: true } && request.Reasoning?.IsShown != false)
            {
                output.Write(",\"display\":\"summarized\""u8);
            }
        }
        AnthropicExtras.Write(request, "thinking.", output);
        WrapFields(",\"thinking\":{"u8, start, output);
    }

    static void WriteSampling(ChatRequest request, AnthropicThinking thinking, PooledBuffer output, IgnoredFields ignored)
    {
        var sampling = request.Sampling;
        var (temperature, topP) = thinking.SamplingOf(sampling, ignored);
        output.WriteField(",\"temperature\":"u8, temperature);
        output.WriteField(",\"top_p\":"u8, topP);
        if (sampling.TopK is { } topK)
        {
            if (thinking.FixesTemperature) ignored.Add("top_k");
            else
            {
                output.Write(",\"top_k\":"u8);
                output.Write(topK);
            }
        }
        WriteStop(request, output, ignored);
        ignored.AddIf(sampling.Seed is not null, "seed");
        ignored.AddIf(sampling.FrequencyPenalty is not null, "frequency_penalty");
        ignored.AddIf(sampling.PresencePenalty is not null, "presence_penalty");
        ignored.AddIf(sampling.Logprobs is not null, "logprobs");
        ignored.AddIf(sampling.Count > 1, "n");
    }

    static void WriteStop(ChatRequest request, PooledBuffer output, IgnoredFields ignored)
    {
        var any = false;
        foreach (var stop in request.Sampling.Stop)
        {
            if (AnthropicText.IsBlank(stop))
            {
                ignored.Add("stop");
                continue;
            }
            output.Write(any ? ",\""u8 : ",\"stop_sequences\":[\""u8);
            stop.Text.WriteEscaped(output);
            output.Write((byte)'"');
            any = true;
        }
        if (any) output.Write((byte)']');
    }

    static void WriteOutputConfig(ChatRequest request, AnthropicThinking thinking, PooledBuffer output, IgnoredFields ignored)
    {
        var start = output.Length;
        if (thinking.Effort is { } effort)
        {
            output.Write(",\"effort\":\""u8);
            JsonString.Of(effort).Text.WriteEscaped(output);
            output.Write((byte)'"');
        }
        if (request.ResponseFormat?.Schema is { } schema)
        {
            output.Write(",\"format\":{\"type\":\"json_schema\",\"schema\":"u8);
            output.Write(request.Format == WireFormat.AnthropicMessages ? schema.Span : AnthropicSchema.Of(schema).Span);
            output.Write((byte)'}');
        }
        else ignored.AddIf(request.ResponseFormat is not null, "response_format");
        AnthropicExtras.Write(request, "output_config.", output);
        WrapFields(",\"output_config\":{"u8, start, output);
    }

    static void WriteMetadata(ChatRequest request, PooledBuffer output)
    {
        var start = output.Length;
        if (request.User is { } user)
        {
            output.Write(",\"user_id\":\""u8);
            user.Text.WriteEscaped(output);
            output.Write((byte)'"');
        }
        AnthropicExtras.Write(request, "metadata.", output);
        WrapFields(",\"metadata\":{"u8, start, output);
    }

    // Puts the fields that were written since `start`, each with a leading comma, into an object.
    static void WrapFields(ReadOnlySpan<byte> opening, int start, PooledBuffer output)
    {
        if (output.Length == start) return;
        var fields = output.Written[(start + 1)..].ToArray();
        output.Truncate(start);
        output.Write(opening);
        output.Write(fields);
        output.Write((byte)'}');
    }
}
