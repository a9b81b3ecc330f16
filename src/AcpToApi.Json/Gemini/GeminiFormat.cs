using AcpToApi.Json.Framing;
using AcpToApi.Json.Model;
using AcpToApi.Json.Sinks;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Gemini;

/// <summary>
/// Google's <c>:generateContent</c> and <c>:streamGenerateContent</c>. The model and whether to stream stand in the URL: whoever reads a request
/// sets <see cref="ChatRequest.Model"/> and <see cref="ChatRequest.Stream"/> from it, whoever writes one puts them there.
/// </summary>
public class GeminiFormat : WireFormat
{
    // "This value must be between [1, 8]" (generateContent's own answer).
    const int MostCandidates = 8;

    internal const int MostStops = 5;

    // CountTokensRequest of Vertex AI.
    static readonly string[] CountedFields = ["contents", "systemInstruction", "tools", "generationConfig"];

    internal GeminiFormat() { }

    /// <inheritdoc/>
    public override string Name => "gemini";

    /// <inheritdoc/>
    public override int MaxToolNameLength => 64;

    /// <inheritdoc/>
    public override int MostStopSequences(JsonString model) => MostStops;

    /// <inheritdoc/>
    public override string FieldName(string name) => name switch
    {
        "stop" => "generationConfig.stopSequences",
        "seed" => "generationConfig.seed",
        "n" => "generationConfig.candidateCount",
        "max_tokens" => "generationConfig.maxOutputTokens",
        "temperature" => "generationConfig.temperature",
        "top_p" => "generationConfig.topP",
        "top_k" => "generationConfig.topK",
        "frequency_penalty" => "generationConfig.frequencyPenalty",
        "presence_penalty" => "generationConfig.presencePenalty",
        "logprobs" => "generationConfig.responseLogprobs",
        "response_format" => "generationConfig.responseMimeType",
        "reasoning_effort" or "reasoning.effort" or "thinking" => "generationConfig.thinkingConfig",
        "messages" => "contents",
        "tool_choice" => "toolConfig.functionCallingConfig",
        "content.filename" => "parts[].displayName",
        _ => name,
    };

    /// <inheritdoc/>
    public override ChatRequest ReadRequest(ReadOnlyMemory<byte> body) => new GeminiRequestReader(this, body).Read();

    /// <inheritdoc/>
    public override IReadOnlyList<ChatRequest> ReadRequests(ReadOnlyMemory<byte> body) => EachChoice(ReadRequest(body), MostCandidates);

    /// <summary>Reads the body of <c>:countTokens</c>: contents alone, or a whole request as <c>generateContentRequest</c>.</summary>
    public override ChatRequest ReadTokenCountRequest(ReadOnlyMemory<byte> body) => new GeminiRequestReader(this, body).ReadTokenCount();

    /// <inheritdoc/>
    private protected override Details CarriedDetails(ChatRequest request, Quirks quirks) =>
        Details.ShownReasoning;

    // Among some tools it knows no choice but that one of them must be called.
    private protected override bool CarriesAllowedTools(ChatRequest request, Quirks quirks) =>
        request.Format is GeminiFormat || request.AllowedTools is not { Kind: ToolChoiceKind.Auto };

    /// <inheritdoc/>
    public override bool MustRewrite(ReadOnlyMemory<byte> body, in UpstreamTarget target) =>
        base.MustRewrite(body, target) || (new GeminiModel(target.Model).IsThree && GeminiUnsignedCalls.AreIn(body.Span));

    private protected override void WriteBody(ChatRequest request, in UpstreamTarget target, PooledBuffer output, IgnoredFields ignored) =>
        new GeminiRequestWriter(request, target, output, ignored).Write();

    /// <summary>Writes the whole request as <c>generateContentRequest</c>, which alone counts instructions and tools, and names the model again; a cloud's has its fields beside the contents.</summary>
    public override void WriteTokenCountRequest(ChatRequest request, in UpstreamTarget target, PooledBuffer output, IgnoredFields ignored)
    {
        using var whole = new PooledBuffer();
        WriteRequest(request, target, whole, ignored);
        if ((target.Quirks & Quirks.CloudGemini) != 0)
        {
            TokenCountBody.WriteFields(whole, CountedFields, output);
            return;
        }
        output.Write("{\"generateContentRequest\":{\"model\":\"models/"u8);
        target.Model.Text.WriteEscaped(output);
        output.Write("\","u8);
        output.Write(whole.Written[1..]);
        output.Write((byte)'}');
    }

    /// <inheritdoc/>
    public override long? ReadTokenCount(ReadOnlySpan<byte> body) => TokenCountBody.Read(body, "totalTokens"u8);

    /// <inheritdoc/>
    public override void WriteTokenCount(long count, PooledBuffer output) => TokenCountBody.Write("{\"totalTokens\":"u8, count, output);

    /// <inheritdoc/>
    public override FrameReader CreateFraming() => new GeminiFraming();

    /// <inheritdoc/>
    public override UpstreamReader CreateReader(Quirks quirks, bool keepExtras) => new GeminiStreamReader(keepExtras);

    /// <inheritdoc/>
    public override ClientWriter CreateWriter(PooledBuffer output, ResponseContext context) => new GeminiStreamWriter(output, context);

    /// <inheritdoc/>
    public override void WriteResponse(ResponseCollector answer, ResponseContext context, PooledBuffer output) =>
        GeminiResponseWriter.Write(answer, context, output);

    /// <inheritdoc/>
    public override void WriteError(BridgeError error, PooledBuffer output) => GeminiErrors.Write(error, output);

    /// <inheritdoc/>
    public override BridgeError ReadError(int status, ReadOnlySpan<byte> body) => GeminiErrors.Read(status, body);

    // A quotation mark inside a JSON string is escaped, so none of these names can match inside a piece of text. Google itself tells the counts
    // with every piece, which somebody wants to know when the client leaves early.
    /// <inheritdoc/>
    public override bool IsContentOnly(ReadOnlySpan<byte> eventName, ReadOnlySpan<byte> data) =>
        data.StartsWith("{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\""u8)
        && data.IndexOf("\"finishReason\""u8) < 0 && data.IndexOf("\"usageMetadata\""u8) < 0 && data.IndexOf("\"error\""u8) < 0
        && data.IndexOf("\"functionCall\""u8) < 0 && data.IndexOf("\"promptFeedback\""u8) < 0;
}
