using System.Text.Json.Nodes;
using AcpToApi.Tests.Support;

namespace AcpToApi.Tests;

/// <summary>Processes of the CLI that stand ready before anybody asks, played by tests/FakeAgent.</summary>
public class ClaudeWarmTests
{
    [Fact]
    public async Task The_second_request_finds_a_process_that_was_booted_before_it()
    {
        await using var bridge = await AgentBridge.StartAsync(["claude"], []);
        var first = AgentBridge.Pid(await bridge.SayAsync("claude/sonnet", "<<who>>"));
        await Eventually.TrueAsync(() => Clis(bridge).Count == 2, "a process that waits");
        var waiting = Clis(bridge);
        var second = AgentBridge.Pid(await bridge.SayAsync("claude/sonnet", "<<who>> another"));
        Assert.NotEqual(first, second);
        Assert.Contains(second, waiting);
    }

    [Fact]
    public async Task None_waits_when_none_is_wanted_and_one_is_there_from_the_start_when_asked_for()
    {
        await using var cold = await AgentBridge.StartAsync(["claude"], ["--claude-warm", "0"]);
        await cold.SayAsync("claude/sonnet", "<<say x>>");
        Assert.Single(Clis(cold));
        await using var warm = await AgentBridge.StartAsync(["claude"], ["--claude-warm", "2"]);
        await Eventually.TrueAsync(() => Clis(warm).Count == 2, "two processes that wait");
    }

    [Fact]
    public async Task The_next_process_has_the_last_ones_model_and_after_two_alike_all_the_rest()
    {
        await using var bridge = await AgentBridge.StartAsync(["claude"], []);
        var first = await AskAsync(bridge, "Be a pirate.", "haiku");
        await NextIsToldAsync(bridge, "model haiku; ", first);
        var second = await AskAsync(bridge, "Be a pirate.", "haiku");
        await NextIsToldAsync(bridge, "set up; model haiku; ", first, second);
        var waiting = Clis(bridge);
        // Another model may be chosen later.
        var third = await AskAsync(bridge, "Be a pirate.", "sonnet");
        Assert.Contains(AgentBridge.Pid(third), waiting);
        Assert.Contains("model=sonnet effort=medium system=Be a pirate. tools=get_weather ", third, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_that_the_cli_would_have_to_ask_for_waits_for_the_request()
    {
        await using var bridge = await AgentBridge.StartAsync(["claude"], []);
        var first = await AskAsync(bridge, "Be a pirate.", "claude-haiku-4-5");
        var second = await AskAsync(bridge, "Be a pirate.", "claude-haiku-4-5");
        Assert.Contains("model=claude-haiku-4-5 ", second, StringComparison.Ordinal);
        await NextIsToldAsync(bridge, "set up; ", first, second);
        await Task.Delay(200, TestContext.Current.CancellationToken);
        await NextIsToldAsync(bridge, "set up; ", first, second);
    }

    [Theory]
    [InlineData("Be a parrot.", "get_weather", null)]
    [InlineData("Be a pirate.", "get_time", null)]
    [InlineData("Be a pirate.", "get_weather", "another-key")]
    public async Task A_process_that_was_set_up_for_something_else_serves_nobody(string system, string tool, string? key)
    {
        await using var bridge = await AgentBridge.StartAsync(["claude"], []);
        var first = await AskAsync(bridge, "Be a pirate.", "sonnet");
        var second = await AskAsync(bridge, "Be a pirate.", "sonnet");
        await NextIsToldAsync(bridge, "set up; model sonnet; ", first, second);
        var before = Clis(bridge);
        var other = await AskAsync(bridge, system, "sonnet", tool, key);
        Assert.Contains($"system={system} tools={tool} ", other, StringComparison.Ordinal);
        Assert.DoesNotContain(AgentBridge.Pid(other), before);
        await NextIsToldAsync(bridge, "model sonnet; ", first, second, other);
        await Eventually.TrueAsync(() => Clis(bridge).Count(before.Contains) == 2, "the unused one is gone");
    }

    static async Task<string> AskAsync(AgentBridge bridge, string system, string model, string tool = "get_weather", string? key = null)
    {
        JsonArray messages = [new JsonObject { ["role"] = "system", ["content"] = system }, AgentBridge.User("<<who>>")];
        JsonArray tools = [new JsonObject { ["type"] = "function", ["function"] = new JsonObject { ["name"] = tool, ["parameters"] = new JsonObject { ["type"] = "object" } } }];
        var answer = await bridge.ChatAsync("claude/" + model, messages, tools, request =>
        {
            if (key is not null) request.Headers.Authorization = new("Bearer", key);
        });
        return (string)answer["choices"]![0]!["message"]!["content"]!;
    }

    // The one process that has not answered yet has been told just this.
    static Task NextIsToldAsync(AgentBridge bridge, string expected, params string[] answers)
    {
        var used = answers.Select(AgentBridge.Pid).ToList();
        return Eventually.TrueAsync(() => Clis(bridge).Except(used).ToList() is [var next] && Notes(bridge, next) == expected, $"a process that waits, and was told \"{expected}\"");
    }

    static string? Notes(AgentBridge bridge, int process)
    {
        var file = Path.Combine(bridge.Home, "claude-config", "notes", $"{process}");
        return File.Exists(file) ? File.ReadAllText(file) : null;
    }

    static List<int> Clis(AgentBridge bridge) =>
    [
        .. Processes.ChildrenOf(bridge.Server.ProcessId)
            .Where(process => process.State != 'Z' && process.Command.Contains("claude", StringComparison.Ordinal) && !process.Command.Contains("--version", StringComparison.Ordinal))
            .Select(process => process.Id),
    ];
}
