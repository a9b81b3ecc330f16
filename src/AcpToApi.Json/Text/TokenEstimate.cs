using AcpToApi.Json.Model;

namespace AcpToApi.Json.Text;

/// <summary>
/// Estimates the input tokens of a request where the upstream cannot count them, or tells only at the end. Fitted to counts of Anthropic's own
/// endpoint; within some 15 % of them, and of other tokenizers of this size. Numbers are hundredths of a token until the end.
/// </summary>
public static class TokenEstimate
{
    const int PerRequest = 500;
    const int PerMessage = 300;
    const int PerPart = 200;
    const int PerCall = 2000;
    const int Thinking = 2800;

    // Offering tools puts a preamble of the provider's own before the prompt, and a frame around each tool.
    const int FirstTool = 45000;
    const int PerTool = 5000;
    const int ProvidersTool = 150000;
    const int FixedSchema = 12000;

    /// <summary>The estimate, in whole tokens.</summary>
    public static long Of(ChatRequest request)
    {
        long total = PerRequest;
        foreach (var message in request.Messages) total += PerMessage + OfParts(message.Parts);
        if (request.Tools.Count > 0) total += FirstTool;
        foreach (var tool in request.Tools) total += OfTool(tool);
        // A tool that the provider runs itself brings a description of its own (1,500 tokens for memory and code execution).
        foreach (var extra in request.Extras) total += extra.Name.StartsWith("tools.", StringComparison.Ordinal) ? ProvidersTool : 0;
        if (request.Reasoning is { Mode: ReasoningMode.Enabled }) total += Thinking;
        if (request.ResponseFormat?.Schema is { } schema) total += FixedSchema + TextTokens.Count(schema.Span, isEscaped: false);
        return Math.Max((total + 99) / 100, 1);
    }

    static long OfParts(List<Part> parts)
    {
        long total = 0;
        foreach (var part in parts) total += OfPart(part);
        return total;
    }

    static long OfPart(Part part) => part switch
    {
        TextPart text => Of(text.Text),
        ToolCallPart call => PerCall + Of(call.Name) + Of(call.Arguments),
        ToolResultPart result => PerCall + OfParts(result.Content),
        ReasoningPart reasoning => PerPart + Of(reasoning.Text),
        RedactedReasoningPart redacted => redacted.Data.Bytes.Length * 100L / 6,
        MediaPart { Kind: MediaKind.Image } image => ImageTokens.Of(image) * 100,
        MediaPart { PlainText: { } text } => PerPart + Of(text),
        // A page of a PDF is some 2,000 tokens and some 50 kB of it, which base64 makes 67 kB.
        MediaPart media => 200_000 + (media.Data ?? default).Bytes.Length * 3L,
        OpaquePart opaque => PerPart + TextTokens.Count(opaque.Json.Span, isEscaped: false),
        _ => 0,
    };

    static long OfTool(ToolDefinition tool) =>
        PerTool + Of(tool.Name) + Of(tool.Description ?? default) + TextTokens.Count((tool.Schema ?? default).Span, isEscaped: false);

    static long Of(JsonString text) => TextTokens.Count(text.Bytes.Span, text.IsEscaped);
}
