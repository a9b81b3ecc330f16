using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.CohereChat;

/// <summary>Writes the body of <c>/v2/chat</c>; what has no place there is named as ignored. Messages are the business of <see cref="CohereChatMessageWriter"/>.</summary>
sealed class CohereChatRequestWriter(ChatRequest request, UpstreamTarget target, PooledBuffer output, IgnoredFields ignored)
{
    public const int MaxNameLength = 64;

    // Budgets for clients that name an effort only; beyond "medium" the model may think as long as it likes.
    const long LowBudget = 2048;
    const long MediumBudget = 8192;
    const long MaxTopK = 500;

    // Fields of this format that a client may give through the OpenAI dialect.
    static readonly string[] OwnFields = ["documents", "citation_options", "safety_mode", "strict_tools", "priority"];

    /// <summary>Appends the body. Throws <see cref="BridgeException"/> when the request cannot be carried at all.</summary>
    public void Write()
    {
        output.Write("{\"model\":"u8);
        output.WriteString(target.Model.Text);
        output.Write(",\"messages\":"u8);
        new CohereChatMessageWriter(request, output, ignored).Write();
        WriteTools();
        WriteSampling();
        WriteResponseFormat();
        WriteThinking();
        WriteExtras();
        output.Write(target.Stream ? ",\"stream\":true}"u8 : ",\"stream\":false}"u8);
    }

    // There is no choice of one tool: then only that one is offered, and some tool must be called.
    void WriteTools()
    {
        ignored.AddIf(request.ParallelToolCalls is false, "parallel_tool_calls");
        var separator = ",\"tools\":["u8;
        foreach (var tool in request.Tools)
        {
            if (request.ToolChoice is { Kind: ToolChoiceKind.Tool } only && only.Name.ToString() != tool.Name.ToString()) continue;
            output.Write(separator);
            WriteTool(tool);
            separator = ","u8;
        }
        if (separator.Length > 1) return;
        output.Write((byte)']');
        if (request.ToolChoice is { Kind: ToolChoiceKind.None }) output.Write(",\"tool_choice\":\"NONE\""u8);
        else if (request.ToolChoice is { Kind: not ToolChoiceKind.Auto }) output.Write(",\"tool_choice\":\"REQUIRED\""u8);
    }

    void WriteTool(ToolDefinition tool)
    {
        output.Write("{\"type\":\"function\",\"function\":{\"name\":"u8);
        output.WriteString(ToolNames.Fit(tool.Name, MaxNameLength).Text);
        if (tool.Description is { } description)
        {
            output.Write(",\"description\":"u8);
            output.WriteString(description.Text);
        }
        output.Write(",\"parameters\":"u8);
        ToolSchema.Write(tool.Schema, output);
        output.Write("}}"u8);
    }

    // The ranges are narrower than OpenAI's: penalties 0 to 1, p 0.01 to 0.99, k up to 500.
    void WriteSampling()
    {
        var sampling = request.Sampling;
        output.WriteField(",\"max_tokens\":"u8, sampling.MaxOutputTokens);
        output.WriteField(",\"temperature\":"u8, sampling.Temperature);
        output.WriteField(",\"p\":"u8, sampling.TopP is { } p ? Math.Clamp(p, 0.01, 0.99) : null);
        output.WriteField(",\"k\":"u8, sampling.TopK is { } k ? Math.Clamp(k, 0, MaxTopK) : null);
        output.WriteField(",\"seed\":"u8, sampling.Seed);
        WritePenalty(",\"frequency_penalty\":"u8, sampling.FrequencyPenalty, "frequency_penalty");
        WritePenalty(",\"presence_penalty\":"u8, sampling.PresencePenalty, "presence_penalty");
        var separator = ",\"stop_sequences\":["u8;
        for (var i = 0; i < Math.Min(sampling.Stop.Count, CohereChatFormat.MostStops); i++)
        {
            output.Write(separator);
            output.WriteString(sampling.Stop[i].Text);
            separator = ","u8;
        }
        if (sampling.Stop.Count > 0) output.Write((byte)']');
        ignored.AddIf(sampling.Logprobs is not null, "logprobs");
        ignored.AddIf(sampling.Count > 1, "n");
        ignored.AddIf(request.User is not null, "user");
    }

    void WritePenalty(ReadOnlySpan<byte> field, double? value, string name)
    {
        if (value < 0) ignored.Add(name);
        else output.WriteField(field, value is { } penalty ? Math.Min(penalty, 1) : null);
    }

    void WriteResponseFormat()
    {
        if (request.ResponseFormat is not { } format) return;
        output.Write(",\"response_format\":{\"type\":\"json_object\""u8);
        if (format.Schema is { } schema)
        {
            output.Write(",\"json_schema\":"u8);
            output.Write(schema.Span);
        }
        output.Write((byte)'}');
    }

    void WriteThinking()
    {
        if (request.Reasoning is not { } asked) return;
        if (asked.Mode == ReasoningMode.Disabled || asked.Effort == "none")
        {
            output.Write(",\"thinking\":{\"type\":\"disabled\"}"u8);
            return;
        }
        output.Write(",\"thinking\":{\"type\":\"enabled\""u8);
        output.WriteField(",\"token_budget\":"u8, asked.BudgetTokens ?? asked.Effort switch
        {
            "minimal" or "low" => LowBudget,
            "medium" => MediumBudget,
            _ => null,
        });
        output.Write((byte)'}');
    }

    void WriteExtras()
    {
        foreach (var (name, json) in request.Extras)
        {
            if (request.Format != WireFormat.OpenAiChat || Array.IndexOf(OwnFields, name) < 0)
            {
                ignored.Add(name);
                continue;
            }
            output.Write((byte)',');
            output.WriteString(name);
            output.Write((byte)':');
            output.Write(json.Span);
        }
    }
}
