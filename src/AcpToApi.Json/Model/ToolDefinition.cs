namespace AcpToApi.Json.Model;

/// <summary>A tool on offer.</summary>
public sealed class ToolDefinition
{
    /// <summary>The tool's name as the client knows it.</summary>
    public required JsonString Name { get; init; }

    /// <summary>What it does.</summary>
    public JsonString? Description { get; init; }

    /// <summary>JSON Schema of its arguments as raw JSON; null when it takes none.</summary>
    public ReadOnlyMemory<byte>? Schema { get; init; }

    /// <summary>Whether the schema was declared in OpenAPI's form, which counts differently (Gemini).</summary>
    public bool IsOpenApi { get; init; }

    /// <summary>Whether arguments must keep the schema strictly.</summary>
    public bool? Strict { get; init; }

    /// <summary>Whether it takes free text (OpenAI's custom tools): elsewhere it is a function with the one argument <c>input</c>.</summary>
    public bool IsCustom { get; init; }

    /// <summary>The namespace that the tool stands in and its name there (OpenAI Responses), of which <see cref="Name"/> was made.</summary>
    public (JsonString Namespace, JsonString Name)? Qualified { get; init; }

    /// <summary>
    /// What declares it in the client's own wire format, as raw JSON, for an upstream of that format; the tools of a namespace share one.
    /// Null where the fields here say everything.
    /// </summary>
    public ReadOnlyMemory<byte>? Declaration { get; set; }

    /// <summary>Prompt-cache marker as raw JSON, if the client set one.</summary>
    public ReadOnlyMemory<byte>? CacheControl { get; set; }
}

/// <summary>Which tool to call.</summary>
/// <param name="Kind">The rule.</param>
/// <param name="Name">The tool that must be called, for <see cref="ToolChoiceKind.Tool"/>.</param>
public readonly record struct ToolChoice(ToolChoiceKind Kind, JsonString Name = default);

/// <summary>A choice among some of the tools on offer.</summary>
/// <param name="Kind">Whether one of them must be called.</param>
/// <param name="Names">Their names.</param>
/// <param name="Field">The extra field that says so in the client's own wire format.</param>
public sealed record AllowedTools(ToolChoiceKind Kind, List<JsonString> Names, string Field)
{
    /// <summary>Whether a tool is one of them.</summary>
    public bool Has(JsonString tool)
    {
        var name = tool.ToString();
        return Names.Exists(allowed => allowed.ToString() == name);
    }
}

/// <summary>Rules for calling tools.</summary>
public enum ToolChoiceKind
{
    /// <summary>The model decides.</summary>
    Auto,

    /// <summary>No tool may be called.</summary>
    None,

    /// <summary>Some tool must be called.</summary>
    Required,

    /// <summary>The named tool must be called.</summary>
    Tool,
}
