using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Ollama;

/// <summary>Writes lines of <c>/api/generate</c>, where the text stands at the top of the line and nobody calls tools.</summary>
sealed class OllamaGenerateWriter(PooledBuffer output, ResponseContext context) : OllamaStreamWriter(output, context)
{
    protected override ReadOnlySpan<byte> Opening => default;

    protected override ReadOnlySpan<byte> TextField => ",\"response\":"u8;

    protected override ReadOnlySpan<byte> Closing => default;

    public override void Media(JsonText mediaType, JsonText data) { }

    public override void ToolCallEnd(int index) { }
}
