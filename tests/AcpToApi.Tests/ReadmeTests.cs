using System.Text.RegularExpressions;
using AcpToApi.Tests.Support;

namespace AcpToApi.Tests;

/// <summary>What README.md tells people to type works: each block of shell that is a curl against the default address is run.</summary>
public partial class ReadmeTests(BareServer server, ITestOutputHelper output) : IClassFixture<BareServer>
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
        foreach (var command in commands)
        {
            var run = await NpmPackage.TryRunAsync("bash", ["-c", $"set -e\n{command.Replace(DefaultAddress, new Uri(server.Url).Authority, StringComparison.Ordinal)}"], Path.GetTempPath());
            output.WriteLine($"{command}\n{run!.All}");
            Assert.True(run.ExitCode == 0, $"{command}\nended with {run.ExitCode}: {run.All}");
            Assert.NotEmpty(run.Output.Trim());
            Assert.DoesNotContain("\"error\"", run.Output, StringComparison.Ordinal);
        }
    }

    [GeneratedRegex("^```sh\n(.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex ShellBlock();
}
