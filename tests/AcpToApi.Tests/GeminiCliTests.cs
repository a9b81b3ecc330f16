using System.Text.Json.Nodes;
using AcpToApi.Tests.Support;
using FakeProvider;

namespace AcpToApi.Tests;

/// <summary>The real gemini-cli through /v1beta to providers of three dialects.</summary>
public class GeminiCliTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("upstream/fake-model", "/v1/chat/completions")]
    [InlineData("anthropic/fake-model", "/v1/messages")]
    [InlineData("gemini/gemini-3-fake", "/v1beta/models/gemini-3-fake:streamGenerateContent")]
    public async Task A_file_is_read_with_a_tool_and_then_answered_about(string model, string path)
    {
        await using var upstream = FakeServer.Start();
        var folder = await NpmPackage.InstallAsync("gemini-cli");
        await using var server = await Server.StartAsync(new() { Arguments = ["--upstream", upstream.OpenAiUrl], Environment = Bridge.Behind(upstream) });
        using var run = new ToolRun();
        Directory.CreateDirectory(Path.Combine(run.Home, ".gemini"));
        await File.WriteAllTextAsync(Path.Combine(run.Home, ".gemini", "settings.json"), """
            {"security":{"auth":{"selectedType":"gemini-api-key"}},"privacy":{"usageStatisticsEnabled":false},"telemetry":{"enabled":false},
             "general":{"enableAutoUpdate":false,"enableAutoUpdateNotification":false},"ide":{"enabled":false}}
            """);
        var prompt = $$"""<<think I need the file.>> <<say Let me look.>> <<tool read_file {"file_path":{{JsonValue.Create(run.Note).ToJsonString()}}}>>""";
        var environment = new Dictionary<string, string>
        {
            ["GEMINI_API_KEY"] = "key-of-gemini-cli",
            ["GOOGLE_GEMINI_BASE_URL"] = server.Url,
            ["GEMINI_MODEL"] = model,
            ["GEMINI_CLI_TRUST_WORKSPACE"] = "true",
            ["GEMINI_CLI_NO_RELAUNCH"] = "true",
        };
        var program = Path.Combine(folder, "node_modules", "@google", "gemini-cli", "bundle", "gemini.js");
        var lines = await run.RunAsync("node", [program, "-o", "stream-json", "--yolo", "-p", prompt], environment, output);
        Assert.Contains(lines, l => (string?)l["type"] == "tool_use" && (string?)l["tool_name"] == "read_file");
        Assert.Contains(lines, l => (string?)l["type"] == "tool_result" && (string?)l["status"] == "success");
        var said = string.Concat(lines.Where(l => (string?)l["type"] == "message" && (string?)l["role"] == "assistant").Select(l => (string?)l["content"]));
        Assert.Contains("Tool said:", said, StringComparison.Ordinal);
        Assert.Contains("the words of note.txt", said, StringComparison.Ordinal);
        Assert.Equal("success", (string?)lines[^1]["status"]);
        Assert.All(upstream.Requests(), r => Assert.Equal(path, r.Path));
        // The thoughts of the first round came back with the second, or were left out: nobody objected to their signatures.
        Assert.True(upstream.Requests().Count >= 2);
    }
}
