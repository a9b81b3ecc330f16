using System.Runtime.InteropServices;
using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Gemini;

/// <summary>
/// The sources of an answer: <c>groundingMetadata</c> (searches, maps), told once or again with every chunk, and <c>citationMetadata</c>
/// (recitations), told bit by bit. Their places count bytes of the whole text; so all are kept until the end.
/// </summary>
sealed class GeminiGrounding : IDisposable
{
    // A short list can name one source any number of times.
    const int MostSaid = 10_000;

    readonly TextPlaces _text = new();
    readonly PooledBuffer _grounding = new();
    readonly List<byte[]> _citations = [];
    int _said;

    /// <summary>Notes a piece of the answer's text.</summary>
    public void AddText(JsonText text) => _text.Add(text);

    /// <summary>Keeps <c>groundingMetadata</c>; one that names no source does not replace one that does.</summary>
    public void Keep(ReadOnlySpan<byte> grounding)
    {
        if (grounding.IndexOf("\"groundingChunks\""u8) < 0) return;
        _grounding.Clear();
        _grounding.Write(grounding);
    }

    /// <summary>Keeps <c>citationMetadata</c>.</summary>
    public void KeepCitations(ReadOnlySpan<byte> citations)
    {
        if (!citations.IsEmpty) _citations.Add(citations.ToArray());
    }

    /// <summary>Says all sources: where it is told, once for every place that leans on them. Broken ones cost no answer.</summary>
    public void Say(IEventSink sink)
    {
        try
        {
            if (_grounding.Length > 0) SayGrounding(_grounding.Written, sink);
            foreach (var citations in _citations) SayCitations(citations, sink);
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException)
        {
            // The text is whole.
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _text.Dispose();
        _grounding.Dispose();
    }

    void SayGrounding(ReadOnlySpan<byte> json, IEventSink sink)
    {
        using var document = JsonDocument.Parse(json.ToArray());
        var chunks = Items(document.RootElement, "groundingChunks");
        var supports = Items(document.RootElement, "groundingSupports");
        if (supports.Length == 0)
        {
            foreach (var chunk in chunks) Say(SourceOf(chunk), default, sink);
        }
        foreach (var support in supports)
        {
            if (support.ValueKind != JsonValueKind.Object) continue;
            support.TryGetProperty("segment", out var segment);
            foreach (var index in Items(support, "groundingChunkIndices"))
            {
                if (_said < MostSaid && index.ValueKind == JsonValueKind.Number && index.TryGetInt32(out var chunk) && chunk >= 0 && chunk < chunks.Length) Say(SourceOf(chunks[chunk]), segment, sink);
            }
        }
    }

    void SayCitations(byte[] json, IEventSink sink)
    {
        using var document = JsonDocument.Parse(json);
        // AI Studio's name and Vertex AI's.
        foreach (var source in Items(document.RootElement, "citationSources")) Say(source, source, sink);
        foreach (var source in Items(document.RootElement, "citations")) Say(source, source, sink);
    }

    void Say(JsonElement source, JsonElement place, IEventSink sink)
    {
        var url = Text(source, "uri");
        var title = Text(source, "title");
        if (url.IsEmpty && title.IsEmpty) return;
        _said++;
        sink.Citation(new Citation
        {
            Url = url,
            Title = title,
            Quote = Text(source, "text"),
            Start = CharactersBefore(place, "startIndex"),
            End = CharactersBefore(place, "endIndex"),
        });
    }

    // web, maps, retrievedContext, image: one of them, with the same fields.
    static JsonElement SourceOf(JsonElement chunk)
    {
        if (chunk.ValueKind != JsonValueKind.Object) return default;
        foreach (var property in chunk.EnumerateObject()) return property.Value;
        return default;
    }

    long CharactersBefore(JsonElement place, string name)
    {
        if (place.ValueKind != JsonValueKind.Object || !place.TryGetProperty(name, out var index) || index.ValueKind != JsonValueKind.Number || !index.TryGetInt32(out var bytes)) return 0;
        return _text.CharactersIn(bytes);
    }

    static JsonElement[] Items(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array ? [.. list.EnumerateArray()] : [];

    static JsonText Text(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var text) && text.ValueKind == JsonValueKind.String ? JsonText.Escaped(JsonMarshal.GetRawUtf8Value(text)[1..^1]) : default;
}
