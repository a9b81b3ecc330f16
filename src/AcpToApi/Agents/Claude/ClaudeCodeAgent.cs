using AcpToApi.Providers;

namespace AcpToApi.Agents.Claude;

/// <summary>The Claude Code CLI with all that it can, in the workspace; its sessions are on disk, and can be resumed.</summary>
sealed class ClaudeCodeAgent(ClaudeProgram program, ClaudeCommand command, Cli.ServerOptions options, ProgramFinder finder, Cli.EnvironmentVariables environment, TimeProvider clock) : IAgent
{
    public bool TakesProcess(AgentRequest request) => true;

    public async Task<IAgentSession> OpenAsync(AgentRequest request, string? resumeId, CancellationToken cancel)
    {
        var path = await program.GetAsync(request.Provider);
        var session = resumeId ?? Guid.NewGuid().ToString();
        ClaudeWorker Start() => ClaudeWorker.Start(command.ForWork(path, session, resumes: resumeId is not null), options.Agents.GrantsPermissions);
        return await ClaudeSession.OpenAsync(Start, new ClaudeSetup(request, isAgent: true), session, clock, answered: null, cancel);
    }

    /// <summary>Deletes the CLI's own record of a session, which it keeps in a folder named after the workspace.</summary>
    public Task ForgetAsync(Provider provider, string resumeId)
    {
        var home = environment.Get("CLAUDE_CONFIG_DIR") ?? Path.Combine(finder.Home, ".claude");
        var projects = Path.Combine(home, "projects");
        if (!Guid.TryParse(resumeId, out _) || !Directory.Exists(projects)) return Task.CompletedTask;
        foreach (var folder in Directory.GetDirectories(projects))
        {
            File.Delete(Path.Combine(folder, resumeId + ".jsonl"));
        }
        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<string>> ListModelsAsync(Provider provider, CancellationToken cancel) =>
        Task.FromResult<IReadOnlyList<string>>(program.Find(provider) is null ? [] : ["default"]);

    public Task<string?> ProblemAsync(Provider provider, CancellationToken cancel) =>
        Task.FromResult(program.Problem(provider));
}
