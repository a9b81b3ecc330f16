using AcpToApi.Json.Model;
using AcpToApi.Json.OpenAiChat;
using AcpToApi.Json.Sinks;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.OpenAiCompletions;

/// <summary>
/// OpenAI's legacy <c>/v1/completions</c>: prompts instead of messages, one choice for each. Over a chat each prompt is a turn of the user's.
/// Errors are those of chats. To an upstream it is only passed through, so there is no writer of requests.
/// </summary>
sealed class OpenAiCompletionsFormat : OpenAiChatFormat
{
    public override string Name => "completions";

    public override bool CarriesSources => false;

    public override bool CarriesPictures => false;

    public override RequestHead ReadHead(ReadOnlyMemory<byte> body) => RequestHead.Read(body, "prompt");

    public override WireFormat DialectOf(in RequestHead head) => this;

    public override ChatRequest ReadRequest(ReadOnlyMemory<byte> body) => ReadRequests(body)[0];

    public override IReadOnlyList<ChatRequest> ReadRequests(ReadOnlyMemory<byte> body) => new OpenAiCompletionsRequestReader(this, body).Read();

    public override UpstreamReader CreateReader(Quirks quirks, bool keepExtras) => new OpenAiCompletionsStreamReader(quirks);

    public override ClientWriter CreateWriter(PooledBuffer output, ResponseContext context) => new OpenAiCompletionsStreamWriter(output, context);

    public override void WriteResponse(ResponseCollector answer, ResponseContext context, PooledBuffer output) =>
        OpenAiCompletionsResponseWriter.Write(answer, context, output);

    // A quotation mark inside a JSON string is escaped, so none of these patterns can match inside a piece of text.
    public override bool IsContentOnly(ReadOnlySpan<byte> eventName, ReadOnlySpan<byte> data) =>
        eventName.IsEmpty && data.IndexOf("\"text\":\""u8) >= 0
        && OnlyNull(data, "\"finish_reason\""u8) && OnlyNull(data, "\"usage\""u8) && data.IndexOf("\"error\""u8) < 0;
}
