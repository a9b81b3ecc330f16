using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.OpenAiChat;

/// <summary>Reads the body of <c>POST /v1/chat/completions</c>; messages are the business of <see cref="OpenAiChatMessageReader"/>.</summary>
sealed class OpenAiChatRequestReader(WireFormat format, ReadOnlyMemory<byte> body)
{
    // A custom tool takes free text; as a function it has one argument.
    static readonly byte[] CustomToolSchema = """{"type":"object","properties":{"input":{"type":"string"}},"required":["input"]}"""u8.ToArray();

    readonly ChatRequest _request = new() { Body = body, Format = format, IncludeUsage = false };
    readonly OpenAiChatMessageReader _messages = new();
    string? _effort;
    long? _budget;
    ReasoningMode? _mode;
    long? _maxTokens;
    long? _maxCompletionTokens;
    JsonString? _safetyIdentifier;

    /// <summary>Reads it. Throws <see cref="BridgeException"/> (400) that names the field.</summary>
    public ChatRequest Read()
    {
        var reader = new BodyReader(body);
        bool hasModel = false, hasMessages = false;
        while (reader.NextProperty())
        {
            if (reader.Is("model"u8))
            {
                reader.Next();
                _request.Model = reader.ExpectString();
                if (_request.Model.IsEmpty) reader.Fail("must not be empty");
                hasModel = true;
            }
            else if (reader.Is("messages"u8))
            {
                reader.Next();
                reader.ExpectArray();
                while (reader.NextElement()) _request.Messages.Add(_messages.Read(ref reader));
                if (_request.Messages.Count == 0) reader.Fail("must hold at least one message");
                hasMessages = true;
            }
            else if (!ReadSampling(ref reader) && !ReadTools(ref reader) && !ReadReasoning(ref reader)) ReadOther(ref reader);
        }
        if (!hasModel) reader.Missing("model");
        if (!hasMessages) reader.Missing("messages");
        reader.ExpectEnd();
        _request.Sampling.MaxOutputTokens = _maxCompletionTokens ?? _maxTokens;
        _request.User ??= _safetyIdentifier;
        if (_effort is not null || _budget is not null || _mode is not null) _request.Reasoning = Reasoning();
        return _request;
    }

    bool ReadSampling(ref BodyReader reader)
    {
        var sampling = _request.Sampling;
        if (reader.Is("max_completion_tokens"u8)) _maxCompletionTokens = ReadLimit(ref reader);
        else if (reader.Is("max_tokens"u8)) _maxTokens = ReadLimit(ref reader);
        else if (reader.Is("temperature"u8)) sampling.Temperature = ReadNumber(ref reader);
        else if (reader.Is("top_p"u8)) sampling.TopP = ReadNumber(ref reader);
        else if (reader.Is("top_k"u8)) sampling.TopK = ReadWhole(ref reader);
        else if (reader.Is("seed"u8)) sampling.Seed = ReadWhole(ref reader);
        else if (reader.Is("frequency_penalty"u8)) sampling.FrequencyPenalty = ReadNumber(ref reader);
        else if (reader.Is("presence_penalty"u8)) sampling.PresencePenalty = ReadNumber(ref reader);
        else if (reader.Is("n"u8))
        {
            sampling.Count = ReadWhole(ref reader) ?? 1;
            if (sampling.Count < 1) reader.Fail("must be at least 1");
        }
        else if (reader.Is("stop"u8)) ReadStop(ref reader);
        else return false;
        return true;
    }

    void ReadStop(ref BodyReader reader)
    {
        if (!reader.Value()) return;
        if (reader.Token == System.Text.Json.JsonTokenType.String)
        {
            _request.Sampling.Stop.Add(reader.ExpectString());
            return;
        }
        if (reader.Token != System.Text.Json.JsonTokenType.StartArray) reader.Fail("must be a string or an array of strings");
        while (reader.NextElement()) _request.Sampling.Stop.Add(reader.ExpectString());
    }

    bool ReadReasoning(ref BodyReader reader)
    {
        if (reader.Is("reasoning_effort"u8))
        {
            if (reader.Value()) _effort = reader.ExpectString().ToString();
        }
        else if (reader.Is("reasoning"u8)) ReadReasoningObject(ref reader);
        else if (reader.Is("thinking"u8)) ReadThinking(ref reader);
        else return false;
        return true;
    }

    // OpenRouter: {"effort","max_tokens","enabled","exclude"}.
    void ReadReasoningObject(ref BodyReader reader)
    {
        if (!reader.Value()) return;
        reader.ExpectObject();
        while (reader.NextProperty())
        {
            if (reader.Is("effort"u8))
            {
                if (reader.Value()) _effort = reader.ExpectString().ToString();
            }
            else if (reader.Is("max_tokens"u8)) _budget = ReadWhole(ref reader) ?? _budget;
            else if (reader.Is("enabled"u8))
            {
                if (reader.Value()) _mode = reader.ExpectBool() ? ReasoningMode.Enabled : ReasoningMode.Disabled;
            }
            else SkipValue(ref reader);
        }
    }

