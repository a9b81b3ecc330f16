using System.Text;
using System.Text.Json;
using AcpToApi.Json.Gemini;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.AnthropicMessages;

/// <summary>
/// The schema of an answer in the subset of JSON Schema that Claude can be held to: objects are closed, and a keyword that is not in the subset
/// stands in the description, because it would have the request refused.
/// </summary>
static class AnthropicSchema
{
    /// <summary>The schema in the subset. One that cannot be understood is returned as it is.</summary>
    public static ReadOnlyMemory<byte> Of(ReadOnlyMemory<byte> schema)
    {
        try
        {
            using var document = JsonDocument.Parse(schema);
            using var output = new PooledBuffer();
            using (var writer = new Utf8JsonWriter(output, GeminiSchema.Options)) Write(document.RootElement, writer);
            return output.Written.ToArray();
        }
        catch (InvalidOperationException)
        {
            return schema; // a lone surrogate
        }
    }

    static void Write(JsonElement schema, Utf8JsonWriter writer)
    {
        if (schema.ValueKind != JsonValueKind.Object)
        {
            WriteRaw(schema, writer);
            return;
        }
        var isObject = IsObject(schema, out var hasType);
        writer.WriteStartObject();
        if (isObject && !hasType) writer.WriteString("type"u8, "object"u8);
        string? description = null;
        StringBuilder? rest = null;
        foreach (var field in schema.EnumerateObject())
        {
            if (field.Name == "description" && field.Value.ValueKind == JsonValueKind.String) description = field.Value.GetString();
            else if (!TryWrite(field, writer)) (rest ??= new StringBuilder()).Append(rest.Length == 0 ? "" : ", ").Append($"\"{field.Name}\": {field.Value.GetRawText()}");
        }
        if (isObject) writer.WriteBoolean("additionalProperties"u8, false);
        if (rest is not null) description = description is null ? $"{{{rest}}}" : $"{description}\n\n{{{rest}}}";
        if (description is not null) writer.WriteString("description"u8, description);
        writer.WriteEndObject();
    }

    static bool TryWrite(JsonProperty field, Utf8JsonWriter writer)
    {
        var (name, value) = (field.Name, field.Value);
        switch (name)
        {
            case "$schema" or "$id" or "$comment":
            case "additionalProperties" when value.ValueKind is JsonValueKind.False or JsonValueKind.True:
                return true;
            case "type" or "const" or "required" or "title" or "default" or "$ref":
            case "enum" when IsPlain(value):
            case "format" when IsFormat(value):
            case "minItems" when value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var count) && count is 0 or 1:
                writer.WritePropertyName(name);
                WriteRaw(value, writer);
                return true;
            case "items":
                writer.WritePropertyName(name);
                Write(value, writer);
                return true;
            case "properties" or "$defs" or "definitions" when value.ValueKind == JsonValueKind.Object:
                writer.WriteStartObject(name);
                foreach (var member in value.EnumerateObject())
                {
                    writer.WritePropertyName(member.Name);
                    Write(member.Value, writer);
                }
                writer.WriteEndObject();
                return true;
            case "anyOf" or "oneOf" or "allOf" when value.ValueKind == JsonValueKind.Array:
                writer.WriteStartArray(name == "oneOf" ? "anyOf" : name);
                foreach (var item in value.EnumerateArray()) Write(item, writer);
                writer.WriteEndArray();
                return true;
            default:
                return false;
        }
    }

    static bool IsObject(JsonElement schema, out bool hasType)
    {
        hasType = schema.TryGetProperty("type"u8, out var type);
        if (!hasType) return schema.TryGetProperty("properties"u8, out _);
        if (type.ValueKind != JsonValueKind.Array) return type.ValueKind == JsonValueKind.String && type.ValueEquals("object"u8);
        foreach (var item in type.EnumerateArray())
        {
            if (item.ValueKind == JsonValueKind.String && item.ValueEquals("object"u8)) return true;
        }
        return false;
    }

    static bool IsPlain(JsonElement values)
    {
        if (values.ValueKind != JsonValueKind.Array) return false;
        foreach (var value in values.EnumerateArray())
        {
            if (value.ValueKind is JsonValueKind.Object or JsonValueKind.Array) return false;
        }
        return true;
    }

    static bool IsFormat(JsonElement format) => format.ValueKind == JsonValueKind.String
        && format.GetString() is "date-time" or "time" or "date" or "duration" or "email" or "hostname" or "uri" or "ipv4" or "ipv6" or "uuid";

    static void WriteRaw(JsonElement value, Utf8JsonWriter writer) => writer.WriteRawValue(value.GetRawText(), skipInputValidation: true);
}
