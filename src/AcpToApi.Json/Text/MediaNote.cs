using AcpToApi.Json.Model;

namespace AcpToApi.Json.Text;

/// <summary>What stands in an answer's text for a picture or sound that the dialect cannot carry: that one was made must not go untold.</summary>
static class MediaNote
{
    /// <summary>Appends the note, escaped as the inside of a JSON string.</summary>
    public static void Write(JsonText mediaType, PooledBuffer output)
    {
        output.Write("[The model made "u8);
        mediaType.WriteEscaped(output);
        output.Write(", which this dialect cannot carry.]"u8);
    }

    /// <summary>Says the note as a piece of text.</summary>
    public static void Say(JsonText mediaType, IEventSink sink)
    {
        using var note = new PooledBuffer();
        Write(mediaType, note);
        sink.Text(JsonText.Escaped(note.Written));
    }
}
