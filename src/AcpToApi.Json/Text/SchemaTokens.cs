using System.Text.Json;

namespace AcpToApi.Json.Text;

/// <summary>Weighs a JSON Schema that a model sees as declarations: the names of properties, what describes them and their choices, without the signs of JSON.</summary>
static class SchemaTokens
{
    /// <summary>The weight in hundredths of a token.</summary>
    public static long Count(ReadOnlySpan<byte> schema, TokenProfile profile)
    {
        try
        {
            var reader = new Utf8JsonReader(schema, BodyReader.Options);
            return reader.Read() ? OfValue(ref reader, profile, isSpoken: false) : 0;
        }
        catch (JsonException)
        {
            return TextTokens.Count(schema, isEscaped: false, profile);
        }
    }

    /// <summary>The weight of a schema that an answer has to keep, which a model sees as JSON without white space and without what only checks the answer.</summary>
    public static long CountFormat(ReadOnlySpan<byte> schema, TokenProfile profile)
    {
        var reader = new Utf8JsonReader(schema, BodyReader.Options);
        using var shown = new PooledBuffer();
        var end = 0;
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.PropertyName && IsCheck(reader)) reader.SkipValue();
            else
            {
                var start = (int)reader.TokenStartIndex;
                if (schema[end..start].Contains((byte)',')) shown.Write((byte)',');
                shown.Write(schema[start..(int)reader.BytesConsumed]);
            }
            end = (int)reader.BytesConsumed;
        }
        return TextTokens.Count(shown.Written, isEscaped: false, profile);
    }

    // A property of the answer may have such a name too, but its schema is an object.
    static bool IsCheck(Utf8JsonReader name)
    {
        if (!name.Is("required"u8) && !name.Is("additionalProperties"u8) && !name.Is("format"u8) && !name.Is("$schema"u8)) return false;
        return name.Read() && name.TokenType != JsonTokenType.StartObject;
    }

    // Strings are seen only as descriptions and choices.
    static long OfValue(ref Utf8JsonReader reader, TokenProfile profile, bool isSpoken)
    {
        if (reader.TokenType == JsonTokenType.String) return isSpoken ? Of(reader, profile) : 0;
        long total = 0;
        if (reader.TokenType == JsonTokenType.StartArray)
        {
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray) total += OfValue(ref reader, profile, isSpoken);
        }
        if (reader.TokenType != JsonTokenType.StartObject) return total;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.Is("properties"u8))
            {
                total += reader.CurrentDepth > 1 ? profile.Nested : 0;
                reader.Read();
                total += OfProperties(ref reader, profile);
                continue;
            }
            var isComment = reader.Is("description"u8) || reader.Is("title"u8) || reader.Is("format"u8);
            var isShown = isComment || reader.Is("enum"u8);
            reader.Read();
            total += (isComment ? profile.Comment : 0) + OfValue(ref reader, profile, isShown);
        }
        return total;
    }

    static long OfProperties(ref Utf8JsonReader reader, TokenProfile profile)
    {
        if (reader.TokenType != JsonTokenType.StartObject) return OfValue(ref reader, profile, isSpoken: false);
        long total = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            total += profile.Property + Of(reader, profile);
            reader.Read();
            total += OfValue(ref reader, profile, isSpoken: false);
        }
        return total;
    }

    static long Of(in Utf8JsonReader reader, TokenProfile profile) => TextTokens.Count(reader.ValueSpan, reader.ValueIsEscaped, profile);
}
