using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using AcpToApi.Tests.Support;
using FakeProvider;

namespace AcpToApi.Tests;

/// <summary>A server that has the real opencode on its PATH, which knows no provider but the fake one.</summary>
public sealed class OpenCodeBackend : IAsyncLifetime
{
    readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("acptoapi-opencode-");
    Server? _server;

    public FakeServer Upstream { get; } = FakeServer.Start();

    public Server Server => _server ?? throw new InvalidOperationException("not started");

    public HttpClient Http { get; } = new(new SocketsHttpHandler { UseProxy = false, MaxResponseDrainSize = 0, ResponseDrainTimeout = TimeSpan.Zero }) { Timeout = TimeSpan.FromSeconds(90) };

    /// <summary>A file of the workspace.</summary>
    public string Note => Path.Combine(_root.FullName, "work", "note.txt");

    /// <summary>Starts it; skips the test where opencode cannot be installed.</summary>
    public async Task<OpenCodeBackend> StartAsync()
    {
        if (_server is not null) return this;
        var folder = await NpmPackage.InstallAsync("opencode");
        var platform = $"opencode-{(OperatingSystem.IsMacOS() ? "darwin" : "linux")}-{RuntimeInformation.OSArchitecture}".ToLowerInvariant();
        var binary = Path.Combine(folder, "node_modules", platform, "bin", "opencode");
        if (OperatingSystem.IsWindows() || !File.Exists(binary)) Assert.Skip($"opencode is pinned for other machines than {platform}");
        var work = _root.CreateSubdirectory("work").FullName;
        File.WriteAllText(Note, "the words of note.txt\n");
        File.CreateSymbolicLink(Path.Combine(_root.CreateSubdirectory("bin").FullName, "opencode"), binary);
        var model = new JsonObject { ["name"] = "Scripted", ["reasoning"] = true, ["tool_call"] = true, ["limit"] = new JsonObject { ["context"] = 200_000, ["output"] = 8000 } };
        var config = new JsonObject
        {
            ["autoupdate"] = false,
            ["share"] = "disabled",
            ["enabled_providers"] = new JsonArray("fake"),
            ["permission"] = new JsonObject { ["bash"] = "ask" },
            ["provider"] = new JsonObject
            {
                ["fake"] = new JsonObject
                {
                    ["npm"] = "@ai-sdk/openai-compatible",
                    ["name"] = "Fake",
                    ["options"] = new JsonObject { ["baseURL"] = Upstream.OpenAiUrl, ["apiKey"] = "sk-of-opencode" },
                    ["models"] = new JsonObject { ["fake-model"] = model },
                },
            },
        };
        var environment = new Dictionary<string, string>
        {
            ["PATH"] = $"{_root.FullName}/bin:{Environment.GetEnvironmentVariable("PATH")}",
            ["OPENCODE_CONFIG_CONTENT"] = config.ToJsonString(),
            ["npm_config_registry"] = "http://127.0.0.1:9",
        };
        foreach (var part in (string[])["AUTOUPDATE", "MODELS_FETCH", "LSP_DOWNLOAD", "DEFAULT_PLUGINS", "SHARE", "PROJECT_CONFIG"]) environment[$"OPENCODE_DISABLE_{part}"] = "1";
        _server = await Server.StartAsync(new() { Arguments = ["--workspace", work, "--agent-env", "npm_config_registry"], Environment = environment });
        return this;
    }

    public Task<HttpResponseMessage> AskAsync(Front front, string text, bool stream) => Http.PostJsonAsync(Server.Url + front.Path, front.Body("opencode/fake/fake-model", text, stream));

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        if (_server is not null) await _server.DisposeAsync();
        await Upstream.DisposeAsync();
        _root.Delete(recursive: true);
    }
}

/// <summary>The real opencode as a backend, offline.</summary>
public class OpenCodeBackendTests(OpenCodeBackend backend) : IClassFixture<OpenCodeBackend>
{
    [Theory, InlineData("chat"), InlineData("messages")]
    public async Task Text_and_reasoning_are_streamed(string frontName)
    {
        await backend.StartAsync();
        var front = Front.Of(frontName);
        using var answer = await backend.AskAsync(front, "<<think The user greets me.>> <<say Good day to \"you\", wörld.>>", stream: true);
        var events = await answer.EventsAsync();
        Assert.Equal("Good day to \"you\", wörld.", string.Concat(events.Select(front.TextOf)));
        Assert.Contains(events, front.IsEnd);
        Assert.Contains(events, e => e.Data.Contains("greets", StringComparison.Ordinal));
        using var whole = await backend.AskAsync(front, "<<say Whole.>>", stream: false);
        Assert.Equal("Whole.", front.TextOf(await whole.JsonAsync()));
    }

