namespace AcpToApi.Cli;

/// <summary>The process environment, and apart from it the <c>.env</c> file of the working directory, which is not trusted.</summary>
sealed class EnvironmentVariables
{
    readonly Func<string, string?> _process;

    EnvironmentVariables(Func<string, string?> process, IReadOnlyDictionary<string, string> dotEnv, string? dotEnvPath)
    {
        _process = process;
        DotEnv = dotEnv;
        DotEnvPath = dotEnvPath;
    }

    /// <summary>What <c>.env</c> says; empty when there is none.</summary>
    public IReadOnlyDictionary<string, string> DotEnv { get; }

    /// <summary>The file that was read; null when there is none.</summary>
    public string? DotEnvPath { get; }

    /// <summary>Reads the environment and <c>.env</c> in <paramref name="directory"/>.</summary>
    public static EnvironmentVariables Read(string directory)
    {
        var path = Path.Combine(directory, ".env");
#pragma warning disable RS0030 // This is the one place that reads the environment.
        Func<string, string?> process = Environment.GetEnvironmentVariable;
#pragma warning restore RS0030
        try
        {
            return File.Exists(path) ? new(process, DotEnvFile.Parse(File.ReadLines(path)), path) : new(process, new Dictionary<string, string>(), null);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new StartupException($"Cannot read {path}: {unreadable.Message}");
        }
    }

    /// <summary>The folder for what is to be there after a restart (XDG base directories).</summary>
    public string StateFolder => Path.Combine(
        Get("XDG_STATE_HOME") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local", "state"), "acptoapi");

    /// <summary>A variable of the process; null when it is not set or empty.</summary>
    public string? Get(string name) => _process(name) is { Length: > 0 } value ? value : null;
}
