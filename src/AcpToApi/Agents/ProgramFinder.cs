using AcpToApi.Cli;
using AcpToApi.Providers;

namespace AcpToApi.Agents;

/// <summary>Finds installed programs, anew each time: what was installed a minute ago is found without a restart.</summary>
sealed class ProgramFinder(EnvironmentVariables environment)
{
    /// <summary>The full path of a program on the PATH; null when there is none.</summary>
    public string? OnPath(string name)
    {
        foreach (var folder in (environment.Get("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
        {
            // A relative entry would run whatever lies in the working directory.
            if (Path.IsPathRooted(folder) && IsProgram(Path.Combine(folder, name)) is { } found) return found;
        }
        return null;
    }

    /// <summary>The program of an agent: the one that was given, else on the PATH, else where installers put it; null when there is none.</summary>
    public string? Find(AgentRow agent, AgentOptions options)
    {
        if (agent.Kind is AgentKind.SealedClaude or AgentKind.ClaudeCode && options.ClaudeProgram is { } given) return given;
        if (OnPath(agent.Program) is { } found) return found;
        foreach (var place in agent.Places)
        {
            if (Expand(place).Select(IsProgram).LastOrDefault(program => program is not null) is { } installed) return installed;
        }
        return null;
    }

    /// <summary>Whether an agent is there, or said to be.</summary>
    public bool IsPresent(AgentRow agent, AgentOptions options) => agent.UrlIn(options) is not null || (agent.Program.Length > 0 && Find(agent, options) is not null);

    // One folder of the path may be a pattern: the extensions of editors carry their version in their name.
    IEnumerable<string> Expand(string place)
    {
        if (place.StartsWith("~/", StringComparison.Ordinal)) place = Path.Combine(Home, place[2..]);
        var star = place.IndexOf('*', StringComparison.Ordinal);
        if (star < 0) return [place];
        var parent = place[..place.LastIndexOf('/', star)];
        var rest = place[(star + 1)..];
        if (!Directory.Exists(parent)) return [];
        return Directory.GetDirectories(parent, Path.GetFileName(place[..(star + 1)])).Order(StringComparer.Ordinal).Select(folder => folder + rest);
    }

    /// <summary>The user's home folder.</summary>
    public string Home => environment.Get("HOME") ?? Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);

    static string? IsProgram(string path) =>
        File.Exists(path) && (OperatingSystem.IsWindows() || (File.GetUnixFileMode(path) & UnixFileMode.UserExecute) != 0) ? path : null;
}
