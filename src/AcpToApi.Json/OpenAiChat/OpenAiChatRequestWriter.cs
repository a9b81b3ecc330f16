using System.Text;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.OpenAiChat;

/// <summary>
/// Writes the body for an upstream, always in the same order and with the client's bytes where it can, since providers cache prompts by prefix.
/// Messages are the business of <see cref="OpenAiChatMessageWriter"/>.
/// </summary>
sealed class OpenAiChatRequestWriter(ChatRequest request, UpstreamTarget target, PooledBuffer output, IgnoredFields ignored)
{
    /// <summary>Longest tool name, by OpenAI's API reference.</summary>
    public const int MaxNameLength = 64;

    // Who speaks this dialect knows the model.
    readonly OpenAiModel _model = request.Format == WireFormat.OpenAiChat ? default : new OpenAiModel(target.Model);

    /// <summary>Appends the body. Throws <see cref="BridgeException"/> when the request cannot be carried at all.</summary>
    public void Write()
    {
        output.Write("{\"model\":"u8);
        output.WriteString(target.Model.Text);
        output.Write(",\"messages\":"u8);
        new OpenAiChatMessageWriter(request, target.Quirks, output, ignored).Write();
        WriteTools();
        WriteSampling();
        WriteResponseFormat();
        WriteReasoning();
        WriteUser();
        WriteExtras();
        if (target.Stream)
        {
            output.Write(",\"stream\":true"u8);
            if (!Has(Quirks.NoStreamOptions)) output.Write(",\"stream_options\":{\"include_usage\":true}"u8);
        }
        output.Write((byte)'}');
    }

    bool Has(Quirks quirk) => (target.Quirks & quirk) != 0;

