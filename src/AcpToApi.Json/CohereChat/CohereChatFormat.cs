using AcpToApi.Json.Model;
using AcpToApi.Json.Sinks;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.CohereChat;

/// <summary>Cohere's <c>/v2/chat</c>; an upstream format only, which no client of this server speaks.</summary>
sealed class CohereChatFormat : WireFormat
{
    public override string Name => "cohere";

    public override int MaxToolNameLength => CohereChatRequestWriter.MaxNameLength;

    public override void WriteRequest(ChatRequest request, in UpstreamTarget target, PooledBuffer output, IgnoredFields ignored) =>
        new CohereChatRequestWriter(request, target, output, ignored).Write();

    public override UpstreamReader CreateReader(Quirks quirks, bool keepExtras) => new CohereChatStreamReader();

    public override BridgeError ReadError(int status, ReadOnlySpan<byte> body) => CohereChatErrors.Read(status, body);

    // Nothing is passed through, so nobody asks.
    public override bool IsContentOnly(ReadOnlySpan<byte> eventName, ReadOnlySpan<byte> data) => false;

    public override ChatRequest ReadRequest(ReadOnlyMemory<byte> body) => throw NoDialect();

    public override ClientWriter CreateWriter(PooledBuffer output, ResponseContext context) => throw NoDialect();

    public override void WriteResponse(ResponseCollector answer, ResponseContext context, PooledBuffer output) => throw NoDialect();

    public override void WriteError(BridgeError error, PooledBuffer output) => throw NoDialect();

    static NotSupportedException NoDialect() => new("No client speaks this format.");
}
