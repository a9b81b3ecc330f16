using AcpToApi.Json.AnthropicMessages;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.BedrockConverse;

/// <summary>
/// Writes the body of Converse and ConverseStream. Converse is Anthropic's protocol in other words, so a conversation is ordered as Anthropic
/// demands it. Tools, system and turns stand in the order in which they are cached.
/// </summary>
sealed class BedrockConverseRequestWriter
{
    readonly ChatRequest _request;
    readonly UpstreamTarget _target;
    readonly PooledBuffer _output;
    readonly IgnoredFields _ignored;
    readonly BedrockModel _model;
    readonly AnthropicConversation _conversation;
    readonly BedrockReasoning _reasoning;

    public BedrockConverseRequestWriter(ChatRequest request, UpstreamTarget target, PooledBuffer output, IgnoredFields ignored)
    {
        (_request, _target, _output, _ignored) = (request, target, output, ignored);
        _model = new BedrockModel(target.Model);
        _conversation = AnthropicConversation.Of(request, WireFormat.BedrockConverse, ignored);
        _reasoning = BedrockReasoning.Of(request, _conversation, target.Model, ignored);
    }

    /// <summary>Appends the body. Throws <see cref="BridgeException"/> when the request cannot be carried at all.</summary>
    public void Write()
    {
        _output.Write((byte)'{');
        WritePrompt();
        WriteInference();
        WriteModelFields();
        WriteOutputConfig();
        WriteExtras();
        WriteAskedFields();
        _output.Write((byte)'}');
        _ignored.AddIf(_request.User is not null, "user");
    }

    /// <summary>Appends the body of CountTokens, which takes what is in the prompt and nothing else.</summary>
    public void WriteTokenCount()
    {
        _output.Write("{\"input\":{\"converse\":{"u8);
        WritePrompt();
        WriteModelFields();
        _output.Write("}}}"u8);
    }

    void WritePrompt()
    {
        var points = new BedrockCachePoints(_request, _conversation, _model, _output, _ignored);
        new BedrockToolWriter(_request, points, _output, _ignored).Write(_conversation);
        var content = new BedrockContentWriter(_model, points, _output, _ignored);
        if (BedrockContentWriter.HasSystem(_conversation.System))
        {
            Begin("\"system\":"u8);
            content.WriteSystem(_conversation.System);
        }
        Begin("\"messages\":["u8);
        for (var turn = 0; turn < _conversation.Turns.Count; turn++)
        {
            if (turn > 0) _output.Write((byte)',');
            content.WriteTurn(_conversation.Turns[turn]);
        }
        _output.Write((byte)']');
    }

    void WriteInference()
    {
        var (sampling, start) = (_request.Sampling, _output.Length);
        Begin("\"inferenceConfig\":{"u8);
        var empty = _output.Length;
        if (_reasoning.IsFree)
        {
            _ignored.AddIf(sampling.MaxOutputTokens is not null, "max_tokens");
            _ignored.AddIf(sampling.Temperature is not null, "temperature");
            _ignored.AddIf(sampling.TopP is not null, "top_p");
        }
        else WriteLimits(sampling);
        WriteStop(sampling.Stop);
        if (_output.Length == empty) _output.Truncate(start);
        else _output.Write((byte)'}');
        _ignored.AddIf(sampling.Seed is not null, "seed");
        _ignored.AddIf(sampling.FrequencyPenalty is not null, "frequency_penalty");
        _ignored.AddIf(sampling.PresencePenalty is not null, "presence_penalty");
        _ignored.AddIf(sampling.Logprobs is not null, "logprobs");
        _ignored.AddIf(sampling.Count > 1, "n");
    }

    void WriteLimits(Sampling sampling)
    {
        if ((_reasoning.Limit ?? sampling.MaxOutputTokens) is { } limit)
        {
            Begin("\"maxTokens\":"u8);
            _output.Write(limit);
        }
        var (temperature, topP) = _reasoning.SamplingOf(sampling, _ignored);
        if (temperature is { } degree) WriteNumber("\"temperature\":"u8, degree);
        if (topP is { } share) WriteNumber("\"topP\":"u8, share);
    }

    void WriteStop(List<JsonString> stop)
    {
        var any = false;
        foreach (var sequence in stop)
        {
            if (AnthropicText.IsBlank(sequence))
            {
                _ignored.Add("stop");
                continue;
            }
            if (any) _output.Write((byte)',');
            else Begin("\"stopSequences\":["u8);
            _output.WriteString(sequence.Text);
            any = true;
        }
        if (any) _output.Write((byte)']');
    }

