using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.BedrockConverse;

/// <summary>The sources of text blocks: what leans on them is the whole block, so they wait for its end.</summary>
sealed class BedrockCitations
{
    readonly List<byte[]> _waiting = [];
    long _blockStart;
    long _position;

    /// <summary>Counts a piece of text.</summary>
    public void Count(JsonText text) => _position += text.CharacterCount;

    /// <summary>Keeps a source.</summary>
    public void Keep(ReadOnlySpan<byte> json) => _waiting.Add(json.ToArray());

    /// <summary>A block is whole: says its sources.</summary>
    public void EndBlock(IEventSink sink)
    {
        foreach (var json in _waiting) Say(json, sink);
        _waiting.Clear();
        _blockStart = _position;
    }

    // {"title","source","sourceContent":[{"text"}],"location":{"web":{"url"}}}; documents have other locations.
    void Say(ReadOnlySpan<byte> json, IEventSink sink)
    {
        JsonText title = default, source = default, quote = default, url = default;
        var reader = new Utf8JsonReader(json, BodyReader.Options);
        while (reader.Read())
        {
            if (reader.TokenType != JsonTokenType.PropertyName) continue;
            if (reader.ValueTextEquals("title"u8)) title = reader.ReadText();
            else if (reader.ValueTextEquals("source"u8)) source = reader.ReadText();
            else if (reader.ValueTextEquals("url"u8)) url = reader.ReadText();
            else if (reader.ValueTextEquals("text"u8) && quote.IsEmpty) quote = reader.ReadText();
        }
        sink.Citation(new Citation { Url = url.IsEmpty ? source : url, Title = title, Quote = quote, Start = _blockStart, End = _position });
    }
}
