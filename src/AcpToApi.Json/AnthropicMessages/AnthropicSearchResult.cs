using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.AnthropicMessages;

/// <summary>Reads <c>search_result</c> blocks: what a client found, to be cited. To others it is a text with its title and source.</summary>
static class AnthropicSearchResult
{
    /// <summary>Reads the block that the reader stands on.</summary>
    public static MediaPart Read(ref BodyReader reader)
    {
        var block = reader.Mark();
        JsonString? title = null, source = null;
        ReadOnlyMemory<byte>? cache = null;
        var hasCitations = false;
        List<Part> content = [];
        while (reader.NextProperty())
        {
            if (reader.Is("title"u8)) title = reader.ReadString();
            else if (reader.Is("source"u8)) source = reader.ReadString();
            else if (reader.Is("citations"u8)) hasCitations = AnthropicMediaReader.ReadsEnabled(ref reader);
            else if (reader.Is("cache_control"u8)) cache = reader.ReadRawObject();
            else if (!reader.Is("content"u8)) reader.Unread("content.");
            else if (reader.Value()) AnthropicBlockReader.ReadContent(ref reader, content);
        }
        using var text = new PooledBuffer();
        Add(title, text);
        Add(source, text);
        foreach (var part in content) Add((part as TextPart)?.Text, text);
        return new MediaPart(MediaKind.Document)
        {
            MediaType = JsonString.Of("text/plain"),
            PlainText = new JsonString(text.Written.ToArray(), IsEscaped: true),
            HasCitations = hasCitations,
            CacheControl = cache,
            Declaration = block.Raw(),
        };
    }

    static void Add(JsonString? line, PooledBuffer text)
    {
        if (line is not { IsEmpty: false } told) return;
        if (text.Length > 0) text.Write("\\n"u8);
        told.Text.WriteEscaped(text);
    }
}
