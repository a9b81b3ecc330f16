using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Gemini;

/// <summary>Writes contents and their parts; texts, images and arguments go as the bytes they came as.</summary>
sealed class GeminiContentWriter(ChatRequest request, GeminiModel model, Quirks quirks, PooledBuffer output, IgnoredFields ignored)
{
    /// <summary>Longest id of a call.</summary>
    const int MaxIdLength = 64;

    bool _hasPart;

    bool IsOwnFormat => request.Format is GeminiFormat;

    /// <summary>Appends <c>{"parts":[…]}</c>.</summary>
    public void WriteSystem(List<TextPart> parts)
    {
        output.Write("{\"parts\":["u8);
        _hasPart = false;
        foreach (var part in parts) WriteText(part.Text);
        output.Write("]}"u8);
    }

    /// <summary>Appends one entry of <c>contents</c>.</summary>
    public void WriteTurn(GeminiTurn turn)
    {
        output.Write(turn.IsModel ? "{\"role\":\"model\",\"parts\":["u8 : "{\"role\":\"user\",\"parts\":["u8);
        _hasPart = false;
        foreach (var call in turn.Answers) WriteResult(call);
        foreach (var call in turn.Answers) WriteResultMedia(call);
        var calls = 0;
        foreach (var part in turn.Parts)
        {
            if (part is ToolCallPart call) WriteCall(call, isFirst: calls++ == 0);
            else WritePart(part, turn.Instructions.Contains(part));
        }
        // A content must not be empty; only a first user turn that we had to add can be.
        if (!_hasPart) output.Write("{\"text\":\"(empty)\"}"u8);
        output.Write("]}"u8);
    }

    void WritePart(Part part, bool isInstruction)
    {
        switch (part)
        {
            case TextPart text when isInstruction:
                BeginPart("{\"text\":\"<system>\\n"u8);
                text.Text.Text.WriteEscaped(output);
                output.Write("\\n</system>\"}"u8);
                break;
            case TextPart text:
                WriteText(text.Text, text.Signature);
                break;
            case ReasoningPart reasoning:
                BeginPart("{\"text\":"u8);
                output.WriteString(reasoning.Text.Text);
                output.Write(",\"thought\":true}"u8);
                break;
            case MediaPart media:
                WriteMedia(media);
                break;
            case OpaquePart opaque:
                BeginPart(opaque.Json.Span);
                break;
        }
    }

    void WriteText(JsonString text, JsonString? signature = null)
    {
        BeginPart("{\"text\":"u8);
        output.WriteString(text.Text);
        if (IsOwnFormat && signature is { } own) WriteSignature(own.Text);
        output.Write((byte)'}');
    }

    void WriteCall(ToolCallPart call, bool isFirst)
    {
        BeginPart("{\"functionCall\":{"u8);
        WriteId(call.Id);
        output.Write("\"name\":"u8);
        output.WriteString(ToolNames.Fit(call.Name, WireFormat.Gemini.MaxToolNameLength).Text);
        output.Write(",\"args\":"u8);
        ArgumentsObject.Write(call.Arguments.Text, output);
        output.Write((byte)'}');
        WriteCallSignature(call, isFirst);
        output.Write((byte)'}');
    }

    // Of calls that were made at once only the first has a signature; without it models of the third generation refuse the turn.
    void WriteCallSignature(ToolCallPart call, bool isFirst)
    {
        using var signature = new PooledBuffer();
        var wasDropped = false;
        if (call.Signature is { } own) WriteSignature(own.Text);
        else if (CarriedSignature.TryWriteSignature(call.Id.Text, signature, out wasDropped)) WriteSignature(JsonText.Plain(signature.Written));
        else if (model.IsThree && isFirst) WriteSignature(JsonText.Plain(GeminiSignatures.Skip));
        ignored.AddIf(wasDropped, "thoughtSignature");
    }

    void WriteSignature(JsonText signature)
    {
        output.Write(",\"thoughtSignature\":"u8);
        output.WriteString(signature);
    }

