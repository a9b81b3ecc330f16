using AcpToApi.Json.Model;
using AcpToApi.Json.OpenAiChat;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.OpenAiCompletions;

/// <summary>
/// Writes streamed <c>text_completion</c> frames. Where the response holds several answers they come one after the other, each under the index of
/// its choice; the last one ends the stream.
/// </summary>
sealed class OpenAiCompletionsStreamWriter(PooledBuffer output, ResponseContext context) : ClientWriter
{
    byte[] _prefix = [];
    TokenUsage? _usage;
    TokenUsage? _total;
    int _choice;

    public override void Ping() => output.Write(": ping\n\n"u8);

    public override void Start(in ResponseStart start)
    {
        _usage = start.Usage;
        if (_prefix.Length == 0)
        {
            using var prefix = new PooledBuffer();
            OpenAiCompletionsResponseWriter.WriteHead(start.Id, start.Model, context, prefix);
            _prefix = prefix.Written.ToArray();
        }
        Text(OpenAiCompletionsResponseWriter.Echoed(_choice, context));
    }

    public override void Text(JsonText text)
    {
        if (!text.IsEmpty) Chunk(text);
    }

    // The dialect has no place for reasoning, and its models know no tools.
    public override void Reasoning(JsonText text) { }

    public override void ReasoningSignature(JsonText signature) { }

    public override void RedactedReasoning(JsonText data) { }

    public override void Refusal(JsonText text) => Text(text);

    // The dialect has tokens of another form, and no place for the others.
    public override void Logprobs(ReadOnlySpan<byte> tokens) { }

    public override void Citation(in Citation citation) { }

    public override void Media(JsonText mediaType, JsonText data) { }

    public override void ToolCallStart(int index, JsonText id, JsonText name) { }

    public override void ToolCallArguments(int index, JsonText fragment) { }

    public override void ToolCallEnd(int index) { }

    public override void Usage(in TokenUsage usage) => _usage = usage;

    public override void Finish(StopReason reason, JsonText stopSequence)
    {
        Chunk(default, OpenAiCompletionsResponseWriter.FinishName(reason));
        if (_usage is { } usage) _total = usage + (_total ?? default);
        if (++_choice < context.Answers) return;
        if (context.IncludeUsage && _total is { } total)
        {
            output.Write("data: "u8);
            output.Write(_prefix);
            output.Write(",\"choices\":[],\"usage\":"u8);
            OpenAiChatUsage.Write(total, output);
            output.Write("}\n\n"u8);
        }
        output.Write("data: [DONE]\n\n"u8);
    }

    // No [DONE]: the answer is not complete.
    public override void Error(BridgeError error)
    {
        output.Write("data: "u8);
        OpenAiChatErrors.Write(error, output);
        output.Write("\n\n"u8);
    }

    void Chunk(JsonText text, ReadOnlySpan<byte> finish = default)
    {
        output.Write("data: "u8);
        output.Write(_prefix);
        output.Write(",\"choices\":["u8);
        OpenAiCompletionsResponseWriter.BeginChoice(_choice, output);
        text.WriteEscaped(output);
        OpenAiCompletionsResponseWriter.EndChoice(finish, output);
        output.Write(context.IncludeUsage ? "],\"usage\":null}\n\n"u8 : "]}\n\n"u8);
    }
}
