using System.Text.Json.Nodes;

namespace FakeAgent;

/// <summary>
/// One turn of a session, in the order of events that the real servers keep:
/// <code>
/// &lt;&lt;say TEXT>> &lt;&lt;think TEXT>> &lt;&lt;whole TEXT>>         text and reasoning word by word; text at once
/// &lt;&lt;own NAME {json} => RESULT>> &lt;&lt;bad NAME TEXT>>   a tool of its own; one that fails without having run
/// &lt;&lt;tool NAME {json}>> &lt;&lt;tools NAME {json} &amp; NAME {json}>>   tools of the client, one or several at once
/// &lt;&lt;ask NAME>> &lt;&lt;question>> &lt;&lt;child NAME>>           asks for permission, asks the user; a session of its own asks for permission
/// &lt;&lt;step>> &lt;&lt;again>> &lt;&lt;retry N>>               another message; the step once more from its start; a retry before anything was said
/// &lt;&lt;echo>> &lt;&lt;structured {json}>> &lt;&lt;finish REASON>>    the prompt as it came; an answer with a schema; how it ends
/// &lt;&lt;slow MS>> &lt;&lt;huge MB>> &lt;&lt;noise>>             between words; so much in pieces of 64 KB; events of others
/// &lt;&lt;late MS>> &lt;&lt;deaf>>                         the reply, or calls of tools in the other order, come before events; the streams of events break off
/// &lt;&lt;error STATUS TEXT>> &lt;&lt;unknown TEXT>> &lt;&lt;crash>> &lt;&lt;hang>>
/// </code>
/// </summary>
sealed class OpenCodeTurn(OpenCodeServe serve, string session, JsonNode prompt, Func<int, string, Task> reply)
{
    readonly List<(string Type, string Text)> _said = [];
    readonly JsonArray _parts = [];
    readonly JsonObject _info = [];
    readonly List<Action> _late = [];
    string _message = "";
    bool _isLate;
    int _pause;

    public async Task RunAsync(CancellationToken stop)
    {
        var texts = prompt["parts"]!.AsArray().Where(part => (string?)part!["type"] == "text").Select(part => (string)part!["text"]!).ToList();
        var asked = texts[^1];
        var steps = Script.Of(asked);
        var user = serve.NextId("msg");
        Tell("message.updated", new JsonObject { ["info"] = new JsonObject { ["id"] = user, ["role"] = "user", ["sessionID"] = session } });
        foreach (var text in texts) Tell("message.part.updated", new JsonObject { ["part"] = new JsonObject { ["id"] = serve.NextId("prt"), ["type"] = "text", ["text"] = text, ["messageID"] = user, ["sessionID"] = session } });
        Tell("session.status", Status("busy"));
        Begin();
        try
        {
            foreach (var step in steps)
            {
                if (await FailAsync(step, stop)) return;
                await PlayAsync(step, stop);
            }
            EndStep();
        }
        catch (OperationCanceledException)
        {
            _info["error"] = new JsonObject { ["name"] = "MessageAbortedError", ["data"] = new JsonObject { ["message"] = "Aborted" } };
            Tell("session.error", new JsonObject { ["error"] = _info["error"]!.DeepClone() });
            Idle();
        }
        await EndAsync();
    }

    void Begin()
    {
        _message = serve.NextId("msg");
        _parts.Clear();
        Tell("message.updated", new JsonObject { ["info"] = Info() });
        Part(new JsonObject { ["type"] = "step-start" });
    }

    JsonObject Info(bool completed = false)
    {
        var info = (JsonObject)_info.DeepClone();
        info["id"] = _message;
        info["role"] = "assistant";
        info["sessionID"] = session;
        info["tokens"] = completed ? Tokens() : new JsonObject { ["input"] = 0, ["output"] = 0, ["reasoning"] = 0, ["cache"] = new JsonObject { ["read"] = 0, ["write"] = 0 } };
        info["time"] = completed ? new JsonObject { ["created"] = 1, ["completed"] = 2 } : new JsonObject { ["created"] = 1 };
        return info;
    }

    static JsonObject Tokens() => new() { ["total"] = 120, ["input"] = 60, ["output"] = 15, ["reasoning"] = 5, ["cache"] = new JsonObject { ["read"] = 30, ["write"] = 10 } };

    void EndStep()
    {
        Part(new JsonObject { ["type"] = "step-finish", ["reason"] = "stop", ["tokens"] = Tokens(), ["cost"] = 0 });
        _info["finish"] ??= "stop";
        Tell("message.updated", new JsonObject { ["info"] = Info(completed: true) });
    }

    async Task EndAsync()
    {
        Tell("message.updated", new JsonObject { ["info"] = Info(completed: true) });
        Idle();
        await reply(200, new JsonObject { ["info"] = Info(completed: true), ["parts"] = _parts.DeepClone() }.ToJsonString());
        await TellLateAsync();
        Tell("session.updated", new JsonObject { ["info"] = new JsonObject { ["id"] = session } });
    }

    void Idle()
    {
        Tell("session.status", Status("idle"));
        Tell("session.idle", []);
    }

