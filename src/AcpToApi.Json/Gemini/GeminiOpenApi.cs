using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Gemini;

/// <summary>
/// JSON Schema in the subset of OpenAPI 3.0 that Gemini's <c>Schema</c> is: references are put in place, unions with null become
/// <c>nullable</c>, and keywords that are not in the subset are left out, since a single one makes it refuse all tools.
/// </summary>
static class GeminiOpenApi
{
    // References may be recursive, which the subset cannot be.
    const int MostDepth = 32;

    /// <summary>The schema in the subset. Throws <see cref="BridgeException"/> (400) when it cannot be understood; <paramref name="of"/> tells whose it is.</summary>
    public static ReadOnlyMemory<byte> Of(ReadOnlyMemory<byte> schema, string of)
    {
        try
        {
            using var document = JsonDocument.Parse(schema);
            using var output = new PooledBuffer();
            using (var writer = new Utf8JsonWriter(output, GeminiSchema.Options))
            {
                Write(new View(document.RootElement), document.RootElement, isNullable: false, depth: 0, writer);
            }
            return output.Written.ToArray();
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException)
        {
            throw new BridgeException(BridgeError.InvalidRequest($"The JSON Schema of {of} cannot be understood: {broken.Message}"));
        }
    }

    static void Write(View schema, JsonElement root, bool isNullable, int depth, Utf8JsonWriter writer)
    {
        if (depth > MostDepth) schema = new View(default);
        schema.Resolve(root);
        if (schema.OnlyVariant(out var only, out var hasNull))
        {
            // A union of one thing and null is that thing.
            only.TakeNotes(schema);
            Write(only, root, isNullable || hasNull, depth + 1, writer);
            return;
        }
        var type = schema.Type(out var typeHasNull);
        writer.WriteStartObject();
        var isUnion = schema.Variants.Count > 0;
        if (!isUnion) writer.WriteString("type"u8, type);
        if (type == "OBJECT" && schema.Properties.Count > 0) WriteProperties(schema, root, depth, writer);
        if (type == "ARRAY" && !isUnion)
        {
            writer.WritePropertyName("items"u8);
            Write(new View(schema.Items), root, isNullable: false, depth + 1, writer);
        }
        if (isUnion) WriteVariants(schema, root, depth, writer);
        if (isNullable || hasNull || typeHasNull || schema.Plain.Remove("nullable")) writer.WriteBoolean("nullable"u8, true);
        if (type == "STRING") WriteEnum(schema, writer);
        foreach (var (name, value) in schema.Plain)
        {
            if (name == "format" && !IsFormat(type, value)) continue;
            writer.WritePropertyName(name);
            writer.WriteRawValue(value.GetRawText(), skipInputValidation: true);
        }
        writer.WriteEndObject();
    }

    static void WriteProperties(View schema, JsonElement root, int depth, Utf8JsonWriter writer)
    {
        writer.WriteStartObject("properties"u8);
        foreach (var (name, value) in schema.Properties)
        {
            writer.WritePropertyName(name);
            Write(new View(value), root, isNullable: false, depth + 1, writer);
        }
        writer.WriteEndObject();
        // A name that is not a property is refused.
        schema.Required.RemoveWhere(name => !schema.Properties.ContainsKey(name));
        if (schema.Required.Count == 0) return;
        writer.WriteStartArray("required"u8);
        foreach (var name in schema.Required) writer.WriteStringValue(name);
        writer.WriteEndArray();
    }

    static void WriteVariants(View schema, JsonElement root, int depth, Utf8JsonWriter writer)
    {
        writer.WriteStartArray("anyOf"u8);
        foreach (var variant in schema.Variants) Write(variant, root, isNullable: false, depth + 1, writer);
        writer.WriteEndArray();
    }

    static void WriteEnum(View schema, Utf8JsonWriter writer)
    {
        if (schema.Enum.Count == 0) return;
        writer.WriteStartArray("enum"u8);
        foreach (var value in schema.Enum) writer.WriteStringValue(value);
        writer.WriteEndArray();
    }

    static bool IsFormat(string type, JsonElement format) => (type, format.ValueKind == JsonValueKind.String ? format.GetString() : null) switch
    {
        ("STRING", "date-time" or "enum") or ("NUMBER", "float" or "double") or ("INTEGER", "int32" or "int64") => true,
        _ => false,
    };

    /// <summary>What one schema says, with its references and <c>allOf</c> taken in.</summary>
    sealed class View
    {
        readonly List<string> _types = [];
        JsonElement? _reference;
        int _resolved;

        public View(JsonElement schema) => Take(schema);

        View(string type) => _types.Add(type);

