using System.Text.Json.Nodes;
using AcpToApi.Tests.Support;
using FakeProvider;

namespace AcpToApi.Tests;

/// <summary>The real opencode through /v1/chat/completions to an Anthropic provider.</summary>
public class OpenCodeTests(ITestOutputHelper output)
{
    [Fact]
    public async Task A_turn_with_thinking()
    {
        await using var upstream = FakeServer.Start();
        var lines = await AskAsync(upstream, _ => "<<think The user greets me.>> <<say Good day to you.>>");
        Assert.Contains("Good day to you.", Texts(lines), StringComparison.Ordinal);
        Assert.NotEmpty(upstream.Requests());
        Assert.All(upstream.Requests(), r => Assert.Equal(("/v1/messages", "fake-model"), (r.Path, (string?)r.Json["model"])));
    }

    [Fact]
    public async Task A_file_is_read_with_a_tool_and_then_answered_about()
    {
        await using var upstream = FakeServer.Start();
        var lines = await AskAsync(upstream, run => $$"""<<think I need the file.>> <<say Let me look.>> <<tool read {"filePath":{{JsonValue.Create(run.Note).ToJsonString()}}}>>""");
        Assert.Contains(lines, l => (string?)l["type"] == "tool_use" && (string?)l["part"]?["tool"] == "read");
        Assert.Contains("Tool said:", Texts(lines), StringComparison.Ordinal);
        Assert.Contains("the words of note.txt", Texts(lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_429_is_tried_again()
    {
        await using var upstream = FakeServer.Start();
        var lines = await AskAsync(upstream, _ => "<<flaky 429 1>> <<say recovered>>");
        Assert.Contains("recovered", Texts(lines), StringComparison.Ordinal);
        Assert.True(upstream.Requests().Count >= 2);
    }

    static string Texts(List<JsonNode> lines) => string.Join('\n', lines.Where(l => (string?)l["type"] == "text").Select(l => (string?)l["part"]?["text"]));

    async Task<List<JsonNode>> AskAsync(FakeServer upstream, Func<ToolRun, string> prompt)
    {
        var folder = await NpmPackage.InstallAsync("opencode");
        var platform = $"opencode-{(OperatingSystem.IsMacOS() ? "darwin" : OperatingSystem.IsWindows() ? "windows" : "linux")}-{System.Runtime.InteropServices.RuntimeInformation.OSArchitecture}".ToLowerInvariant();
        var binary = Path.Combine(folder, "node_modules", platform, "bin", OperatingSystem.IsWindows() ? "opencode.exe" : "opencode");
        if (!File.Exists(binary)) Assert.Skip($"opencode is pinned for other machines than {platform}");
        await using var server = await Server.StartAsync(new() { Environment = Bridge.Behind(upstream) });
        using var run = new ToolRun();
        var model = new JsonObject { ["name"] = "Scripted", ["reasoning"] = true, ["tool_call"] = true, ["limit"] = new JsonObject { ["context"] = 200_000, ["output"] = 8000 } };
        var config = new JsonObject
        {
            ["autoupdate"] = false,
            ["share"] = "disabled",
            ["model"] = "bridge/anthropic/fake-model",
            ["small_model"] = "bridge/anthropic/fake-model",
            ["enabled_providers"] = new JsonArray("bridge"),
            ["provider"] = new JsonObject
            {
                ["bridge"] = new JsonObject
                {
                    ["npm"] = "@ai-sdk/openai-compatible",
                    ["name"] = "Bridge",
                    ["options"] = new JsonObject { ["baseURL"] = $"{server.Url}/v1", ["apiKey"] = "sk-of-opencode" },
                    ["models"] = new JsonObject { ["anthropic/fake-model"] = model },
                },
            },
        };
        var environment = new Dictionary<string, string> { ["OPENCODE_CONFIG_CONTENT"] = config.ToJsonString(), ["npm_config_registry"] = "http://127.0.0.1:9" };
        foreach (var part in (string[])["AUTOUPDATE", "MODELS_FETCH", "LSP_DOWNLOAD", "DEFAULT_PLUGINS", "SHARE", "PROJECT_CONFIG"]) environment[$"OPENCODE_DISABLE_{part}"] = "1";
        return await run.RunAsync(binary, ["run", "--format", "json", prompt(run)], environment, output);
    }
}
