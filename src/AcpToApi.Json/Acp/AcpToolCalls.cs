using System.Text.Json;
using AcpToApi.Json.Mcp;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Acp;

/// <summary>
/// The calls of a turn. An agent may announce a call before it knows its arguments, and tell more in updates: a call is told on once its arguments are
/// known, it runs, or it has ended. Calls of the client's tools are kept apart; they come by the tool server.
/// </summary>
sealed class AcpToolCalls(McpToolServer? clients)
{
    readonly Dictionary<string, Call> _calls = new(StringComparer.Ordinal);

    /// <summary>The calls of the client's tools that the agent waits for now, as far as it announced them.</summary>
    public List<AnnouncedCall> OfClient { get; } = [];

    /// <summary>Takes an update, or the call that a permission is asked for.</summary>
    public void Take(ref AcpUpdate update, IAgentSink? sink)
    {
        if (update.CallId.IsEmpty) return;
        var id = update.CallId.ToString();
        var isNew = !_calls.TryGetValue(id, out var call);
        if (call is null) _calls[id] = call = new Call();
        if (isNew && ToolOfClient(update) is { } tool) OfClient.Add(call.Client = new AnnouncedCall(tool));
        if (call.Ended) return;
        var failed = update.Status.Is("failed"u8);
        var ended = failed || update.Status.Is("completed"u8);
        if (call.Client is { } announced)
        {
            if (!update.RawInput.IsEmpty) announced.Arguments = update.RawInput.ToArray();
            if (ended) OfClient.Remove(announced);
            call.Ended = ended;
            return;
        }
        if (call.Name is null || !update.ToolName.IsEmpty) call.Name = NameOf(update);
        if (!update.Title.IsEmpty) call.Title = update.Title.Keep();
        if (update.RawInput.Length > 2) call.Input = update.RawInput.ToArray();
        if (sink is null) return;
        // Arguments of a call that is only announced may still grow.
        var isRunning = ended || update.Status.Is("in_progress"u8) || (update.Status.IsEmpty && call.Input is not null);
        if (isRunning) Tell(call, update.CallId, sink);
        if (!ended) return;
        call.Ended = true;
        using var result = new PooledBuffer();
        WriteResult(ref update, result);
        sink.OwnToolResult(update.CallId, JsonText.Plain(result.Written), failed);
    }

    /// <summary>Tells the calls that were announced and never ran.</summary>
    public void TellRest(IAgentSink? sink)
    {
        if (sink is null) return;
        foreach (var (id, call) in _calls)
        {
            if (call.Client is null) Tell(call, JsonString.Of(id).Text, sink);
        }
    }

    static void Tell(Call call, JsonText id, IAgentSink sink)
    {
        if (call.Told) return;
        call.Told = true;
        sink.OwnToolStart(id, call.Name!.Value.Text);
        if (call.Input is { } input) sink.OwnToolArguments(JsonText.Plain(input));
        else if (call.Title is { } title && title.ToString() != call.Name.ToString())
        {
            // An agent that does not tell the arguments (gemini-cli) sums them up in the title.
            using var arguments = new PooledBuffer();
            arguments.Write("{\"title\":"u8);
            arguments.WriteString(title.Text);
            arguments.Write((byte)'}');
            sink.OwnToolArguments(JsonText.Plain(arguments.Written));
        }
        sink.OwnToolEnd();
    }

    string? ToolOfClient(in AcpUpdate update) => clients?.InTitle(update.Title.ToString()) ?? clients?.InTitle(update.ToolName.ToString());

    // A title is for people to read, unless it is nothing but a name.
    static JsonString NameOf(in AcpUpdate update)
    {
        if (!update.ToolName.IsEmpty) return update.ToolName.Keep();
        if (!update.Title.IsEmpty && ToolNames.Fit(update.Title.Keep(), 64) is var fitted && update.Title.Is(fitted.Bytes.Span)) return fitted;
        return update.ToolKind.IsEmpty ? JsonString.Of("tool") : update.ToolKind.Keep();
    }

    static void WriteResult(ref AcpUpdate update, PooledBuffer output)
    {
        if (update.Content.TokenType == JsonTokenType.StartArray)
        {
            while (update.Content.Read() && update.Content.TokenType == JsonTokenType.StartObject) WriteContent(ref update.Content, output);
        }
        if (output.Length > 0 || update.RawOutput.IsEmpty) return;
        if (update.RawOutput[0] == '"') JsonText.Escaped(update.RawOutput[1..^1]).WriteDecoded(output);
        else output.Write(update.RawOutput);
    }

    // {"type":"content","content":{"type":"text","text":...}}, {"type":"diff","path":...}, {"type":"terminal",...}
    static void WriteContent(ref Utf8JsonReader json, PooledBuffer output)
    {
        JsonText text = default, path = default;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("path"u8)) path = json.ReadText();
            else if (!json.ValueTextEquals("content"u8)) json.SkipValue();
            else
            {
                json.Read();
                if (json.TokenType != JsonTokenType.StartObject) continue;
                while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
                {
                    if (json.ValueTextEquals("text"u8)) text = json.ReadText();
                    else json.SkipValue();
                }
            }
        }
        if (output.Length > 0 && !(text.IsEmpty && path.IsEmpty)) output.Write((byte)'\n');
        text.WriteDecoded(output);
        if (path.IsEmpty) return;
        output.Write("changed "u8);
        path.WriteDecoded(output);
    }

    sealed class Call
    {
        public JsonString? Name;
        public JsonString? Title;
        public byte[]? Input;
        public AnnouncedCall? Client;
        public bool Told;
        public bool Ended;
    }
}
