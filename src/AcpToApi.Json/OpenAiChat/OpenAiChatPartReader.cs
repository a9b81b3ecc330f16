using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.OpenAiChat;

/// <summary>Reads a message's <c>content</c>: a string or an array of parts.</summary>
static class OpenAiChatPartReader
{
    /// <summary>Reads the value that the reader stands on.</summary>
    public static void ReadContent(ref BodyReader reader, List<Part> parts)
    {
        if (reader.Token == JsonTokenType.String)
        {
            parts.Add(new TextPart(reader.ExpectString()));
            return;
        }
        if (reader.Token != JsonTokenType.StartArray) reader.Fail("must be a string or an array of parts");
        while (reader.NextElement())
        {
            if (reader.Token == JsonTokenType.String) parts.Add(new TextPart(reader.ExpectString()));
            else parts.Add(ReadPart(ref reader));
        }
    }

    static Part ReadPart(ref BodyReader reader)
    {
        reader.ExpectObject();
        var start = reader.Mark();
        var noted = reader.UnreadFields.Count;
        string? type = null;
        JsonString? text = null, refusal = null, name = null, id = null;
        ReadOnlyMemory<byte>? cacheControl = null;
        Media? media = null;
        while (reader.NextProperty())
        {
            if (reader.Is("type"u8))
            {
                reader.Next();
                type = reader.ExpectString().ToString();
            }
            else if (reader.Is("text"u8)) text = reader.ReadString();
            else if (reader.Is("refusal"u8)) refusal = reader.ReadString();
            else if (reader.Is("cache_control"u8)) cacheControl = reader.ReadRawObject();
            else if (reader.Is("document_name"u8)) name = reader.ReadString();
            else if (reader.Is("file_id"u8)) id = reader.ReadString();
            else if (reader.Is("image_url"u8) || reader.Is("input_audio"u8) || reader.Is("file"u8) || reader.Is("document_url"u8))
            {
                if (reader.Value()) media = ReadMedia(ref reader);
            }
            else reader.Unread("content.");
        }
        switch (type)
        {
            case null:
                reader.Missing("type");
                return null;
            case "text":
                if (text is null) reader.Missing("text");
                return new TextPart(text.Value) { CacheControl = cacheControl };
            case "refusal":
                if (refusal is null) reader.Missing("refusal");
                return new TextPart(refusal.Value) { CacheControl = cacheControl };
            case "image_url":
                if (media?.Url is null) reader.Missing(media is null ? "image_url" : "image_url.url");
                return Image(media, cacheControl);
            case "input_audio":
                if (media is null) reader.Missing("input_audio");
                if (media.Data is null && media.Url is null) reader.Missing("input_audio.data");
                return Audio(media, cacheControl);
            case "file" when id is not null: // Mistral
                return Document(null, id, name, cacheControl);
            case "file":
                if (media is null) reader.Missing("file");
                if (media.FileData is null && media.FileId is null) reader.Missing("file.file_data");
                return Document(media.FileData, media.FileId, media.FileName, cacheControl);
            case "document_url": // Mistral
                if (media?.Url is null) reader.Missing("document_url");
                return Document(media.Url, null, name, cacheControl);
            default:
                reader.UnreadFields.RemoveRange(noted, reader.UnreadFields.Count - noted);
                var part = start.Mark();
                return OpenAiChatMixture.TryRead(type, ref part) ?? new OpaquePart(type, start.Raw()) { CacheControl = cacheControl };
        }
    }

    static Media ReadMedia(ref BodyReader reader)
    {
        var media = new Media();
        if (reader.Token == JsonTokenType.String)
        {
            media.Url = reader.ExpectString(); // some clients leave the object out
            return media;
        }
        reader.ExpectObject();
        while (reader.NextProperty())
        {
            if (reader.Is("url"u8)) media.Url = reader.ReadString();
            else if (reader.Is("detail"u8)) media.Detail = reader.ReadString();
            else if (reader.Is("data"u8)) media.Data = reader.ReadString();
            else if (reader.Is("format"u8)) media.Format = reader.ReadString();
            else if (reader.Is("file_data"u8)) media.FileData = reader.ReadString();
            else if (reader.Is("file_id"u8)) media.FileId = reader.ReadString();
            else if (reader.Is("filename"u8)) media.FileName = reader.ReadString();
            else reader.Unread("content.");
        }
        return media;
    }

    static MediaPart Image(Media media, ReadOnlyMemory<byte>? cacheControl)
    {
        var url = media.Url!.Value;
        return DataUrl.TrySplit(url, out var type, out var data)
            ? new MediaPart(MediaKind.Image) { MediaType = type, Data = data, Detail = media.Detail, CacheControl = cacheControl }
            : new MediaPart(MediaKind.Image) { Url = url, Detail = media.Detail, CacheControl = cacheControl };
    }

    static MediaPart Audio(Media media, ReadOnlyMemory<byte>? cacheControl)
    {
        // Mistral: the base64 alone, a data URL or an address.
        if (media.Url is { } url)
        {
            if (DataUrl.IsWeb(url)) return new MediaPart(MediaKind.Audio) { Url = url, CacheControl = cacheControl };
            if (!DataUrl.TrySplit(url, out var type, out var data)) (type, data) = (FileType.OfSound(url), url);
            return new MediaPart(MediaKind.Audio) { Data = data, MediaType = type, CacheControl = cacheControl };
        }
        var format = media.Format?.ToString() ?? "wav";
        return new MediaPart(MediaKind.Audio)
        {
            Data = media.Data,
            MediaType = JsonString.Of(format == "mp3" ? "audio/mpeg" : "audio/" + format),
            CacheControl = cacheControl,
        };
    }

    static MediaPart Document(JsonString? content, JsonString? id, JsonString? name, ReadOnlyMemory<byte>? cacheControl)
    {
        if (content is not { } file) return new MediaPart(MediaKind.Document) { FileId = id, Name = name, CacheControl = cacheControl };
        if (DataUrl.TrySplit(file, out var type, out var data))
        {
            return new MediaPart(MediaKind.Document) { MediaType = type, Data = data, Name = name, CacheControl = cacheControl };
        }
        // OpenRouter takes a URL here; others take the base64 alone.
        return DataUrl.IsWeb(file)
            ? new MediaPart(MediaKind.Document) { Url = file, Name = name, CacheControl = cacheControl }
            : new MediaPart(MediaKind.Document) { MediaType = JsonString.Of("application/pdf"), Data = file, Name = name, CacheControl = cacheControl };
    }

    sealed class Media
    {
        public JsonString? Url { get; set; }

        public JsonString? Detail { get; set; }

        public JsonString? Data { get; set; }

        public JsonString? Format { get; set; }

        public JsonString? FileData { get; set; }

        public JsonString? FileId { get; set; }

        public JsonString? FileName { get; set; }
    }
}
