using System.Text;
using AcpToApi.Json.Model;
using AcpToApi.Json.OpenAiChat;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.OpenAiResponses;

/// <summary>
/// Writes the body for an upstream, always in the same order and with the client's bytes where it can, since providers cache prompts by prefix.
/// Items of the input are the business of <see cref="OpenAiResponsesInputWriter"/>.
/// </summary>
sealed class OpenAiResponsesRequestWriter(ChatRequest request, UpstreamTarget target, PooledBuffer output, IgnoredFields ignored)
{
    // OpenAI refuses less; clients of other dialects send 1 to see whether a key works.
    const long LeastOutputTokens = 16;

    readonly bool _isOwn = request.Format is OpenAiResponsesFormat;

    // Who speaks this dialect knows the model.
    readonly OpenAiModel _model = request.Format is OpenAiResponsesFormat ? default : new OpenAiModel(target.Model);

    /// <summary>Appends the body. Throws <see cref="BridgeException"/> when the request cannot be carried at all.</summary>
    public void Write()
    {
        output.Write("{\"model\":"u8);
        output.WriteString(target.Model.Text);
        new OpenAiResponsesInputWriter(request, target.Quirks, output, ignored).Write();
        WriteTools();
        WriteSampling();
        WriteText();
        WriteReasoning();
        WriteUser();
        WriteState();
        WriteExtras();
        if (target.Stream) output.Write(",\"stream\":true"u8);
        output.Write((byte)'}');
    }

    bool Has(Quirks quirk) => (target.Quirks & quirk) != 0;

    void WriteTools()
    {
        var separator = ",\"tools\":["u8;
        ReadOnlyMemory<byte> last = default;
        foreach (var tool in request.Tools)
        {
            var declaration = _isOwn ? tool.Declaration.GetValueOrDefault() : default;
            // The tools of a namespace share one declaration and follow each other.
            if (!declaration.IsEmpty && declaration.Equals(last)) continue;
            last = declaration;
            output.Write(separator);
            if (declaration.IsEmpty) WriteTool(tool);
            else output.Write(declaration.Span);
            separator = ","u8;
        }
        foreach (var (name, json) in request.Extras)
        {
            if (!_isOwn || !IsServerTool(name)) continue;
            output.Write(separator);
            output.Write(json.Span);
            separator = ","u8;
        }
        if (separator.Length > 1) return;
        output.Write((byte)']');
        if (request.ToolChoice is { } choice) WriteToolChoice(choice);
        if (request.ParallelToolCalls is not { } parallel) return;
        if (Has(Quirks.NoParallelToolCalls)) ignored.AddIf(!parallel, "parallel_tool_calls");
        else
        {
            output.Write(",\"parallel_tool_calls\":"u8);
            output.WriteBool(parallel);
        }
    }

    static bool IsServerTool(string name) =>
        name.StartsWith(OpenAiResponsesToolReader.ServerToolPrefix, StringComparison.Ordinal) && !name.StartsWith("tools.namespace.", StringComparison.Ordinal);

    void WriteTool(ToolDefinition tool)
    {
        output.Write("{\"type\":\"function\",\"name\":"u8);
        output.WriteString(ToolNames.Fit(tool.Name, WireFormat.OpenAiResponses.MaxToolNameLength).Text);
        if (tool.Description is { } description)
        {
            output.Write(",\"description\":"u8);
            output.WriteString(description.Text);
        }
        output.Write(",\"parameters\":"u8);
        ToolSchema.Write(tool.Schema, output);
        // Here a tool is strict unless it says otherwise, elsewhere the other way round.
        output.Write(",\"strict\":"u8);
        output.WriteBool(tool.Strict ?? false);
        output.Write((byte)'}');
    }

    void WriteToolChoice(ToolChoice choice)
    {
        output.Write(",\"tool_choice\":"u8);
        switch (choice.Kind)
        {
            case ToolChoiceKind.Auto:
                output.Write("\"auto\""u8);
                break;
            case ToolChoiceKind.None:
                output.Write("\"none\""u8);
                break;
            case ToolChoiceKind.Required:
                output.Write("\"required\""u8);
                break;
            case ToolChoiceKind.Tool:
                var tool = OpenAiResponsesToolNames.Find(_isOwn ? request : null, choice.Name.Text);
                output.Write(tool.IsCustom ? "{\"type\":\"custom\""u8 : "{\"type\":\"function\""u8);
                OpenAiResponsesInputWriter.WriteToolName(tool, output);
                output.Write((byte)'}');
                break;
        }
    }

    void WriteSampling()
    {
        var sampling = request.Sampling;
        if (sampling.MaxOutputTokens is { } limit)
        {
            output.Write(",\"max_output_tokens\":"u8);
            output.Write(_isOwn ? limit : Math.Max(limit, LeastOutputTokens));
        }
        if (!_model.TakesSampling(request.Reasoning)) sampling.NameRandomness(ignored);
        else
        {
            output.WriteField(",\"temperature\":"u8, sampling.Temperature);
            output.WriteField(",\"top_p\":"u8, sampling.TopP);
            if (sampling.Logprobs > 0) output.WriteField(",\"top_logprobs\":"u8, sampling.Logprobs);
        }
        ignored.AddIf(sampling.TopK is not null, "top_k");
        ignored.AddIf(sampling.Seed is not null, "seed");
        ignored.AddIf(sampling.FrequencyPenalty is not null, "frequency_penalty");
        ignored.AddIf(sampling.PresencePenalty is not null, "presence_penalty");
        ignored.AddIf(sampling.Count > 1, "n");
    }

