using AcpToApi.Json.Model;
using AcpToApi.Json.Sinks;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.OpenAiChat;

sealed class OpenAiChatFormat : WireFormat
{
    public override string Name => "chat";

    public override int MaxToolNameLength => 64;

    public override ChatRequest ReadRequest(ReadOnlyMemory<byte> body) => throw new NotImplementedException();

    public override void WriteRequest(ChatRequest request, in UpstreamTarget target, PooledBuffer output, IgnoredFields ignored) =>
        throw new NotImplementedException();

    public override UpstreamReader CreateReader(Quirks quirks, bool keepExtras) => throw new NotImplementedException();

    public override ClientWriter CreateWriter(PooledBuffer output, ResponseContext context) => throw new NotImplementedException();

    public override void WriteResponse(ResponseCollector answer, ResponseContext context, PooledBuffer output) => throw new NotImplementedException();

    public override void WriteError(BridgeError error, PooledBuffer output) => throw new NotImplementedException();

    public override BridgeError ReadError(int status, ReadOnlySpan<byte> body) => throw new NotImplementedException();

    public override bool IsContentOnly(ReadOnlySpan<byte> eventName, ReadOnlySpan<byte> data) => throw new NotImplementedException();
}
