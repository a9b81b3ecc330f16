using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.OpenAiChat;

/// <summary>Reads the fields that chats and legacy completions have in common.</summary>
static class OpenAiChatSamplingReader
{
    /// <summary>Reads the field that the reader stands on if it is about limits and randomness; false if it is not.</summary>
    public static bool TryRead(ref BodyReader reader, Sampling sampling)
    {
        if (reader.Is("temperature"u8)) sampling.Temperature = reader.ReadNumber();
        else if (reader.Is("top_p"u8)) sampling.TopP = reader.ReadNumber();
        else if (reader.Is("top_k"u8)) sampling.TopK = reader.ReadWhole();
        else if (reader.Is("seed"u8)) sampling.Seed = reader.ReadWhole();
        else if (reader.Is("frequency_penalty"u8)) sampling.FrequencyPenalty = reader.ReadNumber();
        else if (reader.Is("presence_penalty"u8)) sampling.PresencePenalty = reader.ReadNumber();
        else if (reader.Is("n"u8))
        {
            sampling.Count = reader.ReadWhole() ?? 1;
            if (sampling.Count < 1) reader.Fail("must be at least 1");
        }
        else if (reader.Is("stop"u8)) ReadStop(ref reader, sampling);
        else return false;
        return true;
    }

    /// <summary>Reads a limit of tokens.</summary>
    public static long? ReadLimit(ref BodyReader reader)
    {
        var limit = reader.ReadWhole();
        if (limit < 1) reader.Fail("must be at least 1");
        return limit;
    }

    /// <summary>Reads <c>stream_options</c>.</summary>
    public static void ReadStreamOptions(ref BodyReader reader, ChatRequest request)
    {
        if (!reader.Value()) return;
        reader.ExpectObject();
        while (reader.NextProperty())
        {
            if (reader.Is("include_usage"u8)) request.IncludeUsage = reader.Value() && reader.ExpectBool();
            else reader.SkipValue();
        }
    }

    static void ReadStop(ref BodyReader reader, Sampling sampling)
    {
        if (!reader.Value()) return;
        if (reader.Token == JsonTokenType.String)
        {
            sampling.Stop.Add(reader.ExpectString());
            return;
        }
        if (reader.Token != JsonTokenType.StartArray) reader.Fail("must be a string or an array of strings");
        while (reader.NextElement()) sampling.Stop.Add(reader.ExpectString());
    }
}