    // DeepSeek, Z.ai, and clients that know Anthropic: {"type","budget_tokens"}.
    void ReadThinking(ref BodyReader reader)
    {
        if (!reader.Value()) return;
        reader.ExpectObject();
        while (reader.NextProperty())
        {
            if (reader.Is("type"u8))
            {
                reader.Next();
                _mode = reader.ExpectString().ToString() switch
                {
                    "enabled" => ReasoningMode.Enabled,
                    "disabled" => ReasoningMode.Disabled,
                    _ => ReasoningMode.Adaptive,
                };
            }
            else if (reader.Is("budget_tokens"u8)) _budget = ReadWhole(ref reader) ?? _budget;
            else SkipValue(ref reader);
        }
    }

    ReasoningRequest Reasoning()
    {
        var mode = _mode ?? (_effort == "none" ? ReasoningMode.Disabled : _budget is not null ? ReasoningMode.Enabled : ReasoningMode.Default);
        return new ReasoningRequest(mode, _effort, _budget);
    }

    bool ReadTools(ref BodyReader reader)
    {
        if (reader.Is("tools"u8)) ReadList(ref reader, legacy: false);
        else if (reader.Is("functions"u8)) ReadList(ref reader, legacy: true);
        else if (reader.Is("tool_choice"u8) || reader.Is("function_call"u8)) ReadToolChoice(ref reader);
        else if (reader.Is("parallel_tool_calls"u8))
        {
            if (reader.Value()) _request.ParallelToolCalls = reader.ExpectBool();
        }
        else return false;
        return true;
    }

    void ReadList(ref BodyReader reader, bool legacy)
    {
        if (!reader.Value()) return;
        reader.ExpectArray();
        while (reader.NextElement())
        {
            reader.ExpectObject();
            if (legacy) _request.Tools.Add(ReadFunction(ref reader, custom: false));
            else ReadTool(ref reader);
        }
    }

    void ReadTool(ref BodyReader reader)
    {
        ToolDefinition? tool = null;
        ReadOnlyMemory<byte>? cacheControl = null;
        var isCustom = false;
        while (reader.NextProperty())
        {
            if (reader.Is("type"u8))
            {
                reader.Next();
                reader.ExpectString();
                isCustom = reader.Is("custom"u8);
                if (!isCustom && !reader.Is("function"u8)) reader.Fail("must be one of: 'function', 'custom'");
            }
            else if (reader.Is("function"u8) || reader.Is("custom"u8))
            {
                var custom = reader.Is("custom"u8);
                reader.Next();
                reader.ExpectObject();
                tool = ReadFunction(ref reader, custom);
            }
            else if (reader.Is("cache_control"u8))
            {
                if (reader.Value()) cacheControl = reader.RawObject();
            }
            else SkipValue(ref reader);
        }
        if (tool is null) reader.Missing(isCustom ? "custom" : "function");
        _request.Tools.Add(cacheControl is null ? tool : new ToolDefinition
        {
            Name = tool.Name,
            Description = tool.Description,
            Schema = tool.Schema,
            Strict = tool.Strict,
            CacheControl = cacheControl,
        });
    }

    static ToolDefinition ReadFunction(ref BodyReader reader, bool custom)
    {
        JsonString? name = null, description = null;
        ReadOnlyMemory<byte>? schema = null;
        if (custom) schema = CustomToolSchema;
        bool? strict = null;
        while (reader.NextProperty())
        {
            if (reader.Is("name"u8))
            {
                reader.Next();
                name = reader.ExpectString();
                if (name.Value.IsEmpty) reader.Fail("must not be empty");
            }
            else if (reader.Is("description"u8)) description = ReadString(ref reader);
            else if (reader.Is("parameters"u8) && !custom)
            {
                if (reader.Value()) schema = reader.RawObject();
            }
            else if (reader.Is("strict"u8))
            {
                if (reader.Value()) strict = reader.ExpectBool();
            }
            else SkipValue(ref reader);
        }
        if (name is null) reader.Missing("name");
        return new ToolDefinition { Name = name.Value, Description = description, Schema = schema, Strict = strict };
    }

    void ReadToolChoice(ref BodyReader reader)
    {
        var field = reader.Name();
        if (!reader.Value()) return;
        if (reader.Token == System.Text.Json.JsonTokenType.String)
        {
            ToolChoiceKind? kind = reader.ExpectString().ToString() switch
            {
                "auto" => ToolChoiceKind.Auto,
                "none" => ToolChoiceKind.None,
                "required" or "any" => ToolChoiceKind.Required,
                _ => null,
            };
            if (kind is null) reader.Fail("must be one of: 'none', 'auto', 'required', or an object");
            _request.ToolChoice = new ToolChoice(kind.Value);
            return;
        }
        if (reader.Token != System.Text.Json.JsonTokenType.StartObject) reader.Fail("must be one of: 'none', 'auto', 'required', or an object");
        var start = reader.Mark();
        var (name, type) = ReadNamedChoice(ref reader);
        if (name is { } tool) _request.ToolChoice = new ToolChoice(ToolChoiceKind.Tool, tool);
        else if (type == "allowed_tools") _request.Extras.Add(new ExtraField(field, start.Raw()));
        else reader.Missing("function");
    }

