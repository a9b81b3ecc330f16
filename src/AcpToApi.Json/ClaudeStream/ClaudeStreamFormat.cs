using AcpToApi.Json.Framing;
using AcpToApi.Json.Mcp;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.ClaudeStream;

/// <summary>The lines that the Claude Code CLI reads and writes with <c>--input-format stream-json --output-format stream-json</c>.</summary>
public sealed class ClaudeStreamFormat : UpstreamFormat
{
    /// <inheritdoc/>
    public override string Name => "claude-stream";

    /// <inheritdoc/>
    public override int MaxToolNameLength => McpToolServer.MaxNameLength;

    /// <inheritdoc/>
    public override bool CarriesStopSequences(JsonString model) => false;

    private protected override Details CarriedDetails(ChatRequest request, Quirks quirks) => Details.CacheControl | Details.FileName | Details.TextTitle | Details.DocumentUse;

    // Tools do not go by the prompt, and agents choose among them for themselves.
    private protected override bool CarriesAllowedTools(ChatRequest request, Quirks quirks) => true;

    private protected override void WriteBody(ChatRequest request, in UpstreamTarget target, PooledBuffer output, IgnoredFields ignored) =>
        ClaudeStreamRequestWriter.Write(request, target, output, ignored);

    /// <inheritdoc/>
    public override FrameReader CreateFraming() => new LineReader();

    /// <inheritdoc/>
    public override UpstreamReader CreateReader(Quirks quirks, bool keepExtras) => new ClaudeStreamStreamReader(new ClaudeTurn());

    /// <summary>A reader for one answer within a turn.</summary>
    public static ClaudeStreamStreamReader CreateReader(ClaudeTurn turn) => new(turn);

    /// <inheritdoc/>
    public override BridgeError ReadError(int status, ReadOnlySpan<byte> body) => new(BridgeError.KindOf(status), status, "Claude Code failed.");
}