    [Fact]
    public async Task It_uses_its_own_tools_and_asks_nobody()
    {
        await backend.StartAsync();
        using var read = await backend.AskAsync(Front.Chat, $$"""<<say Let me look.>> <<tool read {"filePath":{{JsonValue.Create(backend.Note).ToJsonString()}}}>>""", stream: false);
        var answer = await read.JsonAsync();
        Assert.Contains("the words of note.txt", Front.Chat.TextOf(answer), StringComparison.Ordinal);
        Assert.Contains("Tool said:", Front.Chat.TextOf(answer), StringComparison.Ordinal);
        Assert.Equal("read", (string?)answer["choices"]![0]!["message"]!["tool_calls"]![0]!["function"]!["name"]);
        Assert.Equal("stop", (string?)answer["choices"]![0]!["finish_reason"]);
        using var asked = await backend.AskAsync(Front.Chat, """<<tool bash {"command":"echo one","description":"Print"}>>""", stream: false);
        Assert.Contains("failed=\"true\"", Front.Chat.TextOf(await asked.JsonAsync()), StringComparison.Ordinal);
    }

    [Theory, InlineData(401), InlineData(400)]
    public async Task An_error_of_its_provider_keeps_its_status(int status)
    {
        await backend.StartAsync();
        using var answer = await backend.AskAsync(Front.Messages, $"<<error {status} the vendor says no>>", stream: true);
        Assert.Equal(status, (int)answer.StatusCode);
        Front.Messages.AssertError(await answer.JsonAsync(), "the vendor says no");
    }

    [Fact]
    public async Task A_model_that_it_does_not_know_is_named()
    {
        await backend.StartAsync();
        using var answer = await backend.Http.PostJsonAsync(backend.Server.Url + Front.Chat.Path, Front.Chat.Body("opencode/nobody/nothing", "hi", stream: false));
        Assert.Equal(404, (int)answer.StatusCode);
        Front.Chat.AssertError(await answer.JsonAsync(), "nobody/nothing");
    }

