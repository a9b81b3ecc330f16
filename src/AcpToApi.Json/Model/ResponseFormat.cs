namespace AcpToApi.Json.Model;

/// <summary>The form that an answer's text must take.</summary>
public sealed class ResponseFormat
{
    /// <summary>The JSON Schema as raw JSON; null when any JSON object will do.</summary>
    public ReadOnlyMemory<byte>? Schema { get; init; }

    /// <summary>The schema's name, if given.</summary>
    public JsonString? Name { get; init; }

    /// <summary>What the schema is for, if told.</summary>
    public JsonString? Description { get; init; }

    /// <summary>Whether the schema is to be kept strictly.</summary>
    public bool? Strict { get; init; }
}
