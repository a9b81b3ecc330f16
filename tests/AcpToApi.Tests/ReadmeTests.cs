using System.Text.RegularExpressions;
using AcpToApi.Tests.Support;

namespace AcpToApi.Tests;

/// <summary>What the documents tell people to type works: each curl is run, the server starts with each command line shown, the sample config loads.</summary>
public partial class ReadmeTests(ITestOutputHelper output)
{
    const string DefaultAddress = "localhost:4800";

    [Fact]
    public async Task Every_curl_of_the_readme_is_answered()
    {
        var readme = await File.ReadAllTextAsync(Path.Combine(PublishedBinary.Root, "README.md"));
        var commands = ShellBlock().Matches(readme.ReplaceLineEndings("\n")).Select(m => m.Groups[1].Value.Trim())
            .Where(block => block.StartsWith("curl ", StringComparison.Ordinal) && block.Contains(DefaultAddress, StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(commands);
        if (await NpmPackage.TryRunAsync("curl", ["--version"], Path.GetTempPath()) is null) Assert.Skip("curl is not installed");
        await using var bridge = await AgentBridge.StartAsync(["claude", "opencode"], []);
        foreach (var command in commands)
        {
            var run = await NpmPackage.TryRunAsync("bash", ["-c", $"set -e\n{command.Replace(DefaultAddress, new Uri(bridge.Server.Url).Authority, StringComparison.Ordinal)}"], Path.GetTempPath());
            output.WriteLine($"{command}\n{run!.All}");
            Assert.True(run.ExitCode == 0, $"{command}\nended with {run.ExitCode}: {run.All}");
            Assert.NotEmpty(run.Output.Trim());
            Assert.DoesNotContain("\"error\"", run.Output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_server_starts_with_every_command_line_of_the_readme()
    {
        var readme = await File.ReadAllTextAsync(Path.Combine(PublishedBinary.Root, "README.md"));
        var commands = StartCommand().Matches(readme).ToList();
        Assert.True(commands.Count >= 3, "the README's ways to start were not found");
        foreach (var command in commands)
        {
            var environment = command.Groups["name"].Captures.Zip(command.Groups["value"].Captures).ToDictionary(pair => pair.First.Value, pair => pair.Second.Value);
            var arguments = command.Groups["arguments"].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries).ToList();
            output.WriteLine(command.Value);
            await using var started = await Server.StartAsync(new() { Arguments = arguments, Environment = environment });
            await started.OutputAsync(said => said.Contains("listens on", StringComparison.Ordinal), "the banner");
        }
    }

    [Fact]
    public async Task The_scripts_that_the_readme_names_are_there_and_may_be_run()
    {
        var script = Path.Combine(PublishedBinary.Root, "publish.sh");
        Assert.True(File.Exists(script));
        if (!OperatingSystem.IsWindows()) Assert.True(File.GetUnixFileMode(script).HasFlag(UnixFileMode.UserExecute));
        var readme = await File.ReadAllTextAsync(Path.Combine(PublishedBinary.Root, "README.md"));
        foreach (Match link in DocumentLink().Matches(readme)) Assert.True(File.Exists(Path.Combine(PublishedBinary.Root, link.Groups[1].Value)), link.Value);
    }

    [Fact]
    public async Task The_sample_config_files_load_and_their_providers_are_ready()
    {
        var document = await File.ReadAllTextAsync(Path.Combine(PublishedBinary.Root, "docs/configuration.md"));
        var samples = JsonBlock().Matches(document).Select(match => match.Groups[1].Value).ToList();
        Assert.Single(samples, sample => sample.Contains("\"lab\"", StringComparison.Ordinal));
        foreach (var sample in samples)
        {
            await using var started = await Server.StartAsync(new()
            {
                Arguments = ["--config", "sample.json"],
                Files = new() { ["sample.json"] = sample },
                Environment = new() { ["LAB_KEY"] = "sk-lab-0123456789", ["GROQ_API_KEY"] = "sk-groq-0123456789" },
            });
            await started.OutputAsync(said => said.Contains(sample.Contains("\"lab\"", StringComparison.Ordinal) ? "groq, lab" : "groq", StringComparison.Ordinal), "the sample's provider");
        }
    }

    [GeneratedRegex(@"^(?:\./publish\.sh && )?(?:(?<name>[A-Z_]+)=(?<value>\S+) )*\./dist/acptoapi(?<arguments>[^\n#]*)$", RegexOptions.Multiline)]
    private static partial Regex StartCommand();

    [GeneratedRegex(@"\]\(([A-Za-z/]+\.md)\)")]
    private static partial Regex DocumentLink();

    [GeneratedRegex("^```json\n(.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex JsonBlock();

    [GeneratedRegex("^```sh\n(.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex ShellBlock();
}
