using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Ollama;

/// <summary>Writes the body of <c>/api/chat</c>; what has no place there is named as ignored.</summary>
sealed class OllamaRequestWriter(ChatRequest request, UpstreamTarget target, PooledBuffer output, IgnoredFields ignored)
{
    const int MaxIdLength = 64;

    readonly Dictionary<string, JsonString> _names = [];
    bool _someMessage;

    bool IsOwnFormat => request.Format == WireFormat.Ollama;

    /// <summary>Appends the body. Throws <see cref="BridgeException"/> when the request cannot be carried at all.</summary>
    public void Write()
    {
        output.Write("{\"model\":"u8);
        output.WriteString(target.Model.Text);
        output.Write(",\"messages\":["u8);
        foreach (var message in request.Messages) WriteMessage(message);
        output.Write((byte)']');
        WriteTools();
        WriteFormat();
        WriteThink();
        WriteOptions();
        WriteLogprobs();
        foreach (var (name, json) in request.Extras)
        {
            if (!IsOwnFormat) ignored.Add(name);
            else if (!name.StartsWith("options.", StringComparison.Ordinal)) WriteRaw(name, json.Span);
        }
        ignored.AddIf(request.User is not null, "user");
        output.Write(target.Stream ? ",\"stream\":true}"u8 : ",\"stream\":false}"u8);
    }

    void WriteMessage(Message message)
    {
        if (message.Role == Role.Tool)
        {
            foreach (var part in message.Parts)
            {
                if (part is ToolResultPart result) WriteResult(result);
            }
            return;
        }
        Begin(message.Role switch { Role.System => "system"u8, Role.Assistant => "assistant"u8, _ => "user"u8 });
        WriteContent(message.Parts, message.Role == Role.User ? default : "\\n"u8);
        WriteThinking(message.Parts);
        WriteCalls(message.Parts);
        output.Write((byte)'}');
    }

    void WriteResult(ToolResultPart result)
    {
        Begin("tool"u8);
        WriteContent(result.Content, "\\n"u8, result.IsError ? "Error: "u8 : default);
        if (_names.TryGetValue(result.CallId.ToString(), out var name))
        {
            output.Write(",\"tool_name\":"u8);
            output.WriteString(name.Text);
        }
        output.Write(",\"tool_call_id\":"u8);
        output.WriteString(ToolNames.FitId(result.CallId, MaxIdLength).Text);
        output.Write((byte)'}');
    }

    void Begin(ReadOnlySpan<byte> role)
    {
        output.Write(_someMessage ? ",{\"role\":\""u8 : "{\"role\":\""u8);
        output.Write(role);
        output.Write((byte)'"');
        _someMessage = true;
    }

    // One string, and beside it the pictures as raw base64. What a user says in several parts is one text, as in OpenAI's form; blocks of
    // instructions and of results are texts of their own.
    void WriteContent(List<Part> parts, ReadOnlySpan<byte> between, ReadOnlySpan<byte> before = default)
    {
        output.Write(",\"content\":\""u8);
        output.Write(before);
        var some = false;
        var images = new List<JsonString>();
        foreach (var part in parts)
        {
            var text = part switch
            {
                TextPart said => said.Text,
                MediaPart { PlainText: { } plain } => plain,
                MediaPart { Kind: MediaKind.Image, Data: { } data } => Image(data),
                MediaPart media => throw Unsupported(media),
                OpaquePart opaque => Ignore(opaque),
                _ => default,
            };
            if (text.IsEmpty) continue;
            if (some) output.Write(between);
            text.Text.WriteEscaped(output);
            some = true;
        }
        output.Write((byte)'"');
        for (var i = 0; i < images.Count; i++)
        {
            output.Write(i == 0 ? ",\"images\":["u8 : ","u8);
            output.WriteString(images[i].Text);
        }
        if (images.Count > 0) output.Write((byte)']');

        JsonString Image(JsonString data)
        {
            images.Add(data);
            return default;
        }
    }

    JsonString Ignore(OpaquePart part)
    {
        ignored.Add("content." + part.Name);
        return default;
    }

    static BridgeException Unsupported(MediaPart media) => new(BridgeError.InvalidRequest(
        media.Url is not null ? "This model takes pictures inline (base64) only, not by URL." : $"This model takes no {media.Kind.ToString().ToLowerInvariant()} input.", "messages"));

    void WriteThinking(List<Part> parts)
    {
        foreach (var part in parts)
        {
            if (part is not ReasoningPart reasoning) continue;
            output.Write(",\"thinking\":"u8);
            output.WriteString(reasoning.Text.Text);
            return;
        }
    }

