using AcpToApi.Json.Model;
using AcpToApi.Json.Sinks;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.AnthropicMessages;

/// <summary>Anthropic's <c>/v1/messages</c>.</summary>
sealed class AnthropicMessagesFormat : WireFormat
{
    // MessageCountTokensParams, and what only betas know.
    static readonly string[] CountedFields =
    [
        "model", "messages", "system", "tools", "tool_choice", "thinking", "output_config", "cache_control", "mcp_servers", "context_management", "output_format",
    ];

    /// <inheritdoc/>
    public override string Name => "messages";

    /// <inheritdoc/>
    public override bool CarriesPictures => false;

    /// <inheritdoc/>
    public override bool TakesBetas => true;

    /// <inheritdoc/>
    public override int MaxToolNameLength => 128;

    /// <inheritdoc/>
    public override bool SignsReasoning => true;

    /// <inheritdoc/>
    public override string FieldName(string name) => name switch
    {
        "stop" => "stop_sequences",
        "user" => "metadata.user_id",
        "reasoning_effort" or "reasoning.effort" => "thinking",
        "response_format" => "output_config.format",
        "parallel_tool_calls" => "tool_choice.disable_parallel_tool_use",
        "content.filename" => "content.title",
        _ => name,
    };

    public override ChatRequest ReadRequest(ReadOnlyMemory<byte> body) => AnthropicMessagesRequestReader.Read(body, requireMaxTokens: true);

    /// <summary>Reads the body of <c>/v1/messages/count_tokens</c>, which has no <c>max_tokens</c>.</summary>
    public override ChatRequest ReadTokenCountRequest(ReadOnlyMemory<byte> body) => AnthropicMessagesRequestReader.Read(body, requireMaxTokens: false);

    /// <inheritdoc/>
    private protected override Details CarriedDetails(ChatRequest request, Quirks quirks) =>
        Details.CacheControl | Details.FileName | Details.TextTitle | Details.DocumentUse | (request.Format == this ? Details.Strict : Details.None);

    // Providers that want their reasoning back, and sign none, speak this dialect too.
    /// <inheritdoc/>
    public override bool MustRewrite(ReadOnlyMemory<byte> body, in UpstreamTarget target) =>
        base.MustRewrite(body, target) || (!target.ReplaysReasoning && AnthropicUnsignedThinking.IsIn(body.Span));

    private protected override void WriteBody(ChatRequest request, in UpstreamTarget target, PooledBuffer output, IgnoredFields ignored) =>
        AnthropicMessagesRequestWriter.Write(request, target, output, ignored);

    /// <inheritdoc/>
    public override void WriteTokenCountRequest(ChatRequest request, in UpstreamTarget target, PooledBuffer output, IgnoredFields ignored)
    {
        using var whole = new PooledBuffer();
        WriteRequest(request, target, whole, ignored);
        TokenCountBody.WriteFields(whole, CountedFields, output);
    }

    /// <inheritdoc/>
    public override UpstreamReader CreateReader(Quirks quirks, bool keepExtras) => new AnthropicMessagesStreamReader(keepExtras);

    /// <inheritdoc/>
    public override ClientWriter CreateWriter(PooledBuffer output, ResponseContext context) => new AnthropicMessagesStreamWriter(output, context);

    /// <inheritdoc/>
    public override void WriteResponse(ResponseCollector answer, ResponseContext context, PooledBuffer output) =>
        AnthropicMessagesResponseWriter.Write(answer, context, output);

    /// <inheritdoc/>
    public override void WriteError(BridgeError error, PooledBuffer output) => AnthropicMessagesErrors.Write(error, output);

    /// <inheritdoc/>
    public override BridgeError ReadError(int status, ReadOnlySpan<byte> body) => AnthropicMessagesErrors.Read(status, body);

    /// <inheritdoc/>
    public override bool IsContentOnly(ReadOnlySpan<byte> eventName, ReadOnlySpan<byte> data) =>
        data.StartsWith("{\"type\":\"content_block_delta\","u8);
}
