using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using AcpToApi.Tests.Support;
using FakeProvider;

namespace AcpToApi.Tests;

/// <summary>The real codex through /v1/responses to providers of other dialects.</summary>
public class CodexTests(ITestOutputHelper output)
{
    /// <summary>A model of each dialect that codex does not speak, and the path that its provider is asked at.</summary>
    public static TheoryData<string, string> Upstreams => new()
    {
        { "upstream/fake-model", "/v1/chat/completions" },
        { "anthropic/fake-model", "/v1/messages" },
        { "gemini/gemini-3-fake", "/v1beta/models/gemini-3-fake:streamGenerateContent" },
    };

    [Theory, MemberData(nameof(Upstreams))]
    public async Task A_command_is_run_with_reasoning_in_the_history_and_its_output_answered_about(string model, string path)
    {
        await using var upstream = FakeServer.Start();
        var lines = await AskAsync(upstream, model, run => $$"""<<think I need the file.>> <<say Let me look.>> <<tool exec_command {"cmd":{{JsonValue.Create($"cat {run.Note}").ToJsonString()}}}>>""");
        var items = lines.Where(l => (string?)l["type"] == "item.completed").Select(l => l["item"]!).ToList();
        var command = items.Single(i => (string?)i["type"] == "command_execution");
        Assert.Equal("the words of note.txt\n", (string?)command["aggregated_output"]);
        Assert.Contains(items, i => (string?)i["type"] == "reasoning" && ((string?)i["text"])!.Contains("I need the file.", StringComparison.Ordinal));
        var last = (string)items.Last(i => (string?)i["type"] == "agent_message")["text"]!;
        Assert.Contains("Tool said:", last, StringComparison.Ordinal);
        Assert.Contains("the words of note.txt", last, StringComparison.Ordinal);
        var usage = lines.Last(l => (string?)l["type"] == "turn.completed")["usage"]!;
        Assert.Equal((50, 22), ((int)usage["input_tokens"]!, (int)usage["output_tokens"]!));
        Assert.All(upstream.Requests(), r => Assert.Equal(path, r.Path));
    }

    [Theory, MemberData(nameof(Upstreams))]
    public async Task A_429_is_tried_again(string model, string path)
    {
        await using var upstream = FakeServer.Start();
        var lines = await AskAsync(upstream, model, _ => "<<flaky 429 1>> <<say recovered>>");
        Assert.Contains(lines, l => (string?)l["item"]?["text"] == "recovered");
        Assert.All(upstream.Requests(), r => Assert.Equal(path, r.Path));
    }

    async Task<List<JsonNode>> AskAsync(FakeServer upstream, string model, Func<ToolRun, string> prompt)
    {
        var folder = await NpmPackage.InstallAsync("codex");
        var vendor = Path.Combine(folder, "node_modules", "@openai", "codex-linux-x64", "vendor");
        var binary = Directory.Exists(vendor) ? Directory.GetFiles(vendor, "codex", SearchOption.AllDirectories).FirstOrDefault() : null;
        if (binary is null) Assert.Skip($"codex is pinned for linux-x64, not {RuntimeInformation.RuntimeIdentifier}");
        await using var server = await Server.StartAsync(new() { Arguments = ["--upstream", upstream.OpenAiUrl], Environment = Bridge.Behind(upstream) });
        using var run = new ToolRun();
        var home = Path.Combine(run.Home, ".codex");
        Directory.CreateDirectory(home);
        await File.WriteAllTextAsync(Path.Combine(home, "config.toml"), $"""
            model = "{model}"
            model_provider = "bridge"
            approval_policy = "never"
            sandbox_mode = "danger-full-access"
            check_for_update_on_startup = false
            [analytics]
            enabled = false
            [model_providers.bridge]
            name = "Bridge"
            base_url = "{server.Url}/v1"
            env_key = "BRIDGE_KEY"
            wire_api = "responses"
            request_max_retries = 2
            stream_max_retries = 1
            """);
        return await run.RunAsync(binary, ["exec", "--json", "--skip-git-repo-check", prompt(run)], new() { ["CODEX_HOME"] = home, ["BRIDGE_KEY"] = "sk-of-codex" }, output);
    }
}
