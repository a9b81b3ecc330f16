using System.Collections.Frozen;
using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.OpenAiResponses;

/// <summary>
/// Reads the body of <c>POST /v1/responses</c>; items of the input are the business of <see cref="OpenAiResponsesItemReader"/>. A field without
/// neutral meaning inside an object that is understood otherwise gets a dotted name (<c>text.verbosity</c>).
/// </summary>
sealed class OpenAiResponsesRequestReader(WireFormat format, ReadOnlyMemory<byte> body)
{
    static readonly FrozenSet<string> Echoed = OpenAiResponsesEcho.Names.ToFrozenSet();

    readonly ChatRequest _request = new() { Body = body, Format = format };
    JsonString? _safetyIdentifier;
    bool _hasInput;

    /// <summary>Reads it. Throws <see cref="BridgeException"/> (400) that names the field.</summary>
    public ChatRequest Read()
    {
        var reader = new BodyReader(body);
        var hasModel = false;
        JsonString? instructions = null;
        while (reader.NextProperty())
        {
            KeepEcho(reader);
            if (reader.Is("model"u8))
            {
                reader.Next();
                _request.Model = reader.ExpectString();
                if (_request.Model.IsEmpty) reader.Fail("must not be empty");
                hasModel = true;
            }
            else if (reader.Is("input"u8)) ReadInput(ref reader);
            else if (reader.Is("instructions"u8)) instructions = reader.ReadString();
            else if (!ReadSampling(ref reader) && !ReadTools(ref reader)) ReadOther(ref reader);
        }
        if (!hasModel) reader.Missing("model");
        if (!_hasInput && _request.PreviousResponseId is null && !_request.Extras.Exists(extra => extra.Name is "prompt" or "conversation")) reader.Missing("input");
        reader.ExpectEnd();
        if (instructions is { IsEmpty: false } text)
        {
            _request.Messages.Insert(0, Message.Of(Role.System, text));
        }
        if (_request.User is not null && _safetyIdentifier is not null) _request.Unread.Add("safety_identifier");
        _request.User ??= _safetyIdentifier;
        _request.Unread.AddRange(reader.UnreadFields);
        return _request;
    }

    // The reader is a copy: the field is still to be read for its meaning.
    void KeepEcho(BodyReader reader)
    {
        var name = reader.Name();
        if (Echoed.Contains(name) && reader.Value()) _request.Echo.Add(new ExtraField(name, reader.Raw()));
    }

    void ReadInput(ref BodyReader reader)
    {
        if (!reader.Value()) return;
        _hasInput = true;
        if (reader.Token == JsonTokenType.String)
        {
            _request.Messages.Add(Message.Of(Role.User, reader.ExpectString()));
            return;
        }
        if (reader.Token != JsonTokenType.StartArray) reader.Fail("must be a string or an array of items");
        var items = new OpenAiResponsesItemReader(_request.Messages);
        var some = false;
        while (reader.NextElement())
        {
            items.Read(ref reader);
            some = true;
        }
        if (!some) reader.Fail("must hold at least one item");
    }

    bool ReadSampling(ref BodyReader reader)
    {
        if (reader.Is("max_output_tokens"u8))
        {
            _request.Sampling.MaxOutputTokens = reader.ReadWhole();
            if (_request.Sampling.MaxOutputTokens < 1) reader.Fail("must be at least 1");
        }
        else if (reader.Is("temperature"u8)) _request.Sampling.Temperature = reader.ReadNumber();
        else if (reader.Is("top_p"u8)) _request.Sampling.TopP = reader.ReadNumber();
        else if (reader.Is("top_logprobs"u8))
        {
            if (reader.ReadWhole() is > 0 and var most) _request.Sampling.Logprobs = most;
        }
        else return false;
        return true;
    }

    bool ReadTools(ref BodyReader reader)
    {
        if (reader.Is("tools"u8)) OpenAiResponsesToolReader.ReadTools(ref reader, _request);
        else if (reader.Is("tool_choice"u8)) OpenAiResponsesToolReader.ReadToolChoice(ref reader, _request);
        else if (reader.Is("parallel_tool_calls"u8)) _request.ParallelToolCalls = reader.ReadBool();
        else return false;
        return true;
    }

    void ReadOther(ref BodyReader reader)
    {
        if (reader.Is("stream"u8)) _request.Stream = reader.Value() && reader.ExpectBool();
        else if (reader.Is("store"u8)) _request.Store = reader.ReadBool();
        else if (reader.Is("previous_response_id"u8)) _request.PreviousResponseId = reader.ReadString();
        else if (reader.Is("user"u8)) _request.User = reader.ReadString() ?? _request.User;
        else if (reader.Is("safety_identifier"u8)) _safetyIdentifier = reader.ReadString();
        else if (reader.Is("reasoning"u8)) ReadReasoning(ref reader);
        else if (reader.Is("text"u8)) ReadText(ref reader);
        else KeepExtra(ref reader, "");
    }

    void ReadReasoning(ref BodyReader reader)
    {
        if (!reader.Value()) return;
        reader.ExpectObject();
        while (reader.NextProperty())
        {
            if (!reader.Is("effort"u8)) KeepExtra(ref reader, "reasoning.");
            else if (reader.Value())
            {
                var effort = reader.ExpectString().ToString();
                _request.Reasoning = new ReasoningRequest(effort == "none" ? ReasoningMode.Disabled : ReasoningMode.Default, effort);
            }
        }
    }

    void ReadText(ref BodyReader reader)
    {
        if (!reader.Value()) return;
        reader.ExpectObject();
        while (reader.NextProperty())
        {
            if (!reader.Is("format"u8)) KeepExtra(ref reader, "text.");
            else if (reader.Value()) ReadFormat(ref reader);
        }
    }

    void ReadFormat(ref BodyReader reader)
    {
        reader.ExpectObject();
        string? type = null;
        JsonString? name = null, description = null;
        ReadOnlyMemory<byte>? schema = null;
        bool? strict = null;
        while (reader.NextProperty())
        {
            if (reader.Is("type"u8))
            {
                reader.Next();
                type = reader.ExpectString().ToString();
                if (type is not ("text" or "json_object" or "json_schema")) reader.Fail("must be one of: 'text', 'json_object', 'json_schema'");
            }
            else if (reader.Is("name"u8)) name = reader.ReadString();
            else if (reader.Is("description"u8)) description = reader.ReadString();
            else if (reader.Is("strict"u8)) strict = reader.ReadBool();
            else if (reader.Is("schema"u8)) schema = reader.ReadRawObject();
            else reader.Unread("text.format.");
        }
        if (type is null) reader.Missing("type");
        if (type == "json_schema" && schema is null) reader.Missing("schema");
        _request.ResponseFormat = type switch
        {
            "json_schema" => new ResponseFormat { Name = name, Description = description, Schema = schema, Strict = strict },
            "json_object" => new ResponseFormat(),
            _ => null,
        };
    }

    static ReadOnlySpan<byte> Logprobs => "\"message.output_text.logprobs\""u8;

    void KeepExtra(ref BodyReader reader, string prefix)
    {
        var name = prefix + reader.Name();
        if (!reader.Value()) return;
        var json = reader.Raw();
        if (name == "include" && json.Span.IndexOf(Logprobs) >= 0)
        {
            _request.Sampling.Logprobs ??= 0;
            // Nothing is lost where they are delivered.
            if (json.Span[1..^1].Trim(" \t\r\n"u8).SequenceEqual(Logprobs)) return;
        }
        _request.Extras.Add(new ExtraField(name, json));
    }
}
