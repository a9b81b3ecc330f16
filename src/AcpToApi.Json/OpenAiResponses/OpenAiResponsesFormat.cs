using AcpToApi.Json.Model;
using AcpToApi.Json.Sinks;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.OpenAiResponses;

sealed class OpenAiResponsesFormat : WireFormat
{
    // TokenCountsBody
    static readonly string[] CountedFields =
        ["model", "input", "instructions", "tools", "tool_choice", "parallel_tool_calls", "text", "reasoning", "truncation", "previous_response_id", "conversation"];

    public override string Name => "responses";

    // OpenAI takes 128, servers that speak its dialect often only what chat completions take.
    public override int MaxToolNameLength => 64;

    public override bool SignsReasoning => true;

    /// <inheritdoc/>
    public override int MostStopSequences(JsonString model) => 0;

    public override bool TryRelax(ChatRequest request, BridgeError refusal, IgnoredFields ignored) => TryDropReasoning(request, refusal, "reasoning.", ignored);

    /// <inheritdoc/>
    public override string FieldName(string name) => name switch
    {
        "reasoning_effort" or "thinking" => "reasoning.effort",
        "response_format" => "text.format",
        "response_format.json_schema.description" => "text.format.description",
        "messages" => "input",
        "max_tokens" => "max_output_tokens",
        "logprobs" => "top_logprobs",
        _ => name,
    };

    public override RequestHead ReadHead(ReadOnlyMemory<byte> body) => RequestHead.Read(body, "input", isRequired: false);

    public override ChatRequest ReadRequest(ReadOnlyMemory<byte> body) => new OpenAiResponsesRequestReader(this, body).Read();

    private protected override Details CarriedDetails(ChatRequest request, Quirks quirks) =>
        Details.ImageDetail | Details.FileName | Details.Strict | Details.FormatDescription | (request.Format == this ? Details.Declarations : Details.None);

    public override bool MustRewrite(ReadOnlyMemory<byte> body, in UpstreamTarget target) =>
        base.MustRewrite(body, target) || ResponseItemIds.AreIn(body.Span) || (!target.ReplaysReasoning && OpenAiResponsesUnsigned.IsIn(body));

    private protected override void WriteBody(ChatRequest request, in UpstreamTarget target, PooledBuffer output, IgnoredFields ignored) =>
        new OpenAiResponsesRequestWriter(request, target, output, ignored).Write();

    public override void WriteTokenCountRequest(ChatRequest request, in UpstreamTarget target, PooledBuffer output, IgnoredFields ignored)
    {
        using var whole = new PooledBuffer();
        WriteRequest(request, target, whole, ignored);
        TokenCountBody.WriteFields(whole, CountedFields, output);
    }

    public override void WriteTokenCount(long count, PooledBuffer output) =>
        TokenCountBody.Write("{\"object\":\"response.input_tokens\",\"input_tokens\":"u8, count, output);

    public override UpstreamReader CreateReader(Quirks quirks, bool keepExtras) => new OpenAiResponsesStreamReader(keepsAll: keepExtras);

    public override ClientWriter CreateWriter(PooledBuffer output, ResponseContext context) => new OpenAiResponsesStreamWriter(output, context);

    public override void WriteResponse(ResponseCollector answer, ResponseContext context, PooledBuffer output) =>
        OpenAiResponsesResponseWriter.Write(answer, context, output);

    public override void WriteError(BridgeError error, PooledBuffer output) => OpenAiResponsesErrors.Write(error, output);

    public override BridgeError ReadError(int status, ReadOnlySpan<byte> body) => OpenAiResponsesErrors.Read(status, body);

    // A quotation mark inside a JSON string is escaped, so the pattern cannot match inside a piece of text.
    public override bool IsContentOnly(ReadOnlySpan<byte> eventName, ReadOnlySpan<byte> data) =>
        data.IndexOf("\"type\":\"response.output_text.delta\""u8) >= 0 || data.IndexOf("\"type\":\"response.reasoning_summary_text.delta\""u8) >= 0;
}
