using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json.Nodes;

namespace FakeAgent;

/// <summary>
/// Plays the Claude Code CLI with stream-json on both sides: its control protocol, its sessions on disk, and its faults. The environment variable
/// FAKE_CLAUDE says what is wrong with the program itself: <c>no-version</c>, <c>dies-at-boot</c>.
/// </summary>
static class ClaudeCli
{
    public static async Task<int> RunAsync(string[] arguments)
    {
        var fault = Environment.GetEnvironmentVariable("FAKE_CLAUDE");
        if (arguments is ["--version"])
        {
            Console.Out.WriteLine(fault == "no-version" ? "gnu claude 1.0" : "9.9.9 (Claude Code)");
            return 0;
        }
        if (fault == "dies-at-boot")
        {
            Console.Error.WriteLine("error: unknown option '--include-partial-messages'");
            return 1;
        }
        var resumed = Value(arguments, "--resume");
        var session = new ClaudeSession(resumed ?? Value(arguments, "--session-id") ?? "unsaved", isSaved: !arguments.Contains("--no-session-persistence"));
        if (resumed is not null && !session.TryLoad())
        {
            Console.Error.WriteLine($"No conversation found with session ID: {resumed}");
            return 1;
        }
        using var process = new ClaudeProcess(session, arguments);
        while (await Console.In.ReadLineAsync() is { } line)
        {
            if (JsonNode.Parse(line) is not JsonObject message) return 1;
            await process.TakeAsync(message);
        }
        await process.FinishAsync();
        return 0;
    }

    static string? Value(string[] arguments, string name) => Array.IndexOf(arguments, name) is >= 0 and var index ? arguments[index + 1] : null;
}

/// <summary>What was said so far, in a file under CLAUDE_CONFIG_DIR where the CLI would keep it.</summary>
sealed class ClaudeSession(string id, bool isSaved)
{
    readonly string _file = Path.Combine(
        Environment.GetEnvironmentVariable("CLAUDE_CONFIG_DIR") ?? Path.Combine(Environment.GetEnvironmentVariable("HOME")!, ".claude"), "projects", "fake", id + ".jsonl");

    public string Id => id;

    public List<string> Said { get; } = [];

    public bool TryLoad()
    {
        if (!File.Exists(_file)) return false;
        Said.AddRange(File.ReadAllLines(_file));
        return true;
    }

    public void Add(string role, string text)
    {
        Said.Add($"{role}: {text.ReplaceLineEndings(" ")}");
        if (!isSaved) return;
        Directory.CreateDirectory(Path.GetDirectoryName(_file)!);
        File.WriteAllLines(_file, Said);
    }
}

/// <summary>The process as it is seen on its streams.</summary>
sealed class ClaudeProcess(ClaudeSession session, string[] arguments) : IDisposable
{
    const string OwnModel = "opus";
    const string OwnEffort = "medium";

    readonly Lock _output = new();
    // A call may be answered while the one beside it is being made.
    readonly ConcurrentDictionary<string, TaskCompletionSource<JsonObject>> _asked = new();
    Task _turn = Task.CompletedTask;
    Task _ready = Task.CompletedTask;
    CancellationTokenSource _interrupt = new();
    string _model = OwnModel;
    string _effort = OwnEffort;
    string _system = "(its own)";
    JsonNode? _schema;
    List<string> _tools = [];
    int _ids;

    public async Task TakeAsync(JsonObject message)
    {
        switch ((string?)message["type"])
        {
            case "control_request":
                _ = ControlAsync((string)message["request_id"]!, message["request"]!.AsObject());
                break;
            case "control_response":
                var response = message["response"]!.AsObject();
                if (_asked.TryRemove((string)response["request_id"]!, out var waiting)) waiting.SetResult(response);
                break;
            case "assistant":
                session.Add("assistant", Text(message["message"]!["content"]!));
                break;
            case "user":
                await _turn;
                var content = message["message"]!["content"]!;
                session.Add("user", Text(content));
                if (message["shouldQuery"]?.GetValue<bool>() == false) Result(new() { ["subtype"] = "success", ["is_error"] = false, ["result"] = "" });
                else
                {
                    _interrupt = new();
                    _turn = AnswerAsync(content);
                }
                break;
        }
    }

