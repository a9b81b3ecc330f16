using AcpToApi.Json.AnthropicMessages;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.ClaudeStream;

/// <summary>
/// Writes a conversation as lines for the CLI's standard input, one turn each. Every turn of the user's but the last is only taken note of
/// (<c>shouldQuery</c>), and a turn of the model's is recorded as it is, so that a new process knows the history without loss. A line that is only
/// taken note of is answered with an empty result, which must be waited for: the CLI records what the model said at once, and what the user
/// said in its own time.
/// </summary>
static class ClaudeStreamRequestWriter
{
    /// <summary>What the CLI puts in front of the names of the client's tools.</summary>
    public const string ToolPrefix = "mcp__client__";

    /// <summary>Writes the lines from <see cref="UpstreamTarget.FirstMessage"/> on, and names in <paramref name="ignored"/> what the CLI cannot take.</summary>
    public static void Write(ChatRequest whole, in UpstreamTarget target, PooledBuffer output, IgnoredFields ignored)
    {
        var request = whole.From(target.FirstMessage);
        var conversation = AnthropicConversation.Of(request, WireFormat.ClaudeStream, ignored);
        if (conversation.Turns is not [.., { Role: Role.User }])
        {
            throw new BridgeException(BridgeError.InvalidRequest("A coding agent cannot go on from the beginning of an answer: the last message must be the user's.", "messages"));
        }
        var content = new AnthropicContentWriter(request, WireFormat.ClaudeStream.MaxToolNameLength, new AnthropicCacheMarkers(request, conversation, ignored), output, ToolPrefix);
        for (var i = 0; i < conversation.Turns.Count; i++)
        {
            var turn = conversation.Turns[i];
            output.Write(turn.Role == Role.Assistant ? "{\"type\":\"assistant\",\"message\":"u8 : "{\"type\":\"user\",\"message\":"u8);
            var start = output.Length;
            content.WriteTurn(turn);
            output.JoinLines(start);
            output.Write(turn.Role != Role.Assistant && i < conversation.Turns.Count - 1 ? ClaudeControl.NoQuery : "}\n"u8);
        }
        Ignore(request, ignored);
    }

    // The CLI decides all of these by itself.
    static void Ignore(ChatRequest request, IgnoredFields ignored)
    {
        AgentChoices.Name(request, ignored);
        ignored.AddIf(request.ParallelToolCalls == false, "parallel_tool_calls");
        ignored.AddIf(request.ToolChoice is { Kind: ToolChoiceKind.Required or ToolChoiceKind.Tool }, "tool_choice");
        ignored.AddIf(request.ResponseFormat is { Schema: null }, "response_format");
        ignored.AddIf(request.Reasoning?.BudgetTokens is not null, "thinking.budget_tokens");
    }
}
