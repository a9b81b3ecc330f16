using AcpToApi.Json.Model;

namespace AcpToApi.Json.Text;

/// <summary>The results of one turn's tool calls, which clients may put anywhere between this turn and the model's next.</summary>
static class TurnResults
{
    /// <summary>The results from message <paramref name="next"/> on, in the client's order; ids of calls without one go to <paramref name="missing"/>.</summary>
    public static List<ToolResultPart> Of(List<Part> turn, List<Message> messages, int next, List<string> missing)
    {
        foreach (var part in turn)
        {
            if (part is ToolCallPart call) missing.Add(call.Id.ToString());
        }
        var results = new List<ToolResultPart>();
        for (; missing.Count > 0 && next < messages.Count && messages[next].Role != Role.Assistant; next++)
        {
            foreach (var part in messages[next].Parts)
            {
                if (part is ToolResultPart result && missing.Remove(result.CallId.ToString())) results.Add(result);
            }
        }
        return results;
    }
}
