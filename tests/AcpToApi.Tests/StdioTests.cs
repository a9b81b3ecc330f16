using System.Diagnostics;
using System.Text.Json.Nodes;
using AcpToApi.Tests.Support;
using FakeProvider;

namespace AcpToApi.Tests;

/// <summary><c>acptoapi acp</c>: an editor talks to a model over standard input and output.</summary>
public class StdioTests
{
    [Fact]
    public async Task A_conversation_with_thoughts_a_file_and_its_history()
    {
        await using var upstream = FakeServer.Start();
        await using var editor = new Editor(upstream, "--model", "openai/fake-model");
        var session = await editor.OpenAsync();
        var turn = await editor.PromptAsync(session, Text("<<think Hm.>> <<say one two>>"), new JsonObject { ["type"] = "resource", ["resource"] = new JsonObject { ["uri"] = "file:///a.cs", ["text"] = "class A;" } });
        Assert.Equal("end_turn", (string?)turn["result"]!["stopReason"]);
        Assert.True((long)turn["result"]!["usage"]!["totalTokens"]! > 0);
        Assert.Equal(("Hm.", "one two"), (editor.Said("agent_thought_chunk"), editor.Said("agent_message_chunk")));
        Assert.Contains("class A;", upstream.Requests()[^1].Json["messages"]!.ToJsonString(), StringComparison.Ordinal);
        await editor.PromptAsync(session, Text("<<say again>>"));
        Assert.Equal(["user", "assistant", "user"], upstream.Requests()[^1].Json["messages"]!.AsArray().Select(message => (string)message!["role"]!));
        Assert.Equal("one two", (string?)upstream.Requests()[^1].Json["messages"]![1]!["content"]);
    }

    [Fact]
    public async Task The_model_is_chosen_in_either_way()
    {
        await using var upstream = FakeServer.Start();
        await using var editor = new Editor(upstream);
        var opened = await editor.AskAsync("session/new", new() { ["cwd"] = "/tmp", ["mcpServers"] = new JsonArray() });
        var session = (string)opened["result"]!["sessionId"]!;
        Assert.Contains("openai/fake-small", opened["result"]!["models"]!["availableModels"]!.AsArray().Select(model => (string)model!["modelId"]!));
        Assert.Equal("model", (string?)opened["result"]!["configOptions"]![0]!["category"]);
        await editor.AskAsync("session/set_model", new() { ["sessionId"] = session, ["modelId"] = "openai/one" });
        await editor.PromptAsync(session, Text("x"));
        Assert.Equal("one", (string?)upstream.Requests()[^1].Json["model"]);
        var set = await editor.AskAsync("session/set_config_option", new() { ["sessionId"] = session, ["configId"] = "model", ["value"] = "anthropic/two" });
        Assert.Equal("anthropic/two", (string?)set["result"]!["configOptions"]![0]!["currentValue"]);
        await editor.PromptAsync(session, Text("x"));
        Assert.Equal(("/v1/messages", "two"), (upstream.Requests()[^1].Path, (string?)upstream.Requests()[^1].Json["model"]));
    }

    [Fact]
    public async Task Errors_are_replies_and_are_not_remembered()
    {
        await using var upstream = FakeServer.Start();
        await using var editor = new Editor(upstream, "--model", "openai/fake-model");
        var session = await editor.OpenAsync();
        var failed = await editor.PromptAsync(session, Text("<<error 429 slow down>>"));
        Assert.Equal(429, (int)failed["error"]!["data"]!["status"]!);
        Assert.Contains("slow down", (string)failed["error"]!["message"]!, StringComparison.Ordinal);
        await editor.AskAsync("session/set_model", new() { ["sessionId"] = session, ["modelId"] = "mistral/x" });
        Assert.Equal(-32000, (int)(await editor.PromptAsync(session, Text("x")))["error"]!["code"]!);
        await editor.AskAsync("session/set_model", new() { ["sessionId"] = session, ["modelId"] = "openai/x" });
        await editor.PromptAsync(session, Text("<<say fine>>"));
        Assert.Single(upstream.Requests()[^1].Json["messages"]!.AsArray());
        Assert.Equal(-32602, (int)(await editor.PromptAsync("nobody", Text("x")))["error"]!["code"]!);
        Assert.Equal(-32601, (int)(await editor.AskAsync("session/load", []))["error"]!["code"]!);
        Assert.Equal(-32602, (int)(await editor.PromptAsync(session, new JsonObject { ["type"] = "unheard of" }))["error"]!["code"]!);
        editor.Send("no message");
        Assert.Equal(-32700, (int)(await editor.NextAsync(message => message["id"] is null && message["error"] is not null))["error"]!["code"]!);
    }

