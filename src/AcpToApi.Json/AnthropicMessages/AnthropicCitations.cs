using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.AnthropicMessages;

/// <summary>
/// The sources of text blocks. They may come before the text that leans on them, and what leans on them is the whole block; so they wait for
/// its end.
/// </summary>
sealed class AnthropicCitations
{
    readonly List<byte[]> _waiting = [];
    long _blockStart;
    long _position;

    /// <summary>Counts a piece of text.</summary>
    public void Count(JsonText text) => _position += text.CharacterCount;

    /// <summary>Keeps a source, or an array of them.</summary>
    public void Keep(ReadOnlySpan<byte> json)
    {
        if (!json.IsEmpty) _waiting.Add(json.ToArray());
    }

    /// <summary>A block is whole: says its sources.</summary>
    public void EndBlock(IEventSink sink)
    {
        foreach (var json in _waiting)
        {
            var reader = new Utf8JsonReader(json, BodyReader.Options);
            reader.Read();
            if (reader.TokenType == JsonTokenType.StartArray) reader.Read();
            while (reader.TokenType == JsonTokenType.StartObject)
            {
                Say(reader.Raw(json), sink);
                if (!reader.Read()) break;
            }
        }
        _waiting.Clear();
        _blockStart = _position;
    }

    /// <summary>Appends a source; one of another provider as a search result, the only kind that needs nothing which only Anthropic has.</summary>
    public static void Write(in Citation citation, int index, PooledBuffer output)
    {
        if (citation.Format == WireFormat.AnthropicMessages && !citation.Json.IsEmpty)
        {
            var start = output.Length;
            output.Write(citation.Json);
            output.JoinLines(start);
            return;
        }
        output.Write("{\"type\":\"search_result_location\",\"cited_text\":"u8);
        output.WriteString(citation.Quote);
        output.Write(",\"source\":"u8);
        output.WriteString(citation.Url);
        output.Write(",\"title\":"u8);
        output.WriteString(citation.Title);
        output.Write(",\"search_result_index\":"u8);
        output.Write(index);
        output.Write(",\"start_block_index\":0,\"end_block_index\":0}"u8);
    }

    // web_search_result_location has url and title, search_result_location source and title, the others a document_title.
    void Say(ReadOnlySpan<byte> json, IEventSink sink)
    {
        JsonText url = default, title = default, quote = default;
        var reader = new Utf8JsonReader(json, BodyReader.Options);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("url"u8) || reader.ValueTextEquals("source"u8)) url = reader.ReadText();
            else if (reader.ValueTextEquals("title"u8) || reader.ValueTextEquals("document_title"u8)) title = reader.ReadText();
            else if (reader.ValueTextEquals("cited_text"u8)) quote = reader.ReadText();
            else reader.SkipValue();
        }
        sink.Citation(new Citation { Url = url, Title = title, Quote = quote, Start = _blockStart, End = _position, Format = WireFormat.AnthropicMessages, Json = json });
    }
}
