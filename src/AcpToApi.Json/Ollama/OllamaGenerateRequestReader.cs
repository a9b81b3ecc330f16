using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Ollama;

/// <summary>Reads the body of <c>POST /api/generate</c>: a prompt with its pictures is what the user says, <c>system</c> stands before it.</summary>
sealed class OllamaGenerateRequestReader(WireFormat format, ReadOnlyMemory<byte> body)
{
    readonly ChatRequest _request = new() { Body = body, Format = format, Stream = true };

    /// <summary>Reads it. Throws <see cref="BridgeException"/> (400) that names the field.</summary>
    public ChatRequest Read()
    {
        var reader = new BodyReader(body);
        var hasModel = false;
        JsonString? prompt = null, system = null;
        var images = new List<Part>();
        while (reader.NextProperty())
        {
            if (reader.Is("model"u8))
            {
                reader.Next();
                _request.Model = reader.ExpectString();
                hasModel = true;
            }
            else if (reader.Is("prompt"u8)) prompt = reader.ReadString();
            else if (reader.Is("system"u8)) system = reader.ReadString();
            else if (reader.Is("images"u8)) OllamaOptionsReader.ReadImages(ref reader, images);
            // Empty or off is the same as not sent, and nothing is lost.
            else if (reader.Is("suffix"u8) || reader.Is("template"u8)) KeepUnlessEmpty(ref reader);
            else if (reader.Is("raw"u8)) KeepIfOn(ref reader);
            else OllamaOptionsReader.Read(ref reader, _request);
        }
        if (!hasModel) reader.Missing("model");
        reader.ExpectEnd();
        if (system is { IsEmpty: false } instructions) _request.Messages.Add(Message.Of(Role.System, instructions));
        var message = Message.Of(Role.User, prompt ?? default);
        message.Parts.AddRange(images);
        _request.Messages.Add(message);
        return _request;
    }

    void KeepUnlessEmpty(ref BodyReader reader)
    {
        var name = reader.Name();
        if (reader.Value() && !reader.ExpectString().IsEmpty) _request.Extras.Add(new ExtraField(name, reader.Raw()));
    }

    void KeepIfOn(ref BodyReader reader)
    {
        var name = reader.Name();
        if (reader.Value() && reader.ExpectBool()) _request.Extras.Add(new ExtraField(name, reader.Raw()));
    }
}