    public Task FinishAsync() => _turn;

    public void Dispose() => _interrupt.Dispose();

    async Task ControlAsync(string id, JsonObject request)
    {
        var answer = new JsonObject();
        switch ((string?)request["subtype"])
        {
            case "initialize":
                Note("set up");
                _system = (string?)request["systemPrompt"] ?? (request["appendSystemPrompt"] is { } more ? "its own and " + more : _system);
                _schema = request["jsonSchema"]?.DeepClone();
                if (request["sdkMcpServers"] is JsonArray { Count: > 0 }) await (_ready = LoadToolsAsync());
                break;
            case "set_model" when ((string)request["model"]!).StartsWith("no-such", StringComparison.Ordinal):
                Write(new() { ["type"] = "control_response", ["response"] = new JsonObject { ["subtype"] = "error", ["request_id"] = id, ["error"] = $"Model '{request["model"]}' not found", ["error_code"] = "not_found" } });
                return;
            case "set_model":
                _model = (string)request["model"]! is var asked && asked == "default" ? OwnModel : asked;
                Note("model " + _model);
                break;
            case "apply_flag_settings":
                _effort = (string?)request["settings"]!["effortLevel"] ?? OwnEffort;
                break;
            case "interrupt":
                await _interrupt.CancelAsync();
                break;
        }
        Write(new() { ["type"] = "control_response", ["response"] = new JsonObject { ["subtype"] = "success", ["request_id"] = id, ["response"] = answer } });
    }

    // What a process was told can be seen before it says a word, in a file named after it.
    static void Note(string what)
    {
        var folder = Path.Combine(Environment.GetEnvironmentVariable("CLAUDE_CONFIG_DIR") ?? Path.GetTempPath(), "notes");
        Directory.CreateDirectory(folder);
        File.AppendAllText(Path.Combine(folder, $"{Environment.ProcessId}"), what + "; ");
    }

    async Task LoadToolsAsync()
    {
        await McpAsync("initialize", new() { ["protocolVersion"] = "2025-11-25", ["capabilities"] = new JsonObject(), ["clientInfo"] = new JsonObject { ["name"] = "fake", ["version"] = "1" } });
        var list = await McpAsync("tools/list", []);
        _tools = [.. list["result"]!["tools"]!.AsArray().Select(tool => (string)tool!["name"]!)];
    }

    async Task<JsonObject> McpAsync(string method, JsonObject parameters)
    {
        var message = new JsonObject { ["jsonrpc"] = "2.0", ["id"] = Interlocked.Increment(ref _ids), ["method"] = method, ["params"] = parameters };
        var answer = await AskAsync(new() { ["subtype"] = "mcp_message", ["server_name"] = "client", ["message"] = message });
        return answer["response"]!["mcp_response"]!.AsObject();
    }

    Task<JsonObject> AskAsync(JsonObject request)
    {
        var id = $"fake-{Interlocked.Increment(ref _ids)}";
        var answered = new TaskCompletionSource<JsonObject>(TaskCreationOptions.RunContinuationsAsynchronously);
        _asked[id] = answered;
        Write(new() { ["type"] = "control_request", ["request_id"] = id, ["request"] = request });
        return answered.Task;
    }

    async Task AnswerAsync(JsonNode content)
    {
        await _ready;
        Write(new() { ["type"] = "system", ["subtype"] = "init", ["session_id"] = session.Id, ["tools"] = new JsonArray(), ["model"] = _model });
        var message = new ClaudeMessage(this, _model);
        try
        {
            var calls = new List<Task>();
            foreach (var step in Script.Of(Text(content))) await StepAsync(step, message, calls);
            await message.EndAsync("end_turn");
            session.Add("assistant", message.Said);
            var result = new JsonObject { ["subtype"] = "success", ["is_error"] = false, ["result"] = message.Said, ["stop_reason"] = "end_turn" };
            if (_schema is not null) result["structured_output"] = new JsonObject { ["name"] = "Ada", ["of"] = (string?)_schema["title"] };
            Result(result);
        }
        catch (OperationCanceledException)
        {
            await message.EndAsync(null);
            Result(new() { ["subtype"] = "error_during_execution", ["is_error"] = true, ["terminal_reason"] = "aborted_streaming" });
        }
        catch (ScriptedEnd)
        {
            // The result has been told.
        }
    }

