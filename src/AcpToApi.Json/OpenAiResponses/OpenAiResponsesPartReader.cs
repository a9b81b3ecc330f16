using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.OpenAiResponses;

/// <summary>Reads the content of messages, reasoning and tool results: a string or an array of parts.</summary>
static class OpenAiResponsesPartReader
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
        while (reader.NextElement()) parts.Add(reader.Token == JsonTokenType.String ? new TextPart(reader.ExpectString()) : ReadPart(ref reader));
    }

    /// <summary>Reads the part that the reader stands on.</summary>
    public static Part ReadPart(ref BodyReader reader)
    {
        reader.ExpectObject();
        var start = reader.Mark();
        var noted = reader.UnreadFields.Count;
        var fields = new Fields();
        while (reader.NextProperty()) ReadField(ref reader, fields);
        switch (fields.Type)
        {
            case null:
                reader.Missing("type");
                return null;
            case "input_text" or "output_text" or "text" or "summary_text" or "reasoning_text":
                if (fields.Text is null) reader.Missing("text");
                return new TextPart(fields.Text.Value) { CacheControl = fields.CacheControl };
            case "refusal":
                if (fields.Refusal is null) reader.Missing("refusal");
                return new TextPart(fields.Refusal.Value);
            case "input_image":
                if (fields.ImageUrl is null && fields.FileId is null) reader.Missing("image_url");
                return Image(fields);
            case "input_file":
                if (fields.FileData is null && fields.FileUrl is null && fields.FileId is null) reader.Missing("file_data");
                return Document(fields);
            case "input_audio":
                if (fields.AudioData is null) reader.Missing("input_audio.data");
                return Audio(fields);
            default:
                reader.UnreadFields.RemoveRange(noted, reader.UnreadFields.Count - noted);
                return new OpaquePart(fields.Type, start.Raw());
        }
    }

    static void ReadField(ref BodyReader reader, Fields fields)
    {
        if (reader.Is("type"u8))
        {
            reader.Next();
            fields.Type = reader.ExpectString().ToString();
        }
        else if (reader.Is("text"u8)) fields.Text = reader.ReadString();
        else if (reader.Is("refusal"u8)) fields.Refusal = reader.ReadString();
        else if (reader.Is("image_url"u8)) ReadImageUrl(ref reader, fields);
        else if (reader.Is("detail"u8)) fields.Detail = reader.ReadString();
        else if (reader.Is("file_id"u8)) fields.FileId = reader.ReadString();
        else if (reader.Is("file_data"u8)) fields.FileData = reader.ReadString();
        else if (reader.Is("file_url"u8)) fields.FileUrl = reader.ReadString();
        else if (reader.Is("filename"u8)) fields.FileName = reader.ReadString();
        else if (reader.Is("input_audio"u8)) ReadAudio(ref reader, fields);
        else if (reader.Is("cache_control"u8)) fields.CacheControl = reader.ReadRawObject();
        else reader.Unread("content.");
    }

    // A string here; clients that come from chat completions send {"url":…}.
    static void ReadImageUrl(ref BodyReader reader, Fields fields)
    {
        if (!reader.Value()) return;
        if (reader.Token != JsonTokenType.StartObject)
        {
            fields.ImageUrl = reader.ExpectString();
            return;
        }
        while (reader.NextProperty())
        {
            if (reader.Is("url"u8)) fields.ImageUrl = reader.ReadString();
            else if (reader.Is("detail"u8)) fields.Detail = reader.ReadString();
            else reader.Unread("content.");
        }
    }

    static void ReadAudio(ref BodyReader reader, Fields fields)
    {
        if (!reader.Value()) return;
        reader.ExpectObject();
        while (reader.NextProperty())
        {
            if (reader.Is("data"u8)) fields.AudioData = reader.ReadString();
            else if (reader.Is("format"u8)) fields.AudioFormat = reader.ReadString()?.ToString();
            else reader.Unread("content.");
        }
    }

    static MediaPart Image(Fields fields)
    {
        if (fields.ImageUrl is not { } url) return new MediaPart(MediaKind.Image) { FileId = fields.FileId, Detail = fields.Detail, CacheControl = fields.CacheControl };
        return DataUrl.TrySplit(url, out var type, out var data)
            ? new MediaPart(MediaKind.Image) { MediaType = type, Data = data, Detail = fields.Detail, CacheControl = fields.CacheControl }
            : new MediaPart(MediaKind.Image) { Url = url, Detail = fields.Detail, CacheControl = fields.CacheControl };
    }

    static MediaPart Document(Fields fields)
    {
        if (fields.FileData is not { } file)
        {
            return new MediaPart(MediaKind.Document) { FileId = fields.FileUrl is null ? fields.FileId : null, Url = fields.FileUrl, Name = fields.FileName, CacheControl = fields.CacheControl };
        }
        if (!DataUrl.TrySplit(file, out var type, out var data)) (type, data) = (JsonString.Of("application/pdf"), file);
        return new MediaPart(MediaKind.Document) { MediaType = type, Data = data, Name = fields.FileName, CacheControl = fields.CacheControl };
    }

    static MediaPart Audio(Fields fields) => new(MediaKind.Audio)
    {
        Data = fields.AudioData,
        MediaType = JsonString.Of(fields.AudioFormat switch
        {
            "mp3" => "audio/mpeg",
            var format => "audio/" + (format ?? "wav"),
        }),
    };

    sealed class Fields
    {
        public string? Type { get; set; }

        public JsonString? Text { get; set; }

        public JsonString? Refusal { get; set; }

        public JsonString? ImageUrl { get; set; }

        public JsonString? Detail { get; set; }

        public JsonString? FileId { get; set; }

        public JsonString? FileData { get; set; }

        public JsonString? FileUrl { get; set; }

        public JsonString? FileName { get; set; }

        public JsonString? AudioData { get; set; }

        public string? AudioFormat { get; set; }

        public ReadOnlyMemory<byte>? CacheControl { get; set; }
    }
}
