namespace AcpToApi.Tests.Support;

/// <summary>A server that has the fake opencode and Kilo on its PATH, each started with the first request for it.</summary>
public sealed class FakeAgentBridge : IAsyncLifetime
{
    readonly FakeAgents _agents = new("opencode", "kilo");
    Server? _server;

    public Server Server => _server ?? throw new InvalidOperationException("not started");

    public HttpClient Http { get; } = Wire.NewClient();

    public async ValueTask InitializeAsync()
    {
        var folder = Directory.CreateTempSubdirectory("acptoapi-log-").FullName;
        _server = await Server.StartAsync(new() { Arguments = ["--agent-env", $"FAKE_LOG={folder}/agent.log"], Environment = new() { ["PATH"] = _agents.Path } });
        LogFile = Path.Combine(folder, "agent.log");
    }

    /// <summary>What the fake servers were asked, one line each.</summary>
    public string LogFile { get; private set; } = "";

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        if (_server is not null) await _server.DisposeAsync();
        _agents.Dispose();
        Directory.Delete(Path.GetDirectoryName(LogFile)!, recursive: true);
    }

    public async Task<string> LoggedAsync(Func<string, bool> condition, string what)
    {
        for (var i = 0; i < 300; i++)
        {
            if (File.Exists(LogFile) && File.ReadAllText(LogFile) is var text && condition(text)) return text;
            await Task.Delay(10);
        }
        throw new TimeoutException($"never asked: {what}\n{(File.Exists(LogFile) ? File.ReadAllText(LogFile) : "")}");
    }
}
