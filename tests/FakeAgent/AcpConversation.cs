using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace FakeAgent;

/// <summary>One session of <see cref="AcpAgent"/>.</summary>
sealed class AcpConversation(AcpAgent agent, string id) : IDisposable
{
    CancellationTokenSource _cancel = new();
    readonly List<Task<JsonNode>> _later = [];
    int _calls;

    public string Id => id;

    /// <summary>The prompts so far, one line each.</summary>
    public List<string> Heard { get; } = [];

    public string Model { get; set; } = "small";

    public string Effort { get; set; } = "low";

    public string Mode { get; set; } = "ask";

    public HttpClient? Tools { get; set; }

    public List<string> Offered { get; set; } = [];

    public static JsonObject Text(string text) => new() { ["type"] = "text", ["text"] = text };

    public void Cancel() => _cancel.Cancel();

    public void Dispose()
    {
        _cancel.Dispose();
        Tools?.Dispose();
    }

    public void Update(JsonObject update) => agent.Say(new() { ["method"] = "session/update", ["params"] = new JsonObject { ["sessionId"] = id, ["update"] = update } });

    public async Task<JsonNode?> McpAsync(string method, JsonObject parameters)
    {
        var message = new JsonObject { ["jsonrpc"] = "2.0", ["method"] = method, ["params"] = parameters };
        if (!method.StartsWith("notifications/", StringComparison.Ordinal)) message["id"] = Interlocked.Increment(ref _calls);
        using var request = new HttpRequestMessage(HttpMethod.Post, "") { Content = JsonContent.Create(message) };
        using var answer = await Tools!.SendAsync(request, _cancel.Token);
        var text = await answer.Content.ReadAsStringAsync(_cancel.Token);
        return text.Length == 0 ? null : JsonNode.Parse(text);
    }

    /// <summary>Answers a prompt; returns the stop reason, or null when it never says any.</summary>
    public async Task<string?> AnswerAsync(JsonArray prompt)
    {
        _cancel = new();
        var text = string.Join('\n', prompt.Select(block => (string?)block!["text"]));
        Heard.Add(text.ReplaceLineEndings(" "));
        if (agent.Memory is { } folder) await File.WriteAllLinesAsync(Path.Combine(folder, id), Heard);
        var (slow, stop) = (0, "end_turn");
        var steps = Script.Of((string?)prompt.Last(block => (string?)block!["type"] == "text")!["text"] ?? "");
        for (var i = 0; i < steps.Count; i++)
        {
            var step = steps[i];
            switch (step.Name)
            {
                case "say" or "think":
                    foreach (var piece in Script.Pieces(step.Text))
                    {
                        await Task.Delay(slow, _cancel.Token);
                        Chunk(piece, step.Name == "think");
                    }
                    break;
                case "tool":
                    List<Step> calls = [step];
                    while (i + 1 < steps.Count && steps[i + 1].Name == "also") calls.Add(steps[++i]);
                    // Each announces itself at once, and is made some time later than the next one.
                    await Task.WhenAll(calls.Select((call, at) => CallAsync(call, agent.Has("swap-calls") ? 30 * (calls.Count - at) : 0)));
                    break;
                case "own":
                    Run(step);
                    break;
                case "ask":
                    Chunk((string?)(await PermissionAsync(step.Text, "execute"))!["optionId"] ?? "nothing");
                    break;
                case "read":
                    Chunk((await agent.AskAsync("fs/read_text_file", new() { ["sessionId"] = id, ["path"] = step.Text }))!.ToJsonString());
                    break;
                case "write":
                    Chunk((await agent.AskAsync("fs/write_text_file", new() { ["sessionId"] = id, ["path"] = step.First, ["content"] = step.Rest }))!.ToJsonString());
                    break;
                case "terminal":
                    var created = await CallClientAsync("terminal/create", new() { ["command"] = "sh", ["args"] = new JsonArray("-c", step.Text) });
                    if (created["terminalId"] is { } terminal)
                    {
                        await CallClientAsync("terminal/wait_for_exit", new() { ["terminalId"] = terminal.DeepClone() });
                        created = await CallClientAsync("terminal/output", new() { ["terminalId"] = terminal.DeepClone() });
                        await CallClientAsync("terminal/release", new() { ["terminalId"] = terminal.DeepClone() });
                    }
                    Chunk(created.ToJsonString() + "\n");
                    break;
                case "call": Chunk((await CallClientAsync(step)).ToJsonString() + "\n"); break;
                case "later": _later.Add(CallClientAsync(step)); break;
                case "answers":
                    foreach (var answer in await Task.WhenAll(_later)) Chunk(answer.ToJsonString() + "\n");
                    _later.Clear();
                    break;
                case "plan":
                    Update(new() { ["sessionUpdate"] = "plan", ["entries"] = new JsonArray([.. step.Text.Split("; ").Select(entry => new JsonObject { ["content"] = entry, ["priority"] = "high", ["status"] = "pending" })]) });
                    break;
                case "picture":
                    Update(new() { ["sessionUpdate"] = "agent_message_chunk", ["content"] = new JsonObject { ["type"] = "image", ["mimeType"] = "image/png", ["data"] = "aGk=" } });
                    break;
                case "junk":
                    Console.Out.WriteLine("not a message");
                    Update(new() { ["sessionUpdate"] = "something_new", ["x"] = new JsonArray(1) });
                    break;
                case "prompt": Chunk(prompt.ToJsonString()); break;
                case "heard": Chunk(string.Join(" | ", Heard)); break;
                case "model": Chunk($"{Model} {Effort} {Mode}"); break;
                case "sessions": Chunk($"{agent.Sessions}"); break;
                case "pid": Chunk($"{Environment.ProcessId}"); break;
                case "env": Chunk(Environment.GetEnvironmentVariable(step.Text) ?? "not set"); break;
                case "mcp": Chunk(Tools is null ? "none" : $"{Tools.BaseAddress} {Tools.DefaultRequestHeaders.Authorization}"); break;
                case "client": Chunk(agent.Client!.ToJsonString()); break;
                case "slow": slow = step.Number; break;
                case "wait": await Task.Delay(step.Number, _cancel.Token); break;
                case "flood":
                    for (var kb = 0; kb < step.Number; kb++) Chunk(new string('x', 1024));
                    break;
                case "stop": stop = step.Text; break;
                case "error": throw new AcpRefusal(step.Number, step.Rest);
                case "crash":
                    await Console.Error.WriteLineAsync("the fake agent was told to crash");
                    Environment.Exit(3);
                    break;
                case "hang": return null;
            }
        }
        Update(new() { ["sessionUpdate"] = "usage_update", ["used"] = 120, ["size"] = 200_000 });
        return stop;
    }

