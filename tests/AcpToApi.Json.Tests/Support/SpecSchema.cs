using System.Text.Json;
using System.Text.Json.Nodes;

namespace AcpToApi.Json.Tests.Support;

/// <summary>
/// Checks JSON against a schema of a vendor's (JSON Schema or OpenAPI), by the keywords that say what a value may look like: <c>$ref</c>, <c>type</c>,
/// <c>nullable</c>, <c>enum</c>, <c>const</c>, <c>properties</c>, <c>required</c>, <c>additionalProperties</c>, <c>items</c>, <c>allOf</c>, <c>anyOf</c>
/// and <c>oneOf</c>, which is read as <c>anyOf</c> since the members of the vendors' unions overlap.
/// </summary>
sealed class SpecSchema(JsonObject document, string name)
{
    readonly JsonNode _definitions = document["components"]?["schemas"] ?? document["definitions"] ?? throw new InvalidOperationException("no schemas");

    /// <summary>What is wrong with a value; empty when nothing is.</summary>
    public List<string> Violations(JsonNode? value) => Violations(Definition(name), value, "$");

    JsonObject Definition(string called) => _definitions[called]?.AsObject() ?? throw new InvalidOperationException($"no schema '{called}'");

    List<string> Violations(JsonNode? schema, JsonNode? value, string path)
    {
        var found = new List<string>();
        if (schema is not JsonObject rules) return found; // true, or nothing said
        if (value is null && rules["nullable"] is { } nullable && (bool)nullable) return found;
        if (rules["$ref"] is { } reference) found.AddRange(Violations(Definition(((string)reference!).Split('/')[^1]), value, path));
        if (rules["type"] is { } type && !Types(type).Any(name => Is(value, name))) found.Add($"{path}: {Kind(value)} is no {type.ToJsonString()}");
        if (rules["const"] is { } only && !JsonNode.DeepEquals(only, value)) found.Add($"{path}: {Show(value)} is not {only.ToJsonString()}");
        if (rules["enum"] is JsonArray values && !values.Any(each => JsonNode.DeepEquals(each, value))) found.Add($"{path}: {Show(value)} is none of {values.ToJsonString()}");
        foreach (var part in rules["allOf"] as JsonArray ?? []) found.AddRange(Violations(part, value, path));
        if ((rules["anyOf"] ?? rules["oneOf"]) is JsonArray union) found.AddRange(Least(union, value, path));
        if (value is JsonObject members) found.AddRange(OfMembers(rules, members, path));
        if (value is JsonArray items && rules["items"] is { } item)
        {
            for (var i = 0; i < items.Count; i++) found.AddRange(Violations(item, items[i], $"{path}[]"));
        }
        return found;
    }

    List<string> OfMembers(JsonObject rules, JsonObject members, string path)
    {
        var found = new List<string>();
        var known = rules["properties"] as JsonObject ?? [];
        foreach (var required in rules["required"] as JsonArray ?? [])
        {
            if (!members.ContainsKey((string)required!)) found.Add($"{path}: '{required}' is missing");
        }
        foreach (var (name, member) in members)
        {
            if (known.TryGetPropertyValue(name, out var rule)) found.AddRange(Violations(rule, member, $"{path}.{name}"));
            else if (rules["additionalProperties"] is JsonValue more && more.GetValueKind() == JsonValueKind.False) found.Add($"{path}: '{name}' is not known");
            else if (rules["additionalProperties"] is JsonObject each) found.AddRange(Violations(each, member, $"{path}.*"));
        }
        return found;
    }

    // Of the members of a union the one that comes nearest says what is wrong; a wrong kind is farther away than a wrong detail.
    List<string> Least(JsonArray union, JsonNode? value, string path)
    {
        List<string>? least = null;
        foreach (var member in union)
        {
            var violations = Violations(member, value, path);
            if (violations.Count == 0) return violations;
            if (least is null || Distance(violations, path) < Distance(least, path)) least = violations;
        }
        return least ?? [];
    }

    static int Distance(List<string> violations, string path) =>
        violations.Sum(violation => violation.StartsWith(path + ".type:", StringComparison.Ordinal) || violation.StartsWith(path + ":", StringComparison.Ordinal) ? 100 : 1);

    static IEnumerable<string> Types(JsonNode type) => type is JsonArray several ? several.Select(each => (string)each!) : [(string)type!];

    static bool Is(JsonNode? value, string type) => type switch
    {
        "null" => value is null,
        "object" => value is JsonObject,
        "array" => value is JsonArray,
        "string" => value?.GetValueKind() == JsonValueKind.String,
        "boolean" => value?.GetValueKind() is JsonValueKind.True or JsonValueKind.False,
        "number" => value?.GetValueKind() == JsonValueKind.Number,
        "integer" => value?.GetValueKind() == JsonValueKind.Number && value.GetValue<double>() % 1 == 0,
        _ => false,
    };

    static string Kind(JsonNode? value) => value?.GetValueKind().ToString() ?? "null";

    static string Show(JsonNode? value) => value?.ToJsonString() is { } text ? text[..Math.Min(text.Length, 60)] : "null";
}
