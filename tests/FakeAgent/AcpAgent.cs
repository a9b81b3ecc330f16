using System.Collections.Concurrent;
using System.Text;
using System.Text.Json.Nodes;

namespace FakeAgent;

/// <summary>
/// Plays an agent of the Agent Client Protocol. Flags choose how it differs: <c>--auth</c> wants a login, <c>--set-model</c> has models with a method of their
/// own, <c>--no-load</c> and <c>--no-mcp</c> lack these, <c>--silent-calls</c> asks permission instead of announcing calls of tools, <c>--swap-calls</c> makes calls in
/// another order than it announces them, <c>--memory DIR</c> keeps sessions on disk, <c>--mute</c> never answers <c>initialize</c>. Steps of an answer beyond say and think:
/// <code>
/// &lt;&lt;tool NAME {json}>> &lt;&lt;also NAME {json}>>     calls a tool of the client's; "also" at the same time as the one before
/// &lt;&lt;own NAME {json} => RESULT>>            runs a tool of its own
/// &lt;&lt;ask TITLE>>                           asks permission, and says the outcome
/// &lt;&lt;read PATH>> &lt;&lt;write PATH TEXT>>      has the client read or write a file
/// &lt;&lt;terminal COMMAND LINE>>               has the client run it in a shell, and says the output and how it ended
/// &lt;&lt;call METHOD {json}>> &lt;&lt;later METHOD {json}>> &lt;&lt;answers>>   calls anything of the client's and says the answer, at once or at "answers";
///                                           "$T" stands for the id of the last terminal
/// &lt;&lt;plan A; B>> &lt;&lt;picture>> &lt;&lt;junk>>  a plan; a picture; lines that are no messages
/// &lt;&lt;prompt>> &lt;&lt;sessions>> &lt;&lt;heard>> &lt;&lt;model>> &lt;&lt;pid>> &lt;&lt;env NAME>> &lt;&lt;mcp>> &lt;&lt;client>>   says what it got
/// &lt;&lt;slow MS>> &lt;&lt;wait MS>> &lt;&lt;flood N>>   between pieces; once; N KB of text
/// &lt;&lt;stop REASON>> &lt;&lt;error CODE TEXT>> &lt;&lt;crash>> &lt;&lt;hang>>   how it ends; hang: not even when cancelled
/// </code>
/// </summary>
sealed class AcpAgent(string[] flags)
{
    readonly ConcurrentDictionary<string, AcpConversation> _sessions = new();
    readonly Dictionary<int, TaskCompletionSource<JsonNode?>> _asked = [];
    readonly TextWriter _output = TextWriter.Synchronized(new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(false)) { AutoFlush = true });
    int _lastId;
    bool _isLoggedIn;

    public static async Task<int> RunAsync(string[] arguments)
    {
        var agent = new AcpAgent(arguments);
        using var input = new StreamReader(Console.OpenStandardInput());
        while (await input.ReadLineAsync() is { } line) agent.Take(JsonNode.Parse(line)!);
        return 0;
    }

    public bool Has(string flag) => flags.Contains("--" + flag);

    /// <summary>The terminal that was created last, by whatever session.</summary>
    public string? Terminal { get; set; }

    /// <summary>What the client says that it can do.</summary>
    public JsonNode? Client { get; private set; }

    public string? Memory => Array.IndexOf(flags, "--memory") is >= 0 and var at ? flags[at + 1] : null;

    /// <summary>How many sessions are open.</summary>
    public int Sessions => _sessions.Count;

    public void Say(JsonObject message)
    {
        message["jsonrpc"] = "2.0";
        _output.Write(message.ToJsonString() + "\n");
    }

    /// <summary>Asks the client, and returns its result, or its error.</summary>
    public Task<JsonNode?> AskAsync(string method, JsonObject parameters)
    {
        var asked = new TaskCompletionSource<JsonNode?>(TaskCreationOptions.RunContinuationsAsynchronously);
        int id;
        lock (_asked) _asked[id = _lastId++] = asked;
        Say(new() { ["id"] = id, ["method"] = method, ["params"] = parameters });
        return asked.Task;
    }

    void Take(JsonNode message)
    {
        if (message["method"] is not { } method)
        {
            lock (_asked) _asked[(int)message["id"]!].SetResult(message["result"] ?? message["error"]);
            return;
        }
        var (id, parameters) = (message["id"]?.DeepClone(), message["params"]!);
        var session = (string?)parameters["sessionId"] is { } name ? _sessions.GetValueOrDefault(name) : null;
        switch ((string)method!)
        {
            case "initialize":
                Client = parameters["clientCapabilities"]!.DeepClone();
                if (!Has("mute")) Reply(id, Initialized());
                break;
            case "authenticate":
                _isLoggedIn = (string?)parameters["methodId"] == "fake-key";
                if (_isLoggedIn) Reply(id, new());
                else Refuse(id, -32602, "no such way to log in");
                break;
            case "session/new" when Has("auth") && !_isLoggedIn:
                Refuse(id, -32000, "Authentication required");
                break;
            case "session/new":
                _ = OpenAsync(id, Guid.NewGuid().ToString("N"), parameters, Opened());
                break;
            case "session/load" when Has("no-load"):
                Refuse(id, -32601, "Method not found");
                break;
            case "session/load" when Recall((string)parameters["sessionId"]!) is { } known:
                foreach (var text in known.Heard) known.Update(new() { ["sessionUpdate"] = "user_message_chunk", ["content"] = AcpConversation.Text(text) });
                known.Update(new() { ["sessionUpdate"] = "agent_message_chunk", ["content"] = AcpConversation.Text("replayed") });
                _ = OpenAsync(id, known.Id, parameters, []);
                break;
            case "session/load":
                Refuse(id, -32603, "Internal error");
                break;
            case "session/set_model" when Has("set-model"):
                session!.Model = (string)parameters["modelId"]!;
                Reply(id, new());
                break;
            case "session/set_config_option" when !Has("set-model"):
                if ((string?)parameters["configId"] == "model") session!.Model = (string)parameters["value"]!;
                else session!.Effort = (string)parameters["value"]!;
                Reply(id, new() { ["configOptions"] = new JsonArray() });
                break;
            case "session/set_mode":
                session!.Mode = (string)parameters["modeId"]!;
                Reply(id, new());
                break;
            case "session/prompt" when session is null:
                Refuse(id, -32602, "Session not found: " + parameters["sessionId"]);
                break;
            case "session/prompt":
                _ = PromptAsync(session, id, parameters["prompt"]!.AsArray());
                break;
            case "session/cancel":
                session?.Cancel();
                break;
            case "session/close":
                _sessions.TryRemove(session!.Id, out _);
                session.Dispose();
                Reply(id, new());
                break;
            case "session/delete":
                if (Memory is { } folder) File.Delete(Path.Combine(folder, session!.Id));
                Reply(id, new());
                break;
            default:
                if (id is not null) Refuse(id, -32601, "Method not found");
                break;
        }
    }

    JsonObject Initialized() => new()
    {
        ["protocolVersion"] = 1,
        ["agentInfo"] = new JsonObject { ["name"] = "fake", ["version"] = "1" },
        ["authMethods"] = new JsonArray(new JsonObject { ["id"] = "fake-login", ["name"] = "Log in" }, new JsonObject { ["id"] = "fake-key", ["name"] = "Key" }),
        ["agentCapabilities"] = new JsonObject
        {
            ["loadSession"] = !Has("no-load"),
            ["promptCapabilities"] = new JsonObject { ["image"] = !Has("text-only"), ["embeddedContext"] = !Has("text-only") },
            ["mcpCapabilities"] = new JsonObject { ["http"] = !Has("no-mcp") },
            ["sessionCapabilities"] = Has("no-close") ? new JsonObject() : new JsonObject { ["close"] = new JsonObject(), ["delete"] = new JsonObject() },
        },
    };

    JsonObject Opened()
    {
        var opened = new JsonObject { ["modes"] = new JsonObject { ["currentModeId"] = "ask", ["availableModes"] = new JsonArray(new JsonObject { ["id"] = "ask", ["name"] = "Ask" }, new JsonObject { ["id"] = "plan", ["name"] = "Plan" }) } };
        if (Has("set-model"))
        {
            opened["models"] = new JsonObject { ["currentModelId"] = "small", ["availableModels"] = new JsonArray(new JsonObject { ["modelId"] = "small", ["name"] = "Small" }, new JsonObject { ["modelId"] = "large", ["name"] = "Large" }) };
            return opened;
        }
        static JsonNode Option(string id, string category, params string[] values) => new JsonObject
        {
            ["id"] = id,
            ["name"] = id,
            ["category"] = category,
            ["type"] = "select",
            ["currentValue"] = values[0],
            ["options"] = new JsonArray([.. values.Select(value => new JsonObject { ["value"] = value, ["name"] = value })]),
        };
        opened["configOptions"] = new JsonArray(Option("model", "model", "small", "vendor/large"), Option("effort", "thought_level", "low", "high"));
        return opened;
    }

    AcpConversation? Recall(string id)
    {
        if (_sessions.TryGetValue(id, out var known)) return known;
        if (Memory is not { } folder || !File.Exists(Path.Combine(folder, id))) return null;
        var session = new AcpConversation(this, id);
        session.Heard.AddRange(File.ReadAllLines(Path.Combine(folder, id)));
        return session;
    }

    async Task OpenAsync(JsonNode? id, string sessionId, JsonNode parameters, JsonObject opened)
    {
        var session = Recall(sessionId) ?? new AcpConversation(this, sessionId);
        _sessions[sessionId] = session;
        if (parameters["mcpServers"]!.AsArray() is [{ } server, ..])
        {
            session.Tools = new HttpClient { BaseAddress = new Uri((string)server["url"]!) };
            foreach (var header in server["headers"]!.AsArray()) session.Tools.DefaultRequestHeaders.Add((string)header!["name"]!, (string)header["value"]!);
            await session.McpAsync("initialize", new() { ["protocolVersion"] = "2025-06-18" });
            await session.McpAsync("notifications/initialized", []);
            session.Offered = (await session.McpAsync("tools/list", []))!["result"]!["tools"]!.AsArray().Select(tool => (string)tool!["name"]!).ToList();
        }
        opened["sessionId"] = sessionId;
        Reply(id, opened);
        session.Update(new() { ["sessionUpdate"] = "available_commands_update", ["availableCommands"] = new JsonArray() });
    }

    async Task PromptAsync(AcpConversation session, JsonNode? id, JsonArray prompt)
    {
        try
        {
            var stop = await session.AnswerAsync(prompt);
            if (stop is not null) Reply(id, new() { ["stopReason"] = stop, ["usage"] = new JsonObject { ["inputTokens"] = 100, ["outputTokens"] = 20, ["totalTokens"] = 120 } });
        }
        catch (OperationCanceledException)
        {
            Reply(id, new() { ["stopReason"] = "cancelled" });
        }
        catch (AcpRefusal refusal)
        {
            Refuse(id, refusal.Code, refusal.Message);
        }
    }

    void Reply(JsonNode? id, JsonObject result) => Say(new() { ["id"] = id, ["result"] = result });

    void Refuse(JsonNode? id, int code, string message) => Say(new() { ["id"] = id, ["error"] = new JsonObject { ["code"] = code, ["message"] = message } });
}

/// <summary>An answer that is an error.</summary>
sealed class AcpRefusal(int code, string message) : Exception(message)
{
    public int Code => code;
}