    void Chunk(string text, bool isThought = false) =>
        Update(new() { ["sessionUpdate"] = isThought ? "agent_thought_chunk" : "agent_message_chunk", ["content"] = Text(text), ["messageId"] = "m1" });

    Task<JsonNode> CallClientAsync(Step step) =>
        CallClientAsync(step.First, step.Rest.Length == 0 ? [] : JsonNode.Parse(step.Rest.Replace("$T", agent.Terminal, StringComparison.Ordinal))!.AsObject());

    async Task<JsonNode> CallClientAsync(string method, JsonObject parameters)
    {
        parameters["sessionId"] ??= id;
        var answer = (await agent.AskAsync(method, parameters))!;
        if (method == "terminal/create" && answer["terminalId"] is { } terminal) agent.Terminal = (string?)terminal;
        return answer;
    }

    async Task CallAsync(Step step, int delay)
    {
        var callId = $"call-{Interlocked.Increment(ref _calls)}";
        var arguments = JsonNode.Parse(step.Rest.Length == 0 ? "{}" : step.Rest)!;
        var title = agent.Has("silent-calls") ? $"{step.First} (client MCP Server)" : "client_" + step.First;
        if (agent.Has("silent-calls"))
        {
            if ((string?)(await PermissionAsync(title, "other", callId))!["optionId"] != "yes-once") throw new AcpRefusal(-32603, "the client's own tool was not permitted");
        }
        else Update(new() { ["sessionUpdate"] = "tool_call", ["toolCallId"] = callId, ["title"] = title, ["kind"] = "other", ["status"] = "in_progress", ["rawInput"] = arguments.DeepClone() });
        await Task.Delay(delay, _cancel.Token);
        var answer = (await McpAsync("tools/call", new() { ["name"] = step.First, ["arguments"] = arguments }))!["result"]!;
        Update(new() { ["sessionUpdate"] = "tool_call_update", ["toolCallId"] = callId, ["status"] = "completed", ["content"] = new JsonArray() });
        Chunk($"[{step.First}: {string.Concat(answer["content"]!.AsArray().Select(part => (string?)part!["text"]))}{(answer["isError"] is null ? "" : " (failed)")}]");
    }

    // NAME {json} => RESULT
    void Run(Step step)
    {
        var callId = $"own-{Interlocked.Increment(ref _calls)}";
        var (arguments, result) = (step.Rest.Split(" => ")[0], step.Rest.Split(" => ")[^1]);
        Update(new() { ["sessionUpdate"] = "tool_call", ["toolCallId"] = callId, ["title"] = step.First, ["kind"] = "execute", ["status"] = "pending", ["rawInput"] = new JsonObject() });
        Update(new() { ["sessionUpdate"] = "tool_call_update", ["toolCallId"] = callId, ["title"] = "Running it", ["status"] = "in_progress", ["rawInput"] = JsonNode.Parse(arguments) });
        Update(new() { ["sessionUpdate"] = "tool_call_update", ["toolCallId"] = callId, ["status"] = "completed", ["content"] = new JsonArray(new JsonObject { ["type"] = "content", ["content"] = Text(result) }) });
    }

    async Task<JsonNode?> PermissionAsync(string title, string kind, string callId = "asked")
    {
        var options = new JsonArray(
            new JsonObject { ["optionId"] = "yes-always", ["name"] = "Always", ["kind"] = "allow_always" },
            new JsonObject { ["optionId"] = "yes-once", ["name"] = "Allow", ["kind"] = "allow_once" },
            new JsonObject { ["optionId"] = "no-once", ["name"] = "Reject", ["kind"] = "reject_once" });
        var call = new JsonObject { ["toolCallId"] = callId, ["title"] = title, ["kind"] = kind, ["status"] = "pending" };
        return (await agent.AskAsync("session/request_permission", new() { ["sessionId"] = id, ["toolCall"] = call, ["options"] = options }))!["outcome"];
    }
}
