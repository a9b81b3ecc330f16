namespace AcpToApi.Json.Mcp;

/// <summary>A call of one of the client's tools as an agent's own stream tells of it: in the order in which the model made them, in which they need not arrive.</summary>
/// <param name="name">The tool's name as it was offered to the agent.</param>
public sealed class AnnouncedCall(string name)
{
    /// <summary>The tool's name as it was offered to the agent.</summary>
    public string Name => name;

    /// <summary>The arguments; empty as long as they are not known.</summary>
    public byte[] Arguments { get; set; } = [];
}
