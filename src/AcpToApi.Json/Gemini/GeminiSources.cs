using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Gemini;

/// <summary>Writes sources as <c>groundingMetadata</c>: one chunk each, and where their places are known a support, which counts bytes of the text.</summary>
sealed class GeminiSources : IDisposable
{
    readonly TextPlaces _text = new();
    readonly List<KeptCitation> _sources = [];

    /// <summary>Notes a piece of the answer's text.</summary>
    public void AddText(JsonText text) => _text.Add(text);

    /// <summary>Notes a source.</summary>
    public void Add(KeptCitation citation) => _sources.Add(citation);

    /// <summary>Appends <c>,"groundingMetadata":…</c>, if there are sources, and forgets them and the text.</summary>
    public void Write(PooledBuffer output)
    {
        if (_sources.Count > 0)
        {
            output.Write(",\"groundingMetadata\":{\"groundingChunks\":["u8);
            for (var i = 0; i < _sources.Count; i++)
            {
                if (i > 0) output.Write((byte)',');
                WriteChunk(_sources[i], output);
            }
            output.Write((byte)']');
            WriteSupports(output);
            output.Write((byte)'}');
        }
        _sources.Clear();
        _text.Clear();
    }

    /// <inheritdoc/>
    public void Dispose() => _text.Dispose();

    static void WriteChunk(KeptCitation source, PooledBuffer output)
    {
        output.Write(source.Url.IsEmpty ? "{\"retrievedContext\":{\"title\":"u8 : "{\"web\":{\"uri\":"u8);
        if (!source.Url.IsEmpty)
        {
            output.WriteString(source.Url.Text);
            output.Write(",\"title\":"u8);
        }
        output.WriteString(source.Title.Text);
        output.Write("}}"u8);
    }

    void WriteSupports(PooledBuffer output)
    {
        var start = output.Length;
        for (var i = 0; i < _sources.Count; i++)
        {
            if (_sources[i].End <= 0) continue;
            output.Write(output.Length == start ? ",\"groundingSupports\":[{\"segment\":{\"startIndex\":"u8 : ",{\"segment\":{\"startIndex\":"u8);
            output.Write(_text.BytesIn(_sources[i].Start));
            output.Write(",\"endIndex\":"u8);
            output.Write(_text.BytesIn(_sources[i].End));
            output.Write("},\"groundingChunkIndices\":["u8);
            output.Write((long)i);
            output.Write("]}"u8);
        }
        if (output.Length > start) output.Write((byte)']');
    }
}
