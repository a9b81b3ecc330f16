using AcpToApi.Json.Framing;
using AcpToApi.Json.Model;
using AcpToApi.Json.Sinks;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Ollama;

/// <summary>Ollama's <c>/api/chat</c>: one JSON object a line, streamed unless the client says otherwise.</summary>
class OllamaFormat : WireFormat
{
    /// <inheritdoc/>
    public override string Name => "ollama";

    /// <inheritdoc/>
    public override int MaxToolNameLength => 64;

    /// <inheritdoc/>
    public override bool CarriesReasoningSignatures => false;

    /// <inheritdoc/>
    public override bool CarriesSources => false;

    /// <inheritdoc/>
    public override string StreamMediaType => "application/x-ndjson";

    /// <inheritdoc/>
    public override FrameReader CreateFraming() => new LineReader();

    /// <inheritdoc/>
    public override string FieldName(string name) => name switch
    {
        "stop" => "options.stop",
        "seed" => "options.seed",
        "max_tokens" => "options.num_predict",
        "temperature" => "options.temperature",
        "top_p" => "options.top_p",
        "top_k" => "options.top_k",
        "frequency_penalty" => "options.frequency_penalty",
        "presence_penalty" => "options.presence_penalty",
        "response_format" => "format",
        "reasoning_effort" or "reasoning.effort" or "thinking" => "think",
        _ => name,
    };

    /// <inheritdoc/>
    public override bool TryRelax(ChatRequest request, BridgeError refusal, IgnoredFields ignored) => TryDropReasoning(request, refusal, "does not support thinking", ignored);

    /// <inheritdoc/>
    public override RequestHead ReadHead(ReadOnlyMemory<byte> body) => RequestHead.Read(body, streamByDefault: true, isRequired: false);

    /// <inheritdoc/>
    public override ChatRequest ReadRequest(ReadOnlyMemory<byte> body) => new OllamaRequestReader(this, body).Read();

    /// <inheritdoc/>
    private protected override void WriteBody(ChatRequest request, in UpstreamTarget target, PooledBuffer output, IgnoredFields ignored) =>
        new OllamaRequestWriter(request, target, output, ignored).Write();

    /// <inheritdoc/>
    public override UpstreamReader CreateReader(Quirks quirks, bool keepExtras) => new OllamaStreamReader();

    /// <inheritdoc/>
    public override ClientWriter CreateWriter(PooledBuffer output, ResponseContext context) => new OllamaStreamWriter(output, context);

    /// <inheritdoc/>
    public override void WriteResponse(ResponseCollector answer, ResponseContext context, PooledBuffer output) => OllamaResponseWriter.Write(answer, context, output);

    /// <inheritdoc/>
    public override void WriteError(BridgeError error, PooledBuffer output) => OllamaErrors.Write(error, output);

    /// <inheritdoc/>
    public override BridgeError ReadError(int status, ReadOnlySpan<byte> body) => OllamaErrors.Read(status, body);

    /// <inheritdoc/>
    public override bool IsContentOnly(ReadOnlySpan<byte> eventName, ReadOnlySpan<byte> data) =>
        data.IndexOf("\"done\":false"u8) >= 0 && data.IndexOf("\"message\""u8) >= 0 && data.IndexOf("\"error\""u8) < 0;
}
