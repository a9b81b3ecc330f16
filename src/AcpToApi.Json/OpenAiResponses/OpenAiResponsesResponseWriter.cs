using AcpToApi.Json.Model;
using AcpToApi.Json.Sinks;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.OpenAiResponses;

/// <summary>
/// Writes a whole answer: what the last event of a stream carries is by definition the same object, so the answer is said to a stream writer
/// whose events nobody reads.
/// </summary>
static class OpenAiResponsesResponseWriter
{
    /// <summary>Appends the body.</summary>
    public static void Write(ResponseCollector answer, ResponseContext context, PooledBuffer output)
    {
        using var unread = new PooledBuffer();
        using var writer = new OpenAiResponsesStreamWriter(unread, context);
        writer.Start(new ResponseStart(answer.Id.Text, answer.Model.Text, answer.Counts));
        var calls = 0;
        foreach (var block in answer.Blocks)
        {
            Say(block, block.Kind == AnswerBlockKind.ToolCall ? calls++ : 0, writer);
            unread.Clear();
        }
        writer.Finish(answer.Finished ?? StopReason.EndTurn, default);
        output.Write(writer.WholeAnswer.Span);
    }

    static void Say(AnswerBlock block, int call, OpenAiResponsesStreamWriter writer)
    {
        var content = JsonText.Escaped(block.Content.Written);
        switch (block.Kind)
        {
            case AnswerBlockKind.Text:
                if (block.Logprobs.Length > 0) writer.Logprobs(block.Logprobs.Written);
                writer.Text(content);
                foreach (var source in block.Citations) writer.Citation(source.Citation);
                break;
            case AnswerBlockKind.Media:
                writer.Media(block.MediaType.Text, content);
                break;
            case AnswerBlockKind.Refusal:
                writer.Refusal(content);
                break;
            case AnswerBlockKind.Reasoning:
                writer.Reasoning(content);
                if (block.Signature is { } signature) writer.ReasoningSignature(signature.Text);
                break;
            case AnswerBlockKind.RedactedReasoning:
                writer.RedactedReasoning(content);
                break;
            case AnswerBlockKind.ToolCall:
                writer.ToolCallStart(call, block.Id.Text, block.Name.Text);
                writer.ToolCallArguments(call, content);
                writer.ToolCallEnd(call);
                break;
        }
    }
}
