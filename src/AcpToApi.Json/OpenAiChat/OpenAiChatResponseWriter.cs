using AcpToApi.Json.Model;
using AcpToApi.Json.Sinks;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.OpenAiChat;

/// <summary>Writes a whole <c>chat.completion</c>.</summary>
static class OpenAiChatResponseWriter
{
    /// <summary>Appends the body: a choice for this answer and for each before it.</summary>
    public static void Write(ResponseCollector answer, ResponseContext context, PooledBuffer output)
    {
        var answers = answer.All();
        WriteHead("chat.completion"u8, answers.Peek().Id.Text, answers.Peek().Model.Text, context, output);
        output.Write(",\"choices\":["u8);
        TokenUsage? total = null;
        var index = 0;
        foreach (var each in answers)
        {
            if (index > 0) output.Write((byte)',');
            WriteChoice(each, index++, context, output);
            if (each.Counts is { } counts) total = counts + (total ?? default);
        }
        output.Write((byte)']');
        if (total is { } usage)
        {
            output.Write(",\"usage\":"u8);
            OpenAiChatUsage.Write(usage, output);
        }
        answer.WriteExtras(ExtraScope.Response, output);
        output.Write((byte)'}');
    }

    static void WriteChoice(ResponseCollector answer, int index, ResponseContext context, PooledBuffer output)
    {
        output.Write("{\"index\":"u8);
        output.Write(index);
        output.Write(",\"message\":{\"role\":\"assistant\",\"content\":"u8);
        WriteJoined(answer, AnswerBlockKind.Text, orNull: Has(answer, AnswerBlockKind.ToolCall) || Has(answer, AnswerBlockKind.Refusal), output);
        output.Write(",\"refusal\":"u8);
        WriteJoined(answer, AnswerBlockKind.Refusal, orNull: true, output);
        if (Has(answer, AnswerBlockKind.Reasoning))
        {
            output.Write(",\"reasoning_content\":"u8);
            WriteJoined(answer, AnswerBlockKind.Reasoning, orNull: true, output);
        }
        if (Has(answer, AnswerBlockKind.ToolCall)) WriteCalls(answer, context, output);
        WriteSources(answer, output);
        WriteImages(answer, output);
        answer.WriteExtras(ExtraScope.Message, output);
        output.Write((byte)'}');
        WriteLogprobs(answer, output);
        answer.WriteExtras(ExtraScope.Choice, output);
        output.Write(",\"finish_reason\":\""u8);
        output.Write(OpenAiChatFinish.Name(answer.Finished ?? StopReason.EndTurn));
        output.Write("\"}"u8);
    }

    /// <summary>Appends the brace and the fields that every chunk and answer begins with.</summary>
    public static void WriteHead(ReadOnlySpan<byte> kind, JsonText id, JsonText model, ResponseContext context, PooledBuffer output, string idPrefix = "chatcmpl-")
    {
        output.Write("{\"id\":"u8);
        if (id.IsEmpty) output.WriteString(idPrefix + context.Id);
        else output.WriteString(id);
        output.Write(",\"object\":\""u8);
        output.Write(kind);
        output.Write("\",\"created\":"u8);
        output.Write(context.Created);
        output.Write(",\"model\":"u8);
        output.WriteString(model.IsEmpty ? context.Model.Text : model);
    }

    /// <summary>Appends a call's id as a JSON string; where the upstream gave none, one that is the same each time it is asked for.</summary>
    public static void WriteCallId(int index, JsonText id, ResponseContext context, PooledBuffer output)
    {
        if (id.IsEmpty) output.WriteString($"call_{context.Id}_{index}");
        else output.WriteString(id);
    }

    static bool Has(ResponseCollector answer, AnswerBlockKind kind)
    {
        foreach (var block in answer.Blocks)
        {
            if (block.Kind == kind) return true;
        }
        return false;
    }

    static void WriteJoined(ResponseCollector answer, AnswerBlockKind kind, bool orNull, PooledBuffer output)
    {
        if (orNull && !Has(answer, kind))
        {
            output.Write("null"u8);
            return;
        }
        output.Write((byte)'"');
        foreach (var block in answer.Blocks)
        {
            if (block.Kind == kind) output.Write(block.Content.Written);
        }
        output.Write((byte)'"');
    }

    static void WriteCalls(ResponseCollector answer, ResponseContext context, PooledBuffer output)
    {
        var index = 0;
        foreach (var block in answer.Blocks)
        {
            if (block.Kind != AnswerBlockKind.ToolCall) continue;
            output.Write(index == 0 ? ",\"tool_calls\":[{\"id\":"u8 : ",{\"id\":"u8);
            WriteCallId(index++, block.Id.Text, context, output);
            var isCustom = CustomTools.Has(context.Request, block.Name.Text);
            output.Write(isCustom ? ",\"type\":\"custom\",\"custom\":{\"name\":"u8 : ",\"type\":\"function\",\"function\":{\"name\":"u8);
            output.WriteString(block.Name.Text);
            output.Write(isCustom ? ",\"input\":"u8 : ",\"arguments\":"u8);
            if (isCustom) CustomTools.WriteInput(JsonText.Escaped(block.Content.Written), output);
            else output.WriteString(block.Content.Length == 0 ? JsonText.Plain("{}"u8) : JsonText.Escaped(block.Content.Written));
            output.Write("}}"u8);
        }
        output.Write((byte)']');
    }

    /// <summary>Appends the <c>logprobs</c> object.</summary>
    public static void WriteLogprobs(ReadOnlySpan<byte> tokens, PooledBuffer output)
    {
        var start = output.Length;
        output.Write("{\"content\":["u8);
        output.Write(tokens);
        output.Write("],\"refusal\":null}"u8);
        output.JoinLines(start);
    }

    static void WriteLogprobs(ResponseCollector answer, PooledBuffer output)
    {
        using var tokens = new PooledBuffer();
        answer.JoinLogprobs(tokens);
        if (tokens.Length == 0 && IsExtra(answer, "logprobs")) return;
        output.Write(",\"logprobs\":"u8);
        // Required, though mostly null.
        if (tokens.Length == 0) output.Write("null"u8);
        else WriteLogprobs(tokens.Written, output);
    }

    static bool IsExtra(ResponseCollector answer, string name)
    {
        foreach (var (scope, field) in answer.Extras)
        {
            if (scope == ExtraScope.Choice && field.Name == name) return true;
        }
        return false;
    }

    static void WriteSources(ResponseCollector answer, PooledBuffer output)
    {
        var any = false;
        foreach (var block in answer.Blocks)
        {
            foreach (var source in block.Citations)
            {
                output.Write(any ? ","u8 : ",\"annotations\":["u8);
                OpenAiChatAnnotation.Write(source.Citation, output);
                any = true;
            }
        }
        if (any) output.Write((byte)']');
    }

    static void WriteImages(ResponseCollector answer, PooledBuffer output)
    {
        var any = false;
        foreach (var block in answer.Blocks)
        {
            if (block.Kind != AnswerBlockKind.Media) continue;
            output.Write(any ? ","u8 : ",\"images\":["u8);
            OpenAiChatImages.Write(block.MediaType.Text, JsonText.Escaped(block.Content.Written), output);
            any = true;
        }
        if (any) output.Write((byte)']');
    }
}
