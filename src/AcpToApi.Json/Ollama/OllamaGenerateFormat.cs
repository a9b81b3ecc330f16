using AcpToApi.Json.Model;
using AcpToApi.Json.Sinks;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Ollama;

/// <summary>Ollama's <c>/api/generate</c>: one prompt instead of messages, the answer in <c>response</c>. To an upstream it is only passed through.</summary>
sealed class OllamaGenerateFormat : OllamaFormat
{
    /// <inheritdoc/>
    public override string Name => "generate";

    /// <inheritdoc/>
    public override bool CarriesPictures => false;

    /// <inheritdoc/>
    public override RequestHead ReadHead(ReadOnlyMemory<byte> body) => RequestHead.Read(body, "prompt", streamByDefault: true, isRequired: false);

    /// <inheritdoc/>
    public override ChatRequest ReadRequest(ReadOnlyMemory<byte> body) => new OllamaGenerateRequestReader(this, body).Read();

    /// <inheritdoc/>
    public override ClientWriter CreateWriter(PooledBuffer output, ResponseContext context) => new OllamaGenerateWriter(output, context);

    /// <inheritdoc/>
    public override void WriteResponse(ResponseCollector answer, ResponseContext context, PooledBuffer output)
    {
        OllamaResponseWriter.WriteHead(answer.Model.Text, context, output);
        output.Write(",\"response\":\""u8);
        OllamaResponseWriter.WriteText(answer, output);
        OllamaResponseWriter.WriteLogprobs(answer, output);
        OllamaResponseWriter.WriteEnd(answer.Finished ?? StopReason.EndTurn, answer.Counts, context, default, output);
    }

    /// <inheritdoc/>
    public override bool IsContentOnly(ReadOnlySpan<byte> eventName, ReadOnlySpan<byte> data) =>
        data.IndexOf("\"done\":false"u8) >= 0 && data.IndexOf("\"response\":"u8) >= 0 && data.IndexOf("\"error\""u8) < 0;
}
