using System.Text.Json.Nodes;
using AcpToApi.Tests.Support;
using FakeProvider;

namespace AcpToApi.Tests;

/// <summary>The real Claude Code through the binary to an OpenAI-compatible provider, started as its user would: --upstream URL --model NAME.</summary>
public class ClaudeCodeTests(ITestOutputHelper output)
{
    [Fact]
    public async Task A_turn_with_thinking()
    {
        await using var upstream = FakeServer.Start();
        var lines = await AskAsync(upstream, _ => "<<think The user greets me.>> <<say Good day to you.>>");
        Assert.Equal("Good day to you.", Result(lines));
        Assert.Contains(Blocks(lines), b => (string?)b["type"] == "thinking" && (string?)b["thinking"] == "The user greets me.");
        Assert.All(upstream.Requests(), r => Assert.Equal(("/v1/chat/completions", "scripted/model"), (r.Path, (string?)r.Json["model"])));
    }

    [Fact]
    public async Task A_file_is_read_with_a_tool_and_then_answered_about()
    {
        await using var upstream = FakeServer.Start();
        var lines = await AskAsync(upstream, run => $$"""<<think I need the file.>> <<say Let me look.>> <<tool Read {"file_path":{{JsonValue.Create(run.Note).ToJsonString()}}}>>""");
        Assert.Contains(Blocks(lines), b => (string?)b["type"] == "tool_use" && (string?)b["name"] == "Read");
        Assert.StartsWith("Tool said:", Result(lines), StringComparison.Ordinal);
        Assert.Contains("the words of note.txt", Result(lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_429_is_tried_again()
    {
        await using var upstream = FakeServer.Start();
        var lines = await AskAsync(upstream, _ => "<<flaky 429 1>> <<say recovered>>");
        Assert.Equal("recovered", Result(lines));
        Assert.True(upstream.Requests().Count >= 2);
    }

    static string? Result(List<JsonNode> lines)
    {
        var result = Assert.Single(lines, l => (string?)l["type"] == "result");
        Assert.False((bool)result["is_error"]!, result.ToJsonString());
        return (string?)result["result"];
    }

    static IEnumerable<JsonNode> Blocks(List<JsonNode> lines) =>
        lines.Where(l => (string?)l["type"] == "assistant").SelectMany(l => l["message"]!["content"]!.AsArray()).Select(b => b!);

    async Task<List<JsonNode>> AskAsync(FakeServer upstream, Func<ToolRun, string> prompt)
    {
        var binary = await NpmPackage.ClaudeCodeAsync();
        await using var server = await Server.StartAsync(new() { Arguments = ["--upstream", upstream.OpenAiUrl, "--model", "scripted/model"] });
        using var run = new ToolRun();
        return await run.RunAsync(binary, ["-p", "--output-format", "stream-json", "--verbose", "--include-partial-messages", "--allowedTools", "Read", "--", prompt(run)], new()
        {
            ["ANTHROPIC_BASE_URL"] = server.Url,
            ["ANTHROPIC_API_KEY"] = "sk-of-claude-code",
            ["CLAUDE_CONFIG_DIR"] = Path.Combine(run.Home, ".claude"),
            ["CLAUDE_CODE_MAX_RETRIES"] = "3",
            ["CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC"] = "1",
            ["DISABLE_TELEMETRY"] = "1",
            ["DISABLE_ERROR_REPORTING"] = "1",
            ["DISABLE_AUTOUPDATER"] = "1",
        }, output);
    }
}