    // {"type":"function","function":{"name"}}, {"type":"custom","custom":{"name"}}, and {"name"} of the legacy function_call.
    static (JsonString? Name, string? Type) ReadNamedChoice(ref BodyReader reader)
    {
        JsonString? name = null;
        string? type = null;
        while (reader.NextProperty())
        {
            if (reader.Is("type"u8)) type = ReadString(ref reader)?.ToString();
            else if (reader.Is("name"u8)) name = ReadString(ref reader);
            else if (reader.Is("function"u8) || reader.Is("custom"u8))
            {
                reader.Next();
                reader.ExpectObject();
                while (reader.NextProperty())
                {
                    if (reader.Is("name"u8))
                    {
                        reader.Next();
                        name = reader.ExpectString();
                    }
                    else SkipValue(ref reader);
                }
                if (name is null) reader.Missing("name");
            }
            else SkipValue(ref reader);
        }
        return (name, type);
    }

    void ReadOther(ref BodyReader reader)
    {
        if (reader.Is("stream"u8)) _request.Stream = reader.Value() && reader.ExpectBool();
        else if (reader.Is("stream_options"u8)) ReadStreamOptions(ref reader);
        else if (reader.Is("user"u8)) _request.User = ReadString(ref reader) ?? _request.User;
        else if (reader.Is("safety_identifier"u8)) _safetyIdentifier = ReadString(ref reader);
        else if (reader.Is("response_format"u8)) ReadResponseFormat(ref reader);
        else
        {
            var name = reader.Name();
            if (reader.Value()) _request.Extras.Add(new ExtraField(name, reader.Raw()));
        }
    }

    void ReadStreamOptions(ref BodyReader reader)
    {
        if (!reader.Value()) return;
        reader.ExpectObject();
        while (reader.NextProperty())
        {
            if (reader.Is("include_usage"u8)) _request.IncludeUsage = reader.Value() && reader.ExpectBool();
            else SkipValue(ref reader);
        }
    }

    void ReadResponseFormat(ref BodyReader reader)
    {
        if (!reader.Value()) return;
        reader.ExpectObject();
        string? type = null;
        ResponseFormat? schema = null;
        while (reader.NextProperty())
        {
            if (reader.Is("type"u8))
            {
                reader.Next();
                type = reader.ExpectString().ToString();
                if (type is not ("text" or "json_object" or "json_schema")) reader.Fail("must be one of: 'text', 'json_object', 'json_schema'");
            }
            else if (reader.Is("json_schema"u8))
            {
                if (reader.Value()) schema = ReadJsonSchema(ref reader);
            }
            else SkipValue(ref reader);
        }
        if (type is null) reader.Missing("type");
        if (type == "json_schema" && schema is null) reader.Missing("json_schema");
        _request.ResponseFormat = type switch
        {
            "json_schema" => schema,
            "json_object" => new ResponseFormat(),
            _ => null,
        };
    }

    static ResponseFormat ReadJsonSchema(ref BodyReader reader)
    {
        reader.ExpectObject();
        JsonString? name = null, description = null;
        ReadOnlyMemory<byte>? schema = null;
        bool? strict = null;
        while (reader.NextProperty())
        {
            if (reader.Is("name"u8)) name = ReadString(ref reader);
            else if (reader.Is("description"u8)) description = ReadString(ref reader);
            else if (reader.Is("strict"u8))
            {
                if (reader.Value()) strict = reader.ExpectBool();
            }
            else if (reader.Is("schema"u8))
            {
                if (reader.Value()) schema = reader.RawObject();
            }
            else SkipValue(ref reader);
        }
        return new ResponseFormat { Name = name, Description = description, Schema = schema, Strict = strict };
    }

    static long? ReadLimit(ref BodyReader reader)
    {
        var limit = ReadWhole(ref reader);
        if (limit < 1) reader.Fail("must be at least 1");
        return limit;
    }

    static long? ReadWhole(ref BodyReader reader) => reader.Value() ? reader.ExpectWhole() : null;

    static double? ReadNumber(ref BodyReader reader) => reader.Value() ? reader.ExpectNumber() : null;

    static JsonString? ReadString(ref BodyReader reader) => reader.Value() ? reader.ExpectString() : null;

    static void SkipValue(ref BodyReader reader)
    {
        reader.Next();
        reader.Skip();
    }
}
