using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Ollama;

/// <summary>Between <see cref="BridgeError"/> and <c>{"error":"text"}</c>, as a body and as the last line of a stream.</summary>
static class OllamaErrors
{
    /// <summary>Appends the object.</summary>
    public static void Write(BridgeError error, PooledBuffer output)
    {
        output.Write("{\"error\":"u8);
        output.WriteString(error.Message);
        output.Write((byte)'}');
    }

    /// <summary>Reads the body of a response that is not 200.</summary>
    public static BridgeError Read(int status, ReadOnlySpan<byte> body)
    {
        var message = Find(body) ?? $"The provider answered with status {status} and no usable error body.";
        return new BridgeError(status == 404 ? ErrorKind.ModelNotFound : BridgeError.KindOf(status), status, message);
    }

    /// <summary>The error that a line of a stream tells.</summary>
    public static BridgeError InStream(JsonText message) => new(ErrorKind.UpstreamFailed, 502, message.ToString());

    static string? Find(ReadOnlySpan<byte> body)
    {
        try
        {
            var reader = new Utf8JsonReader(body, BodyReader.Options);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return null;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (!reader.ValueTextEquals("error"u8)) reader.SkipValue();
                else if (reader.ReadText() is { IsEmpty: false } text) return text.ToString();
            }
            return null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
