using AcpToApi.Json.Model;

namespace AcpToApi.Json.Text;

/// <summary>The body of a question how something is translated: a client's request, or a provider's recorded stream, or both.</summary>
public sealed class TranslationBody
{
    // What is made of a stream is many times as large.
    const int MostStreamed = 4 << 20;

    // Whatever a client may speak, chats or not.
    static readonly WireFormat[] Dialects = [.. WireFormat.Dialects, WireFormat.OpenAiCompletions, WireFormat.OllamaGenerate, WireFormat.GeminiArray];

    /// <summary>The dialect of <see cref="Request"/>.</summary>
    public WireFormat Dialect { get; private set; } = WireFormat.OpenAiChat;

    /// <summary>The model, in place of the request's.</summary>
    public JsonString? Model { get; private set; }

    /// <summary>A client's request, as raw JSON.</summary>
    public ReadOnlyMemory<byte>? Request { get; private set; }

    /// <summary>A provider's stream.</summary>
    public ReadOnlyMemory<byte>? Stream { get; private set; }

    /// <summary>The wire format of <see cref="Stream"/>; null where it is the one that the request would get.</summary>
    public WireFormat? Format { get; private set; }

    /// <summary>The dialect that the stream is to be written in.</summary>
    public WireFormat To { get; private set; } = WireFormat.OpenAiChat;

    /// <summary>Reads it. Throws <see cref="BridgeException"/> (400) that names the field.</summary>
    public static TranslationBody Read(ReadOnlyMemory<byte> body)
    {
        var question = new TranslationBody();
        var reader = new BodyReader(body);
        WireFormat? to = null;
        while (reader.NextProperty())
        {
            if (reader.Is("dialect"u8)) question.Dialect = Named(ref reader, Dialects);
            else if (reader.Is("to"u8)) to = Named(ref reader, Dialects);
            else if (reader.Is("format"u8)) question.Format = Named(ref reader, WireFormat.All);
            else if (reader.Is("model"u8)) question.Model = reader.ReadString();
            else if (reader.Is("body"u8)) question.Request = reader.ReadRawObject();
            else if (reader.Is("stream"u8)) question.Stream = Bounded(ref reader, Decoded(reader.ReadString()));
            else if (reader.Is("stream_base64"u8)) question.Stream = Bounded(ref reader, FromBase64(ref reader));
            else
            {
                var name = reader.Name();
                reader.Next();
                reader.Fail($"is not known here; there are dialect, model, body, stream, stream_base64, format and to (not '{name}')");
            }
        }
        if (question.Request is null && question.Stream is null) reader.Missing("body");
        reader.ExpectEnd();
        question.To = to ?? question.Dialect;
        return question;
    }

    static WireFormat Named(ref BodyReader reader, IReadOnlyList<WireFormat> formats)
    {
        reader.Next();
        var name = reader.ExpectString().ToString();
        foreach (var format in formats)
        {
            if (format.Name == name) return format;
        }
        reader.Fail($"must be one of: {string.Join(", ", formats)}");
        return WireFormat.OpenAiChat;
    }

    static ReadOnlyMemory<byte>? Bounded(ref BodyReader reader, ReadOnlyMemory<byte>? stream)
    {
        if (stream is { Length: > MostStreamed }) reader.Fail($"must be at most {MostStreamed >> 20} MiB");
        return stream;
    }

    static ReadOnlyMemory<byte>? Decoded(JsonString? text)
    {
        if (text is not { } escaped) return null;
        using var decoded = new PooledBuffer();
        escaped.Text.WriteDecoded(decoded);
        return decoded.Written.ToArray();
    }

    static ReadOnlyMemory<byte>? FromBase64(ref BodyReader reader)
    {
        if (reader.ReadString() is not { } text) return null;
        try
        {
            return Convert.FromBase64String(text.ToString());
        }
        catch (FormatException)
        {
            reader.Fail("must be base64");
            return null;
        }
    }
}
