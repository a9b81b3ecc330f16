using AcpToApi.Json.Model;
using AcpToApi.Json.Sinks;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Gemini;

/// <summary>Writes a whole <c>GenerateContentResponse</c>.</summary>
static class GeminiResponseWriter
{
    /// <summary>Appends the body: a candidate for this answer and for each before it.</summary>
    public static void Write(ResponseCollector answer, ResponseContext context, PooledBuffer output)
    {
        var answers = answer.All();
        output.Write("{\"candidates\":["u8);
        TokenUsage? total = null;
        var index = 0;
        foreach (var each in answers)
        {
            if (index > 0) output.Write((byte)',');
            WriteCandidate(each, index++, output);
            if (each.Counts is { } counts) total = counts + (total ?? default);
        }
        output.Write((byte)']');
        if (total is { } usage)
        {
            output.Write(",\"usageMetadata\":"u8);
            GeminiUsage.Write(usage, output);
        }
        GeminiAnswer.WriteTail(answers.Peek().Id.Text, answers.Peek().Model.Text, context, output);
        answer.WriteExtras(ExtraScope.Response, output);
        output.Write((byte)'}');
    }

    static void WriteCandidate(ResponseCollector answer, int index, PooledBuffer output)
    {
        output.Write("{\"content\":{\"parts\":["u8);
        WriteParts(answer, output);
        output.Write("],\"role\":\"model\"},\"finishReason\":\""u8);
        output.Write(GeminiFinish.Name(answer.Finished ?? StopReason.EndTurn, IsRefused(answer)));
        output.Write((byte)'"');
        WriteSources(answer, output);
        WriteLogprobs(answer, output);
        output.Write(",\"index\":"u8);
        output.Write(index);
        answer.WriteExtras(ExtraScope.Choice, output);
        output.Write((byte)'}');
    }

    static bool IsRefused(ResponseCollector answer)
    {
        foreach (var block in answer.Blocks)
        {
            if (block.Kind == AnswerBlockKind.Refusal && block.Content.Length > 0) return true;
        }
        return false;
    }

    static void WriteParts(ResponseCollector answer, PooledBuffer output)
    {
        var start = output.Length;
        AnswerBlock? last = null;
        foreach (var block in answer.Blocks)
        {
            if (IsVoid(block)) continue;
            if (output.Length > start) output.Write((byte)',');
            WritePart(block, output);
            if (block.Kind is AnswerBlockKind.Text or AnswerBlockKind.Refusal) last = block;
            else last = null;
        }
        if (output.Length == start)
        {
            output.Write("{\"text\":\"\"}"u8);
            last = new AnswerBlock(AnswerBlockKind.Text);
        }
        if (last is null) return;
        // A signature over text stands on the last part of it.
        output.Truncate(output.Length - 1);
        answer.WriteExtras(ExtraScope.Message, output);
        output.Write((byte)'}');
    }

    static bool IsVoid(AnswerBlock block) => block.Kind switch
    {
        AnswerBlockKind.ToolCall => false,
        AnswerBlockKind.RedactedReasoning => !GeminiSignatures.CanCarry(JsonText.Escaped(block.Content.Written)),
        AnswerBlockKind.Reasoning => block.Content.Length == 0 && block.Signature is null,
        _ => block.Content.Length == 0,
    };

    static void WritePart(AnswerBlock block, PooledBuffer output)
    {
        var content = JsonText.Escaped(block.Content.Written);
        switch (block.Kind)
        {
            case AnswerBlockKind.ToolCall:
                GeminiAnswer.WriteCall(block.Id.Text, block.Name.Text, block.Content.Written, output);
                output.Write((byte)'}');
                break;
            case AnswerBlockKind.Media:
                GeminiAnswer.WriteData(block.MediaType.Text, content, output);
                break;
            case AnswerBlockKind.RedactedReasoning:
                GeminiSignatures.WriteRedacted(content, output);
                break;
            default:
                output.Write("{\"text\":"u8);
                output.WriteString(content);
                if (block.Kind == AnswerBlockKind.Reasoning) output.Write(",\"thought\":true"u8);
                output.Write((byte)'}');
                if (block.Signature is not { } signature || !GeminiSignatures.CanCarry(signature.Text)) break;
                output.Write((byte)',');
                GeminiSignatures.WriteForeign(signature.Text, output);
                break;
        }
    }

    static void WriteLogprobs(ResponseCollector answer, PooledBuffer output)
    {
        using var tokens = new PooledBuffer();
        answer.JoinLogprobs(tokens);
        if (tokens.Length == 0) return;
        output.Write(",\"logprobsResult\":"u8);
        GeminiLogprobs.Write(tokens.Written, output);
    }

    static void WriteSources(ResponseCollector answer, PooledBuffer output)
    {
        using var sources = new GeminiSources();
        foreach (var block in answer.Blocks)
        {
            if (block.Kind is AnswerBlockKind.Text or AnswerBlockKind.Refusal) sources.AddText(JsonText.Escaped(block.Content.Written));
            foreach (var source in block.Citations) sources.Add(source);
        }
        sources.Write(output);
    }
}
