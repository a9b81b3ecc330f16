using System.Text.Json;

namespace AcpToApi.Json.Acp;

/// <summary>Members of what the other side says seldom: another type than expected is as good as nothing.</summary>
static class AcpJson
{
    public static JsonElement? Member(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    public static string? Text(this JsonElement element, string name) => Member(element, name) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;

    public static int Number(this JsonElement element, string name) => Member(element, name) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt32(out var number) ? number : 0;

    public static bool Is(this JsonElement element, string name) => Member(element, name) is { ValueKind: JsonValueKind.True };
}
