using System.Diagnostics;

namespace AcpToApi.Tests.Support;

/// <summary>A server of a test's own with the fake agents on its PATH, whose processes carry a marker.</summary>
sealed class OwnServer : IAsyncDisposable
{
    readonly FakeAgents _agents = new("opencode", "kilo");
    readonly DirectoryInfo _temp = Directory.CreateTempSubdirectory("acptoapi-temp-");

    public Server Server { get; private set; } = null!;

    public HttpClient Http { get; } = Wire.NewClient();

    public string Marker { get; } = Guid.NewGuid().ToString("N");

    public string Temp => _temp.FullName;

    public static async Task<OwnServer> StartAsync(string[] arguments, Dictionary<string, string>? environment = null)
    {
        var own = new OwnServer();
        var variables = new Dictionary<string, string>(environment ?? []) { ["PATH"] = own._agents.Path, ["TMPDIR"] = own.Temp };
        own.Server = await Server.StartAsync(new() { Arguments = ["--agent-env", $"FAKE_MARKER={own.Marker}", .. arguments], Environment = variables });
        return own;
    }

    public Task<HttpResponseMessage> AskAsync(string text, string? conversation = null) =>
        Http.PostJsonAsync(Server.Url + Front.Chat.Path, Front.Chat.Body("opencode/m", text, stream: false), request =>
        {
            if (conversation is not null) request.Headers.Add("X-Conversation-ID", conversation);
        });

    /// <summary>Asks it to end, as a terminal does, and waits.</summary>
    public async Task StopAsync()
    {
        using var process = Process.GetProcessById(Server.ProcessId);
        using var kill = Process.Start("kill", ["-TERM", $"{Server.ProcessId}"]);
        await kill.WaitForExitAsync();
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(10));
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await Server.DisposeAsync();
        _agents.Dispose();
        _temp.Delete(recursive: true);
    }
}
