using AcpToApi.Json.AnthropicMessages;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.BedrockConverse;

/// <summary>Writes system and turns; texts, images and arguments go as the bytes they came as.</summary>
sealed class BedrockContentWriter(BedrockModel model, BedrockCachePoints points, PooledBuffer output, IgnoredFields ignored)
{
    readonly BedrockMediaWriter _media = new(output);

    /// <summary>Whether there is anything to write.</summary>
    public static bool HasSystem(List<Part> parts) => parts.Exists(part => part is TextPart text && BillingHeader.Without(text) is not null);

    /// <summary>Writes <c>system</c>.</summary>
    public void WriteSystem(List<Part> parts)
    {
        output.Write((byte)'[');
        foreach (var part in parts)
        {
            if (part is not TextPart text || BillingHeader.Without(text) is not { } kept) continue;
            WriteText(kept.Text);
            points.Write(kept.CacheControl);
        }
        output.Write((byte)']');
    }

    /// <summary>Writes one entry of <c>messages</c>.</summary>
    public void WriteTurn(AnthropicTurn turn)
    {
        output.Write(turn.Role == Role.Assistant ? "{\"role\":\"assistant\",\"content\":["u8 : "{\"role\":\"user\",\"content\":["u8);
        foreach (var call in turn.Answers) WriteResult(call);
        var calls = 0;
        foreach (var part in turn.Parts)
        {
            if (part is ToolCallPart) WriteCall(turn.Calls[calls++]);
            else if (part is TextPart text && turn.Instructions.Contains(part)) WriteInstruction(text);
            else WriteBlock(part);
            points.Write(part.CacheControl);
        }
        // A turn must not be empty, and no document may stand without a text.
        if (output.Written[^1] == (byte)'[') output.Write("{\"text\":\"(empty)\"}"u8);
        else if (turn.Parts.Exists(part => part is MediaPart { Kind: MediaKind.Document }) && !turn.Parts.Exists(part => part is TextPart)) Begin("{\"text\":\"(document)\"}"u8);
        output.Write("]}"u8);
    }

    void WriteBlock(Part part)
    {
        switch (part)
        {
            case TextPart text:
                WriteText(text.Text);
                break;
            case MediaPart media:
                Begin("{"u8);
                _media.Write(media);
                output.Write((byte)'}');
                break;
            // Only what Anthropic signed is left in the conversation, and only its models take that back.
            case ReasoningPart reasoning when model.IsClaude:
                Begin("{\"reasoningContent\":{\"reasoningText\":{\"text\":"u8);
                output.WriteString(reasoning.Text.Text);
                output.Write(",\"signature\":"u8);
                output.WriteString((reasoning.Signature ?? default).Text);
                output.Write("}}}"u8);
                break;
            case RedactedReasoningPart redacted when model.IsClaude:
                Begin("{\"reasoningContent\":{\"redactedContent\":"u8);
                output.WriteString(redacted.Data.Text);
                output.Write("}}"u8);
                break;
        }
    }

    void WriteText(JsonString text)
    {
        Begin("{\"text\":"u8);
        output.WriteString(text.Text);
        output.Write((byte)'}');
    }

    void WriteInstruction(TextPart text)
    {
        Begin("{\"text\":\"<system>\\n"u8);
        text.Text.Text.WriteEscaped(output);
        output.Write("\\n</system>\"}"u8);
    }

    void WriteCall(AnthropicCall call)
    {
        Begin("{\"toolUse\":{\"toolUseId\":"u8);
        output.WriteString(call.Id.Text);
        output.Write(",\"name\":"u8);
        output.WriteString(ToolNames.Fit(call.Part.Name, WireFormat.BedrockConverse.MaxToolNameLength).Text);
        output.Write(",\"input\":"u8);
        ArgumentsObject.Write(call.Part.Arguments.Text, output);
        output.Write("}}"u8);
    }

    void WriteResult(AnthropicCall call)
    {
        Begin("{\"toolResult\":{\"toolUseId\":"u8);
        output.WriteString(call.Id.Text);
        output.Write(",\"content\":["u8);
        // A call without a result is refused; the model had better know that there is none.
        if (call.Result is null) output.Write("{\"text\":\"no result was returned\"}"u8);
        else WriteResultContent(call.Result);
        output.Write((byte)']');
        if (call.Result is null or { IsError: true })
        {
            if (model.IsClaudeOrNova) output.Write(",\"status\":\"error\""u8);
            else ignored.AddIf(call.Result is not null, "is_error");
        }
        output.Write("}}"u8);
        if (call.Result is not { } result) return;
        // Nothing inside a result can be a cache point.
        foreach (var part in result.Content) points.Write(part.CacheControl);
        points.Write(result.CacheControl);
    }

    void WriteResultContent(ToolResultPart result)
    {
        foreach (var part in result.Content)
        {
            if (part is not TextPart text || !AnthropicText.IsBlank(text.Text)) WriteBlock(part);
        }
        if (output.Written[^1] == (byte)'[') output.Write("{\"text\":\"(empty)\"}"u8);
    }

    void Begin(ReadOnlySpan<byte> block) => BedrockObject.Begin(block, output);
}
