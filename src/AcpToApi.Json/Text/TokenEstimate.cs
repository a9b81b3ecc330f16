using System.Buffers;
using System.Buffers.Text;
using AcpToApi.Json.Model;

namespace AcpToApi.Json.Text;

/// <summary>
/// Estimates the input tokens of a request where the upstream cannot count them, or tells only at the end: the weight of its texts, and what the
/// model's family puts around them. Sums are hundredths of a token until the end.
/// </summary>
public static class TokenEstimate
{
    const int Token = 100;

    /// <summary>
    /// The estimate, in whole tokens; <paramref name="model"/> is the model's name at its provider, and <paramref name="countsBareTools"/> whether
    /// that counts no more of tools than names and descriptions (Vertex AI).
    /// </summary>
    public static long Of(ChatRequest request, string model, bool countsBareTools = false)
    {
        var profile = TokenProfile.Of(model, countsBareTools);
        var total = profile.Request * (long)Token;
        var lastQuestion = request.Messages.FindLastIndex(message => message.Role == Role.User);
        for (var i = 0; i < request.Messages.Count; i++)
        {
            var message = request.Messages[i];
            total += FrameOf(message, i == request.Messages.Count - 1, profile) + OfParts(message.Parts, i > lastQuestion || profile.KeepsReasoning, profile);
        }
        if (request.ToolChoice is not { Kind: ToolChoiceKind.None } || profile.KeepsForbiddenTools) total += OfTools(request, profile);
        foreach (var extra in request.Extras) total += OfProvidersTool(extra.Name, profile);
        if (request.Reasoning is { } reasoning) total += (reasoning.Mode switch
        {
            ReasoningMode.Disabled => profile.NotThinking,
            ReasoningMode.Adaptive => 0,
            _ => profile.Thinking,
        }) * Token;
        if (request.Messages.Exists(message => message.Parts.Exists(part => part is MediaPart { HasCitations: true }))) total += profile.Citations * Token;
        if (request.ResponseFormat is { } format) total += OfFormat(format, profile);
        return Math.Max((total + (Token / 2)) / Token, 1);
    }

    // An answer that was begun for the model stands where it would begin its own.
    static long FrameOf(Message message, bool isLast, TokenProfile profile) => message.Role switch
    {
        Role.System => profile.System * Token,
        Role.Assistant when isLast => 0,
        Role.Tool => 0,
        _ => profile.Message * Token,
    };

    static long OfParts(List<Part> parts, bool countsReasoning, TokenProfile profile)
    {
        long total = 0;
        var calls = 0;
        foreach (var part in parts)
        {
            total += OfPart(part, countsReasoning, profile);
            if (part is ToolCallPart) calls++;
        }
        return calls > 1 ? total + (profile.ParallelCalls * Token) : total;
    }

    static long OfPart(Part part, bool countsReasoning, TokenProfile profile) => part switch
    {
        TextPart text => Of(text.Text, profile),
        ToolCallPart call => OfCall(call, countsReasoning, profile),
        ToolResultPart result => ((profile.Message + profile.Result) * Token) + OfResult(result, profile),
        ReasoningPart reasoning => countsReasoning ? OfReasoning(reasoning, profile) : 0,
        RedactedReasoningPart redacted => countsReasoning ? OfSignature(redacted.Data.Bytes.Span, profile) : 0,
        MediaPart { Kind: MediaKind.Image } image => ImageTokens.Of(image, profile) * Token,
        MediaPart { Kind: MediaKind.Audio } sound => SoundTokens.Of(sound, profile),
        MediaPart media => OfDocument(media, profile),
        OpaquePart opaque => TextTokens.Count(opaque.Json.Span, isEscaped: false, profile),
        _ => 0,
    };

    static long OfCall(ToolCallPart call, bool countsReasoning, TokenProfile profile)
    {
        var signature = call.Signature is { } own ? own.Bytes.Span : CarriedSignature.PayloadOf(call.Id);
        var total = (profile.Call * Token) + Of(call.Name, profile) + Of(call.Arguments, profile, profile.HasBareJson) + (profile.Argument * Token * ArgumentsOf(call));
        return countsReasoning && profile.SignedLetters > 0 ? total + OfSignature(signature, profile) : total;
    }

    static long OfResult(ToolResultPart result, TokenProfile profile)
    {
        long total = 0;
        foreach (var part in result.Content) total += part is TextPart text ? Of(text.Text, profile, profile.HasBareJson) : OfPart(part, countsReasoning: false, profile);
        return total;
    }

