using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Gemini;

/// <summary>
/// Writes the body for an upstream; the model and whether to stream go into the URL. The same request always gives the same bytes in the same
/// order, since prompts are cached by prefix.
/// </summary>
sealed class GeminiRequestWriter(ChatRequest request, UpstreamTarget target, PooledBuffer output, IgnoredFields ignored)
{
    readonly GeminiModel _model = new(target.Model);

    bool IsOwnFormat => request.Format is GeminiFormat;

    /// <summary>Appends the body. Throws <see cref="BridgeException"/> when the request cannot be carried at all.</summary>
    public void Write()
    {
        var conversation = GeminiConversation.Of(request, ignored);
        var contents = new GeminiContentWriter(request, _model, target.Quirks, output, ignored);
        output.Write((byte)'{');
        if (conversation.System.Count > 0)
        {
            output.Write("\"systemInstruction\":"u8);
            contents.WriteSystem(conversation.System);
            output.Write((byte)',');
        }
        output.Write("\"contents\":["u8);
        for (var turn = 0; turn < conversation.Turns.Count; turn++)
        {
            if (turn > 0) output.Write((byte)',');
            contents.WriteTurn(conversation.Turns[turn]);
        }
        output.Write((byte)']');
        new GeminiToolWriter(request, target.Quirks, output, ignored).Write();
        WriteConfig();
        GeminiExtras.Write(request, "", output);
        output.Write((byte)'}');
        GeminiExtras.Ignore(request, ignored);
        ignored.AddIf(request.User is not null, "user");
    }

    void WriteConfig()
    {
        var start = output.Length;
        output.Write(",\"generationConfig\":{"u8);
        var empty = output.Length;
        WriteSampling();
        WriteFormat();
        WriteThinking();
        GeminiExtras.Write(request, GeminiConfigReader.Prefix, output);
        if (output.Length == empty) output.Truncate(start);
        else output.Write((byte)'}');
    }

    void WriteSampling()
    {
        var sampling = request.Sampling;
        WriteWhole("\"maxOutputTokens\":"u8, sampling.MaxOutputTokens);
        WriteNumber("\"temperature\":"u8, sampling.Temperature);
        WriteNumber("\"topP\":"u8, sampling.TopP);
        WriteWhole("\"topK\":"u8, sampling.TopK);
        WriteStop(sampling.Stop);
        WriteWhole("\"seed\":"u8, sampling.Seed);
        WriteNumber("\"presencePenalty\":"u8, sampling.PresencePenalty);
        WriteNumber("\"frequencyPenalty\":"u8, sampling.FrequencyPenalty);
        if (sampling.Logprobs is { } logprobs)
        {
            GeminiExtras.Separate(output);
            output.Write("\"responseLogprobs\":true"u8);
            if (logprobs > 0) WriteWhole("\"logprobs\":"u8, logprobs);
        }
        ignored.AddIf(sampling.Count > 1, "n"); // only the first candidate would be read
    }

    void WriteStop(List<JsonString> stop)
    {
        if (stop.Count == 0) return;
        GeminiExtras.Separate(output);
        output.Write("\"stopSequences\":["u8);
        var count = IsOwnFormat ? stop.Count : Math.Min(stop.Count, GeminiFormat.MostStops);
        for (var i = 0; i < count; i++)
        {
            if (i > 0) output.Write((byte)',');
            output.WriteString(stop[i].Text);
        }
        output.Write((byte)']');
    }

    void WriteFormat()
    {
        if (request.ResponseFormat is not { } format) return;
        GeminiExtras.Separate(output);
        output.Write("\"responseMimeType\":\"application/json\""u8);
        if (format.Schema is not { } schema) return;
        var isOld = (target.Quirks & Quirks.OpenApiSchema) != 0;
        output.Write(isOld ? ",\"responseSchema\":"u8 : ",\"responseJsonSchema\":"u8);
        output.Write(isOld ? GeminiOpenApi.Of(schema, "the answer").Span : schema.Span);
    }

    void WriteThinking()
    {
        var start = output.Length;
        GeminiExtras.Separate(output);
        output.Write("\"thinkingConfig\":{"u8);
        var empty = output.Length;
        GeminiThinking.Write(request, _model, output, ignored);
        GeminiExtras.Write(request, GeminiConfigReader.ThinkingPrefix, output);
        if (output.Length == empty) output.Truncate(start);
        else output.Write((byte)'}');
    }

    void WriteWhole(ReadOnlySpan<byte> field, long? value)
    {
        if (value is not { } whole) return;
        GeminiExtras.Separate(output);
        output.Write(field);
        output.Write(whole);
    }

    void WriteNumber(ReadOnlySpan<byte> field, double? value)
    {
        if (value is not { } number) return;
        GeminiExtras.Separate(output);
        output.Write(field);
        output.WriteNumber(number);
    }
}
