using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Gemini;

/// <summary>Names of fields: Google's JSON takes <c>systemInstruction</c> and <c>system_instruction</c> alike (protobuf's JSON mapping).</summary>
static class GeminiFields
{
    /// <summary>Whether the property name that the reader stands on is this one, in either spelling.</summary>
    public static bool IsField(this ref BodyReader reader, ReadOnlySpan<byte> camel)
    {
        if (reader.Is(camel)) return true;
        Span<byte> snake = stackalloc byte[camel.Length * 2];
        var length = 0;
        foreach (var letter in camel)
        {
            var isUpper = letter is >= (byte)'A' and <= (byte)'Z';
            if (isUpper) snake[length++] = (byte)'_';
            snake[length++] = isUpper ? (byte)(letter | 0x20) : letter;
        }
        return length > camel.Length && reader.Is(snake[..length]);
    }

    /// <summary>From a property's name past its value, which is kept for an upstream of this format.</summary>
    public static void KeepExtra(this ref BodyReader reader, string prefix, ChatRequest request)
    {
        var name = prefix + reader.Name();
        if (reader.Value()) request.Extras.Add(new ExtraField(name, reader.Raw()));
    }
}
