using AcpToApi.Cli;
using AcpToApi.Json.Model;
using AcpToApi.Providers;

namespace AcpToApi.Agents.Claude;

/// <summary>The Claude Code CLI as a plain model: prompt to text, with no tools but the client's.</summary>
sealed class SealedClaudeAgent(ClaudeProgram program, ClaudeWarmPool pool, ServerOptions options, TimeProvider clock) : IAgent
{
    public bool IsProcessPerSession => true;

    public async Task<IAgentSession> OpenAsync(AgentRequest request, string? resumeId, CancellationToken cancel)
    {
        var path = await program.GetAsync(request.Provider);
        ClaudeWorker? worker = null;
        try
        {
            worker = pool.Take(path);
            await worker.InitializeAsync(request.System, appendsSystem: false, request.Chat.ResponseFormat, request.Tools, cancel);
            return new ClaudeSession(worker, resumeId: null, request.Chat.ResponseFormat?.Schema is not null, clock, () => pool.Fill(path));
        }
        catch (IOException refused)
        {
            throw new BridgeException(new BridgeError(ErrorKind.UpstreamUnavailable, 503, $"The Claude Code CLI cannot be started: {refused.Message}."));
        }
        catch
        {
            if (worker is not null) await worker.DisposeAsync();
            throw;
        }
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
        Task.FromResult<IReadOnlyList<string>>(program.Find(provider) is null ? [] : ["sonnet", "opus", "haiku"]);

    public Task<string?> ProblemAsync(Provider provider, CancellationToken cancel) =>
        Task.FromResult(program.Find(provider) is null ? "The Claude Code CLI was not found." : null);
}
