using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.OpenAiChat;

/// <summary>Pictures in an answer: <c>images</c> beside the content, as OpenRouter has it; OpenAI's own form has none.</summary>
static class OpenAiChatImages
{
    /// <summary>Says the pictures of the array that the reader stands on, as far as they are here and not elsewhere.</summary>
    public static void Say(ref Utf8JsonReader reader, IEventSink sink)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
        {
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isImage = reader.ValueTextEquals("image_url"u8);
                reader.Read();
                if (!isImage || reader.TokenType != JsonTokenType.StartObject)
                {
                    reader.Skip();
                    continue;
                }
                while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
                {
                    if (!reader.ValueTextEquals("url"u8)) reader.SkipValue();
                    else if (DataUrl.TrySplit(reader.ReadText().Keep(), out var type, out var data)) sink.Media(type.Text, data.Text);
                }
            }
        }
    }

    /// <summary>Appends an entry.</summary>
    public static void Write(JsonText mediaType, JsonText data, PooledBuffer output)
    {
        output.Write("{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:"u8);
        mediaType.WriteEscaped(output);
        output.Write(";base64,"u8);
        data.WriteEscaped(output);
        output.Write("\"}}"u8);
    }
}
