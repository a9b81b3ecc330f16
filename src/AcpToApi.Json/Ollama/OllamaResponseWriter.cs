using System.Globalization;
using System.Text;
using AcpToApi.Json.Model;
using AcpToApi.Json.Sinks;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Ollama;

/// <summary>Writes a whole answer of <c>/api/chat</c>, which is the last line of a stream with the message in it.</summary>
static class OllamaResponseWriter
{
    /// <summary>What is said where a filter left nothing to say: the dialect has no reason to end for that.</summary>
    public static ReadOnlySpan<byte> Blocked => "The provider's filter has blocked this."u8;

    /// <summary>Appends the body.</summary>
    public static void Write(ResponseCollector answer, ResponseContext context, PooledBuffer output)
    {
        WriteHead(answer.Model.Text, context, output);
        output.Write(",\"message\":{\"role\":\"assistant\",\"content\":\""u8);
        WriteText(answer, output);
        WriteImages(answer, output);
        WriteCalls(answer, output);
        output.Write((byte)'}');
        WriteLogprobs(answer, output);
        WriteEnd(answer.Finished ?? StopReason.EndTurn, answer.Counts, context, default, output);
    }

    /// <summary>Appends how likely the tokens of an answer were, if that is known.</summary>
    public static void WriteLogprobs(ResponseCollector answer, PooledBuffer output)
    {
        using var tokens = new PooledBuffer();
        answer.JoinLogprobs(tokens);
        WriteLogprobs(tokens, output);
    }

    /// <summary>Appends <c>,"logprobs":[…]</c>, if there are any.</summary>
    public static void WriteLogprobs(PooledBuffer tokens, PooledBuffer output)
    {
        if (tokens.Length == 0) return;
        output.Write(",\"logprobs\":["u8);
        output.Write(tokens.Written);
        output.Write((byte)']');
    }

    /// <summary>Appends the text and its closing quotation mark, and the thinking if there is any.</summary>
    public static void WriteText(ResponseCollector answer, PooledBuffer output)
    {
        var start = output.Length;
        foreach (var block in answer.Blocks)
        {
            if (block.Kind is AnswerBlockKind.Text or AnswerBlockKind.Refusal) output.Write(block.Content.Written);
        }
        if (answer.Finished == StopReason.ContentFilter && output.Length == start) output.Write(Blocked);
        output.Write((byte)'"');
        WriteThinking(answer, output);
    }

    /// <summary>Appends the brace and the fields that every line begins with.</summary>
    public static void WriteHead(JsonText model, ResponseContext context, PooledBuffer output)
    {
        output.Write("{\"model\":"u8);
        output.WriteString(model.IsEmpty ? context.Model.Text : model);
        output.Write(",\"created_at\":\""u8);
        var created = DateTimeOffset.FromUnixTimeSeconds(context.Created);
        output.Write(Encoding.UTF8.GetBytes(created.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture)));
        output.Write((byte)'"');
    }

    /// <summary>Appends one call.</summary>
    public static void WriteCall(int index, JsonText id, JsonText name, JsonText arguments, PooledBuffer output)
    {
        output.Write((byte)'{');
        if (!id.IsEmpty)
        {
            output.Write("\"id\":"u8);
            output.WriteString(id);
            output.Write((byte)',');
        }
        output.Write("\"function\":{\"index\":"u8);
        output.Write(index);
        output.Write(",\"name\":"u8);
        output.WriteString(name);
        output.Write(",\"arguments\":"u8);
        var start = output.Length;
        ArgumentsObject.Write(arguments, output);
        output.JoinLines(start);
        output.Write("}}"u8);
    }

    /// <summary>
    /// Appends the fields of the last line, and its brace. Until the first piece came (<paramref name="first"/>, if that is known) the prompt was
    /// evaluated, then the answer made; clients compute tokens a second of it.
    /// </summary>
    public static void WriteEnd(StopReason reason, TokenUsage? usage, ResponseContext context, TimeSpan first, PooledBuffer output)
    {
        output.Write(",\"done\":true,\"done_reason\":\""u8);
        output.Write(reason is StopReason.MaxTokens or StopReason.ContextWindow ? "length"u8 : "stop"u8);
        output.Write((byte)'"');
        var total = context.Elapsed?.Invoke();
        if (total is { } time)
        {
            WriteTime(",\"total_duration\":"u8, time, output);
            WriteTime(",\"load_duration\":"u8, default, output);
        }
        if (usage is { } counts)
        {
            output.Write(",\"prompt_eval_count\":"u8);
            output.Write(counts.Input);
            if (total is not null) WriteTime(",\"prompt_eval_duration\":"u8, first, output);
            output.Write(",\"eval_count\":"u8);
            output.Write(counts.Output);
            if (total is { } whole) WriteTime(",\"eval_duration\":"u8, whole - first, output);
        }
        output.Write((byte)'}');
    }

    static void WriteTime(ReadOnlySpan<byte> field, TimeSpan time, PooledBuffer output)
    {
        output.Write(field);
        output.Write((long)time.TotalNanoseconds);
    }

    static void WriteThinking(ResponseCollector answer, PooledBuffer output)
    {
        var any = false;
        foreach (var block in answer.Blocks)
        {
            if (block.Kind != AnswerBlockKind.Reasoning) continue;
            if (!any) output.Write(",\"thinking\":\""u8);
            output.Write(block.Content.Written);
            any = true;
        }
        if (any) output.Write((byte)'"');
    }

    static void WriteImages(ResponseCollector answer, PooledBuffer output)
    {
        var any = false;
        foreach (var block in answer.Blocks)
        {
            if (block.Kind != AnswerBlockKind.Media) continue;
            output.Write(any ? ","u8 : ",\"images\":["u8);
            output.WriteString(JsonText.Escaped(block.Content.Written));
            any = true;
        }
        if (any) output.Write((byte)']');
    }

    static void WriteCalls(ResponseCollector answer, PooledBuffer output)
    {
        var index = 0;
        foreach (var block in answer.Blocks)
        {
            if (block.Kind != AnswerBlockKind.ToolCall) continue;
            output.Write(index == 0 ? ",\"tool_calls\":["u8 : ","u8);
            WriteCall(index++, block.Id.Text, block.Name.Text, JsonText.Escaped(block.Content.Written), output);
        }
        if (index > 0) output.Write((byte)']');
    }
}
