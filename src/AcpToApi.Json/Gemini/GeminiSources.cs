using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Gemini;

/// <summary>Writes sources as <c>groundingMetadata</c>: one chunk each. Their places are left out, which would count bytes.</summary>
static class GeminiSources
{
    /// <summary>Appends a source to those collected.</summary>
    public static void Add(in Citation citation, PooledBuffer sources)
    {
        if (sources.Length > 0) sources.Write((byte)',');
        sources.Write(citation.Url.IsEmpty ? "{\"retrievedContext\":{\"title\":"u8 : "{\"web\":{\"uri\":"u8);
        if (!citation.Url.IsEmpty)
        {
            sources.WriteString(citation.Url);
            sources.Write(",\"title\":"u8);
        }
        sources.WriteString(citation.Title);
        sources.Write("}}"u8);
    }

    /// <summary>Appends <c>,"groundingMetadata":…</c>, if there are sources.</summary>
    public static void Write(PooledBuffer sources, PooledBuffer output)
    {
        if (sources.Length == 0) return;
        output.Write(",\"groundingMetadata\":{\"groundingChunks\":["u8);
        output.Write(sources.Written);
        output.Write("]}"u8);
    }
}
