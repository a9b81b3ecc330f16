using System.Text.Json;
using AcpToApi.Json.Framing;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.BedrockConverse;

/// <summary>Amazon Bedrock's Converse and ConverseStream. The model and whether to stream stand in the URL.</summary>
sealed class BedrockConverseFormat : UpstreamFormat
{
    /// <inheritdoc/>
    public override string Name => "converse";

    /// <inheritdoc/>
    public override int MaxToolNameLength => 64;

    /// <inheritdoc/>
    public override bool SignsReasoning => true;

    /// <inheritdoc/>
    public override string StreamMediaType => "application/vnd.amazon.eventstream";

    /// <inheritdoc/>
    public override bool TakesBetas => true;

    /// <inheritdoc/>
    public override FrameReader CreateFraming() => new AwsEventStreamReader();

    /// <inheritdoc/>
    private protected override Details CarriedDetails(ChatRequest request, Quirks quirks) =>
        Details.CacheControl | Details.FileName | Details.TextTitle | Details.DocumentUse | Details.FormatDescription;

    private protected override void WriteBody(ChatRequest request, in UpstreamTarget target, PooledBuffer output, IgnoredFields ignored) =>
        new BedrockConverseRequestWriter(request, target, output, ignored).Write();

    /// <inheritdoc/>
    public override void WriteTokenCountRequest(ChatRequest request, in UpstreamTarget target, PooledBuffer output, IgnoredFields ignored) =>
        new BedrockConverseRequestWriter(request, target, output, ignored).WriteTokenCount();

    /// <inheritdoc/>
    public override string TokenCountModel(string model) => BedrockModel.WithoutGeography(model);

    /// <inheritdoc/>
    public override long? ReadTokenCount(ReadOnlySpan<byte> body)
    {
        var json = new Utf8JsonReader(body);
        if (!json.Read() || json.TokenType != JsonTokenType.StartObject) return null;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("inputTokens"u8)) return json.ReadCount();
            json.SkipValue();
        }
        return null;
    }

    /// <inheritdoc/>
    public override UpstreamReader CreateReader(Quirks quirks, bool keepExtras) => new BedrockConverseStreamReader();

    /// <inheritdoc/>
    public override BridgeError ReadError(int status, ReadOnlySpan<byte> body) => BedrockConverseErrors.Read(status, body);
}
