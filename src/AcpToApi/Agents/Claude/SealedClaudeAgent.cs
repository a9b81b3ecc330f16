using AcpToApi.Json.Model;
using AcpToApi.Providers;

namespace AcpToApi.Agents.Claude;

/// <summary>The Claude Code CLI as a plain model: prompt to text, with no tools but the client's.</summary>
sealed class SealedClaudeAgent(ClaudeProgram program, ClaudeWarmPool pool, TimeProvider clock) : IAgent
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

    public Task ForgetAsync(Provider provider, string resumeId) => Task.CompletedTask;

    public Task<IReadOnlyList<string>> ListModelsAsync(Provider provider, CancellationToken cancel) =>
        Task.FromResult<IReadOnlyList<string>>(program.Find(provider) is null ? [] : ["sonnet", "opus", "haiku"]);

    public Task<string?> ProblemAsync(Provider provider, CancellationToken cancel) =>
        Task.FromResult(program.Find(provider) is null ? "The Claude Code CLI was not found." : null);
}
