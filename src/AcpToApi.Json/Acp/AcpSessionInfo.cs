using System.Text.Json;

namespace AcpToApi.Json.Acp;

/// <summary>Something that a session lets its client choose.</summary>
/// <param name="ConfigId">The id of the configuration option; null where the choice has a method of its own.</param>
/// <param name="Values">What there is to choose from.</param>
/// <param name="Current">What it has chosen by itself; null when it does not say.</param>
public sealed record AcpChoice(string? ConfigId, IReadOnlyList<string> Values, string? Current);

/// <summary>What an agent says of a session in its reply to <c>session/new</c> or <c>session/load</c>.</summary>
public sealed class AcpSessionInfo
{
    /// <summary>The session's id; null in a reply to <c>session/load</c>.</summary>
    public string? Id { get; private set; }

    /// <summary>Its models; null when there is no choice.</summary>
    public AcpChoice? Model { get; private set; }

    /// <summary>Its modes; null when there are none.</summary>
    public AcpChoice? Mode { get; private set; }

    /// <summary>How much it can be told to reason; null when it cannot.</summary>
    public AcpChoice? Effort { get; private set; }

    /// <summary>Reads the reply's result; an empty one says nothing. Throws <see cref="JsonException"/>.</summary>
    public static AcpSessionInfo Read(ReadOnlyMemory<byte> result)
    {
        var info = new AcpSessionInfo();
        if (result.IsEmpty) return info;
        using var document = JsonDocument.Parse(result);
        var root = document.RootElement;
        info.Id = root.Text("sessionId");
        // Modes and models of their own came before configuration options, which agents offer beside them.
        if (root.Member("modes")?.Member("availableModes") is { } modes) info.Mode = new AcpChoice(null, Values(modes, "id"), root.Member("modes")?.Text("currentModeId"));
        if (root.Member("models")?.Member("availableModels") is { } models) info.Model = new AcpChoice(null, Values(models, "modelId"), root.Member("models")?.Text("currentModelId"));
        if (root.Member("configOptions") is not { ValueKind: JsonValueKind.Array } options) return info;
        foreach (var option in options.EnumerateArray())
        {
            if (option.Text("id") is not { } id || option.Member("options") is not { } choices) continue;
            var choice = new AcpChoice(id, Values(choices, "value"), option.Text("currentValue"));
            switch (option.Text("category") ?? id)
            {
                case "model": info.Model = choice; break;
                case "mode": info.Mode ??= choice; break;
                case "thought_level": info.Effort = choice; break;
            }
        }
        return info;
    }

    // A list, or a list of groups that each hold one.
    static List<string> Values(JsonElement list, string name)
    {
        var values = new List<string>();
        if (list.ValueKind != JsonValueKind.Array) return values;
        foreach (var entry in list.EnumerateArray())
        {
            if (entry.Text(name) is { } value) values.Add(value);
            else if (entry.Member("options") is { } group) values.AddRange(Values(group, name));
        }
        return values;
    }
}
