using AcpToApi.Cli;
using AcpToApi.Json.Model;
using AcpToApi.Providers;
using AcpToApi.Transport;

namespace AcpToApi.Agents.Claude;

/// <summary>Finds the Claude Code CLI and makes sure, once, that it is it.</summary>
sealed class ClaudeProgram(ProgramFinder finder, AgentEnvironment environment, ServerOptions options)
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    readonly Lock _gate = new();
    readonly Dictionary<string, Task<string?>> _checked = new(StringComparer.Ordinal);

    /// <summary>The path of the CLI, found and not yet checked; null when there is none.</summary>
    public string? Find(Provider provider) => finder.Find(provider.Row.Agent!, options.Agents);

    /// <summary>Why it would not answer; null when it is there.</summary>
    public string? Problem(Provider provider) => Find(provider) is null ? "The Claude Code CLI was not found." : null;

    /// <summary>The path of the CLI. Throws a 503 that says what to do when there is none, or when it is something else.</summary>
    public async Task<string> GetAsync(Provider provider)
    {
        if (Find(provider) is not { } path)
        {
            throw Unavailable("The Claude Code CLI was not found. Install it (npm install -g @anthropic-ai/claude-code), log in with `claude`, or say where it is with --claude-bin.");
        }
        Task<string?> check;
        lock (_gate)
        {
            if (!_checked.TryGetValue(path, out check!)) _checked[path] = check = CheckAsync(path);
        }
        if (await check is not { } problem) return path;
        // Tried again with the next request: it may have been in the middle of an update.
        lock (_gate) _checked.Remove(path);
        throw Unavailable(problem);
    }

    static BridgeException Unavailable(string message) => new(new BridgeError(ErrorKind.UpstreamUnavailable, 503, message));

    async Task<string?> CheckAsync(string path)
    {
        try
        {
            await using var child = ChildProcess.Start(new ChildStart(path, ["--version"], "/", environment.With()));
            child.CloseInput();
            var said = new byte[256];
            using var limit = new CancellationTokenSource(Patience);
            var length = await child.Output.ReadAtLeastAsync(said, said.Length, throwOnEndOfStream: false, limit.Token);
            var version = System.Text.Encoding.UTF8.GetString(said, 0, length).Trim();
            if (version.Contains("Claude Code", StringComparison.Ordinal)) return null;
            return $"{path} does not seem to be the Claude Code CLI: `--version` says '{(version.Length > 0 ? version : child.LastErrors)}'. Say where it is with --claude-bin.";
        }
        catch (IOException refused)
        {
            return $"The Claude Code CLI cannot be started: {refused.Message}.";
        }
        catch (OperationCanceledException)
        {
            return $"{path} --version did not answer within {Patience.TotalSeconds:0} s.";
        }
    }
}
