using AcpToApi.Cli;
using AcpToApi.Json.ClaudeStream;
using AcpToApi.Providers;

namespace AcpToApi.Agents.Claude;

/// <summary>The Claude Code CLI as a plain model: prompt to text, with no tools but the client's.</summary>
sealed class SealedClaudeAgent(ClaudeProgram program, ClaudeWarmPool pool, ServerOptions options, TimeProvider clock) : IAgent
{
    public bool TakesProcess(AgentRequest request) => true;

    public async Task<IAgentSession> OpenAsync(AgentRequest request, string? resumeId, CancellationToken cancel)
    {
        var path = await program.GetAsync(request.Provider);
        var setup = new ClaudeSetup(request, isAgent: false);
        return await ClaudeSession.OpenAsync(() => pool.Take(path, setup), setup, resumeId: null, clock, () => pool.Fill(path), cancel);
    }

    /// <summary>Starts the processes that wait, when they are wanted with the server.</summary>
    public void Warm(ProviderSet providers)
    {
        if (!options.Agents.WarmAtStart) return;
        var row = providers.All.First(provider => provider.Row.Agent?.Kind == AgentKind.SealedClaude);
        if (program.Find(row) is { } path) pool.Fill(path);
    }

    public Task ForgetAsync(Provider provider, string resumeId) => Task.CompletedTask;

    public Task<IReadOnlyList<string>> ListModelsAsync(Provider provider, CancellationToken cancel) =>
        Task.FromResult<IReadOnlyList<string>>(program.Find(provider) is null ? [] : ClaudeControl.KnownModels);

    public Task<string?> ProblemAsync(Provider provider, CancellationToken cancel) =>
        Task.FromResult(program.Problem(provider));
}