    // OpenAI refuses tool_choice and parallel_tool_calls where there are no tools.
    void WriteTools()
    {
        var separator = ",\"tools\":["u8;
        foreach (var tool in request.Tools)
        {
            output.Write(separator);
            WriteTool(tool);
            separator = ","u8;
        }
        foreach (var (name, json) in request.Extras)
        {
            if (!IsOwnFormat || !IsServerTool(name)) continue;
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

    static bool IsServerTool(string name) => name.StartsWith(OpenAiChatToolReader.ServerToolPrefix, StringComparison.Ordinal);

    void WriteTool(ToolDefinition tool)
    {
        if (tool is { IsCustom: true, Declaration: { } declaration } && OpenAiChatFormat.KeepsCustomTools(request, target.Quirks))
        {
            output.Write(declaration.Span);
            return;
        }
        output.Write("{\"type\":\"function\",\"function\":{\"name\":"u8);
        output.WriteString(ToolNames.Fit(tool.Name, MaxNameLength).Text);
        if (tool.Description is { } description)
        {
            output.Write(",\"description\":"u8);
            output.WriteString(description.Text);
        }
        output.Write(",\"parameters\":"u8);
        ToolSchema.Write(tool.Schema, output);
        if (tool.Strict is { } strict)
        {
            output.Write(",\"strict\":"u8);
            output.WriteBool(strict);
        }
        output.Write((byte)'}');
        if (tool.CacheControl is { } marker && Has(Quirks.CacheControl))
        {
            output.Write(",\"cache_control\":"u8);
            output.Write(marker.Span);
        }
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
                output.Write(Has(Quirks.ToolChoiceAny) ? "\"any\""u8 : "\"required\""u8);
                break;
            case ToolChoiceKind.Tool:
                var isCustom = OpenAiChatFormat.KeepsCustomTools(request, target.Quirks) && CustomTools.Has(request, choice.Name.Text);
                output.Write(isCustom ? "{\"type\":\"custom\",\"custom\":{\"name\":"u8 : "{\"type\":\"function\",\"function\":{\"name\":"u8);
                output.WriteString(ToolNames.Fit(choice.Name, MaxNameLength).Text);
                output.Write("}}"u8);
                break;
        }
    }

    void WriteSampling()
    {
        var sampling = request.Sampling;
        output.WriteField(Has(Quirks.MaxCompletionTokens) ? ",\"max_completion_tokens\":"u8 : ",\"max_tokens\":"u8, sampling.MaxOutputTokens);
        if (_model.TakesSampling(request.Reasoning)) WriteRandomness(sampling);
        else sampling.NameRandomness(ignored);
        if (!_model.Reasons) WriteStop(sampling.Stop);
        output.WriteField(Has(Quirks.RandomSeed) ? ",\"random_seed\":"u8 : ",\"seed\":"u8, sampling.Seed);
        ignored.AddIf(sampling.TopK is not null, "top_k");
        ignored.AddIf(sampling.Count > 1, "n"); // only the first choice would be read
    }

    void WriteRandomness(Sampling sampling)
    {
        output.WriteField(",\"temperature\":"u8, sampling.Temperature);
        output.WriteField(",\"top_p\":"u8, sampling.TopP);
        output.WriteField(",\"frequency_penalty\":"u8, sampling.FrequencyPenalty);
        output.WriteField(",\"presence_penalty\":"u8, sampling.PresencePenalty);
        if (Has(Quirks.NoOpenAiFields)) ignored.AddIf(sampling.Logprobs is not null, "logprobs");
        else if (sampling.Logprobs is { } logprobs)
        {
            output.Write(",\"logprobs\":true"u8);
            if (logprobs > 0) output.WriteField(",\"top_logprobs\":"u8, logprobs);
        }
    }

    void WriteStop(List<JsonString> stop)
    {
        if (stop.Count == 0) return;
        var separator = ",\"stop\":["u8;
        foreach (var sequence in stop)
        {
            output.Write(separator);
            output.WriteString(sequence.Text);
            separator = ","u8;
        }
        output.Write((byte)']');
    }

    void WriteUser()
    {
        if (request.User is not { } user) return;
        if (Has(Quirks.NoOpenAiFields))
        {
            ignored.Add("user");
            return;
        }
        output.Write(",\"user\":"u8);
        output.WriteString(UserIds.Fit(user).Text);
    }

    void WriteResponseFormat()
    {
        if (request.ResponseFormat is not { } format) return;
        if (format.Schema is not { } schema)
        {
            output.Write(",\"response_format\":{\"type\":\"json_object\"}"u8);
            return;
        }
        output.Write(",\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":"u8);
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
        output.Write("}}"u8);
    }

    void WriteReasoning()
    {
        if (request.Reasoning is not { } reasoning) return;
        if (Has(Quirks.ReasoningObject)) WriteReasoningObject(reasoning);
        else if (Has(Quirks.NoReasoningEffort)) ignored.Add("reasoning_effort");
        else if (EffortOf(reasoning, out var isLost) is { } effort)
        {
            output.Write(",\"reasoning_effort\":"u8);
            output.WriteString(effort);
        }
        else ignored.AddIf(isLost, "reasoning_effort");
    }

    bool IsOwnFormat => request.Format == WireFormat.OpenAiChat;

    // "none", "xhigh" and "max" are known to some models only: who names them in this dialect knows the model.
    string? EffortOf(ReasoningRequest reasoning, out bool isLost)
    {
        if (!Has(Quirks.EffortByModel)) return _model.EffortOf(reasoning, out isLost) is var effort && IsOwnFormat && reasoning.Effort is { } own ? own : effort;
        isLost = true;
        return EffortTable.EffortOf(target.Model, reasoning);
    }

    /// <summary>The effort that all of OpenAI's reasoning models know; null when nothing is to be said.</summary>
    public static string? UsualEffortOf(ReasoningRequest reasoning)
    {
        return reasoning switch
        {
            { Mode: ReasoningMode.Disabled } => null,
            { Effort: "xhigh" or "max" } => "high",
            { Effort: { } effort } => effort,
            { Mode: ReasoningMode.Enabled, BudgetTokens: <= 2048 } => "low",
            { Mode: ReasoningMode.Enabled, BudgetTokens: <= 8192 or null } => "medium",
            { Mode: ReasoningMode.Enabled } => "high",
            _ => null,
        };
    }

    void WriteReasoningObject(ReasoningRequest reasoning)
    {
        if (reasoning.Mode == ReasoningMode.Disabled) output.Write(",\"reasoning\":{\"effort\":\"none\"}"u8);
        else if (reasoning.Effort is { } effort)
        {
            output.Write(",\"reasoning\":{\"effort\":"u8);
            output.WriteString(effort == "max" ? "xhigh" : effort);
            output.Write((byte)'}');
        }
        else if (reasoning.BudgetTokens is { } budget)
        {
            output.Write(",\"reasoning\":{\"max_tokens\":"u8);
            output.Write(budget);
            output.Write((byte)'}');
        }
        else if (reasoning.Mode == ReasoningMode.Enabled) output.Write(",\"reasoning\":{\"enabled\":true}"u8);
    }

    // Compatible servers may refuse what only OpenAI knows; OpenAI takes metadata of stored chats alone.
    bool TryWriteShared(in ExtraField extra)
    {
        if (!Has(Quirks.MaxCompletionTokens) || extra.Name == "metadata") return false;
        return OpenAiSharedFields.TryWrite(extra.Name == "text.verbosity" ? extra with { Name = "verbosity" } : extra, request.Format, output);
    }

    void WriteExtras()
    {
        foreach (var (name, json) in request.Extras)
        {
            if (!IsOwnFormat)
            {
                if (!TryWriteShared(new ExtraField(name, json))) ignored.Add(name);
                continue;
            }
            if (IsServerTool(name)) continue;
            if (Has(Quirks.NoOpenAiFields) && OpenAiSharedFields.IsOpenAiOnly(name))
            {
                ignored.Add(name);
                continue;
            }
            output.Write(",\""u8);
            JsonEscaping.Escape(Encoding.UTF8.GetBytes(name), output);
            output.Write("\":"u8);
            output.Write(json.Span);
        }
    }
}
