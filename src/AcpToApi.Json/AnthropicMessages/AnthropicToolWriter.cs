using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.AnthropicMessages;

/// <summary>Writes <c>tools</c> and <c>tool_choice</c>.</summary>
sealed class AnthropicToolWriter(ChatRequest request, int maxNameLength, AnthropicCacheMarkers markers, PooledBuffer output, IgnoredFields ignored)
{
    readonly bool _sameFormat = request.Format == WireFormat.AnthropicMessages;

    /// <summary>Writes both fields, each with its leading comma, if there are tools.</summary>
    public void Write(AnthropicConversation conversation)
    {
        var start = output.Length;
        var count = 0;
        foreach (var tool in request.Tools) WriteTool(tool, count++);
        if (_sameFormat) count += WriteServerTools(count);
        var isRepaired = count == 0 && !_sameFormat;
        if (isRepaired) count = WriteCalledTools(conversation);
        if (count == 0)
        {
            ignored.AddIf(request.ToolChoice is { Kind: ToolChoiceKind.Required or ToolChoiceKind.Tool }, "tool_choice");
            output.Truncate(start);
            return;
        }
        output.Write((byte)']');
        WriteChoice(isRepaired ? new ToolChoice(ToolChoiceKind.None) : request.ToolChoice);
    }

    void WriteTool(ToolDefinition tool, int number)
    {
        BeginTool(number);
        WriteName(tool.Name);
        if (tool.Description is { } description)
        {
            output.Write(",\"description\":\""u8);
            description.Text.WriteEscaped(output);
            output.Write((byte)'"');
        }
        output.Write(",\"input_schema\":"u8);
        AnthropicToolSchema.Write(tool.Schema ?? default, output);
        // Elsewhere clients ask for strictness by default; Anthropic takes it for some models and few tools only.
        if (_sameFormat && tool.Strict is { } strict) output.Write(strict ? ",\"strict\":true"u8 : ",\"strict\":false"u8);
        if (_sameFormat) WriteToolExtras(number);
        markers.Write(tool.CacheControl, output);
        output.Write((byte)'}');
    }

    void BeginTool(int number) => output.Write(number == 0 ? ",\"tools\":["u8 : ","u8);

    void WriteName(JsonString name)
    {
        output.Write("{\"name\":\""u8);
        ToolNames.Fit(name, maxNameLength).Text.WriteEscaped(output);
        output.Write((byte)'"');
    }

    void WriteToolExtras(int number)
    {
        if (request.Extras.Count == 0) return;
        var prefix = $"tools[{number}].";
        foreach (var extra in request.Extras)
        {
            if (extra.Name.StartsWith(prefix, StringComparison.Ordinal)) AnthropicExtras.WriteField(extra.Name[prefix.Length..], extra.Json, output);
        }
    }

    int WriteServerTools(int number)
    {
        var count = 0;
        foreach (var extra in request.Extras)
        {
            if (!extra.Name.StartsWith(AnthropicToolReader.ServerToolPrefix, StringComparison.Ordinal)) continue;
            BeginTool(number + count++);
            output.Write(extra.Json.Span);
        }
        return count;
    }

    // Anthropic refuses calls in the history of a request that offers no tools; other dialects allow it (a last summary, say).
    int WriteCalledTools(AnthropicConversation conversation)
    {
        HashSet<string> names = [];
        foreach (var turn in conversation.Turns)
        {
            foreach (var call in turn.Calls)
            {
                if (!names.Add(call.Part.Name.ToString())) continue;
                BeginTool(names.Count - 1);
                WriteName(call.Part.Name);
                output.Write(",\"input_schema\":{\"type\":\"object\"}}"u8);
            }
        }
        return names.Count;
    }

    void WriteChoice(ToolChoice? choice)
    {
        var isSingle = request.ParallelToolCalls == false && choice is not { Kind: ToolChoiceKind.None };
        if (choice is null && !isSingle) return;
        output.Write(",\"tool_choice\":{\"type\":\""u8);
        output.Write(choice?.Kind switch
        {
            ToolChoiceKind.None => "none\""u8,
            ToolChoiceKind.Required => "any\""u8,
            ToolChoiceKind.Tool => "tool\",\"name\":\""u8,
            _ => "auto\""u8,
        });
        if (choice is { Kind: ToolChoiceKind.Tool } forced)
        {
            ToolNames.Fit(forced.Name, maxNameLength).Text.WriteEscaped(output);
            output.Write((byte)'"');
        }
        if (isSingle) output.Write(",\"disable_parallel_tool_use\":true"u8);
        output.Write((byte)'}');
    }
}
