namespace AcpToApi.Json.Model;

/// <summary>Why an answer ended.</summary>
public enum StopReason
{
    /// <summary>The model was done.</summary>
    EndTurn,

    /// <summary>One of the request's stop sequences came up.</summary>
    StopSequence,

    /// <summary>The output limit was reached.</summary>
    MaxTokens,

    /// <summary>The context window was full.</summary>
    ContextWindow,

    /// <summary>The model waits for the results of its tool calls.</summary>
    ToolCalls,

    /// <summary>A safety filter or the model itself refused.</summary>
    ContentFilter,

    /// <summary>The provider paused a long turn; sending the answer back continues it (Anthropic server tools).</summary>
    PauseTurn,
}
