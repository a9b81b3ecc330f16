using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.OpenAiChat;

/// <summary>An entry of <c>annotations</c>: a source. Here its fields stand in an object of their own, in Responses beside the type.</summary>
static class OpenAiChatAnnotation
{
    /// <summary>Says every entry of a raw array, from <paramref name="first"/> on, and returns how many the array has.</summary>
    public static int SayAll(ReadOnlySpan<byte> json, WireFormat format, IEventSink sink, int first = 0)
    {
        if (json.IsEmpty) return 0;
        var reader = new Utf8JsonReader(json, BodyReader.Options);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray) return 0;
        var count = 0;
        for (; reader.Read() && reader.TokenType != JsonTokenType.EndArray; count++)
        {
            var entry = reader.Raw(json);
            if (count >= first) Say(entry, format, sink);
        }
        return count;
    }

    /// <summary>Says one entry. Perplexity and xAI list bare URLs.</summary>
    public static void Say(ReadOnlySpan<byte> json, WireFormat format, IEventSink sink)
    {
        var reader = new Utf8JsonReader(json, BodyReader.Options);
        reader.Read();
        var citation = default(Fields);
        if (reader.TokenType == JsonTokenType.String) citation.Url = JsonText.Of(ref reader);
        else if (reader.TokenType == JsonTokenType.StartObject) ReadFields(ref reader, ref citation);
        if (citation.Url.IsEmpty && citation.Title.IsEmpty) return;
        sink.Citation(new Citation
        {
            Url = citation.Url,
            Title = citation.Title,
            Quote = citation.Quote,
            Start = citation.Start,
            End = citation.End,
            Format = format,
            Json = json,
        });
    }

    /// <summary>Appends an entry.</summary>
    public static void Write(in Citation citation, PooledBuffer output)
    {
        output.Write("{\"type\":\"url_citation\",\"url_citation\":{"u8);
        WriteFields(citation, output);
        // OpenRouter's field for the words of the source.
        if (!citation.Quote.IsEmpty)
        {
            output.Write(",\"content\":"u8);
            output.WriteString(citation.Quote);
        }
        output.Write("}}"u8);
    }

    /// <summary>Appends the fields that both OpenAI formats have.</summary>
    public static void WriteFields(in Citation citation, PooledBuffer output)
    {
        output.Write("\"start_index\":"u8);
        output.Write(citation.Start);
        output.Write(",\"end_index\":"u8);
        output.Write(citation.End);
        output.Write(",\"url\":"u8);
        output.WriteString(citation.Url);
        output.Write(",\"title\":"u8);
        output.WriteString(citation.Title);
    }

    static void ReadFields(scoped ref Utf8JsonReader reader, scoped ref Fields found)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("url"u8)) found.Url = reader.ReadText();
            else if (reader.ValueTextEquals("title"u8) || reader.ValueTextEquals("filename"u8)) found.Title = reader.ReadText();
            else if (reader.ValueTextEquals("content"u8)) found.Quote = reader.ReadText();
            else if (reader.ValueTextEquals("start_index"u8)) found.Start = reader.ReadCount() ?? 0;
            else if (reader.ValueTextEquals("end_index"u8)) found.End = reader.ReadCount() ?? 0;
            else if (reader.ValueTextEquals("url_citation"u8) || reader.ValueTextEquals("file_citation"u8))
            {
                reader.Read();
                if (reader.TokenType == JsonTokenType.StartObject) ReadFields(ref reader, ref found);
                else reader.Skip();
            }
            else reader.SkipValue();
        }
    }

    ref struct Fields
    {
        public JsonText Url;
        public JsonText Title;
        public JsonText Quote;
        public long Start;
        public long End;
    }
}
