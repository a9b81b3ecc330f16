using AcpToApi.Json.Sinks;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Model;

/// <summary>A wire format that only providers speak: it has the translators of an upstream, and none for clients.</summary>
public abstract class UpstreamFormat : WireFormat
{
    /// <inheritdoc/>
    public sealed override ChatRequest ReadRequest(ReadOnlyMemory<byte> body) => throw NoDialect();

    /// <inheritdoc/>
    public sealed override ClientWriter CreateWriter(PooledBuffer output, ResponseContext context) => throw NoDialect();

    /// <inheritdoc/>
    public sealed override void WriteResponse(ResponseCollector answer, ResponseContext context, PooledBuffer output) => throw NoDialect();

    /// <inheritdoc/>
    public sealed override void WriteError(BridgeError error, PooledBuffer output) => throw NoDialect();

    /// <summary>Nothing is ever passed through.</summary>
    public sealed override bool IsContentOnly(ReadOnlySpan<byte> eventName, ReadOnlySpan<byte> data) => false;

    NotSupportedException NoDialect() => new($"'{Name}' is spoken by providers only.");
}
