using AcpToApi.Agents.Acp;
using AcpToApi.Agents.Claude;
using AcpToApi.Agents.OpenCode;
using AcpToApi.Providers;

namespace AcpToApi.Agents;

/// <summary>Which agent answers for a row.</summary>
sealed class AgentSet(SealedClaudeAgent sealedClaude, ClaudeCodeAgent claudeCode, OpenCodeAgent openCode, AcpAgent acp)
{
    public IAgent Of(Provider provider) => provider.Row.Agent!.Kind switch
    {
        AgentKind.SealedClaude => sealedClaude,
        AgentKind.ClaudeCode => claudeCode,
        AgentKind.OpenCode => openCode,
        _ => acp,
    };
}