    // As many as there are colons after names: values may hold some too, and then cost as much.
    static int ArgumentsOf(ToolCallPart call) => call.Arguments.Bytes.Span.Count("\":"u8);

    static long OfReasoning(ReasoningPart reasoning, TokenProfile profile) => reasoning.Signature is { } signature && profile.SignedLetters > 0
        ? OfSignature(signature.Bytes.Span, profile)
        : Of(reasoning.Text, profile);

    static long OfSignature(ReadOnlySpan<byte> signature, TokenProfile profile)
    {
        const int OtherLetters = 600;
        if (IsOneRecord(signature)) return 0;
        var letters = profile.SignedLetters > 0 ? profile.SignedLetters : OtherLetters;
        return Math.Max(signature.Length - profile.SignatureHead, 0) * (long)Token * 100 / letters;
    }

    // Gemini's are records: a tag, a length (seven bits to the byte) and what is encrypted. The first holds no thoughts, and may be the only one.
    static bool IsOneRecord(ReadOnlySpan<byte> base64)
    {
        const byte FirstRecord = 0x0A;
        Span<byte> head = stackalloc byte[8];
        if (base64.Length < head.Length) return false;
        base64[..head.Length].CopyTo(head);
        head.Replace((byte)'-', (byte)'+');
        head.Replace((byte)'_', (byte)'/');
        if (Base64.DecodeFromUtf8InPlace(head, out _) != OperationStatus.Done || head[0] != FirstRecord) return false;
        var (length, at) = (0, 1);
        do length |= (head[at] & 0x7F) << (7 * (at - 1));
        while (head[at++] >= 0x80 && at < 4);
        return at + length == base64.TrimEnd((byte)'=').Length * 3 / 4;
    }

    static long OfDocument(MediaPart media, TokenProfile profile)
    {
        if (media.PlainText is { } text) return (profile.Document * Token) + Of(text, profile);
        if (media.Data is not { } data) return profile.Image * Token;
        // A page of a PDF costs about as much as a picture of it, and is some 50 kB, which base64 makes 67 kB.
        if (media.MediaType is not { } type || !type.Bytes.Span.StartsWith("text/"u8)) return ((profile.Page ?? profile.Image) * Token) + (data.Bytes.Length * 3L);
        using var plain = new PooledBuffer();
        Base64.DecodeFromUtf8(data.Bytes.Span, plain.GetSpan(Base64.GetMaxDecodedFromUtf8Length(data.Bytes.Length)), out _, out var written);
        plain.Advance(written);
        return (profile.Document * Token) + TextTokens.Count(plain.Written, isEscaped: false, profile);
    }

    static long OfTools(ChatRequest request, TokenProfile profile)
    {
        if (request.Tools.Count == 0) return 0;
        var isForced = request.ToolChoice is { Kind: ToolChoiceKind.Required or ToolChoiceKind.Tool };
        var instructions = profile.FirstTool + (request.ParallelToolCalls == false ? 0 : profile.ParallelTools);
        long total = (isForced ? profile.ForcedTool ?? instructions : instructions) * Token;
        foreach (var tool in request.Tools)
        {
            total += profile.Tool * Token;
            var schema = (tool.Schema ?? default).Span;
            total += Of(tool.Name, profile) + Of(tool.Description ?? default, profile);
            total += profile.SchemaPercent is { } percent && !tool.IsOpenApi ? TextTokens.Count(schema, isEscaped: false, profile) * percent / 100 : SchemaTokens.Count(schema, profile);
        }
        return total;
    }

    static long OfFormat(ResponseFormat format, TokenProfile profile) => format.Schema is { } schema
        ? (profile.Format * Token) + (OfFormatSchema(schema.Span, profile) * profile.FormatPercent / 100)
        : profile.Json * Token;

    static long OfFormatSchema(ReadOnlySpan<byte> schema, TokenProfile profile) =>
        profile.HasBareFormat ? SchemaTokens.CountFormat(schema, profile) : TextTokens.Count(schema, isEscaped: false, profile);

    static long OfProvidersTool(string name, TokenProfile profile)
    {
        if (!name.StartsWith("tools.", StringComparison.Ordinal)) return 0;
        return Token * (name.Contains("tool_search", StringComparison.Ordinal) ? profile.ToolSearch : profile.ProvidersTool);
    }

    static long Of(JsonString text, TokenProfile profile, bool isBare = false) => TextTokens.Count(text.Bytes.Span, text.IsEscaped, profile, isBare);
}
