using AcpToApi.Tests.Support;

namespace AcpToApi.Tests;

/// <summary>The official SDKs from npm (tests/clients) against the binary, for every pair of dialects.</summary>
public class SdkTests(Bridge bridge, ITestOutputHelper output) : IClassFixture<Bridge>
{
    [Theory]
    [InlineData("openai", "chat", 25)]
    [InlineData("openai", "messages", 25)]
    [InlineData("anthropic", "chat", 23)]
    [InlineData("anthropic", "messages", 23)]
    [InlineData("aisdk", "chat", 10)]
    [InlineData("aisdk", "messages", 10)]
    public async Task Official_SDKs_notice_nothing(string file, string upstream, int checks)
    {
        var folder = await NpmPackage.InstallAsync("");
        var run = await NpmPackage.TryRunAsync("node", ["sdk.mjs"], folder, new()
        {
            ["BASE"] = bridge.Server.Url,
            ["MODEL"] = Front.ModelOf(upstream),
            ["UPSTREAM"] = upstream,
            ["ONLY"] = file,
        });
        output.WriteLine(run!.All);
        var lines = run.Output.Split('\n');
        var bad = lines.Where(line => line.StartsWith("not ok", StringComparison.Ordinal)).ToList();
        Assert.True(bad.Count == 0, string.Join('\n', bad));
        Assert.True(run.ExitCode == 0, run.All);
        Assert.Equal(checks, lines.Count(line => line.StartsWith("ok - ", StringComparison.Ordinal)));
    }
}
