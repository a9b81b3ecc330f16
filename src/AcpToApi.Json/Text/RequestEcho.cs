using AcpToApi.Json.Model;

namespace AcpToApi.Json.Text;

/// <summary>Writes a neutral request as JSON, for people who want to see what was understood. Large data is told by its size.</summary>
public sealed class RequestEcho(PooledBuffer output)
{
    bool _isFirst;

    /// <summary>Appends the object.</summary>
    public void Write(ChatRequest request)
    {
        Begin();
        Text("format", request.Format.Name);
        Text("model", request.Model);
        Raw("stream", request.Stream ? "true"u8 : "false"u8);
        Array("messages", request.Messages, Write);
        if (request.Tools.Count > 0) Array("tools", request.Tools, Write);
        if (request.ToolChoice is { } choice) Text("tool_choice", choice.Kind == ToolChoiceKind.Tool ? $"Tool {choice.Name}" : choice.Kind.ToString());
        if (request.ParallelToolCalls is { } parallel) Raw("parallel_tool_calls", parallel ? "true"u8 : "false"u8);
        Write(request.Sampling);
        if (request.Reasoning is { } reasoning)
        {
            Text("reasoning", reasoning.Mode.ToString());
            if (reasoning.Effort is { } effort) Text("reasoning_effort", effort);
            Number("reasoning_budget", reasoning.BudgetTokens);
        }
        if (request.ResponseFormat is { } format) Raw("response_format", format.Schema is { } schema ? schema.Span : "\"json\""u8);
        if (request.User is { } user) Text("user", user);
        if (request.PreviousResponseId is { } previous) Text("previous_response_id", previous);
        if (request.Extras.Count > 0) Array("extras", request.Extras, Write);
        End();
    }

    void Write(Sampling sampling)
    {
        Number("max_output_tokens", sampling.MaxOutputTokens);
        Number("temperature", sampling.Temperature);
        Number("top_p", sampling.TopP);
        Number("top_k", sampling.TopK);
        Number("seed", sampling.Seed);
        Number("frequency_penalty", sampling.FrequencyPenalty);
        Number("presence_penalty", sampling.PresencePenalty);
        Number("logprobs", sampling.Logprobs);
        if (sampling.Count > 1) Number("count", sampling.Count);
        if (sampling.Stop.Count > 0) Array("stop", sampling.Stop, stop => output.WriteString(stop.Text));
    }

    void Write(Message message)
    {
        Begin();
        Text("role", message.Role.ToString());
        if (message.Name is { } name) Text("name", name);
        Array("parts", message.Parts, Write);
        End();
    }

    void Write(Part part)
    {
        Begin();
        Text("type", part.GetType().Name[..^"Part".Length]);
        switch (part)
        {
            case TextPart text:
                Text("text", text.Text);
                break;
            case ReasoningPart reasoning:
                Text("text", reasoning.Text);
                if (reasoning.Signature is { } signature) Text("signature", signature);
                break;
            case RedactedReasoningPart redacted:
                Number("data_bytes", redacted.Data.Bytes.Length);
                break;
            case ToolCallPart call:
                Text("id", call.Id);
                Text("name", call.Name);
                Text("arguments", call.Arguments);
                break;
            case ToolResultPart result:
                Text("call_id", result.CallId);
                if (result.IsError) Raw("is_error", "true"u8);
                Array("content", result.Content, Write);
                break;
            case MediaPart media:
                Write(media);
                break;
            case OpaquePart opaque:
                Text("name", opaque.Name);
                Raw("json", opaque.Json.Span);
                break;
        }
        if (part.CacheControl is { } marker) Raw("cache_control", marker.Span);
        End();
    }

    void Write(MediaPart media)
    {
        Text("kind", media.Kind.ToString());
        if (media.MediaType is { } type) Text("media_type", type);
        if (media.Data is { } data) Number("data_bytes", data.Bytes.Length);
        if (media.Url is { } url) Text("url", url);
        if (media.FileId is { } file) Text("file_id", file);
        if (media.PlainText is { } plain) Text("text", plain);
        if (media.Name is { } name) Text("name", name);
    }

    void Write(ToolDefinition tool)
    {
        Begin();
        Text("name", tool.Name);
        if (tool.Description is { } description) Text("description", description);
        if (tool.Schema is { } schema) Raw("schema", schema.Span);
        if (tool.Strict is { } strict) Raw("strict", strict ? "true"u8 : "false"u8);
        End();
    }

    void Write(ExtraField field)
    {
        Begin();
        Text("name", field.Name);
        Raw("json", field.Json.Span);
        End();
    }

    void Begin()
    {
        output.Write((byte)'{');
        _isFirst = true;
    }

    void End()
    {
        output.Write((byte)'}');
        _isFirst = false;
    }

    void Name(string name)
    {
        if (!_isFirst) output.Write((byte)',');
        _isFirst = false;
        output.WriteString(name);
        output.Write((byte)':');
    }

    void Text(string name, JsonString text)
    {
        Name(name);
        output.WriteString(text.Text);
    }

    void Text(string name, string text)
    {
        Name(name);
        output.WriteString(text);
    }

    void Number(string name, double? number)
    {
        if (number is not { } value) return;
        Name(name);
        output.WriteNumber(value);
    }

    void Raw(string name, ReadOnlySpan<byte> json)
    {
        Name(name);
        output.Write(json);
    }

    void Array<T>(string name, List<T> items, Action<T> write)
    {
        Name(name);
        output.Write((byte)'[');
        for (var i = 0; i < items.Count; i++)
        {
            if (i > 0) output.Write((byte)',');
            write(items[i]);
        }
        output.Write((byte)']');
    }
}