    void WriteText()
    {
        var start = output.Length;
        output.Write(",\"text\":{"u8);
        var empty = output.Length;
        if (request.ResponseFormat is { } format) WriteFormat(format);
        WriteExtras("text.");
        if (Verbosity is { } verbosity)
        {
            output.Write(output.Length > empty ? ",\"verbosity\":"u8 : "\"verbosity\":"u8);
            output.Write(verbosity.Span);
        }
        if (output.Length == empty) output.Truncate(start);
        else output.Write((byte)'}');
    }

    // The chat dialect's stands at the top.
    ReadOnlyMemory<byte>? Verbosity
    {
        get
        {
            if (request.Format != WireFormat.OpenAiChat) return null;
            foreach (var (name, json) in request.Extras)
            {
                if (name == "verbosity") return json;
            }
            return null;
        }
    }

    void WriteFormat(ResponseFormat format)
    {
        if (format.Schema is not { } schema)
        {
            output.Write("\"format\":{\"type\":\"json_object\"}"u8);
            return;
        }
        output.Write("\"format\":{\"type\":\"json_schema\",\"name\":"u8);
        output.WriteString(format.Name is { } name ? name.Text : JsonText.Plain("response"u8)); // required here, unknown elsewhere
        if (format.Description is { } description)
        {
            output.Write(",\"description\":"u8);
            output.WriteString(description.Text);
        }
        output.Write(",\"schema\":"u8);
        output.Write(schema.Span);
        if (format.Strict is { } strict)
        {
            output.Write(",\"strict\":"u8);
            output.WriteBool(strict);
        }
        output.Write((byte)'}');
    }

    // Effort, and unless the client speaks this dialect, the summary that other dialects have no word for but expect.
    void WriteReasoning()
    {
        var start = output.Length;
        output.Write(",\"reasoning\":{"u8);
        var empty = output.Length;
        if (request.Reasoning is { } reasoning)
        {
            var effort = _model.EffortOf(reasoning, out var isLost);
            if (_isOwn && reasoning.Effort is { } own) effort = own;
            if (Has(Quirks.NoReasoningEffort)) ignored.Add("reasoning.effort");
            else if (effort is not null)
            {
                output.Write("\"effort\":"u8);
                output.WriteString(effort);
            }
            else ignored.AddIf(isLost, "reasoning.effort");
            if (!_isOwn && WantsReasoning) output.Write(output.Length > empty ? ",\"summary\":\"auto\""u8 : "\"summary\":\"auto\""u8);
        }
        WriteExtras("reasoning.");
        if (output.Length == empty) output.Truncate(start);
        else output.Write((byte)'}');
    }

    bool WantsReasoning => request.Reasoning is { Mode: not ReasoningMode.Disabled, Effort: not "none" } && !_model.NeverReasons;

    void WriteUser()
    {
        if (request.User is not { } user) return;
        output.Write(",\"user\":"u8);
        output.WriteString(UserIds.Fit(user).Text);
    }

    // Clients of other dialects send the whole conversation each time: nothing need be stored, but then reasoning must come in a form that can
    // be sent back. Models that do not reason refuse to be asked for it.
    void WriteState()
    {
        if (!_isOwn)
        {
            output.Write(",\"store\":false"u8);
            var separator = ",\"include\":["u8;
            if (WantsReasoning)
            {
                output.Write(separator);
                output.Write("\"reasoning.encrypted_content\""u8);
                separator = ","u8;
            }
            if (request.Sampling.Logprobs is not null)
            {
                output.Write(separator);
                output.Write("\"message.output_text.logprobs\""u8);
                separator = ","u8;
            }
            if (separator.Length == 1) output.Write((byte)']');
            return;
        }
        if (request.Sampling.Logprobs is not null && !request.Extras.Exists(extra => extra.Name == "include"))
        {
            output.Write(",\"include\":[\"message.output_text.logprobs\"]"u8);
        }
        if (request.PreviousResponseId is { } previous)
        {
            output.Write(",\"previous_response_id\":"u8);
            output.WriteString(previous.Text);
        }
        if (request.Store is not { } store) return;
        output.Write(",\"store\":"u8);
        output.WriteBool(store);
    }

    void WriteExtras()
    {
        if (_isOwn) WriteExtras("");
        else
        {
            foreach (var extra in request.Extras)
            {
                // Verbosity stands in "text".
                if (extra.Name == "verbosity" && Verbosity is not null) continue;
                if (!OpenAiSharedFields.TryWrite(extra, request.Format, output)) ignored.Add(extra.Name);
            }
        }
    }

    // Fields of the object that the prefix names; empty: the body, without what stands elsewhere.
    void WriteExtras(string prefix)
    {
        if (!_isOwn) return;
        foreach (var (name, json) in request.Extras)
        {
            if (prefix.Length == 0 ? name.Contains('.') : !name.StartsWith(prefix, StringComparison.Ordinal)) continue;
            output.Write(output.Written[^1] == (byte)'{' ? "\""u8 : ",\""u8);
            JsonEscaping.Escape(Encoding.UTF8.GetBytes(name[prefix.Length..]), output);
            output.Write("\":"u8);
            output.Write(json.Span);
        }
    }
}
