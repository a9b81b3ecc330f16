namespace AcpToApi.Json.OpenCode;

/// <summary>
/// Names of the MCP servers that a client's tools are registered as. An agent's server has one list of them for all of its sessions: each prompt
/// says which of them it may see.
/// </summary>
public static class OpenCodeTools
{
    /// <summary>What all of our registrations begin with.</summary>
    public static ReadOnlySpan<byte> Prefix => "acptoapi-client-"u8;
}
