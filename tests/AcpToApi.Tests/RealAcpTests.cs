using System.Text.Json.Nodes;
using AcpToApi.Tests.Support;
using FakeProvider;

namespace AcpToApi.Tests;

/// <summary>The real gemini-cli as an agent behind the bridge, its model the scripted provider.</summary>
public class RealAcpTests
{
    [Fact]
    public async Task Gemini_cli_answers_calls_the_clients_tools_and_remembers()
    {
        await using var upstream = FakeServer.Start();
        var folder = await NpmPackage.InstallAsync("gemini-cli");
        string[] handed = ["GEMINI_API_KEY=key-of-gemini-cli", $"GOOGLE_GEMINI_BASE_URL={upstream.Url}", "GEMINI_MODEL=gemini-2.5-flash", "GEMINI_CLI_TRUST_WORKSPACE=true", "HOME=HOME", "TMPDIR=HOME"];
        using var run = new ToolRun();
        Directory.CreateDirectory(Path.Combine(run.Home, ".gemini"));
        await File.WriteAllTextAsync(Path.Combine(run.Home, ".gemini", "settings.json"), """
            {"security":{"auth":{"selectedType":"gemini-api-key"}},"privacy":{"usageStatisticsEnabled":false},"telemetry":{"enabled":false},
             "general":{"enableAutoUpdate":false,"enableAutoUpdateNotification":false},"ide":{"enabled":false}}
            """);
        var program = Path.Combine(folder, "node_modules", "@google", "gemini-cli", "bundle", "gemini.js");
        var config = Path.Combine(run.Home, "config.json");
        await File.WriteAllTextAsync(config, new JsonObject { ["agents"] = new JsonObject { ["gemini"] = new JsonObject { ["command"] = new JsonArray("node", program, "--acp") } } }.ToJsonString());
        await using var bridge = await AgentBridge.StartAsync([], ["--config", config, .. handed.SelectMany(variable => (string[])["--agent-env", variable.Replace("=HOME", "=" + run.Home, StringComparison.Ordinal)])]);

        var messages = new JsonArray(AgentBridge.User("<<think Hm.>> <<say Good day.>>"));
        var message = (await bridge.ChatAsync("acp/gemini", messages))["choices"]![0]!["message"]!;
        Assert.Equal("Good day.", (string?)message["content"]);

        var tools = new JsonArray(new JsonObject { ["type"] = "function", ["function"] = new JsonObject { ["name"] = "get_weather", ["parameters"] = new JsonObject { ["type"] = "object", ["properties"] = new JsonObject { ["city"] = new JsonObject { ["type"] = "string" } } } } });
        messages = [AgentBridge.User("""<<tool mcp_client_get_weather {"city":"Paris"}>> <<tool mcp_client_get_weather {"city":"Rome"}>>""")];
        foreach (var city in (string[])["Paris", "Rome"])
        {
            var choice = (await bridge.ChatAsync("acp/gemini", messages, tools))["choices"]![0]!;
            Assert.True((string?)choice["finish_reason"] == "tool_calls", choice.ToJsonString());
            var call = Assert.Single(choice["message"]!["tool_calls"]!.AsArray())!;
            Assert.Equal(("get_weather", $"{{\"city\":\"{city}\"}}"), ((string)call["function"]!["name"]!, (string)call["function"]!["arguments"]!));
            messages.Add(choice["message"]!.DeepClone());
            messages.Add(new JsonObject { ["role"] = "tool", ["tool_call_id"] = call["id"]!.DeepClone(), ["content"] = $"21 degrees in {city}" });
        }
        var last = Front.Chat.TextOf(await bridge.ChatAsync("acp/gemini", messages, tools));
        foreach (var city in (string[])["Paris", "Rome"]) Assert.Contains($"21 degrees in {city}", last, StringComparison.Ordinal);

        var error = await bridge.ChatAsync("acp/gemini", [AgentBridge.User("<<error 400 bad things>>")], status: 400);
        Assert.Contains("bad things", error.ToJsonString(), StringComparison.Ordinal);
    }
}