    async Task PlayAsync(Step step, CancellationToken stop)
    {
        switch (step.Name)
        {
            case "say":
                await SayAsync("text", step.Text, stop);
                break;
            case "think":
                await SayAsync("reasoning", step.Text, stop);
                break;
            case "whole":
                Part(new JsonObject { ["type"] = "text", ["text"] = step.Text });
                break;
            case "echo":
                await SayAsync("text", prompt.ToJsonString(), stop);
                break;
            case "own":
                var halves = step.Rest.Split(" => ");
                Tool(step.First, JsonNode.Parse(halves[0])!, "completed", halves[1]);
                break;
            case "bad":
                Tool(step.First, new JsonObject { ["nope"] = 1 }, "error", step.Rest, ran: false);
                break;
            case "ask":
                await AskAsync(step.First, session);
                break;
            case "child":
                var child = serve.NextId("ses");
                serve.Tell("session.created", new JsonObject { ["sessionID"] = child, ["info"] = new JsonObject { ["id"] = child, ["parentID"] = session } });
                await AskAsync(step.First, child);
                break;
            case "question":
                var question = serve.NextId("que");
                Tell("question.asked", new JsonObject { ["id"] = question, ["questions"] = new JsonArray() });
                await SayAsync("text", await serve.AskAsync(question), stop);
                break;
            case "step":
                EndStep();
                _info.Remove("finish");
                _said.Clear();
                Begin();
                break;
            case "again":
                Tell("session.status", Status("retry", 1));
                Part(new JsonObject { ["type"] = "step-start" });
                foreach (var (type, text) in _said.ToList()) await SayAsync(type, text, stop);
                break;
            case "retry":
                for (var attempt = 1; attempt <= step.Number; attempt++) Tell("session.status", Status("retry", attempt));
                Tell("session.status", Status("busy"));
                break;
            case "huge":
                await HugeAsync(step.Number, stop);
                break;
            case "noise":
                Noise();
                break;
            case "tool":
                await CallAsync([step], stop);
                break;
            case "tools":
                await CallAsync([.. step.Text.Split(" & ").Select(call => new Step("tool", call))], stop);
                break;
            case "structured":
                Tool("StructuredOutput", JsonNode.Parse(step.Text)!, "completed", "captured");
                _info["structured"] = JsonNode.Parse(step.Text);
                _info["finish"] = "tool-calls";
                break;
            case "finish":
                _info["finish"] = step.Text;
                break;
            case "slow":
                _pause = step.Number;
                break;
            case "late":
                (_isLate, _pause) = (true, step.Number);
                break;
            case "deaf":
                serve.DropListeners();
                break;
            case "hang":
                await Task.Delay(Timeout.Infinite, stop);
                break;
        }
    }

    async Task<bool> FailAsync(Step step, CancellationToken stop)
    {
        switch (step.Name)
        {
            case "error":
                _info["error"] = new JsonObject
                {
                    ["name"] = "APIError",
                    ["data"] = new JsonObject { ["message"] = step.Rest, ["statusCode"] = step.Number, ["isRetryable"] = false, ["responseHeaders"] = new JsonObject { ["retry-after"] = "7" } },
                };
                Tell("session.error", new JsonObject { ["error"] = _info["error"]!.DeepClone() });
                await EndAsync();
                return true;
            case "unknown":
                Tell("session.error", new JsonObject { ["error"] = new JsonObject { ["name"] = "UnknownError", ["data"] = new JsonObject { ["message"] = step.Text } } });
                Idle();
                await reply(500, """{"name":"UnknownError","data":{"message":"Unexpected server error. Check server logs for details.","ref":"err_1"}}""");
                return true;
            case "crash":
                // What was said is on its way.
                await Task.Delay(200, stop);
                Environment.Exit(3);
                return true;
            default:
                return false;
        }
    }

    async Task SayAsync(string type, string text, CancellationToken stop)
    {
        var id = serve.NextId("prt");
        Part(new JsonObject { ["id"] = id, ["type"] = type, ["text"] = "" });
        foreach (var piece in Script.Pieces(text))
        {
            if (!_isLate) await Task.Delay(_pause, stop);
            Tell("message.part.delta", new JsonObject { ["messageID"] = _message, ["partID"] = id, ["field"] = "text", ["delta"] = piece });
        }
        _said.Add((type, text));
        Part(new JsonObject { ["id"] = id, ["type"] = type, ["text"] = text, ["time"] = new JsonObject { ["start"] = 1, ["end"] = 2 } });
    }

    void Tool(string tool, JsonNode input, string status, string result, bool ran = true)
    {
        var (id, call) = (serve.NextId("prt"), serve.NextId("call"));
        JsonObject State(JsonObject state) => new() { ["id"] = id, ["type"] = "tool", ["tool"] = tool, ["callID"] = call, ["state"] = state };
        Part(State(new JsonObject { ["status"] = "pending", ["input"] = new JsonObject(), ["raw"] = "" }));
        // Running is told once more whenever there is news of it.
        for (var i = 0; ran && i < 2; i++) Part(State(new JsonObject { ["status"] = "running", ["input"] = input.DeepClone() }));
        Part(State(new JsonObject { ["status"] = status, ["input"] = input.DeepClone(), [status == "error" ? "error" : "output"] = result }));
    }

