using AcpToApi.Json.Mcp;

namespace AcpToApi.Json.ClaudeStream;

/// <summary>What must be known across the answers of one turn, which ends for the client with every call of a tool of his.</summary>
public sealed class ClaudeTurn
{
    /// <summary>The client's tools; null when it has none.</summary>
    public McpToolServer? Tools { get; init; }

    /// <summary>Whether the answer is an object that keeps a schema.</summary>
    public bool IsStructured { get; init; }

    /// <summary>The time, in Unix seconds, that waits are counted from.</summary>
    public long Now { get; set; }

    /// <summary>Ids of the calls of the client's tools that wait for their results.</summary>
    public HashSet<string> Waiting { get; } = new(StringComparer.Ordinal);

    /// <summary>Ids of the calls of the agent's own tools that have been told.</summary>
    public HashSet<string> Own { get; } = new(StringComparer.Ordinal);
}
