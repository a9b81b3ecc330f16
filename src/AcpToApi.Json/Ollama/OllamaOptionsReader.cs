using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.OpenAiChat;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Ollama;

/// <summary>Reads what the bodies of <c>/api/chat</c> and <c>/api/generate</c> have in common.</summary>
static class OllamaOptionsReader
{
    /// <summary>Reads the field that the reader stands on; one without neutral meaning is kept as an extra.</summary>
    public static void Read(ref BodyReader reader, ChatRequest request)
    {
        if (reader.Is("stream"u8)) request.Stream = reader.ReadBool() ?? true;
        else if (reader.Is("format"u8)) ReadFormat(ref reader, request);
        else if (reader.Is("options"u8)) ReadOptions(ref reader, request);
        else if (reader.Is("think"u8)) ReadThink(ref reader, request);
        else if (reader.Is("logprobs"u8))
        {
            if (reader.ReadBool() == true) request.Sampling.Logprobs ??= 0;
        }
        else if (reader.Is("top_logprobs"u8)) request.Sampling.Logprobs = reader.ReadWhole() is > 0 and var most ? most : request.Sampling.Logprobs;
        else AddExtra("", ref reader, request);
    }

    /// <summary>Reads pictures: raw base64, whose first characters tell the kind of picture.</summary>
    public static void ReadImages(ref BodyReader reader, List<Part> images)
    {
        if (!reader.Value()) return;
        reader.ExpectArray();
        while (reader.NextElement())
        {
            var data = reader.ExpectString();
            images.Add(new MediaPart(MediaKind.Image) { Data = data, MediaType = new JsonString(ImageType.Of(data.Bytes.Span).ToArray(), IsEscaped: false) });
        }
    }

    static void ReadFormat(ref BodyReader reader, ChatRequest request)
    {
        if (!reader.Value()) return;
        if (reader.Token == JsonTokenType.StartObject) request.ResponseFormat = new ResponseFormat { Schema = reader.Raw() };
        else if (!reader.ExpectString().IsEmpty) request.ResponseFormat = new ResponseFormat();
    }

    static void ReadThink(ref BodyReader reader, ChatRequest request)
    {
        if (!reader.Value()) return;
        if (reader.Token == JsonTokenType.String)
        {
            request.Reasoning = new ReasoningRequest(ReasoningMode.Enabled, reader.ExpectString().ToString());
        }
        else request.Reasoning = new ReasoningRequest(reader.ExpectBool() ? ReasoningMode.Enabled : ReasoningMode.Disabled);
    }

    static void ReadOptions(ref BodyReader reader, ChatRequest request)
    {
        if (!reader.Value()) return;
        reader.ExpectObject();
        var sampling = request.Sampling;
        while (reader.NextProperty())
        {
            if (reader.Is("num_predict"u8)) sampling.MaxOutputTokens = reader.ReadWhole() is > 0 and var limit ? limit : null; // -1: no limit
            else if (!OpenAiChatSamplingReader.TryRead(ref reader, sampling)) AddExtra("options.", ref reader, request);
        }
    }

    static void AddExtra(string under, ref BodyReader reader, ChatRequest request)
    {
        var name = under + reader.Name();
        if (reader.Value()) request.Extras.Add(new ExtraField(name, reader.Raw()));
    }
}
