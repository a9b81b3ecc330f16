using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.OpenAiChat;

/// <summary>Reads the body of <c>POST /v1/chat/completions</c>; messages are the business of <see cref="OpenAiChatMessageReader"/>.</summary>
sealed class OpenAiChatRequestReader(WireFormat format, ReadOnlyMemory<byte> body)
{
    readonly ChatRequest _request = new() { Body = body, Format = format, IncludeUsage = false };
    readonly OpenAiChatMessageReader _messages = new();
    string? _effort;
    long? _budget;
    ReasoningMode? _mode;
    long? _maxTokens;
    bool? _logprobs;
    long? _topLogprobs;
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
        if (_logprobs == true) _request.Sampling.Logprobs = _topLogprobs ?? 0;
        if (_request.User is not null && _safetyIdentifier is not null) _request.Unread.Add("safety_identifier");
        _request.User ??= _safetyIdentifier;
        _request.Unread.AddRange(reader.UnreadFields);
        if (_effort is not null || _budget is not null || _mode is not null) _request.Reasoning = Reasoning();
        return _request;
    }

    bool ReadSampling(ref BodyReader reader)
    {
        if (reader.Is("max_completion_tokens"u8)) _maxCompletionTokens = OpenAiChatSamplingReader.ReadLimit(ref reader);
        else if (reader.Is("max_tokens"u8)) _maxTokens = OpenAiChatSamplingReader.ReadLimit(ref reader);
        else if (reader.Is("logprobs"u8)) _logprobs = reader.ReadBool();
        else if (reader.Is("top_logprobs"u8)) _topLogprobs = reader.ReadWhole();
        else return OpenAiChatSamplingReader.TryRead(ref reader, _request.Sampling);
        return true;
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
            else if (reader.Is("max_tokens"u8)) _budget = reader.ReadWhole() ?? _budget;
            else if (reader.Is("enabled"u8))
            {
                if (reader.Value()) _mode = reader.ExpectBool() ? ReasoningMode.Enabled : ReasoningMode.Disabled;
            }
            else reader.Unread("reasoning.");
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
            else if (reader.Is("budget_tokens"u8)) _budget = reader.ReadWhole() ?? _budget;
            else reader.Unread("thinking.");
        }
    }

    ReasoningRequest Reasoning()
    {
        var mode = _mode ?? (_effort == "none" ? ReasoningMode.Disabled : _budget is not null ? ReasoningMode.Enabled : ReasoningMode.Default);
        return new ReasoningRequest(mode, _effort, _budget);
    }

    bool ReadTools(ref BodyReader reader)
    {
        if (reader.Is("tools"u8)) OpenAiChatToolReader.ReadTools(ref reader, _request);
        else if (reader.Is("functions"u8)) OpenAiChatToolReader.ReadFunctions(ref reader, _request);
        else if (reader.Is("tool_choice"u8) || reader.Is("function_call"u8)) OpenAiChatToolReader.ReadToolChoice(ref reader, _request);
        else if (reader.Is("parallel_tool_calls"u8)) _request.ParallelToolCalls = reader.ReadBool();
        else return false;
        return true;
    }

    void ReadOther(ref BodyReader reader)
    {
        if (reader.Is("stream"u8)) _request.Stream = reader.Value() && reader.ExpectBool();
        else if (reader.Is("stream_options"u8)) OpenAiChatSamplingReader.ReadStreamOptions(ref reader, _request);
        else if (reader.Is("user"u8)) _request.User = reader.ReadString() ?? _request.User;
        else if (reader.Is("safety_identifier"u8)) _safetyIdentifier = reader.ReadString();
        else if (reader.Is("response_format"u8)) ReadResponseFormat(ref reader);
        else
        {
            var name = reader.Name();
            if (reader.Value()) _request.Extras.Add(new ExtraField(name, reader.Raw()));
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
            else reader.Unread("response_format.");
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
            if (reader.Is("name"u8)) name = reader.ReadString();
            else if (reader.Is("description"u8)) description = reader.ReadString();
            else if (reader.Is("strict"u8)) strict = reader.ReadBool();
            else if (reader.Is("schema"u8)) schema = reader.ReadRawObject();
            else reader.Unread("response_format.json_schema.");
        }
        return new ResponseFormat { Name = name, Description = description, Schema = schema, Strict = strict };
    }
}