    async Task StepAsync(Step step, ClaudeMessage message, List<Task> calls)
    {
        _interrupt.Token.ThrowIfCancellationRequested();
        switch (step.Name)
        {
            case "say":
                await message.TextAsync(step.Text);
                break;
            case "think":
                await message.ThinkAsync(step.Text);
                break;
            case "slow":
                message.Pause = TimeSpan.FromMilliseconds(step.Number);
                break;
            case "wait":
                await Task.Delay(step.Number, _interrupt.Token);
                break;
            case "tool":
                await CallAsync(step.First, JsonNode.Parse(step.Rest.Length > 0 ? step.Rest : "{}")!.AsObject(), message);
                break;
            case "tools":
                // name {json} & name {json}: in parallel, as one message of the model's.
                await CallAllAsync(step.Text.Split(" & "), message);
                break;
            case "own":
                await message.ToolAsync(step.First, Arguments(step.Rest));
                message.Results((message.LastCall, Outcome(step.Rest), false));
                break;
            case "ask":
                await AskPermissionAsync(step, message);
                break;
            case "know":
                await message.TextAsync(string.Join(" | ", session.Said.SkipLast(1)) + ".");
                break;
            case "who":
                await message.TextAsync($"model={_model} effort={_effort} system={_system} tools={string.Join(',', _tools)} cwd={Environment.CurrentDirectory} pid={Environment.ProcessId}");
                break;
            case "env":
                await message.TextAsync($"{step.Text}={Environment.GetEnvironmentVariable(step.Text) ?? "(unset)"}");
                break;
            case "argv":
                await message.TextAsync(string.Join(' ', arguments));
                break;
            case "nested":
                Write(new() { ["type"] = "assistant", ["parent_tool_use_id"] = "toolu_parent", ["message"] = new JsonObject { ["id"] = "msg_nested", ["model"] = "m", ["content"] = new JsonArray(new JsonObject { ["type"] = "text", ["text"] = step.Text }) } });
                break;
            case "long":
                Write(new() { ["type"] = "system", ["subtype"] = "noise", ["noise"] = new string('x', step.Number) });
                break;
            case "abandon":
                await message.AbandonAsync(step.Text);
                break;
            case "fallback":
                await message.WholeAsync(step.Text);
                break;
            case "final":
                End(new() { ["subtype"] = "success", ["is_error"] = false, ["result"] = step.Text });
                break;
            case "stop":
                await message.EndAsync(step.Text);
                if (step.Text == "max_tokens") await Task.Delay(Timeout.Infinite, _interrupt.Token);
                break;
            case "error":
                Synthetic(step.Rest, "unknown");
                End(new() { ["subtype"] = "success", ["is_error"] = true, ["api_error_status"] = step.Number, ["result"] = "API Error: " + step.Text });
                break;
            case "login":
                Synthetic("Not logged in · Please run /login", "authentication_failed");
                End(new() { ["subtype"] = "success", ["is_error"] = true, ["api_error_status"] = null, ["result"] = "Not logged in · Please run /login" });
                break;
            case "limit":
                Write(new() { ["type"] = "rate_limit_event", ["rate_limit_info"] = new JsonObject { ["status"] = "rejected", ["resetsAt"] = long.Parse(step.First, null) } });
                Synthetic("You've hit your session limit · resets 3pm", "rate_limit");
                End(new() { ["subtype"] = "success", ["is_error"] = true, ["result"] = "You've hit your session limit · resets 3pm" });
                break;
            case "crash":
                Console.Error.WriteLine(step.Text.Length > 0 ? step.Text : "fatal: it broke");
                Environment.Exit(3);
                break;
            case "flood":
                for (var i = 0; i < step.Number; i++) Console.Error.WriteLine("a line of noise on standard error that nobody wants to read");
                break;
            case "garbage":
                WriteRaw("this is not JSON");
                break;
            case "hang":
                await Task.Delay(Timeout.Infinite);
                break;
            case "child":
                // A grandchild in a session of its own, as a tool may leave one behind.
                var child = Process.Start(new ProcessStartInfo("setsid", ["sleep", "600"]))!;
                await message.TextAsync($"child={child.Id}");
                break;
        }
    }

