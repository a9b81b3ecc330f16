using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.AnthropicMessages;

/// <summary>Reads <c>image</c> and <c>document</c> blocks, which differ in nothing but what their source may be.</summary>
static class AnthropicMediaReader
{
    /// <summary>Reads the block that the reader stands on.</summary>
    public static Part Read(ref BodyReader reader, MediaKind kind)
    {
        var block = reader.Mark();
        var source = default(Source);
        JsonString? title = null, context = null;
        var hasCitations = false;
        ReadOnlyMemory<byte>? cache = null;
        var hasSource = false;
        while (reader.NextProperty())
        {
            if (reader.Is("source"u8))
            {
                reader.Next();
                source = ReadSource(ref reader, kind);
                hasSource = true;
                continue;
            }
            if (reader.Is("title"u8)) title = reader.ReadString();
            else if (reader.Is("context"u8)) context = reader.ReadString();
            else if (reader.Is("citations"u8)) hasCitations = ReadsEnabled(ref reader);
            else if (reader.Is("cache_control"u8)) cache = reader.ReadRawObject();
            else reader.Unread("content.");
        }
        if (!hasSource) reader.Missing("source");
        // A document made of blocks (source type "content") has no neutral form once it holds more than text.
        if (source.IsOpaque) return new OpaquePart(kind == MediaKind.Image ? "image" : "document", block.Raw());
        return new MediaPart(kind)
        {
            MediaType = source.MediaType,
            Data = source.Data,
            Url = source.Url,
            FileId = source.FileId,
            PlainText = source.PlainText,
            Name = title,
            Context = context,
            HasCitations = hasCitations,
            CacheControl = cache,
        };
    }

    /// <summary>Reads <c>citations</c>, the field that the reader stands on.</summary>
    public static bool ReadsEnabled(ref BodyReader reader)
    {
        var isEnabled = false;
        if (!reader.Value()) return false;
        while (reader.NextProperty())
        {
            var isEnabledField = reader.Is("enabled"u8);
            if (!reader.Value()) continue;
            if (isEnabledField) isEnabled = reader.ExpectBool();
            else reader.Skip();
        }
        return isEnabled;
    }

    static Source ReadSource(ref BodyReader reader, MediaKind kind)
    {
        var type = AnthropicBlockReader.TypeAhead(ref reader).Text;
        if (type.Is("base64"u8))
        {
            var inline = ReadFields(ref reader, "data");
            if (inline.MediaType is null) reader.Missing("media_type");
            return inline;
        }
        if (type.Is("url"u8)) return ReadFields(ref reader, "url");
        if (type.Is("file"u8)) return ReadFields(ref reader, "file_id");
        if (kind == MediaKind.Document && type.Is("text"u8))
        {
            var text = ReadFields(ref reader, "data");
            return new Source { PlainText = text.Data, MediaType = text.MediaType };
        }
        if (kind == MediaKind.Document && type.Is("content"u8)) return ReadContent(ref reader);
        reader.Fail("must have the type 'base64', 'url' or 'file'" + (kind == MediaKind.Document ? ", or 'text' or 'content'" : ""));
        return default;
    }

    static Source ReadFields(ref BodyReader reader, string required)
    {
        JsonString? mediaType = null, data = null, url = null, fileId = null;
        while (reader.NextProperty())
        {
            var (isType, isData, isUrl, isFile) = (reader.Is("media_type"u8), reader.Is("data"u8), reader.Is("url"u8), reader.Is("file_id"u8));
            if (!reader.Value()) continue;
            if (isType) mediaType = reader.ExpectString();
            else if (isData) data = reader.ExpectString();
            else if (isUrl) url = reader.ExpectString();
            else if (isFile) fileId = reader.ExpectString();
            else reader.Skip();
        }
        var found = required switch { "data" => data, "url" => url, _ => fileId };
        if (found is null) reader.Missing(required);
        return new Source { MediaType = mediaType, Data = data, Url = url, FileId = fileId };
    }

    static Source ReadContent(ref BodyReader reader)
    {
        List<Part> parts = [];
        while (reader.NextProperty())
        {
            var isContent = reader.Is("content"u8);
            if (!reader.Value()) continue;
            if (isContent) AnthropicBlockReader.ReadContent(ref reader, parts);
            else reader.Skip();
        }
        return parts is [TextPart only] ? new Source { PlainText = only.Text } : new Source { IsOpaque = true };
    }

    struct Source
    {
        public JsonString? MediaType;
        public JsonString? Data;
        public JsonString? Url;
        public JsonString? FileId;
        public JsonString? PlainText;
        public bool IsOpaque;
    }
}
