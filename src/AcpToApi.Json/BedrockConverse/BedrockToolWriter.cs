using AcpToApi.Json.AnthropicMessages;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.BedrockConverse;

/// <summary>Writes <c>toolConfig</c>, which must be there when the conversation holds calls, even if no tool is offered any more.</summary>
sealed class BedrockToolWriter(ChatRequest request, BedrockCachePoints points, PooledBuffer output, IgnoredFields ignored)
{
    /// <summary>Appends the field to the body, if it has to be there.</summary>
    public void Write(AnthropicConversation conversation)
    {
        ignored.AddIf(request.ParallelToolCalls == false, "parallel_tool_calls");
        var called = Called(conversation);
        var isForbidden = request.ToolChoice is { Kind: ToolChoiceKind.None };
        // There is no choice "none": without tools the model cannot call any, but a conversation with calls needs them.
        var offered = isForbidden && called.Count == 0 ? [] : request.Tools;
        if (offered.Count == 0 && called.Count == 0)
        {
            ignored.AddIf(request.ToolChoice is { Kind: ToolChoiceKind.Required or ToolChoiceKind.Tool }, "tool_choice");
            return;
        }
        BedrockObject.Begin("\"toolConfig\":{\"tools\":["u8, output);
        foreach (var tool in offered) WriteTool(tool);
        if (offered.Count == 0) WriteCalled(called);
        output.Write((byte)']');
        if (offered.Count > 0) WriteChoice();
        else ignored.AddIf(request.ToolChoice is { Kind: ToolChoiceKind.Required or ToolChoiceKind.Tool }, "tool_choice");
        output.Write((byte)'}');
    }

    void WriteTool(ToolDefinition tool)
    {
        WriteName(tool.Name);
        if (tool.Description is { } description && !AnthropicText.IsBlank(description))
        {
            output.Write(",\"description\":"u8);
            output.WriteString(description.Text);
        }
        output.Write(",\"inputSchema\":{\"json\":"u8);
        AnthropicToolSchema.Write(tool.Schema ?? default, output);
        output.Write("}}}"u8);
        points.Write(tool.CacheControl, isTool: true);
    }

    void WriteCalled(List<JsonString> called)
    {
        foreach (var name in called)
        {
            WriteName(name);
            output.Write(",\"inputSchema\":{\"json\":{\"type\":\"object\"}}}}"u8);
        }
    }

    void WriteName(JsonString name)
    {
        BedrockObject.Begin("{\"toolSpec\":{\"name\":"u8, output);
        output.WriteString(ToolNames.Fit(name, WireFormat.BedrockConverse.MaxToolNameLength).Text);
    }

    // "auto" goes without saying, and some models refuse to be told.
    void WriteChoice()
    {
        switch (request.ToolChoice)
        {
            case { Kind: ToolChoiceKind.Required }:
                output.Write(",\"toolChoice\":{\"any\":{}}"u8);
                break;
            case { Kind: ToolChoiceKind.Tool, Name: var name }:
                output.Write(",\"toolChoice\":{\"tool\":{\"name\":"u8);
                output.WriteString(ToolNames.Fit(name, WireFormat.BedrockConverse.MaxToolNameLength).Text);
                output.Write("}}"u8);
                break;
            case { Kind: ToolChoiceKind.None }:
                ignored.Add("tool_choice");
                break;
        }
    }

    static List<JsonString> Called(AnthropicConversation conversation)
    {
        List<JsonString> called = [];
        HashSet<string> names = [];
        foreach (var turn in conversation.Turns)
        {
            foreach (var call in turn.Calls)
            {
                if (names.Add(call.Part.Name.ToString())) called.Add(call.Part.Name);
            }
        }
        return called;
    }
}
