namespace AcpToApi.Json.Model;

/// <summary>
/// What a coding agent says beyond a model's answer: the tools that it runs by itself. Their events stand between those of <see cref="IEventSink"/>
/// like any other: <c>OwnToolStart OwnToolArguments* OwnToolEnd</c>, and some time later <c>OwnToolResult</c> with the same id.
/// A call of one of the client's tools is an ordinary <see cref="IEventSink.ToolCallStart"/>.
/// </summary>
public interface IAgentSink : IEventSink
{
    /// <summary>The agent begins to call a tool of its own.</summary>
    void OwnToolStart(JsonText id, JsonText name);

    /// <summary>A piece of that call's arguments: joined, the pieces are one JSON object.</summary>
    void OwnToolArguments(JsonText fragment);

    /// <summary>The call is whole.</summary>
    void OwnToolEnd();

    /// <summary>What a tool of its own returned, as text; <paramref name="failed"/> when it did not succeed.</summary>
    void OwnToolResult(JsonText id, JsonText text, bool failed);
}

/// <summary>How the tools that an agent runs by itself are told to the client.</summary>
public enum OwnTools
{
    /// <summary>As tool calls, the results as marked text.</summary>
    Calls,

    /// <summary>Calls and results as marked text.</summary>
    Text,

    /// <summary>Calls and results in the reasoning.</summary>
    Reasoning,

    /// <summary>Not at all.</summary>
    Hidden,
}
