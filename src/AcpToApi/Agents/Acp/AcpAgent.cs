using AcpToApi.Providers;

namespace AcpToApi.Agents.Acp;

/// <summary>To come.</summary>
sealed class AcpAgent : IAgent
{
    public bool IsProcessPerSession => false;

    public Task<IAgentSession> OpenAsync(AgentRequest request, string? resumeId, CancellationToken cancel) => throw new NotSupportedException();

    public Task ForgetAsync(Provider provider, string resumeId) => throw new NotSupportedException();

    public Task<IReadOnlyList<string>> ListModelsAsync(Provider provider, CancellationToken cancel) => Task.FromResult<IReadOnlyList<string>>([]);

    public Task<string?> ProblemAsync(Provider provider, CancellationToken cancel) => Task.FromResult<string?>(null);
}
