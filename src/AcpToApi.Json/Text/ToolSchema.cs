using System.Text.Json;

namespace AcpToApi.Json.Text;

/// <summary>The schema of a tool's arguments as OpenAI takes it: "object schema missing properties", while other dialects allow {"type":"object"} and {}.</summary>
static class ToolSchema
{
    /// <summary>Appends it.</summary>
    public static void Write(ReadOnlyMemory<byte>? schema, PooledBuffer output)
    {
        if (schema is not { } json || IsEmptyObject(json.Span, out var hasProperties)) output.Write("{\"type\":\"object\",\"properties\":{}}"u8);
        else if (hasProperties) output.Write(json.Span);
        else
        {
            output.Write("{\"properties\":{},"u8);
            output.Write(json.Span[1..]);
        }
    }

    // A schema that is no plain object (a union, a reference) is left alone.
    static bool IsEmptyObject(ReadOnlySpan<byte> schema, out bool hasProperties)
    {
        hasProperties = false;
        var reader = new Utf8JsonReader(schema, BodyReader.Options);
        reader.Read();
        var isObjectType = false;
        var isEmpty = true;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            isEmpty = false;
            hasProperties |= reader.Is("properties"u8);
            var isType = reader.Is("type"u8);
            reader.Read();
            isObjectType |= isType && reader.TokenType == JsonTokenType.String && reader.Is("object"u8);
            reader.Skip();
        }
        hasProperties |= !isObjectType;
        return isEmpty;
    }
}