    void WriteCalls(List<Part> parts)
    {
        var separator = ",\"tool_calls\":[{\"id\":"u8;
        foreach (var part in parts)
        {
            if (part is not ToolCallPart call) continue;
            var name = ToolNames.Fit(call.Name, WireFormat.Ollama.MaxToolNameLength);
            _names[call.Id.ToString()] = name;
            output.Write(separator);
            output.WriteString(ToolNames.FitId(call.Id, MaxIdLength).Text);
            output.Write(",\"function\":{\"name\":"u8);
            output.WriteString(name.Text);
            output.Write(",\"arguments\":"u8);
            ArgumentsObject.Write(call.Arguments.Text, output);
            output.Write("}}"u8);
            separator = ",{\"id\":"u8;
        }
        if (separator.Length < 10) output.Write((byte)']');
    }

    // There is no tool_choice: "none" is the same as offering nothing, other wishes cannot be told.
    void WriteTools()
    {
        ignored.AddIf(request.ParallelToolCalls is false, "parallel_tool_calls");
        if (request.ToolChoice is { Kind: ToolChoiceKind.None } || request.Tools.Count == 0) return;
        ignored.AddIf(request.ToolChoice is { Kind: not ToolChoiceKind.Auto }, "tool_choice");
        var separator = ",\"tools\":["u8;
        foreach (var tool in request.Tools)
        {
            output.Write(separator);
            output.Write("{\"type\":\"function\",\"function\":{\"name\":"u8);
            output.WriteString(ToolNames.Fit(tool.Name, WireFormat.Ollama.MaxToolNameLength).Text);
            if (tool.Description is { } description)
            {
                output.Write(",\"description\":"u8);
                output.WriteString(description.Text);
            }
            output.Write(",\"parameters\":"u8);
            output.Write(tool.Schema is { } schema ? schema.Span : "{\"type\":\"object\",\"properties\":{}}"u8);
            output.Write("}}"u8);
            separator = ","u8;
        }
        output.Write((byte)']');
    }

    void WriteFormat()
    {
        if (request.ResponseFormat is not { } format) return;
        output.Write(",\"format\":"u8);
        output.Write(format.Schema is { } schema ? schema.Span : "\"json\""u8);
    }

    // gpt-oss knows levels and nothing else; other models can only be told yes or no.
    void WriteThink()
    {
        if (request.Reasoning is not { } asked) return;
        var off = asked.Mode == ReasoningMode.Disabled || asked.Effort == "none";
        var hasLevels = target.Model.ToString().Contains("gpt-oss", StringComparison.Ordinal);
        ignored.AddIf(hasLevels && off, "reasoning_effort");
        output.Write(",\"think\":"u8);
        if (hasLevels) output.WriteString(off ? "low" : LevelOf(asked));
        else output.WriteBool(!off);
    }

    static string LevelOf(ReasoningRequest asked) => asked switch
    {
        { Effort: "minimal" or "low" } or { Effort: null, BudgetTokens: <= 2048 } => "low",
        { Effort: "medium" } or { Effort: null, BudgetTokens: null or <= 8192 } => "medium",
        _ => "high",
    };

    void WriteLogprobs()
    {
        if (request.Sampling.Logprobs is not { } most) return;
        output.Write(",\"logprobs\":true"u8);
        if (most == 0) return;
        output.Write(",\"top_logprobs\":"u8);
        output.Write(most);
    }

    void WriteOptions()
    {
        var sampling = request.Sampling;
        var start = output.Length;
        Option("num_predict", sampling.MaxOutputTokens);
        Option("temperature", sampling.Temperature);
        Option("top_p", sampling.TopP);
        Option("top_k", sampling.TopK);
        Option("seed", sampling.Seed);
        Option("frequency_penalty", sampling.FrequencyPenalty);
        Option("presence_penalty", sampling.PresencePenalty);
        if (sampling.Stop.Count > 0)
        {
            var separator = ",\"stop\":["u8;
            foreach (var stop in sampling.Stop)
            {
                output.Write(separator);
                output.WriteString(stop.Text);
                separator = ","u8;
            }
            output.Write((byte)']');
        }
        foreach (var (name, json) in request.Extras)
        {
            if (IsOwnFormat && name.StartsWith("options.", StringComparison.Ordinal)) WriteRaw(name["options.".Length..], json.Span);
        }
        ignored.AddIf(sampling.Count > 1, "n");
        if (output.Length == start) return;
        var fields = output.Written[(start + 1)..].ToArray();
        output.Truncate(start);
        output.Write(",\"options\":{"u8);
        output.Write(fields);
        output.Write((byte)'}');
    }

    void Option(string name, double? value)
    {
        if (value is not { } number) return;
        output.Write((byte)',');
        output.WriteString(name);
        output.Write((byte)':');
        output.WriteNumber(number);
    }

    void WriteRaw(string name, ReadOnlySpan<byte> json)
    {
        output.Write((byte)',');
        output.WriteString(name);
        output.Write((byte)':');
        output.Write(json);
    }
}
