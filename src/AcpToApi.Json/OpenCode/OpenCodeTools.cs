using System.Text;

namespace AcpToApi.Json.OpenCode;

/// <summary>
/// Names of the tool servers that clients' tools are registered as. An agent's server has one list of them for all of its sessions: each prompt
/// says which of them it may see.
/// </summary>
public static class OpenCodeTools
{
    /// <summary>What all of them begin with; short, since it becomes part of the names of tools.</summary>
    public const string Prefix = "acptoapi";

    /// <summary>The name under which a server offers a tool; null when it is none of that server's.</summary>
    public static string? NameIn(string? server, ReadOnlySpan<byte> tool) =>
        server is not null && tool.Length > server.Length && tool[server.Length] == (byte)'_' && Ascii.Equals(tool[..server.Length], server) ? Encoding.UTF8.GetString(tool[(server.Length + 1)..]) : null;
}
