using System.Text.Encodings.Web;
using System.Text.Json;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Gemini;

/// <summary>
/// Schemas that are written in Gemini's subset of OpenAPI 3.0, as JSON Schema; the way back is <see cref="GeminiOpenApi"/>. The two differ in
/// upper-case types, <c>nullable</c>, and counts that protobuf's JSON mapping may write as strings.
/// </summary>
static class GeminiSchema
{
    /// <summary>How schemas are written.</summary>
    public static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>The schema as JSON Schema. One that cannot be understood is returned as it is.</summary>
    public static ReadOnlyMemory<byte> ToJsonSchema(ReadOnlyMemory<byte> openApi)
    {
        try
        {
            using var document = JsonDocument.Parse(openApi);
            using var output = new PooledBuffer();
            using (var writer = new Utf8JsonWriter(output, Options)) Write(document.RootElement, writer);
            return output.Written.ToArray();
        }
        catch (InvalidOperationException)
        {
            return openApi; // a lone surrogate
        }
    }

    static void Write(JsonElement schema, Utf8JsonWriter writer)
    {
        if (schema.ValueKind != JsonValueKind.Object)
        {
            writer.WriteRawValue(schema.GetRawText(), skipInputValidation: true);
            return;
        }
        var isNullable = schema.TryGetProperty("nullable", out var nullable) && nullable.ValueKind == JsonValueKind.True;
        writer.WriteStartObject();
        foreach (var field in schema.EnumerateObject()) WriteField(field, isNullable, writer);
        writer.WriteEndObject();
    }

    static void WriteField(JsonProperty field, bool isNullable, Utf8JsonWriter writer)
    {
        var value = field.Value;
        switch (field.Name)
        {
            case "nullable" or "propertyOrdering" or "property_ordering":
                break;
            case "type" when value.ValueKind == JsonValueKind.String:
                WriteType(value.GetString()!.ToLowerInvariant(), isNullable, writer);
                break;
            case "format" when value.ValueKind == JsonValueKind.String && value.ValueEquals("enum"u8):
                break;
            case "enum" when isNullable && value.ValueKind == JsonValueKind.Array:
                writer.WriteStartArray("enum"u8);
                foreach (var item in value.EnumerateArray()) writer.WriteRawValue(item.GetRawText(), skipInputValidation: true);
                writer.WriteNullValue();
                writer.WriteEndArray();
                break;
            case "example":
                writer.WriteStartArray("examples"u8);
                writer.WriteRawValue(value.GetRawText(), skipInputValidation: true);
                writer.WriteEndArray();
                break;
            case "properties" or "$defs" or "defs" when value.ValueKind == JsonValueKind.Object:
                writer.WriteStartObject(field.Name);
                foreach (var member in value.EnumerateObject())
                {
                    writer.WritePropertyName(member.Name);
                    Write(member.Value, writer);
                }
                writer.WriteEndObject();
                break;
            case "items" or "additionalProperties" or "additional_properties":
                writer.WritePropertyName(Camel(field.Name));
                Write(value, writer);
                break;
            case "anyOf" or "any_of" or "oneOf" or "allOf" when value.ValueKind == JsonValueKind.Array:
                writer.WriteStartArray(Camel(field.Name));
                foreach (var item in value.EnumerateArray()) Write(item, writer);
                writer.WriteEndArray();
                break;
            default:
                WriteOther(Camel(field.Name), value, writer);
                break;
        }
    }

    static void WriteType(string type, bool isNullable, Utf8JsonWriter writer)
    {
        if (type == "type_unspecified") return;
        if (!isNullable)
        {
            writer.WriteString("type"u8, type);
            return;
        }
        writer.WriteStartArray("type"u8);
        writer.WriteStringValue(type);
        writer.WriteStringValue("null"u8);
        writer.WriteEndArray();
    }

    static void WriteOther(string name, JsonElement value, Utf8JsonWriter writer)
    {
        writer.WritePropertyName(name);
        var isCount = name is "minItems" or "maxItems" or "minLength" or "maxLength" or "minProperties" or "maxProperties";
        if (isCount && value.ValueKind == JsonValueKind.String && long.TryParse(value.GetString(), out var count)) writer.WriteNumberValue(count);
        else writer.WriteRawValue(value.GetRawText(), skipInputValidation: true);
    }

    static string Camel(string name) => name switch
    {
        "any_of" => "anyOf",
        "min_items" => "minItems",
        "max_items" => "maxItems",
        "min_length" => "minLength",
        "max_length" => "maxLength",
        "min_properties" => "minProperties",
        "max_properties" => "maxProperties",
        "additional_properties" => "additionalProperties",
        _ => name,
    };
}