    // What Converse has no field for, in the words of the model's vendor.
    void WriteModelFields()
    {
        var start = _output.Length;
        Begin("\"additionalModelRequestFields\":{"u8);
        var empty = _output.Length;
        _reasoning.Write(_output);
        BedrockBetas.Write(_target.Betas, _model, _output, _ignored);
        if (_request.Sampling.TopK is { } topK) WriteTopK(topK);
        foreach (var extra in _request.Extras)
        {
            if (extra.Name == "additionalModelRequestFields" && Inside(extra.Json.Span) is { IsEmpty: false } fields) Begin(fields);
        }
        if (_output.Length == empty) _output.Truncate(start);
        else _output.Write((byte)'}');
    }

    void WriteTopK(long topK)
    {
        if (_model.IsNova && !_reasoning.IsFree) Begin("\"inferenceConfig\":{\"topK\":"u8);
        else if ((_model.IsClaude && !_reasoning.FixesTemperature) || _model.IsMistral) Begin("\"top_k\":"u8);
        else
        {
            _ignored.Add("top_k");
            return;
        }
        _output.Write(topK);
        if (_model.IsNova) _output.Write((byte)'}');
    }

    void WriteOutputConfig()
    {
        var start = _output.Length;
        Begin("\"outputConfig\":{"u8);
        var empty = _output.Length;
        if (_reasoning.OutputEffort is { } effort)
        {
            Begin("\"effort\":"u8);
            _output.WriteString(effort);
        }
        if (_request.ResponseFormat?.Schema is { } schema) WriteSchema(schema, _request.ResponseFormat);
        else _ignored.AddIf(_request.ResponseFormat is not null, "response_format");
        if (_output.Length == empty) _output.Truncate(start);
        else _output.Write((byte)'}');
    }

    // The schema is a string here, of the subset that Anthropic takes.
    void WriteSchema(ReadOnlyMemory<byte> schema, ResponseFormat format)
    {
        Begin("\"textFormat\":{\"type\":\"json_schema\",\"structure\":{\"jsonSchema\":{\"schema\":"u8);
        _output.WriteString(JsonText.Plain(_request.Format == WireFormat.AnthropicMessages ? schema.Span : AnthropicSchema.Of(schema).Span));
        if (format.Name is { } name)
        {
            Begin("\"name\":"u8);
            _output.WriteString(name.Text);
        }
        if (format.Description is { } description)
        {
            Begin("\"description\":"u8);
            _output.WriteString(description.Text);
        }
        _output.Write("}}}"u8);
    }

    // A client that knows what stands behind the bridge may send Bedrock's own fields.
    void WriteExtras()
    {
        foreach (var (name, json) in _request.Extras)
        {
            var isObject = json.Span is [(byte)'{', ..];
            if (isObject && name is "guardrailConfig" or "performanceConfig" or "requestMetadata" or "serviceTier" or "promptVariables")
            {
                Begin("\""u8);
                _output.Write(JsonString.Of(name).Bytes.Span);
                _output.Write("\":"u8);
                _output.Write(json.Span);
            }
            else if (name == "service_tier") WriteTier(json.Span);
            else _ignored.AddIf(!isObject || name != "additionalModelRequestFields", name);
        }
    }

    void WriteTier(ReadOnlySpan<byte> tier)
    {
        if (tier.SequenceEqual("\"priority\""u8) || tier.SequenceEqual("\"flex\""u8) || tier.SequenceEqual("\"default\""u8))
        {
            Begin("\"serviceTier\":{\"type\":"u8);
            _output.Write(tier);
            _output.Write((byte)'}');
        }
        else if (tier.SequenceEqual("\"standard_only\""u8)) Begin("\"serviceTier\":{\"type\":\"default\"}"u8);
        else _ignored.AddIf(!tier.SequenceEqual("\"auto\""u8), "service_tier");
    }

    // Converse tells that a stop sequence was hit, but only Claude's own field tells which.
    void WriteAskedFields()
    {
        if (!_model.IsClaude || _request.Sampling.Stop.Count == 0) return;
        Begin(_target.Stream ? "\"additionalModelResponseFieldPaths\":[\"/delta/stop_sequence\"]"u8 : "\"additionalModelResponseFieldPaths\":[\"/stop_sequence\"]"u8);
    }

    void WriteNumber(ReadOnlySpan<byte> name, double value)
    {
        Begin(name);
        _output.WriteNumber(value);
    }

    void Begin(ReadOnlySpan<byte> field) => BedrockObject.Begin(field, _output);

    static ReadOnlySpan<byte> Inside(ReadOnlySpan<byte> json) => json is [(byte)'{', .., (byte)'}'] ? json[1..^1].Trim(" \t\r\n"u8) : default;
}
