using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.CohereChat;

/// <summary>Cohere's <c>/v2/chat</c>.</summary>
sealed class CohereChatFormat : UpstreamFormat
{
    /// <summary>The most stop sequences that Cohere takes.</summary>
    public const int MostStops = 5;

    public override string Name => "cohere";

    public override int MostStopSequences(JsonString model) => MostStops;

    public override int MaxToolNameLength => CohereChatRequestWriter.MaxNameLength;

    private protected override Details CarriedDetails(ChatRequest request, Quirks quirks) =>
        Details.ImageDetail;

    private protected override void WriteBody(ChatRequest request, in UpstreamTarget target, PooledBuffer output, IgnoredFields ignored) =>
        new CohereChatRequestWriter(request, target, output, ignored).Write();

    public override UpstreamReader CreateReader(Quirks quirks, bool keepExtras) => new CohereChatStreamReader();

    public override BridgeError ReadError(int status, ReadOnlySpan<byte> body) => CohereChatErrors.Read(status, body);
}
