using AcpToApi.Json.Model;

namespace AcpToApi.Json.Text;

/// <summary>
/// Estimates the input tokens of a request where the upstream cannot count them, or tells only at the end: the weight of its texts, and what the
/// model's family puts around them. Mostly within 15 % of what providers count. Numbers are hundredths of a token until the end.
/// </summary>
public static class TokenEstimate
{
    const int PerPart = 200;
    const int ProvidersTool = 150000;

    /// <summary>The estimate, in whole tokens; <paramref name="model"/> is the model's name at its provider.</summary>
    public static long Of(ChatRequest request, string model)
    {
        var profile = TokenProfile.Of(model);
        long total = profile.Request;
        foreach (var message in request.Messages) total += profile.Message + OfParts(message.Parts, profile);
        if (request.ToolChoice is not { Kind: ToolChoiceKind.None } || profile.KeepsForbiddenTools) total += OfTools(request.Tools, profile);
        // A tool that the provider runs itself brings a description of its own (1,500 tokens for memory and code execution).
        foreach (var extra in request.Extras) total += extra.Name.StartsWith("tools.", StringComparison.Ordinal) ? ProvidersTool : 0;
        if (request.Reasoning is { Mode: ReasoningMode.Enabled }) total += profile.Thinking;
        if (request.ResponseFormat?.Schema is { } schema) total += profile.Format + (TextTokens.Count(schema.Span, isEscaped: false, profile) * profile.FormatPercent / 100);
        return Math.Max((total + 99) / 100, 1);
    }

    static long OfParts(List<Part> parts, TokenProfile profile)
    {
        long total = 0;
        foreach (var part in parts) total += OfPart(part, profile);
        return total;
    }

    static long OfPart(Part part, TokenProfile profile) => part switch
    {
        TextPart text => Of(text.Text, profile),
        ToolCallPart call => profile.Call + Of(call.Name, profile) + Of(call.Arguments, profile),
        ToolResultPart result => profile.Call + OfParts(result.Content, profile),
        ReasoningPart reasoning => PerPart + Of(reasoning.Text, profile),
        RedactedReasoningPart redacted => redacted.Data.Bytes.Length * 100L / 6,
        MediaPart { Kind: MediaKind.Image } image => ImageTokens.Of(image, profile.Image) * 100,
        MediaPart { PlainText: { } text } => PerPart + Of(text, profile),
        // A page of a PDF costs about as much as a picture of it, and is some 50 kB, which base64 makes 67 kB.
        MediaPart media => (profile.Image * 100) + ((media.Data ?? default).Bytes.Length * 3L),
        OpaquePart opaque => PerPart + TextTokens.Count(opaque.Json.Span, isEscaped: false, profile),
        _ => 0,
    };

    static long OfTools(List<ToolDefinition> tools, TokenProfile profile)
    {
        long total = tools.Count > 0 ? profile.FirstTool : 0;
        foreach (var tool in tools)
        {
            var schema = TextTokens.Count((tool.Schema ?? default).Span, isEscaped: false, profile);
            total += profile.Tool + Of(tool.Name, profile) + Of(tool.Description ?? default, profile) + (schema * profile.SchemaPercent / 100);
        }
        return total;
    }

    static long Of(JsonString text, TokenProfile profile) => TextTokens.Count(text.Bytes.Span, text.IsEscaped, profile);
}
