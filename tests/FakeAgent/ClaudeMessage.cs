using System.Text;
using System.Text.Json.Nodes;

namespace FakeAgent;

/// <summary>The messages of the model's within one turn, as stream events wrapped into lines and as whole blocks after them.</summary>
sealed class ClaudeMessage(ClaudeProcess process, string model)
{
    readonly StringBuilder _said = new();
    string? _id;
    int _index;

    public string Said => _said.ToString();

    public string LastCall { get; private set; } = "";

    public TimeSpan Pause { get; set; } = TimeSpan.Zero;

    public async Task TextAsync(string text)
    {
        Begin();
        Event(new() { ["type"] = "content_block_start", ["index"] = _index, ["content_block"] = new JsonObject { ["type"] = "text", ["text"] = "" } });
        foreach (var piece in Script.Pieces(text))
        {
            if (Pause > TimeSpan.Zero) await Task.Delay(Pause, process.Interrupted);
            Delta(new() { ["type"] = "text_delta", ["text"] = piece });
        }
        _said.Append(text);
        EndBlock(new() { ["type"] = "text", ["text"] = text });
    }

    public async Task ThinkAsync(string text)
    {
        Begin();
        Event(new() { ["type"] = "content_block_start", ["index"] = _index, ["content_block"] = new JsonObject { ["type"] = "thinking", ["thinking"] = "", ["signature"] = "" } });
        foreach (var piece in Script.Pieces(text))
        {
            if (Pause > TimeSpan.Zero) await Task.Delay(Pause, process.Interrupted);
            Delta(new() { ["type"] = "thinking_delta", ["thinking"] = piece });
        }
        Delta(new() { ["type"] = "signature_delta", ["signature"] = "c2lnbmF0dXJl" });
        EndBlock(new() { ["type"] = "thinking", ["thinking"] = text, ["signature"] = "c2lnbmF0dXJl" });
    }

    public Task ToolAsync(string name, JsonObject arguments)
    {
        Begin();
        LastCall = process.NextId("toolu");
        var block = new JsonObject { ["type"] = "tool_use", ["id"] = LastCall, ["name"] = name, ["input"] = new JsonObject() };
        Event(new() { ["type"] = "content_block_start", ["index"] = _index, ["content_block"] = block });
        var json = arguments.ToJsonString();
        foreach (var piece in new[] { json[..(json.Length / 2)], json[(json.Length / 2)..] }) Delta(new() { ["type"] = "input_json_delta", ["partial_json"] = piece });
        EndBlock(new() { ["type"] = "tool_use", ["id"] = LastCall, ["name"] = name, ["input"] = arguments.DeepClone() });
        return Task.CompletedTask;
    }

    public void Results(params (string Id, string Text, bool IsError)[] results) => process.Write(new()
    {
        ["type"] = "user",
        ["message"] = new JsonObject
        {
            ["role"] = "user",
            ["content"] = new JsonArray([.. results.Select(result => new JsonObject { ["type"] = "tool_result", ["tool_use_id"] = result.Id, ["content"] = result.Text, ["is_error"] = result.IsError })]),
        },
    });

    /// <summary>The message ends; null when the stream just stops.</summary>
    public Task EndAsync(string? reason)
    {
        if (_id is null) return Task.CompletedTask;
        if (reason is not null)
        {
            Event(new() { ["type"] = "message_delta", ["delta"] = new JsonObject { ["stop_reason"] = reason }, ["usage"] = new JsonObject { ["output_tokens"] = 20 } });
            Event(new() { ["type"] = "message_stop" });
        }
        _id = null;
        return Task.CompletedTask;
    }

    /// <summary>The stream breaks after this text: the message is given up, and what follows is another attempt.</summary>
    public async Task AbandonAsync(string text)
    {
        var before = _said.Length;
        await TextAsync(text);
        _said.Length = before;
        process.Write(new()
        {
            ["type"] = "stream_event",
            ["event"] = new JsonObject { ["type"] = "message_stop" },
            ["parent_tool_use_id"] = null,
            ["abandoned_blocks"] = new JsonObject { ["api_message_id"] = _id, ["from_block_index"] = 0 },
        });
        _id = null;
        process.Write(new() { ["type"] = "system", ["subtype"] = "api_retry", ["attempt"] = 1 });
    }

    /// <summary>A whole message without a stream, as after a fault.</summary>
    public Task WholeAsync(string text)
    {
        _said.Append(text);
        Assistant(process.NextId("msg"), new() { ["type"] = "text", ["text"] = text }, "end_turn");
        return Task.CompletedTask;
    }

    void Begin()
    {
        if (_id is not null) return;
        (_id, _index) = (process.NextId("msg"), 0);
        var message = new JsonObject { ["id"] = _id, ["type"] = "message", ["role"] = "assistant", ["model"] = model, ["content"] = new JsonArray(), ["usage"] = new JsonObject { ["input_tokens"] = 100, ["output_tokens"] = 1 } };
        Event(new() { ["type"] = "message_start", ["message"] = message });
    }

    void Delta(JsonObject delta) => Event(new() { ["type"] = "content_block_delta", ["index"] = _index, ["delta"] = delta });

    // The whole block comes before the end of its stream.
    void EndBlock(JsonObject block)
    {
        Assistant(_id!, block, null);
        Event(new() { ["type"] = "content_block_stop", ["index"] = _index++ });
    }

    void Assistant(string id, JsonObject block, string? reason) => process.Write(new()
    {
        ["type"] = "assistant",
        ["parent_tool_use_id"] = null,
        ["message"] = new JsonObject { ["id"] = id, ["model"] = model, ["content"] = new JsonArray(block), ["stop_reason"] = reason, ["usage"] = new JsonObject { ["input_tokens"] = 100, ["output_tokens"] = 20 } },
    });

    void Event(JsonObject data) => process.Write(new() { ["type"] = "stream_event", ["event"] = data, ["session_id"] = "s", ["parent_tool_use_id"] = null });
}
