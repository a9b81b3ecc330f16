using System.Text.Json;

namespace AcpToApi.Json.Acp;

/// <summary>What an agent says of itself in its reply to <c>initialize</c>.</summary>
public sealed class AcpAgentInfo
{
    /// <summary>What its prompts may hold.</summary>
    public AcpContent Accepts { get; private set; }

    /// <summary>Whether it takes up sessions of earlier times.</summary>
    public bool LoadsSessions { get; private set; }

    /// <summary>Whether it forgets a session's process and memory when told to.</summary>
    public bool ClosesSessions { get; private set; }

    /// <summary>Whether it deletes what it has kept of a session.</summary>
    public bool DeletesSessions { get; private set; }

    /// <summary>Whether it takes tool servers over HTTP.</summary>
    public bool TakesTools { get; private set; }

    /// <summary>The ways to log in that it offers: their ids.</summary>
    public List<string> Logins { get; } = [];

    /// <summary>Reads the reply's result; what it does not say is not there. Throws <see cref="JsonException"/>.</summary>
    public static AcpAgentInfo Read(ReadOnlyMemory<byte> result)
    {
        using var document = JsonDocument.Parse(result);
        var info = new AcpAgentInfo();
        if (document.RootElement.Member("authMethods") is { ValueKind: JsonValueKind.Array } logins)
        {
            foreach (var login in logins.EnumerateArray())
            {
                if (login.Text("id") is { } id) info.Logins.Add(id);
            }
        }
        if (document.RootElement.Member("agentCapabilities") is not { } all) return info;
        info.LoadsSessions = all.Is("loadSession");
        info.TakesTools = all.Member("mcpCapabilities")?.Is("http") == true;
        if (all.Member("sessionCapabilities") is { } sessions)
        {
            info.ClosesSessions = sessions.Member("close") is not null;
            info.DeletesSessions = sessions.Member("delete") is not null;
        }
        if (all.Member("promptCapabilities") is not { } prompts) return info;
        if (prompts.Is("image")) info.Accepts |= AcpContent.Images;
        if (prompts.Is("audio")) info.Accepts |= AcpContent.Audio;
        if (prompts.Is("embeddedContext")) info.Accepts |= AcpContent.Resources;
        return info;
    }
}