    async Task CallAsync(string name, JsonObject given, ClaudeMessage message)
    {
        await message.ToolAsync("mcp__client__" + name, given);
        var id = message.LastCall;
        await message.EndAsync("tool_use");
        await ReturnAsync(message, (name, given, id));
    }

    async Task CallAllAsync(string[] calls, ClaudeMessage message)
    {
        List<(string Name, JsonObject Arguments, string Id)> made = [];
        foreach (var call in calls)
        {
            var space = call.IndexOf(' ');
            var (name, given) = (call[..space], JsonNode.Parse(call[space..])!.AsObject());
            await message.ToolAsync("mcp__client__" + name, given);
            made.Add((name, given, message.LastCall));
        }
        await message.EndAsync("tool_use");
        await ReturnAsync(message, [.. made]);
    }

    async Task ReturnAsync(ClaudeMessage message, params (string Name, JsonObject Arguments, string Id)[] calls)
    {
        var answers = await Task.WhenAll(calls.Select(call => McpAsync("tools/call", new()
        {
            ["name"] = call.Name,
            ["arguments"] = call.Arguments.DeepClone(),
            ["_meta"] = new JsonObject { ["claudecode/toolUseId"] = call.Id },
        }))).WaitAsync(_interrupt.Token);
        var said = new List<string>();
        for (var i = 0; i < calls.Length; i++)
        {
            var result = answers[i]["result"]!;
            var text = Text(result["content"]!);
            message.Results((calls[i].Id, text, result["isError"]?.GetValue<bool>() == true));
            said.Add(text);
        }
        await message.TextAsync("Tool said: " + string.Join(" & ", said) + ".");
    }

    async Task AskPermissionAsync(Step step, ClaudeMessage message)
    {
        var given = Arguments(step.Rest);
        await message.ToolAsync(step.First, given);
        var answer = await AskAsync(new() { ["subtype"] = "can_use_tool", ["tool_name"] = step.First, ["input"] = given.DeepClone(), ["tool_use_id"] = message.LastCall });
        var isGranted = (string?)answer["response"]?["behavior"] == "allow";
        message.Results((message.LastCall, isGranted ? Outcome(step.Rest) : "denied", !isGranted));
    }

    static JsonObject Arguments(string rest) => JsonNode.Parse(rest.Split(" => ")[0])!.AsObject();

    static string Outcome(string rest) => rest.Split(" => ") is [_, var outcome] ? outcome : "done";

    void Synthetic(string text, string error) => Write(new()
    {
        ["type"] = "assistant",
        ["error"] = error,
        ["message"] = new JsonObject { ["id"] = "synthetic", ["model"] = "<synthetic>", ["content"] = new JsonArray(new JsonObject { ["type"] = "text", ["text"] = text }) },
    });

    void End(JsonObject result)
    {
        Result(result);
        throw new ScriptedEnd();
    }

    // As the CLI writes it, its type is not the first field.
    void Result(JsonObject fields)
    {
        var line = new JsonObject { ["duration_api_ms"] = 1, ["session_id"] = session.Id };
        foreach (var (name, value) in fields) line[name] = value?.DeepClone();
        line["type"] = "result";
        Write(line);
    }

    public void Write(JsonObject line) => WriteRaw(line.ToJsonString());

    void WriteRaw(string line)
    {
        lock (_output)
        {
            Console.Out.Write(line + "\n");
            Console.Out.Flush();
        }
    }

    public CancellationToken Interrupted => _interrupt.Token;

    public string NextId(string prefix) => $"{prefix}_fake{Environment.ProcessId}x{Interlocked.Increment(ref _ids)}";

    static string Text(JsonNode content) => content is JsonArray blocks
        ? string.Concat(blocks.Select(block => (string?)block!["type"] == "text" ? (string)block["text"]! : (string?)block["type"] == "tool_result" ? $"[result {Text(block["content"]!)}]" : $"[{block["type"]}]"))
        : (string)content!;

    sealed class ScriptedEnd : Exception;
}
