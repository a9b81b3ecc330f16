using AcpToApi.Json.Framing;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Acp;

/// <summary>What an agent's prompts may hold besides text and links.</summary>
[Flags]
public enum AcpContent
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Pictures.</summary>
    Images = 1 << 0,

    /// <summary>Sounds.</summary>
    Audio = 1 << 1,

    /// <summary>Documents in the prompt itself.</summary>
    Resources = 1 << 2,
}

/// <summary>
/// Prompts and answers of the Agent Client Protocol: a request is the array of content blocks of <c>session/prompt</c>, an answer the
/// <c>session/update</c> notifications up to the reply. Agents differ, so each session has its own.
/// </summary>
public sealed class AcpFormat(AcpContent accepted) : UpstreamFormat
{
    /// <summary>Whether the prompt tells the instructions though it is not the first of the conversation.</summary>
    public bool RepeatsInstructions { get; init; }

    /// <summary>Whether the session was told how much to reason.</summary>
    public bool CarriesEffort { get; init; }

    /// <inheritdoc/>
    public override string Name => "acp";

    /// <summary>Tools do not go by the prompt, but by a tool server that fits their names.</summary>
    public override int MaxToolNameLength => int.MaxValue;

    /// <inheritdoc/>
    public override bool CarriesStopSequences(JsonString model) => false;

    private protected override Details CarriedDetails(ChatRequest request, Quirks quirks) => Details.FileName | Details.TextTitle | Details.FormatDescription;

    // Tools do not go by the prompt, and agents choose among them for themselves.
    private protected override bool CarriesAllowedTools(ChatRequest request, Quirks quirks) => true;

    private protected override void WriteBody(ChatRequest request, in UpstreamTarget target, PooledBuffer output, IgnoredFields ignored) =>
        new AcpRequestWriter(request, target.FirstMessage, this, accepted, output, ignored).Write();

    /// <inheritdoc/>
    public override FrameReader CreateFraming() => new LineReader();

    /// <inheritdoc/>
    public override UpstreamReader CreateReader(Quirks quirks, bool keepExtras) => new AcpStreamReader(null);

    /// <inheritdoc/>
    public override BridgeError ReadError(int status, ReadOnlySpan<byte> body) => AcpErrors.Read(body);
}