        public Dictionary<string, JsonElement> Plain { get; } = [];

        public Dictionary<string, JsonElement> Properties { get; } = [];

        public HashSet<string> Required { get; } = [];

        public List<string> Enum { get; } = [];

        public List<View> Variants { get; } = [];

        public JsonElement Items { get; private set; }

        bool IsNull => _types is ["null"];

        /// <summary>Takes in what a reference points at, and what that one points at.</summary>
        public void Resolve(JsonElement root)
        {
            while (_reference is { } reference && _resolved++ < MostDepth)
            {
                _reference = null;
                if (Target(root, reference.GetString()!) is { } target) Take(target);
            }
            foreach (var variant in Variants) variant.Resolve(root);
            if (_types.Count <= 1 || Variants.Count > 0) return;
            // Several types are a union of them.
            foreach (var type in _types) Variants.Add(new View(type));
            _types.Clear();
        }

        /// <summary>Whether it is a union with one thing beside null; null itself is taken out of the union.</summary>
        public bool OnlyVariant(out View only, out bool hasNull)
        {
            hasNull = Variants.RemoveAll(variant => variant.IsNull) > 0;
            only = Variants.Count == 1 ? Variants[0] : this;
            return Variants.Count == 1;
        }

        /// <summary>Takes what was said about the union for its only member, where that says nothing itself.</summary>
        public void TakeNotes(View union)
        {
            foreach (var (name, value) in union.Plain) Plain.TryAdd(name, value);
            foreach (var (name, value) in union.Properties) Properties.TryAdd(name, value);
            Required.UnionWith(union.Required);
            if (Items.ValueKind == JsonValueKind.Undefined) Items = union.Items;
            if (Enum.Count == 0) Enum.AddRange(union.Enum);
        }

        public string Type(out bool hasNull)
        {
            hasNull = IsNull;
            if (_types.Count == 1 && !hasNull) return _types[0].ToUpperInvariant();
            if (Properties.Count > 0) return "OBJECT";
            return Items.ValueKind == JsonValueKind.Object ? "ARRAY" : "STRING";
        }

        static IEnumerable<string> Strings(JsonElement array)
        {
            foreach (var item in array.EnumerateArray())
            {
                if (item.ValueKind == JsonValueKind.String) yield return item.GetString()!;
            }
        }

        static JsonElement? Target(JsonElement root, string reference)
        {
            if (!reference.StartsWith('#')) return null;
            var target = root;
            foreach (var step in reference[1..].Split('/', StringSplitOptions.RemoveEmptyEntries))
            {
                var name = Uri.UnescapeDataString(step).Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
                if (target.ValueKind != JsonValueKind.Object || !target.TryGetProperty(name, out target)) return null;
            }
            return target;
        }

        void Take(JsonElement schema)
        {
            if (schema.ValueKind != JsonValueKind.Object) return;
            foreach (var field in schema.EnumerateObject()) TakeField(field.Name, field.Value);
        }

        void TakeField(string name, JsonElement value)
        {
            switch (name, value.ValueKind)
            {
                case ("$ref", JsonValueKind.String):
                    _reference = value;
                    break;
                case ("type", JsonValueKind.String):
                    if (_types.Count == 0) _types.Add(value.GetString()!.ToLowerInvariant());
                    break;
                case ("type", JsonValueKind.Array):
                    if (_types.Count > 0) break;
                    foreach (var type in Strings(value)) _types.Add(type.ToLowerInvariant());
                    break;
                case ("properties", JsonValueKind.Object):
                    foreach (var member in value.EnumerateObject()) Properties.TryAdd(member.Name, member.Value);
                    break;
                case ("required", JsonValueKind.Array):
                    Required.UnionWith(Strings(value));
                    break;
                case ("items", JsonValueKind.Object):
                    Items = value;
                    break;
                case ("anyOf" or "oneOf", JsonValueKind.Array):
                    foreach (var variant in value.EnumerateArray()) Variants.Add(new View(variant));
                    break;
                case ("allOf", JsonValueKind.Array):
                    foreach (var member in value.EnumerateArray()) Take(member);
                    break;
                case ("enum", JsonValueKind.Array):
                    Enum.AddRange(Strings(value));
                    break;
                case ("const", JsonValueKind.String):
                    Enum.Add(value.GetString()!);
                    break;
                case ("nullable", JsonValueKind.True):
                case ("format" or "title" or "description" or "pattern", JsonValueKind.String):
                case ("minItems" or "maxItems" or "minProperties" or "maxProperties" or "minLength" or "maxLength" or "minimum" or "maximum", JsonValueKind.Number):
                    Plain.TryAdd(name, value);
                    break;
            }
        }
    }
}