    void WriteId(JsonString id)
    {
        if (CarriedSignature.Strip(id).IsEmpty) return;
        output.Write("\"id\":"u8);
        output.WriteString(ToolNames.FitId(id, MaxIdLength).Text);
        output.Write((byte)',');
    }

    void WriteResult(GeminiAnsweredCall call)
    {
        BeginPart("{\"functionResponse\":{"u8);
        WriteId(call.Part.Id);
        output.Write("\"name\":"u8);
        output.WriteString(ToolNames.Fit(call.Part.Name, WireFormat.Gemini.MaxToolNameLength).Text);
        output.Write(",\"response\":"u8);
        // As many results as calls are demanded; the model had better know that there is none.
        if (call.Result is { } result) WriteResponse(result);
        else output.Write("{\"error\":\"no result was returned\"}"u8);
        output.Write("}}"u8);
    }

    void WriteResponse(ToolResultPart result)
    {
        using var text = new PooledBuffer();
        foreach (var part in result.Content)
        {
            if (part is OpaquePart opaque) ignored.AddIf(!IsOwnFormat, "content." + opaque.Name);
            if (TextOf(part) is not { IsEmpty: false } piece) continue;
            if (text.Length > 0) text.Write("\\n"u8);
            piece.Text.WriteEscaped(text);
        }
        var joined = JsonText.Escaped(text.Written);
        if (!result.IsError && TryWriteObject(joined)) return;
        output.Write(result.IsError ? "{\"error\":"u8 : "{\"result\":"u8);
        output.WriteString(joined);
        output.Write((byte)'}');
    }

    bool TryWriteObject(JsonText text)
    {
        var start = output.Length;
        text.WriteDecoded(output);
        if (ArgumentsObject.IsObject(output.Written[start..])) return true;
        output.Truncate(start);
        return false;
    }

    static JsonString? TextOf(Part part) => part switch
    {
        TextPart text => text.Text,
        MediaPart { PlainText: { } text } => text,
        _ => null,
    };

    // Not all models take images inside of a result, so they stand beside it, after all results.
    void WriteResultMedia(GeminiAnsweredCall call)
    {
        foreach (var part in call.Result?.Content ?? [])
        {
            if (part is MediaPart { PlainText: null } media) WriteMedia(media);
        }
    }

    void WriteMedia(MediaPart media)
    {
        if (media.PlainText is { } text) WriteText(text);
        else if (media.Data is { } data)
        {
            BeginPart("{\"inlineData\":{\"mimeType\":"u8);
            output.WriteString(media.MediaType is { IsEmpty: false } told ? told.Text : JsonText.Plain(UsualType(media.Kind, data)));
            output.Write(",\"data\":"u8);
            output.WriteString(data.Text);
            output.Write("}}"u8);
        }
        else if (media.Url is { } url)
        {
            BeginPart("{\"fileData\":{"u8);
            WriteUrlType(media, url);
            output.Write("\"fileUri\":"u8);
            output.WriteString(url.Text);
            output.Write("}}"u8);
        }
        else throw new BridgeException(BridgeError.InvalidRequest("A file id is known only to the provider that gave it: send the file's content instead.", "messages"));
    }

    void WriteUrlType(MediaPart media, JsonString url)
    {
        ReadOnlySpan<byte> guessed = default;
        if (media.MediaType is not { IsEmpty: false } && (quirks & Quirks.CloudGemini) != 0) guessed = FileType.Of(url);
        else if (media.MediaType is not { IsEmpty: false }) return;
        output.Write("\"mimeType\":"u8);
        output.WriteString(guessed.IsEmpty ? media.MediaType!.Value.Text : JsonText.Plain(guessed));
        output.Write((byte)',');
    }

    static ReadOnlySpan<byte> UsualType(MediaKind kind, JsonString data)
    {
        if (kind == MediaKind.Audio) return "audio/wav"u8;
        if (kind == MediaKind.Document) return "application/pdf"u8;
        return ImageType.Of(data.Bytes.Span);
    }

    void BeginPart(ReadOnlySpan<byte> start)
    {
        if (_hasPart) output.Write((byte)',');
        _hasPart = true;
        output.Write(start);
    }
}
