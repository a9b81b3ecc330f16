using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Gemini;

/// <summary>
/// Reads the body of <c>:generateContent</c>. Fields without neutral meaning go to <see cref="ChatRequest.Extras"/>; those inside of an object that
/// is understood otherwise get a dotted name (<c>generationConfig.speechConfig</c>), so that the writer can put them back where they stood.
/// </summary>
sealed class GeminiRequestReader(WireFormat format, ReadOnlyMemory<byte> body)
{
    readonly ChatRequest _request = new() { Body = body, Format = format };
    readonly GeminiContentReader _contents = new();
    bool _hasContents;

    /// <summary>Reads it. Throws <see cref="BridgeException"/> (400) that names the field.</summary>
    public ChatRequest Read()
    {
        var reader = new BodyReader(body);
        ReadFields(ref reader);
        if (!_hasContents) reader.Missing("contents");
        reader.ExpectEnd();
        _request.Unread.AddRange(reader.UnreadFields);
        return _request;
    }

    /// <summary>Reads the body of <c>:countTokens</c>: contents alone, or a whole request inside.</summary>
    public ChatRequest ReadTokenCount()
    {
        var reader = new BodyReader(body);
        ReadFields(ref reader, isTokenCount: true);
        if (!_hasContents) reader.Missing("contents");
        reader.ExpectEnd();
        return _request;
    }

    void ReadFields(ref BodyReader reader, bool isTokenCount = false)
    {
        while (reader.NextProperty())
        {
            if (reader.IsField("contents"u8)) ReadContents(ref reader);
            else if (reader.IsField("systemInstruction"u8)) ReadSystem(ref reader);
            else if (reader.IsField("tools"u8)) GeminiToolReader.ReadTools(ref reader, _request);
            else if (reader.IsField("toolConfig"u8)) GeminiToolReader.ReadConfig(ref reader, _request);
            else if (reader.IsField("generationConfig"u8)) new GeminiConfigReader(_request).Read(ref reader);
            else if (reader.IsField("model"u8)) ReadModel(ref reader);
            else if (isTokenCount && reader.IsField("generateContentRequest"u8))
            {
                if (!reader.Value()) continue;
                reader.ExpectObject();
                ReadFields(ref reader);
            }
            else reader.KeepExtra("", _request);
        }
    }

    // In the URL, but SDKs repeat it here.
    void ReadModel(ref BodyReader reader)
    {
        if (reader.ReadString() is not { } model) return;
        var prefix = "models/"u8;
        _request.Model = model.Bytes.Span.StartsWith(prefix) ? model with { Bytes = model.Bytes[prefix.Length..] } : model;
    }

    void ReadContents(ref BodyReader reader)
    {
        reader.Next();
        reader.ExpectArray();
        var some = false;
        while (reader.NextElement())
        {
            _contents.Read(ref reader, _request.Messages);
            some = true;
        }
        _contents.End();
        if (!some) reader.Fail("must hold at least one content");
        _hasContents = true;
    }

    // A content, of which only the texts count; a bare string is not in the specification, but unmistakable.
    void ReadSystem(ref BodyReader reader)
    {
        if (!reader.Value()) return;
        var message = new Message(Role.System);
        if (reader.Token == JsonTokenType.String) message.Parts.Add(new TextPart(reader.ExpectString()));
        else GeminiContentReader.ReadInstruction(ref reader, message.Parts);
        if (message.Parts.Count > 0) _request.Messages.Insert(0, message);
    }
}
