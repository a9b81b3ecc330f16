using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Gemini;

/// <summary>One part of a request's content, as it stands: what it means depends on the content's role, which may come after it.</summary>
sealed class GeminiRequestPart
{
    const string Video = "video";

    /// <summary>The part as raw JSON.</summary>
    public ReadOnlyMemory<byte> Json { get; private set; }

    public JsonString? Text { get; private set; }

    public bool IsThought { get; private set; }

    public JsonString? Signature { get; private set; }

    public MediaPart? Media { get; private set; }

    /// <summary>The tool of a call or of a result.</summary>
    public JsonString? Name { get; private set; }

    public JsonString? Id { get; private set; }

    public JsonString Arguments { get; private set; }

    /// <summary>What a tool returned; null when this is no result.</summary>
    public List<Part>? Response { get; private set; }

    public bool IsError { get; private set; }

    /// <summary>The field that makes this a part of Google's own (code that it ran, a video); null if none does.</summary>
    public string? OpaqueName { get; private set; }

    /// <summary>Whether no other provider can take it.</summary>
    public bool IsOpaque => OpaqueName is not null;

    /// <summary>Whether it is a text and nothing else.</summary>
    public bool IsPlainText => Text is not null && !IsThought && !IsOpaque && Name is null && Media is null && GeminiSignatures.OwnOf(Signature) is null;

    /// <summary>A text that stands without its object.</summary>
    public static GeminiRequestPart OfText(JsonString text) => new() { Text = text };

    /// <summary>Reads the part that the reader stands on.</summary>
    public static GeminiRequestPart Read(ref BodyReader reader)
    {
        reader.ExpectObject();
        var start = reader.Mark();
        var part = new GeminiRequestPart();
        while (reader.NextProperty()) ReadField(ref reader, part);
        part.Json = start.Raw();
        // What is said beside a text, a picture or a call (mediaResolution) does not keep it from other providers.
        if (part.OpaqueName is not (null or Video) && (part.Text ?? part.Name ?? part.Media?.Data ?? part.Media?.Url) is not null)
        {
            reader.UnreadFields.Add("parts[]." + part.OpaqueName);
            part.OpaqueName = null;
        }
        return part;
    }

    /// <summary>The part for an upstream of this format only.</summary>
    public OpaquePart Opaque() => new(OpaqueName ?? "functionResponse", Json);

    static void ReadField(ref BodyReader reader, GeminiRequestPart part)
    {
        if (reader.IsField("text"u8)) part.Text = reader.ReadString();
        else if (reader.IsField("thought"u8)) part.IsThought = reader.ReadBool() ?? false;
        else if (reader.IsField("thoughtSignature"u8)) part.Signature = reader.ReadString() is { IsEmpty: false } told ? told : null;
        else if (reader.IsField("inlineData"u8) || reader.IsField("fileData"u8))
        {
            if (!reader.Value()) return;
            part.Media = ReadMedia(ref reader, out var isVideo);
            if (isVideo) part.OpaqueName = Video;
        }
        else if (reader.IsField("functionCall"u8))
        {
            if (reader.Value()) ReadCall(ref reader, part);
        }
        else if (reader.IsField("functionResponse"u8))
        {
            if (reader.Value()) ReadResponse(ref reader, part);
        }
        else
        {
            var name = reader.Name();
            if (reader.Value()) part.OpaqueName ??= name;
            reader.Skip();
        }
    }

    static MediaPart ReadMedia(ref BodyReader reader, out bool isVideo)
    {
        reader.ExpectObject();
        JsonString? type = null, data = null, uri = null, name = null;
        while (reader.NextProperty())
        {
            if (reader.IsField("mimeType"u8)) type = reader.ReadString();
            else if (reader.IsField("data"u8)) data = reader.ReadString() is { } sent ? UrlSafeBase64.ToStandard(sent) : null;
            else if (reader.IsField("fileUri"u8)) uri = reader.ReadString();
            else if (reader.IsField("displayName"u8)) name = reader.ReadString();
            else reader.Unread("parts[].");
        }
        if (data is null && uri is null) reader.Missing("data");
        var mime = type?.ToString() ?? "";
        isVideo = mime.StartsWith("video/", StringComparison.OrdinalIgnoreCase);
        var kind = mime.StartsWith("image/", StringComparison.OrdinalIgnoreCase) ? MediaKind.Image
            : mime.StartsWith("audio/", StringComparison.OrdinalIgnoreCase) ? MediaKind.Audio : MediaKind.Document;
        return new MediaPart(kind) { MediaType = type, Data = data, Url = data is null ? uri : null, Name = name };
    }

    static void ReadCall(ref BodyReader reader, GeminiRequestPart part)
    {
        reader.ExpectObject();
        while (reader.NextProperty())
        {
            if (reader.IsField("name"u8)) part.Name = reader.ReadString();
            else if (reader.IsField("id"u8)) part.Id = reader.ReadString();
            else if (reader.IsField("args"u8)) part.Arguments = reader.Value() ? new JsonString(reader.RawObject(), IsEscaped: false) : default;
            else reader.Unread("parts[].");
        }
        if (part.Name is null) reader.Missing("name");
    }

    static void ReadResponse(ref BodyReader reader, GeminiRequestPart part)
    {
        reader.ExpectObject();
        part.Response = [];
        List<Part> media = [];
        while (reader.NextProperty())
        {
            if (reader.IsField("name"u8)) part.Name = reader.ReadString();
            else if (reader.IsField("id"u8)) part.Id = reader.ReadString();
            else if (reader.IsField("response"u8))
            {
                if (reader.Value()) ReadResult(ref reader, part);
            }
            else if (reader.IsField("parts"u8))
            {
                if (!reader.Value()) continue;
                reader.ExpectArray();
                while (reader.NextElement())
                {
                    var inner = Read(ref reader);
                    if (inner.Media is { } found) media.Add(found);
                    else reader.UnreadFields.Add("functionResponse.parts");
                }
            }
            else reader.Unread("parts[].");
        }
        if (part.Name is null) reader.Missing("name");
        part.Response.AddRange(media);
    }

    // Usual names for a tool that returns a text; anything else is handed on as the JSON that it is.
    static void ReadResult(ref BodyReader reader, GeminiRequestPart part)
    {
        reader.ExpectObject();
        var json = reader.Mark().Raw();
        JsonString? text = null;
        var (count, isError) = (0, false);
        while (reader.NextProperty())
        {
            count++;
            var (isResult, failed) = (reader.Is("result"u8) || reader.Is("output"u8), reader.Is("error"u8));
            reader.Next();
            if ((isResult || failed) && reader.Token == JsonTokenType.String) (text, isError) = (reader.ExpectString(), failed);
            else reader.Skip();
        }
        if (count == 0) return;
        var only = count == 1 ? text : null;
        part.IsError = only is not null && isError;
        part.Response!.Add(new TextPart(only ?? new JsonString(json, IsEscaped: false)));
    }
}
