using System.Text.Json;
using AcpToApi.Json.Model;

namespace AcpToApi.Json.Text;

/// <summary>Steps from a property's name to its value, for readers of what upstreams send: another type than expected is as good as nothing.</summary>
static class JsonTokens
{
    // Beyond everything that is really counted, and sums of many still fit.
    const long MostCount = 1_000_000_000_000_000;

    /// <summary>Whether the name or string that the reader stands on is <paramref name="utf8"/>; unlike the framework's own test it takes lone surrogates, which clients may send.</summary>
    public static bool Is(this scoped ref Utf8JsonReader reader, scoped ReadOnlySpan<byte> utf8) => JsonText.Of(ref reader).Is(utf8);

    /// <summary>
    /// Whether a JSON text holds a string as a value, and not only as a property's name; <paramref name="quoted"/> is the string in its quotation
    /// marks. A search for bytes: a quotation mark inside a string is escaped, so that nothing can match there.
    /// </summary>
    public static bool HasString(ReadOnlySpan<byte> json, ReadOnlySpan<byte> quoted)
    {
        while (json.IndexOf(quoted) is >= 0 and var at)
        {
            json = json[(at + quoted.Length)..];
            if (json.TrimStart(" \t\r\n"u8) is not [(byte)':', ..]) return true;
        }
        return false;
    }

    /// <summary>From a property's name to its value, if that is a string; otherwise past it, and the text is empty.</summary>
    public static JsonText ReadText(this scoped ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.String) return JsonText.Of(ref reader);
        reader.Skip();
        return default;
    }

    /// <summary>From a property's name past its value, which is returned as raw JSON; empty for null.</summary>
    public static ReadOnlySpan<byte> ReadRaw(this scoped ref Utf8JsonReader reader, ReadOnlySpan<byte> data)
    {
        reader.Read();
        return reader.TokenType == JsonTokenType.Null ? default : reader.Raw(data);
    }

    /// <summary>From a property's name past its value, which is returned as raw JSON; empty when it is not an object.</summary>
    public static ReadOnlySpan<byte> ReadRawObject(this scoped ref Utf8JsonReader reader, ReadOnlySpan<byte> data)
    {
        reader.Read();
        var isObject = reader.TokenType == JsonTokenType.StartObject;
        var raw = reader.Raw(data);
        return isObject ? raw : default;
    }

    /// <summary>From a property's name past its value; null when that is not a number that a count can be.</summary>
    public static long? ReadCount(this scoped ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.Count() is { } count) return count;
        reader.Skip();
        return null;
    }

    /// <summary>The value that the reader stands on; null when that is not a number that a count can be.</summary>
    public static long? Count(this scoped ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.Number) return null;
        if (reader.TryGetInt64(out var count)) return Math.Clamp(count, 0, MostCount);
        return reader.TryGetDouble(out var number) && number is >= 0 and < MostCount ? (long)number : null;
    }

    /// <summary>The value that the reader stands on as raw JSON; the reader then stands on its last token.</summary>
    public static ReadOnlySpan<byte> Raw(this scoped ref Utf8JsonReader reader, ReadOnlySpan<byte> data)
    {
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        return data[start..(int)reader.BytesConsumed];
    }

    /// <summary>From a property's name past its value; returns a reader that stands on the value, to be read later.</summary>
    public static Utf8JsonReader Mark(this scoped ref Utf8JsonReader reader)
    {
        reader.Read();
        var mark = reader;
        reader.Skip();
        return mark;
    }

    /// <summary>From a property's name past its value.</summary>
    public static void SkipValue(this scoped ref Utf8JsonReader reader)
    {
        reader.Read();
        reader.Skip();
    }
}
