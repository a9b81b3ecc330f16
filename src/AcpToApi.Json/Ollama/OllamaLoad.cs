using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Ollama;

/// <summary>The answer to a request without a prompt, which is how Ollama's clients load a model, or unload it (<c>keep_alive</c> of 0).</summary>
public static class OllamaLoad
{
    /// <summary>Appends the answer: its only line, in the form of <paramref name="dialect"/>.</summary>
    public static void Write(WireFormat dialect, ReadOnlyMemory<byte> body, ResponseContext context, PooledBuffer output)
    {
        OllamaResponseWriter.WriteHead(default, context, output);
        output.Write(dialect is OllamaGenerateFormat ? ",\"response\":\"\""u8 : ",\"message\":{\"role\":\"assistant\",\"content\":\"\"}"u8);
        output.Write(IsUnload(body) ? ",\"done\":true,\"done_reason\":\"unload\"}"u8 : ",\"done\":true,\"done_reason\":\"load\"}"u8);
    }

    static bool IsUnload(ReadOnlyMemory<byte> body)
    {
        var reader = new BodyReader(body);
        while (reader.NextProperty())
        {
            var isIt = reader.Is("keep_alive"u8);
            reader.Next();
            if (isIt) return reader.Raw().Span is [(byte)'0'] or [(byte)'"', (byte)'0', (byte)'"'] or [(byte)'"', (byte)'0', >= (byte)'a', .., (byte)'"'];
            reader.Skip();
        }
        return false;
    }
}
