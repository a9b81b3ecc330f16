using AcpToApi.Json.Model;
using AcpToApi.Json.OpenAiChat;
using AcpToApi.Json.Sinks;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.OpenAiCompletions;

/// <summary>Writes a whole <c>text_completion</c>, and what its chunks have in common with it.</summary>
static class OpenAiCompletionsResponseWriter
{
    /// <summary>Appends the body: a choice for this answer and for each before it.</summary>
    public static void Write(ResponseCollector answer, ResponseContext context, PooledBuffer output)
    {
        var answers = answer.All();
        WriteHead(answers.Peek().Id.Text, answers.Peek().Model.Text, context, output);
        TokenUsage? total = null;
        var index = 0;
        foreach (var each in answers)
        {
            output.Write(index == 0 ? ",\"choices\":["u8 : ","u8);
            BeginChoice(index, output);
            Echoed(index, context).WriteEscaped(output);
            foreach (var block in each.Blocks)
            {
                if (block.Kind is AnswerBlockKind.Text or AnswerBlockKind.Refusal) output.Write(block.Content.Written);
            }
            EndChoice(FinishName(each.Finished ?? StopReason.EndTurn), output);
            if (each.Counts is { } counts) total = counts + (total ?? default);
            index++;
        }
        output.Write((byte)']');
        if (total is { } usage)
        {
            output.Write(",\"usage\":"u8);
            OpenAiChatUsage.Write(usage, output);
        }
        output.Write((byte)'}');
    }

    /// <summary>Appends the brace and the fields that every chunk and answer begins with.</summary>
    public static void WriteHead(JsonText id, JsonText model, ResponseContext context, PooledBuffer output) =>
        OpenAiChatResponseWriter.WriteHead("text_completion"u8, id, model, context, output, "cmpl-");

    /// <summary>Appends a choice up to its text.</summary>
    public static void BeginChoice(int index, PooledBuffer output)
    {
        output.Write("{\"index\":"u8);
        output.Write(index);
        output.Write(",\"text\":\""u8);
    }

    /// <summary>Appends what follows the text of a choice; <paramref name="finish"/> is empty while the choice goes on.</summary>
    public static void EndChoice(ReadOnlySpan<byte> finish, PooledBuffer output)
    {
        output.Write("\",\"logprobs\":null,\"finish_reason\":"u8);
        if (finish.IsEmpty)
        {
            output.Write("null}"u8);
            return;
        }
        output.Write((byte)'"');
        output.Write(finish);
        output.Write("\"}"u8);
    }

    /// <summary>The finish reason; there are no tools here.</summary>
    public static ReadOnlySpan<byte> FinishName(StopReason reason) =>
        OpenAiChatFinish.Name(reason == StopReason.ToolCalls ? StopReason.EndTurn : reason);

    /// <summary>The prompt that a choice is to begin with; empty where the client did not ask for it.</summary>
    public static JsonText Echoed(int choice, ResponseContext context) =>
        context.Request?.Echo is { } prompts && choice < prompts.Count ? JsonText.Escaped(prompts[choice].Json.Span) : default;
}
