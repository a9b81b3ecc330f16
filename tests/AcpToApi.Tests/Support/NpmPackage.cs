using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace AcpToApi.Tests.Support;

/// <summary>
/// A folder of tests/clients, installed once by `npm ci` into the user's cache under the hash of its lock file. A test that needs one is
/// skipped, with the reason, where there is no npm or no way to the registry.
/// </summary>
public static partial class NpmPackage
{
    const int Killed = -1;
    static readonly SemaphoreSlim OneAtATime = new(1);
    static string? _unreachable;

    /// <summary>Installs the folder if need be, and returns where it is.</summary>
    public static async Task<string> InstallAsync(string folder)
    {
        var source = Path.Combine(PublishedBinary.Root, "tests", "clients", folder);
        var node = await TryRunAsync("node", ["--version"], Path.GetTempPath());
        if (node is null || await TryRunAsync(NpmName, ["--version"], Path.GetTempPath()) is null) Assert.Skip("npm or node is not installed");
        var major = int.Parse(VersionOfNode().Match(node.Output).Groups[1].Value, null);
        if (major < 20) Assert.Skip($"node {node.Output.Trim()} is older than 20");

        await OneAtATime.WaitAsync();
        try
        {
            var hash = Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(Path.Combine(source, "package-lock.json"))))[..12];
            var name = folder.Length == 0 ? "sdk" : folder;
            var target = Path.Combine(CacheFolder(), $"{name}-{hash}");
            Directory.CreateDirectory(target);
            foreach (var file in Directory.GetFiles(source)) File.Copy(file, Path.Combine(target, Path.GetFileName(file)), overwrite: true);
            var marker = Path.Combine(target, ".complete");
            if (File.Exists(marker)) return target;

            if (_unreachable is not null) Assert.Skip(_unreachable);
            // No scripts: some of these packages write into the home folder when they are installed.
            var install = await TryRunAsync(NpmName, ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", "--prefer-offline", "--fetch-retries=1"], target);
            if (install!.ExitCode != 0 && Offline().Match(install.All) is { Success: true } cause) _unreachable = $"the npm registry cannot be reached ({cause.Value})";
            if (_unreachable is not null) Assert.Skip(_unreachable);
            if (install.ExitCode == Killed) Assert.Skip($"npm ci of {name} took too long");
            Assert.True(install.ExitCode == 0, $"npm ci ended with {install.ExitCode}: {install.All}");
            await File.WriteAllTextAsync(marker, "");
            return target;
        }
        finally
        {
            OneAtATime.Release();
        }
    }

    /// <summary>The Claude Code CLI.</summary>
    public static async Task<string> ClaudeCodeAsync()
    {
        var folder = await InstallAsync("claude-code");
        var binary = Directory.GetFiles(Path.Combine(folder, "node_modules", "@anthropic-ai"), "claude*", SearchOption.AllDirectories)
            .FirstOrDefault(f => Path.GetDirectoryName(f)!.Contains("claude-code-", StringComparison.Ordinal) && Path.GetFileName(f) is "claude" or "claude.exe");
        if (binary is null) Assert.Skip("Claude Code has no binary for this machine");
        return binary;
    }

    /// <summary>Runs a program to its end; null when there is no such program. Killed, with what it started, when it takes too long.</summary>
    public static async Task<Outcome?> TryRunAsync(string program, IEnumerable<string> arguments, string folder, Dictionary<string, string>? environment = null, TimeSpan? limit = null)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder };
        if (environment is not null)
        {
            var path = start.Environment["PATH"];
            start.Environment.Clear();
            start.Environment["PATH"] = path;
            foreach (var (name, value) in environment) start.Environment[name] = value;
        }
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
        using (process)
        {
            process.StandardInput.Close();
            var output = process.StandardOutput.ReadToEndAsync();
            var errors = process.StandardError.ReadToEndAsync();
            var late = false;
            try
            {
                await process.WaitForExitAsync().WaitAsync(limit ?? TimeSpan.FromMinutes(5));
            }
            catch (TimeoutException)
            {
                late = true;
                process.Kill(entireProcessTree: true);
                await process.WaitForExitAsync();
            }
            return new(late ? Killed : process.ExitCode, await output, late ? $"{await errors}\n(killed: it took too long)" : await errors);
        }
    }

    static string NpmName => OperatingSystem.IsWindows() ? "npm.cmd" : "npm";

    static string CacheFolder()
    {
        var caches = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } given ? given
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        return Path.Combine(caches, "acptoapi-tests");
    }

    [GeneratedRegex(@"v(\d+)")]
    private static partial Regex VersionOfNode();

    [GeneratedRegex("ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ECONNRESET|ENETUNREACH")]
    private static partial Regex Offline();
}
