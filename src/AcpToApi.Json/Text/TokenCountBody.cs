using System.Text.Json;

namespace AcpToApi.Json.Text;

/// <summary>Bodies of questions for token counts, and of their answers.</summary>
static class TokenCountBody
{
    /// <summary>Appends those fields of a request that the question may have; others are refused by some providers.</summary>
    public static void WriteFields(PooledBuffer request, ReadOnlySpan<string> names, PooledBuffer output)
    {
        var reader = new BodyReader(request.WrittenMemory);
        var separator = "{"u8;
        while (reader.NextProperty())
        {
            var name = reader.Name();
            reader.Next();
            var json = reader.Raw();
            if (!names.Contains(name)) continue;
            output.Write(separator);
            output.WriteString(name);
            output.Write((byte)':');
            output.Write(json.Span);
            separator = ","u8;
        }
        output.Write((byte)'}');
    }

    /// <summary>Appends an object whose last field is the count.</summary>
    public static void Write(ReadOnlySpan<byte> beginning, long count, PooledBuffer output)
    {
        output.Write(beginning);
        output.Write(count);
        output.Write((byte)'}');
    }

    /// <summary>The count in the named field of an object; null when there is none.</summary>
    public static long? Read(ReadOnlySpan<byte> body, ReadOnlySpan<byte> name)
    {
        try
        {
            var reader = new Utf8JsonReader(body, BodyReader.Options);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return null;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals(name)) return reader.ReadCount();
                reader.SkipValue();
            }
            return null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
