using AcpToApi.Json.Model;
using AcpToApi.Json.Sinks;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.AnthropicMessages;

/// <summary>Writes a whole answer of <c>/v1/messages</c>.</summary>
static class AnthropicMessagesResponseWriter
{
    /// <summary>Writes the message object.</summary>
    public static void Write(ResponseCollector answer, ResponseContext context, PooledBuffer output)
    {
        output.Write("{\"id\":\""u8);
        AnthropicMessageHead.WriteId(answer.Id.Text, context, output);
        output.Write("\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\""u8);
        (answer.Model.IsEmpty ? context.Model : answer.Model).Text.WriteEscaped(output);
        output.Write("\",\"content\":["u8);
        var (blocks, calls, contentBytes) = (0, 0, 0L);
        var isRefused = false;
        foreach (var block in answer.Blocks)
        {
            if (IsVoid(block)) continue;
            isRefused |= block.Kind == AnswerBlockKind.Refusal;
            if (blocks++ > 0) output.Write((byte)',');
            WriteBlock(block, calls, context, output);
            if (block.Kind == AnswerBlockKind.ToolCall) calls++;
            contentBytes += block.Content.Length;
        }
        output.Write("],\"stop_reason\":\""u8);
        output.Write(AnthropicStopReasons.Write(answer.Finished ?? StopReason.EndTurn, isRefused));
        output.Write("\",\"stop_sequence\":"u8);
        AnthropicMessageHead.WriteStringOrNull((answer.StopSequence ?? default).Text, output);
        answer.WriteExtras(ExtraScope.Choice, output);
        answer.WriteExtras(ExtraScope.Response, output);
        output.Write(",\"usage\":"u8);
        AnthropicMessageHead.WriteUsage(answer.Counts ?? new TokenUsage(Math.Max(context.EstimatedInputTokens, 1), (contentBytes + 3) / 4), output);
        output.Write((byte)'}');
    }

    // Anthropic never answers with an empty text block, and refuses one when the client sends the answer back; there are no pictures at all.
    static bool IsVoid(AnswerBlock block) => block.Kind == AnswerBlockKind.Media || block.Content.Length == 0 && block.Kind switch
    {
        AnswerBlockKind.Text => block.Citations.Count == 0,
        AnswerBlockKind.Refusal => true,
        AnswerBlockKind.Reasoning => block.Signature is null,
        _ => false,
    };

    static void WriteBlock(AnswerBlock block, int call, ResponseContext context, PooledBuffer output)
    {
        switch (block.Kind)
        {
            case AnswerBlockKind.Reasoning:
                WriteString("{\"type\":\"thinking\",\"thinking\":\""u8, block.Content, output);
                output.Write(",\"signature\":\""u8);
                (block.Signature ?? default).Text.WriteEscaped(output);
                output.Write("\"}"u8);
                break;
            case AnswerBlockKind.RedactedReasoning:
                WriteString("{\"type\":\"redacted_thinking\",\"data\":\""u8, block.Content, output);
                output.Write((byte)'}');
                break;
            case AnswerBlockKind.ToolCall:
                output.Write("{\"type\":\"tool_use\",\"id\":\""u8);
                AnthropicMessageHead.WriteCallId(block.Id.Text, call, context, output);
                output.Write("\",\"name\":\""u8);
                block.Name.Text.WriteEscaped(output);
                output.Write("\",\"input\":"u8);
                ArgumentsObject.Write(JsonText.Escaped(block.Content.Written), output);
                output.Write((byte)'}');
                break;
            default:
                WriteString("{\"type\":\"text\",\"text\":\""u8, block.Content, output);
                WriteCitations(block, output);
                output.Write((byte)'}');
                break;
        }
    }

    static void WriteCitations(AnswerBlock block, PooledBuffer output)
    {
        if (block.Citations.Count == 0) return;
        output.Write(",\"citations\":["u8);
        for (var i = 0; i < block.Citations.Count; i++)
        {
            if (i > 0) output.Write((byte)',');
            AnthropicCitations.Write(block.Citations[i].Citation, i, output);
        }
        output.Write((byte)']');
    }

    static void WriteString(ReadOnlySpan<byte> start, PooledBuffer escaped, PooledBuffer output)
    {
        output.Write(start);
        output.Write(escaped.Written);
        output.Write((byte)'"');
    }
}
