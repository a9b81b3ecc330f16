using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Gemini;

/// <summary>Reads <c>generationConfig</c>.</summary>
sealed class GeminiConfigReader(ChatRequest request)
{
    /// <summary>Prefix of extras that stood in <c>generationConfig</c>.</summary>
    public const string Prefix = "generationConfig.";

    /// <summary>Prefix of extras that stood in <c>generationConfig.thinkingConfig</c>.</summary>
    public const string ThinkingPrefix = "generationConfig.thinkingConfig.";

    JsonString? _mimeType;
    bool? _hasLogprobs;
    long? _logprobs;
    ReadOnlyMemory<byte>? _schema;
    ReadOnlyMemory<byte>? _jsonSchema;

    /// <summary>Reads it, from the property's name.</summary>
    public void Read(ref BodyReader reader)
    {
        if (!reader.Value()) return;
        reader.ExpectObject();
        while (reader.NextProperty())
        {
            if (!ReadSampling(ref reader) && !ReadFormat(ref reader)) ReadOther(ref reader);
        }
        SetFormat();
        if (_hasLogprobs == true) request.Sampling.Logprobs = _logprobs ?? 0;
    }

    bool ReadSampling(ref BodyReader reader)
    {
        var sampling = request.Sampling;
        if (reader.IsField("temperature"u8)) sampling.Temperature = reader.ReadNumber();
        else if (reader.IsField("topP"u8)) sampling.TopP = reader.ReadNumber();
        else if (reader.IsField("topK"u8)) sampling.TopK = reader.ReadWhole();
        else if (reader.IsField("maxOutputTokens"u8))
        {
            sampling.MaxOutputTokens = reader.ReadWhole();
            if (sampling.MaxOutputTokens < 1) reader.Fail("must be at least 1");
        }
        else if (reader.IsField("candidateCount"u8))
        {
            sampling.Count = reader.ReadWhole() ?? 1;
            if (sampling.Count < 1) reader.Fail("must be at least 1");
        }
        else if (reader.IsField("seed"u8)) sampling.Seed = reader.ReadWhole();
        else if (reader.IsField("presencePenalty"u8)) sampling.PresencePenalty = reader.ReadNumber();
        else if (reader.IsField("frequencyPenalty"u8)) sampling.FrequencyPenalty = reader.ReadNumber();
        else if (reader.IsField("responseLogprobs"u8)) _hasLogprobs = reader.ReadBool();
        else if (reader.IsField("logprobs"u8)) _logprobs = reader.ReadWhole();
        else return false;
        return true;
    }

    bool ReadFormat(ref BodyReader reader)
    {
        if (reader.IsField("responseMimeType"u8)) _mimeType = reader.ReadString();
        else if (reader.IsField("responseSchema"u8)) _schema = reader.ReadRawObject();
        else if (reader.IsField("responseJsonSchema"u8) || reader.Is("_responseJsonSchema"u8)) _jsonSchema = reader.ReadRawObject();
        else return false;
        return true;
    }

    void ReadOther(ref BodyReader reader)
    {
        if (reader.IsField("thinkingConfig"u8)) ReadThinking(ref reader);
        else if (reader.IsField("stopSequences"u8))
        {
            if (!reader.Value()) return;
            reader.ExpectArray();
            while (reader.NextElement()) request.Sampling.Stop.Add(reader.ExpectString());
        }
        else reader.KeepExtra(Prefix, request);
    }

    // Other media types (text/x.enum) mean nothing elsewhere.
    void SetFormat()
    {
        var isJson = _mimeType is { } type ? type.Text.Is("application/json"u8) : _schema is not null || _jsonSchema is not null;
        if (isJson)
        {
            if (_jsonSchema is null && _schema is { } openApi) _jsonSchema = GeminiSchema.ToJsonSchema(openApi);
            request.ResponseFormat = new ResponseFormat { Schema = _jsonSchema };
            return;
        }
        if (_mimeType is not { IsEmpty: false } other || other.Text.Is("text/plain"u8)) return;
        using var json = new PooledBuffer();
        json.WriteString(other.Text);
        request.Extras.Add(new ExtraField(Prefix + "responseMimeType", json.Written.ToArray()));
        if (_schema is { } kept) request.Extras.Add(new ExtraField(Prefix + "responseSchema", kept));
        if (_jsonSchema is { } keptJson) request.Extras.Add(new ExtraField(Prefix + "responseJsonSchema", keptJson));
    }

    // Budgets: 0 means off, -1 means that the model decides.
    void ReadThinking(ref BodyReader reader)
    {
        if (!reader.Value()) return;
        reader.ExpectObject();
        long? budget = null;
        string? level = null;
        bool? isShown = null;
        while (reader.NextProperty())
        {
            if (reader.IsField("thinkingBudget"u8)) budget = reader.ReadWhole();
            else if (reader.IsField("thinkingLevel"u8))
            {
                level = reader.ReadString()?.ToString().ToLowerInvariant();
                if (level is "thinking_level_unspecified") level = null;
            }
            else if (reader.IsField("includeThoughts"u8)) isShown = reader.ReadBool();
            else reader.KeepExtra(ThinkingPrefix, request);
        }
        if (budget is null && level is null && isShown is null) return;
        var mode = budget switch
        {
            null => ReasoningMode.Default,
            0 => ReasoningMode.Disabled,
            < 0 => ReasoningMode.Adaptive,
            _ => ReasoningMode.Enabled,
        };
        request.Reasoning = new ReasoningRequest(mode, level, budget > 0 ? budget : null) { IsShown = isShown };
    }
}
