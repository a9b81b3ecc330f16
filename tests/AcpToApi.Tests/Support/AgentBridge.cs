using System.Globalization;
using System.Text.Json.Nodes;

namespace AcpToApi.Tests.Support;

/// <summary>A server with a played agent on its PATH.</summary>
public sealed class AgentBridge : IAsyncDisposable
{
    readonly Dictionary<string, string> _environment;
    readonly string[] _arguments;

    AgentBridge(FakeAgents agents, Dictionary<string, string> environment, string[] arguments)
    {
        (Agents, _environment, _arguments) = (agents, environment, arguments);
    }

    public FakeAgents Agents { get; }

    public Server Server { get; private set; } = null!;

    public HttpClient Http { get; } = Wire.NewClient();

    /// <summary>The agent's own home, which outlives restarts.</summary>
    public string Home => Agents.Folder;

    /// <summary>The files of the conversations that are remembered on disk.</summary>
    public string[] Stored() => Directory.Exists(Path.Combine(Home, "state")) ? Directory.GetFiles(Path.Combine(Home, "state"), "*.json", SearchOption.AllDirectories) : [];

    /// <summary>The same, once there are so many: a client has its answer before its conversation is on the disk.</summary>
    public async Task<string[]> StoredAsync(int count)
    {
        await Eventually.TrueAsync(() => Stored().Length == count, $"{count} remembered conversations");
        return Stored();
    }

    /// <summary>Temporary files of the server and its agents, and of nobody else.</summary>
    public string Temporary => Path.Combine(Agents.Folder, "tmp");

    public static async Task<AgentBridge> StartAsync(string[] agents, string[] arguments, Dictionary<string, string>? environment = null)
    {
        var fakes = new FakeAgents(agents);
        var bridge = new AgentBridge(fakes, new(environment ?? [])
        {
            ["PATH"] = fakes.Path,
            ["XDG_STATE_HOME"] = Path.Combine(fakes.Folder, "state"),
            ["CLAUDE_CONFIG_DIR"] = Path.Combine(fakes.Folder, "claude-config"),
            ["TMPDIR"] = Path.Combine(fakes.Folder, "tmp"),
        }, arguments);
        Directory.CreateDirectory(bridge.Temporary);
        await bridge.StartAgainAsync();
        return bridge;
    }

    /// <summary>Ends the server, if it runs, and starts another one with the same homes.</summary>
    public async Task StartAgainAsync()
    {
        if (Server is not null) await Server.DisposeAsync();
        Server = await Server.StartAsync(new() { Arguments = [.. _arguments], Environment = new(_environment) });
    }

    /// <summary>Asks over any dialect; the body is read by the test.</summary>
    public Task<HttpResponseMessage> AskAsync(string dialect, string model, string text, bool stream)
    {
        var (path, body) = dialect switch
        {
            "chat" => ("/v1/chat/completions", Front.Chat.Body(model, text, stream)),
            "messages" => ("/v1/messages", Front.Messages.Body(model, text, stream)),
            "responses" => ("/v1/responses", new JsonObject { ["model"] = model, ["input"] = text, ["stream"] = stream }),
            "gemini" => ($"/v1beta/models/{model}:" + (stream ? "streamGenerateContent?alt=sse" : "generateContent"), new JsonObject { ["contents"] = new JsonArray(new JsonObject { ["role"] = "user", ["parts"] = new JsonArray(new JsonObject { ["text"] = text }) }) }),
            _ => ("/api/chat", new JsonObject { ["model"] = model, ["stream"] = stream, ["messages"] = new JsonArray(User(text)) }),
        };
        return Http.PostJsonAsync(Server.Url + path, body);
    }

    /// <summary>Asks for a whole chat answer.</summary>
    public async Task<JsonNode> ChatAsync(string model, JsonArray messages, JsonArray? tools = null, Action<HttpRequestMessage>? change = null, int status = 200)
    {
        var body = new JsonObject { ["model"] = model, ["messages"] = messages.DeepClone() };
        if (tools is not null) body["tools"] = tools.DeepClone();
        using var answer = await Http.PostJsonAsync(Server.Url + "/v1/chat/completions", body, change);
        var json = await answer.JsonAsync();
        Assert.True((int)answer.StatusCode == status, $"{(int)answer.StatusCode}: {json.ToJsonString()}\n{Server.Output}");
        return json;
    }

    /// <summary>Asks with one text of the user's; returns the answer's text.</summary>
    public async Task<string> SayAsync(string model, string text, Action<HttpRequestMessage>? change = null) =>
        (string)(await ChatAsync(model, [User(text)], change: change))["choices"]![0]!["message"]!["content"]!;

    /// <summary>The process that says so at &lt;&lt;who&gt;&gt;.</summary>
    public static int Pid(string said) => int.Parse(new string([.. said[(said.IndexOf("pid=", StringComparison.Ordinal) + 4)..].TakeWhile(char.IsAsciiDigit)]), CultureInfo.InvariantCulture);

    public static JsonObject User(string text) => new() { ["role"] = "user", ["content"] = text };

    public static JsonObject Assistant(string text) => new() { ["role"] = "assistant", ["content"] = text };

    public Task<JsonNode> ConversationsAsync() => GetAsync("/conversations");

    public Task<JsonNode> GetAsync(string path) => SendAsync(HttpMethod.Get, path);

    public async Task<JsonNode> SendAsync(HttpMethod method, string path)
    {
        using var request = new HttpRequestMessage(method, Server.Url + path);
        request.Headers.Authorization = new("Bearer", Bridge.ClientKey);
        using var answer = await Http.SendAsync(request);
        return await answer.JsonAsync();
    }

    IEnumerable<string> Ours() => Directory.EnumerateFileSystemEntries(Temporary, "acptoapi-*");

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await Server.DisposeAsync();
        // Whatever a test did: none of our folders is left behind. What agents themselves leave in the machine's temporary place is theirs.
        await Eventually.TrueAsync(() => !Ours().Any(), $"no temporary folders are left of {string.Join(", ", Ours())}");
        Agents.Dispose();
    }
}
