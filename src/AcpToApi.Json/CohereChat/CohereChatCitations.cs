using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.CohereChat;

/// <summary>The <c>citations</c> of a message: a place in the text, and the documents or tool results that it leans on.</summary>
static class CohereChatCitations
{
    /// <summary>Says every source of the citation that the reader stands on, or of an array of them; what leans on thoughts or plans is passed over.</summary>
    public static void Read(ref Utf8JsonReader reader, IEventSink sink)
    {
        if (reader.TokenType == JsonTokenType.StartObject) ReadOne(ref reader, sink);
        else if (reader.TokenType == JsonTokenType.StartArray)
        {
            while (reader.Read() && reader.TokenType == JsonTokenType.StartObject) ReadOne(ref reader, sink);
        }
    }

    static void ReadOne(ref Utf8JsonReader reader, IEventSink sink)
    {
        var (start, end, isText) = (0L, 0L, true);
        Utf8JsonReader sources = default;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("start"u8)) start = reader.ReadCount() ?? 0;
            else if (reader.ValueTextEquals("end"u8)) end = reader.ReadCount() ?? 0;
            else if (reader.ValueTextEquals("sources"u8)) sources = reader.Mark();
            else if (reader.ValueTextEquals("type"u8)) isText = reader.ReadText().Is("TEXT_CONTENT"u8);
            else reader.SkipValue();
        }
        if (!isText || sources.TokenType != JsonTokenType.StartArray) return;
        while (sources.Read() && sources.TokenType == JsonTokenType.StartObject) ReadSource(ref sources, start, end, sink);
    }

    static void ReadSource(ref Utf8JsonReader reader, long start, long end, IEventSink sink)
    {
        JsonText id = default, title = default, url = default, quote = default;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("id"u8)) id = reader.ReadText();
            else if (!reader.ValueTextEquals("document"u8)) reader.SkipValue();
            else
            {
                reader.Read();
                if (reader.TokenType != JsonTokenType.StartObject) continue;
                while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
                {
                    if (reader.ValueTextEquals("title"u8)) title = reader.ReadText();
                    else if (reader.ValueTextEquals("url"u8)) url = reader.ReadText();
                    else if (reader.ValueTextEquals("snippet"u8) || reader.ValueTextEquals("text"u8)) quote = reader.ReadText();
                    else reader.SkipValue();
                }
            }
        }
        sink.Citation(new Citation { Url = url, Title = title.IsEmpty ? id : title, Quote = quote, Start = start, End = end });
    }
}