    [Fact]
    public async Task A_turn_is_cancelled_at_once()
    {
        await using var upstream = FakeServer.Start();
        await using var editor = new Editor(upstream, "--model", "openai/fake-model");
        var session = await editor.OpenAsync();
        var turn = editor.PromptAsync(session, Text("<<slow 100>> <<say a b c d e f g h i j k l m n o p>>"));
        await editor.NextAsync(message => (string?)message["method"] == "session/update");
        var began = Stopwatch.GetTimestamp();
        editor.Send(new JsonObject { ["jsonrpc"] = "2.0", ["method"] = "session/cancel", ["params"] = new JsonObject { ["sessionId"] = session } }.ToJsonString());
        Assert.Equal("cancelled", (string?)(await turn)["result"]!["stopReason"]);
        Assert.InRange(Stopwatch.GetElapsedTime(began).TotalSeconds, 0, 0.5);
    }

    [Fact]
    public async Task It_ends_with_its_input_and_prints_nothing_else()
    {
        await using var upstream = FakeServer.Start();
        var editor = new Editor(upstream);
        await editor.OpenAsync();
        Assert.Equal(0, await editor.EndAsync());
        await editor.DisposeAsync();
    }

    static JsonObject Text(string text) => new() { ["type"] = "text", ["text"] = text };

    /// <summary>Plays the editor; a line that is no message of the protocol fails the test.</summary>
    sealed class Editor : IAsyncDisposable
    {
        readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("acptoapi-editor-");
        readonly Process _process;
        readonly List<JsonNode> _heard = [];
        readonly Task _reading;
        int _lastId;

        public Editor(FakeServer upstream, params string[] arguments)
        {
            var start = new ProcessStartInfo(PublishedBinary.Path, ["acp", .. arguments]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = _home.FullName };
            start.Environment.Clear();
            foreach (var (name, value) in Bridge.Behind(upstream)) start.Environment[name] = value;
            start.Environment["HOME"] = _home.FullName;
            start.Environment["PATH"] = Environment.GetEnvironmentVariable("PATH");
            _process = Process.Start(start)!;
            _process.ErrorDataReceived += (_, _) => { };
            _process.BeginErrorReadLine();
            _reading = ReadAsync();
        }

        public void Send(string line)
        {
            _process.StandardInput.Write(line + "\n");
            _process.StandardInput.Flush();
        }

        public async Task<JsonNode> AskAsync(string method, JsonObject parameters)
        {
            var id = ++_lastId;
            Send(new JsonObject { ["jsonrpc"] = "2.0", ["id"] = id, ["method"] = method, ["params"] = parameters }.ToJsonString());
            return await NextAsync(message => message["method"] is null && message["id"] is { } answered && (int)answered == id);
        }

        public async Task<string> OpenAsync()
        {
            Assert.Equal(1, (int)(await AskAsync("initialize", new() { ["protocolVersion"] = 1 }))["result"]!["protocolVersion"]!);
            return (string)(await AskAsync("session/new", new() { ["cwd"] = "/tmp", ["mcpServers"] = new JsonArray() }))["result"]!["sessionId"]!;
        }

        public Task<JsonNode> PromptAsync(string session, params JsonNode[] prompt) => AskAsync("session/prompt", new() { ["sessionId"] = session, ["prompt"] = new JsonArray(prompt) });

        public async Task<JsonNode> NextAsync(Func<JsonNode, bool> isMeant)
        {
            JsonNode? found = null;
            await Eventually.TrueAsync(() =>
            {
                if (_reading.IsFaulted) _reading.GetAwaiter().GetResult();
                lock (_heard) found = _heard.Find(message => isMeant(message));
                return found is not null;
            }, "the message came");
            return found!;
        }

        public string Said(string kind)
        {
            lock (_heard) return string.Concat(_heard.Where(message => (string?)message["params"]?["update"]?["sessionUpdate"] == kind).Select(message => (string?)message["params"]!["update"]!["content"]!["text"]));
        }

        public async Task<int> EndAsync()
        {
            _process.StandardInput.Close();
            await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(5));
            await _reading;
            return _process.ExitCode;
        }

        public async ValueTask DisposeAsync()
        {
            if (!_process.HasExited) _process.Kill();
            await _process.WaitForExitAsync();
            await _reading;
            _process.Dispose();
            _home.Delete(recursive: true);
        }

        async Task ReadAsync()
        {
            while (await _process.StandardOutput.ReadLineAsync() is { } line)
            {
                var message = JsonNode.Parse(line)!;
                Assert.Equal("2.0", (string?)message["jsonrpc"]);
                lock (_heard) _heard.Add(message);
            }
        }
    }
}