    // Tools of the client: those of the one server that the prompt may see.
    async Task CallAsync(Step[] calls, CancellationToken stop)
    {
        var server = prompt["tools"]!.AsObject().First(entry => entry.Key != "*" && (bool)entry.Value!).Key[..^2];
        var told = calls.Select(call => new JsonObject { ["id"] = serve.NextId("prt"), ["type"] = "tool", ["tool"] = $"{server}_{call.First}", ["callID"] = serve.NextId("call") }).ToList();
        void Tool(int i, JsonObject state)
        {
            var part = (JsonObject)told[i].DeepClone();
            part["state"] = state;
            Part(part);
        }
        for (var i = 0; i < calls.Length; i++)
        {
            Tool(i, new JsonObject { ["status"] = "pending", ["input"] = new JsonObject() });
            Tool(i, new JsonObject { ["status"] = "running", ["input"] = JsonNode.Parse(calls[i].Rest) });
        }
        var running = new Task<string>[calls.Length];
        for (var i = 0; i < calls.Length; i++)
        {
            var next = _isLate ? calls.Length - 1 - i : i;
            running[next] = serve.CallAsync(server, calls[next].First, JsonNode.Parse(calls[next].Rest)!).WaitAsync(stop);
            if (_isLate) await Task.Delay(20, stop);
        }
        await TellLateAsync();
        var results = await Task.WhenAll(running);
        for (var i = 0; i < calls.Length; i++) Tool(i, new JsonObject { ["status"] = "completed", ["input"] = JsonNode.Parse(calls[i].Rest), ["output"] = results[i] });
        foreach (var result in results) await SayAsync("text", $"Tool said: {result}. ", stop);
    }

    async Task TellLateAsync()
    {
        if (_isLate) await Task.Delay(_pause);
        foreach (var told in _late) told();
        _late.Clear();
        (_isLate, _pause) = (false, _isLate ? 0 : _pause);
    }

    async Task AskAsync(string tool, string asking)
    {
        var permission = serve.NextId("per");
        serve.Tell("permission.asked", new JsonObject { ["id"] = permission, ["sessionID"] = asking, ["permission"] = tool, ["patterns"] = new JsonArray(), ["metadata"] = new JsonObject(), ["always"] = new JsonArray() });
        var answer = await serve.AskAsync(permission);
        Tool(tool, new JsonObject(), answer == "reject" ? "error" : "completed", $"permission: {answer}");
    }

    async Task HugeAsync(int megabytes, CancellationToken stop)
    {
        var piece = new string('x', 64 * 1024);
        var id = serve.NextId("prt");
        Part(new JsonObject { ["id"] = id, ["type"] = "text", ["text"] = "" });
        for (var i = 0; i < megabytes * 16; i++)
        {
            Tell("message.part.delta", new JsonObject { ["messageID"] = _message, ["partID"] = id, ["field"] = "text", ["delta"] = piece });
            if (i % 16 == 0) await Task.Delay(1, stop);
        }
    }

    void Noise()
    {
        serve.Tell("message.part.delta", new JsonObject { ["sessionID"] = "ses_of_somebody", ["messageID"] = _message, ["partID"] = "prt_of_somebody", ["field"] = "text", ["delta"] = "NOT MINE" });
        serve.Tell("lsp.updated", []);
        Tell("todo.updated", new JsonObject { ["todos"] = new JsonArray() });
        var note = serve.NextId("msg");
        Tell("message.updated", new JsonObject { ["info"] = new JsonObject { ["id"] = note, ["role"] = "assistant", ["summary"] = true } });
        Tell("message.part.updated", new JsonObject { ["part"] = new JsonObject { ["id"] = serve.NextId("prt"), ["type"] = "text", ["text"] = "A NOTE TO ITSELF", ["messageID"] = note } });
    }

    void Part(JsonObject part)
    {
        part["id"] ??= serve.NextId("prt");
        part["messageID"] = _message;
        part["sessionID"] = session;
        var known = _parts.FirstOrDefault(known => (string?)known!["id"] == (string?)part["id"]);
        if (known is not null) _parts[_parts.IndexOf(known)] = part.DeepClone();
        else _parts.Add(part.DeepClone());
        Tell("message.part.updated", new JsonObject { ["part"] = part, ["time"] = 1 });
    }

    static JsonObject Status(string type, int attempt = 0)
    {
        var status = new JsonObject { ["type"] = type };
        if (attempt > 0) (status["attempt"], status["message"], status["next"]) = (attempt, "the provider is overloaded", 1);
        return new JsonObject { ["status"] = status };
    }

    void Tell(string type, JsonObject properties)
    {
        properties["sessionID"] ??= session;
        if (_isLate) _late.Add(() => serve.Tell(type, properties));
        else serve.Tell(type, properties);
    }
}
