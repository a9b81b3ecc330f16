using AcpToApi.Tests.Support;

namespace AcpToApi.Tests;

/// <summary>GET /health: alive for everybody, more for who has the key.</summary>
public class HealthTests
{
    [Fact]
    public async Task Backends_and_counts_are_told()
    {
        await using var bridge = await AgentBridge.StartAsync(["claude", "opencode"], []);
        await bridge.SayAsync("claude/sonnet", "<<say x>>");
        var health = await bridge.GetAsync("/health");
        Assert.Equal("ok", (string?)health["status"]);
        var backends = health["backends"]!.AsArray().Select(name => (string?)name).ToList();
        foreach (var name in (string[])["claude", "claude-code", "opencode", "demo"]) Assert.Contains(name, backends);
        Assert.DoesNotContain("kilo", backends);
        Assert.Equal((1, 0, 0), ((int)health["conversations"]!, (int)health["busy"]!, (int)health["in_flight"]!));
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData("not-the-key", false)]
    [InlineData("key-of-the-server-0123", true)]
    public async Task Where_a_key_is_set_only_its_owner_learns_more(string? key, bool learns)
    {
        await using var bridge = await AgentBridge.StartAsync([], [], new() { ["ACPTOAPI_API_KEY"] = "key-of-the-server-0123" });
        using var request = new HttpRequestMessage(HttpMethod.Get, bridge.Server.Url + "/health");
        if (key is not null) request.Headers.Authorization = new("Bearer", key);
        using var answer = await bridge.Http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(200, (int)answer.StatusCode);
        Assert.Equal(learns, (await answer.JsonAsync())["backends"] is not null);
    }
}
