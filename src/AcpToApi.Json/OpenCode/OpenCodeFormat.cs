using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.OpenCode;

/// <summary>The sessions of <c>opencode serve</c> and its relatives: prompts go out over HTTP, answers come as events of a stream that all sessions share.</summary>
sealed class OpenCodeFormat : UpstreamFormat
{
    public override string Name => "opencode";

    public override int MaxToolNameLength => 64;

    /// <inheritdoc/>
    public override bool CarriesStopSequences(JsonString model) => false;

    private protected override Details CarriedDetails(ChatRequest request, Quirks quirks) => Details.FileName;

    // Tools do not go by the prompt, and agents choose among them for themselves.
    private protected override bool CarriesAllowedTools(ChatRequest request, Quirks quirks) => true;

    private protected override void WriteBody(ChatRequest request, in UpstreamTarget target, PooledBuffer output, IgnoredFields ignored) =>
        new OpenCodeRequestWriter(request, target, output, ignored).Write();

    public override UpstreamReader CreateReader(Quirks quirks, bool keepExtras) => new OpenCodeStreamReader();

    public override BridgeError ReadError(int status, ReadOnlySpan<byte> body) => OpenCodeErrors.Read(status, body);
}
