using System.Text;
using System.Text.Json;
using AcpToApi.Json.Gemini;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.AnthropicMessages;

/// <summary>
/// The schema of a tool's arguments as Claude takes it: of the one type object, and no choice of schemas (<c>anyOf</c>, <c>oneOf</c>,
/// <c>allOf</c>) at the top. Such a choice becomes one object with the properties of all; what it says beyond that stands in the description.
/// </summary>
static class AnthropicToolSchema
{
    /// <summary>Appends it; OpenAI's clients send {} or nothing for a tool without arguments.</summary>
    public static void Write(ReadOnlyMemory<byte> schema, PooledBuffer output)
    {
        var inside = schema.Span.Length >= 2 && schema.Span[0] == (byte)'{' ? schema.Span[1..].TrimStart(" \t\r\n"u8) : default;
        if (inside.IsEmpty || inside[0] == (byte)'}')
        {
            output.Write("{\"type\":\"object\",\"properties\":{}}"u8);
            return;
        }
        if (!IsPlain(schema.Span, out var hasType) && TryWriteMerged(schema, output)) return;
        if (!hasType)
        {
            output.Write("{\"type\":\"object\","u8);
            output.Write(inside);
        }
        else output.Write(schema.Span);
    }

    static bool IsPlain(ReadOnlySpan<byte> schema, out bool hasType)
    {
        var isPlain = true;
        hasType = false;
        var reader = new Utf8JsonReader(schema, BodyReader.Options);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isType = reader.Is("type"u8);
            if (reader.Is("anyOf"u8) || reader.Is("oneOf"u8) || reader.Is("allOf"u8)) isPlain = false;
            reader.Read();
            hasType |= isType;
            if (isType && reader.TokenType != JsonTokenType.String) isPlain = false;
            reader.Skip();
        }
        return isPlain;
    }

    // False for a schema that cannot be understood (a lone surrogate), which then goes up as it is.
    static bool TryWriteMerged(ReadOnlyMemory<byte> schema, PooledBuffer output)
    {
        var start = output.Length;
        try
        {
            using var document = JsonDocument.Parse(schema);
            var merged = new Merged(document.RootElement);
            using var writer = new Utf8JsonWriter(output, GeminiSchema.Options);
            merged.Write(writer);
            return true;
        }
        catch (InvalidOperationException)
        {
            output.Truncate(start);
            return false;
        }
    }

    sealed class Merged
    {
        readonly JsonElement _root;
        readonly StringBuilder _properties = new();
        readonly HashSet<string> _names = new(StringComparer.Ordinal);
        readonly HashSet<string> _references = new(StringComparer.Ordinal);
        readonly List<string> _required = [];
        readonly StringBuilder _description = new();

        public Merged(JsonElement root)
        {
            _root = root;
            if (Text(root, "description") is { } description) _description.Append(description);
            Add(root, _required);
        }

        public void Write(Utf8JsonWriter writer)
        {
            writer.WriteStartObject();
            writer.WriteString("type"u8, "object"u8);
            writer.WritePropertyName("properties"u8);
            writer.WriteRawValue($"{{{_properties}}}", skipInputValidation: true);
            if (_required.Count > 0)
            {
                writer.WriteStartArray("required"u8);
                foreach (var name in _required) writer.WriteStringValue(name);
                writer.WriteEndArray();
            }
            foreach (var field in _root.EnumerateObject())
            {
                // Closed to the properties of one alternative, an object would be closed to those of the others.
                if (field.Name is not ("type" or "properties" or "required" or "description" or "anyOf" or "oneOf" or "allOf" or "additionalProperties")) field.WriteTo(writer);
            }
            if (_description.Length > 0) writer.WriteString("description"u8, _description.ToString());
            writer.WriteEndObject();
        }

        void Add(JsonElement schema, List<string> required)
        {
            schema = Resolved(schema);
            if (schema.ValueKind != JsonValueKind.Object) return;
            foreach (var field in schema.EnumerateObject())
            {
                switch (field.Name)
                {
                    case "properties" when field.Value.ValueKind == JsonValueKind.Object:
                        foreach (var property in field.Value.EnumerateObject())
                        {
                            if (_names.Add(property.Name)) _properties.Append(_names.Count == 1 ? "" : ",").Append(property.ToString());
                        }
                        break;
                    case "required" when field.Value.ValueKind == JsonValueKind.Array:
                        foreach (var name in field.Value.EnumerateArray())
                        {
                            if (name.ValueKind == JsonValueKind.String && name.GetString() is { } text && !required.Contains(text)) required.Add(text);
                        }
                        break;
                    case "allOf" when field.Value.ValueKind == JsonValueKind.Array:
                        foreach (var part in field.Value.EnumerateArray()) Add(part, required);
                        break;
                    case "anyOf" or "oneOf" when field.Value.ValueKind == JsonValueKind.Array:
                        AddAlternatives(field, required);
                        break;
                }
            }
        }

        // What every alternative requires is required.
        void AddAlternatives(JsonProperty field, List<string> required)
        {
            List<string>? common = null;
            foreach (var alternative in field.Value.EnumerateArray())
            {
                List<string> own = [];
                Add(alternative, own);
                if (common is null) common = own;
                else common.RemoveAll(name => !own.Contains(name));
            }
            foreach (var name in common ?? [])
            {
                if (!required.Contains(name)) required.Add(name);
            }
            _description.Append(_description.Length == 0 ? "" : "\n\n").Append($"The arguments match {(field.Name == "oneOf" ? "exactly" : "at least")} one of: {field.Value.GetRawText()}");
        }

        // Each definition once: they may refer to themselves.
        JsonElement Resolved(JsonElement schema)
        {
            if (Text(schema, "$ref") is not { } reference || !_references.Add(reference)) return schema;
            foreach (var place in (string[])["$defs", "definitions"])
            {
                var beginning = $"#/{place}/";
                if (reference.StartsWith(beginning, StringComparison.Ordinal) && _root.TryGetProperty(place, out var definitions)
                    && definitions.ValueKind == JsonValueKind.Object && definitions.TryGetProperty(reference[beginning.Length..], out var found)) return found;
            }
            return schema;
        }

        static string? Text(JsonElement schema, string name) =>
            schema.ValueKind == JsonValueKind.Object && schema.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
    }
}
