using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Gemini;

/// <summary>What a client of Gemini gets that streams without <c>alt=sse</c>: one JSON array, element by element. A dialect only.</summary>
sealed class GeminiArrayFormat : GeminiFormat
{
    /// <inheritdoc/>
    public override string Name => "gemini-array";

    /// <inheritdoc/>
    public override WireFormat Native => Gemini;

    /// <inheritdoc/>
    public override string StreamMediaType => "application/json";

    /// <summary>Google wraps its errors like its answers.</summary>
    public override void WriteError(BridgeError error, PooledBuffer output)
    {
        output.Write((byte)'[');
        base.WriteError(error, output);
        output.Write((byte)']');
    }

    /// <inheritdoc/>
    public override ChatRequest ReadRequest(ReadOnlyMemory<byte> body) => Gemini.ReadRequest(body);

    /// <inheritdoc/>
    public override ClientWriter CreateWriter(PooledBuffer output, ResponseContext context) => new GeminiArrayWriter(output, context);
}