    [Fact]
    public async Task The_clients_tools_are_called_and_other_conversations_do_not_see_them()
    {
        await backend.StartAsync();
        var body = Front.Chat.Body("opencode/fake/fake-model", """<<tool acptoapi1_get_weather {"city":"Oslo"}>> <<also acptoapi1_get_time {}>> <<tool acptoapi1_get_time {}>>""", stream: false);
        body["tools"] = JsonNode.Parse("""[{"type":"function","function":{"name":"get_weather","parameters":{"type":"object","properties":{"city":{"type":"string"}}}}},{"type":"function","function":{"name":"get_time","parameters":{"type":"object"}}}]""");
        var results = new Dictionary<string, string> { ["get_weather"] = "sunny", ["get_time"] = "noon" };
        for (var round = 0; round < 2; round++)
        {
            using var answer = await backend.Http.PostJsonAsync(backend.Server.Url + Front.Chat.Path, body.DeepClone());
            var message = (await answer.JsonAsync())["choices"]![0]!["message"]!;
            var calls = message["tool_calls"]!.AsArray();
            Assert.Equal(round == 0 ? ["get_weather", "get_time"] : ["get_time"], calls.Select(call => (string)call!["function"]!["name"]!));
            if (round == 0) Assert.Equal("Oslo", (string?)JsonNode.Parse((string)calls[0]!["function"]!["arguments"]!)!["city"]);
            using var other = await backend.AskAsync(Front.Chat, "<<say I see none of them.>>", stream: false);
            Assert.Equal("I see none of them.", Front.Chat.TextOf(await other.JsonAsync()));
            var seen = backend.Upstream.Requests()[^1].Json["tools"]!.AsArray().Select(tool => (string)tool!["function"]!["name"]!).ToList();
            Assert.Contains("read", seen);
            Assert.DoesNotContain(seen, name => name.StartsWith("acptoapi", StringComparison.Ordinal));
            body["messages"]!.AsArray().Add(new JsonObject { ["role"] = "assistant", ["content"] = (string?)message["content"], ["tool_calls"] = calls.DeepClone() });
            foreach (var call in calls) body["messages"]!.AsArray().Add(new JsonObject { ["role"] = "tool", ["tool_call_id"] = (string?)call!["id"], ["content"] = results[(string)call["function"]!["name"]!] });
        }
        using var last = await backend.Http.PostJsonAsync(backend.Server.Url + Front.Chat.Path, body);
        var said = Front.Chat.TextOf(await last.JsonAsync());
        Assert.StartsWith("Tool said:", said, StringComparison.Ordinal);
        Assert.Contains("sunny", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_turn_that_nobody_hears_is_stopped()
    {
        await backend.StartAsync();
        var text = $"<<slow 100>> <<say {string.Join(' ', Enumerable.Range(0, 300).Select(i => $"w{i}"))}>>";
        using (var answer = await backend.AskAsync(Front.Chat, text, stream: true))
        {
            await foreach (var e in answer.ReadEventsAsync())
            {
                if (Front.Chat.TextOf(e) is { Length: > 0 }) break;
            }
        }
        var closed = await backend.Upstream.Requests().Last(request => request.Text.Contains("w299", StringComparison.Ordinal)).Closed.WaitAsync(TimeSpan.FromSeconds(5));
        Assert.True(closed.Early);
    }

    [Fact]
    public async Task Two_conversations_at_once_and_one_that_goes_on()
    {
        await backend.StartAsync();
        var texts = await Task.WhenAll(Enumerable.Range(0, 3).Select(async i =>
        {
            using var answer = await backend.AskAsync(Front.Chat, $"<<slow 20>> <<say a{i} b{i} c{i} d{i}>>", stream: true);
            return string.Concat((await answer.EventsAsync()).Select(Front.Chat.TextOf));
        }));
        Assert.Equal(["a0 b0 c0 d0", "a1 b1 c1 d1", "a2 b2 c2 d2"], texts);
        var body = Front.Chat.Body("opencode/fake-model", "<<slow 20>> <<say a1 b1 c1 d1>>", stream: false);
        body["messages"]!.AsArray().Add(new JsonObject { ["role"] = "assistant", ["content"] = "a1 b1 c1 d1" });
        body["messages"]!.AsArray().Add(new JsonObject { ["role"] = "user", ["content"] = "<<say and on>>" });
        using var next = await backend.Http.PostJsonAsync(backend.Server.Url + Front.Chat.Path, body);
        Assert.Equal("and on", Front.Chat.TextOf(await next.JsonAsync()));
        var told = backend.Upstream.Requests()[^1].Json["messages"]!.AsArray().Where(message => (string?)message!["role"] != "system").Select(message => (string?)message!["role"]);
        Assert.Equal(["user", "assistant", "user"], told);
    }
}

/// <summary>The real opencode, when the server is killed.</summary>
public class OpenCodeKillTests
{
    [Fact]
    public async Task It_does_not_outlive_a_killed_server()
    {
        await using var backend = await new OpenCodeBackend().StartAsync();
        using var answer = await backend.AskAsync(Front.Chat, "<<say x>>", stream: false);
        Assert.Equal("x", Front.Chat.TextOf(await answer.JsonAsync()));
        var home = backend.Server.Folder;
        Assert.NotEmpty(Homed(home));
        Process.GetProcessById(backend.Server.ProcessId).Kill();
        for (var i = 0; i < 200 && Homed(home).Count > 0; i++) await Task.Delay(10);
        Assert.Empty(Homed(home));
    }

    // What was started with this home, the server aside.
    static List<int> Homed(string home)
    {
        var found = new List<int>();
        foreach (var folder in Directory.GetDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), out var pid)) continue;
            try
            {
                var environment = File.ReadAllText(Path.Combine(folder, "environ"));
                if (environment.Contains($"HOME={home}\0", StringComparison.Ordinal) && environment.Contains("OPENCODE_SERVER_PASSWORD=", StringComparison.Ordinal)) found.Add(pid);
            }
            catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
            {
                // It ended while we looked, or is none of ours.
            }
        }
        return found;
    }
}
