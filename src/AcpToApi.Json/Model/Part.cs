namespace AcpToApi.Json.Model;

/// <summary>A piece of a message.</summary>
public abstract class Part
{
    /// <summary>Prompt-cache marker as raw JSON (Anthropic's <c>cache_control</c>), if the client set one.</summary>
    public ReadOnlyMemory<byte>? CacheControl { get; init; }
}

/// <summary>Text.</summary>
public sealed class TextPart(JsonString text) : Part
{
    /// <summary>The text.</summary>
    public JsonString Text { get; } = text;

    /// <summary>Gemini's signature over the reasoning behind the text; no other provider takes it.</summary>
    public JsonString? Signature { get; init; }
}

/// <summary>An image, document or sound: exactly one of data, URL and file id is there.</summary>
public sealed class MediaPart(MediaKind kind) : Part
{
    /// <summary>What it is.</summary>
    public MediaKind Kind { get; } = kind;

    /// <summary>Media type of <see cref="Data"/> (<c>image/png</c>).</summary>
    public JsonString? MediaType { get; init; }

    /// <summary>The content in base64, as the client sent it.</summary>
    public JsonString? Data { get; init; }

    /// <summary>Where the provider may fetch it; never fetched from here.</summary>
    public JsonString? Url { get; init; }

    /// <summary>The provider's id of an uploaded file.</summary>
    public JsonString? FileId { get; init; }

    /// <summary>A document's whole text, for sources that are plain text.</summary>
    public JsonString? PlainText { get; init; }

    /// <summary>The part as raw JSON, for an upstream of the client's own wire format, where it is more than the fields here say (Anthropic's <c>search_result</c>).</summary>
    public ReadOnlyMemory<byte>? Declaration { get; init; }

    /// <summary>File name or title.</summary>
    public JsonString? Name { get; init; }

    /// <summary>What a document is about, beside its content (Anthropic's and Bedrock's <c>context</c>).</summary>
    public JsonString? Context { get; init; }

    /// <summary>Whether the answer is to name the places of a document that it leans on (Anthropic's and Bedrock's <c>citations</c>).</summary>
    public bool HasCitations { get; init; }

    /// <summary>OpenAI's <c>detail</c> of an image.</summary>
    public JsonString? Detail { get; init; }
}

/// <summary>What a <see cref="MediaPart"/> holds.</summary>
public enum MediaKind
{
    /// <summary>A picture.</summary>
    Image,

    /// <summary>A PDF or other document.</summary>
    Document,

    /// <summary>Sound.</summary>
    Audio,
}

/// <summary>A call that the model made.</summary>
public sealed class ToolCallPart : Part
{
    /// <summary>The id that the result refers to.</summary>
    public required JsonString Id { get; init; }

    /// <summary>The tool's name as the client knows it.</summary>
    public required JsonString Name { get; init; }

    /// <summary>The arguments: decoded, this is a JSON object (or what the model made of one), or empty.</summary>
    public required JsonString Arguments { get; init; }

    /// <summary>Gemini's signature over the reasoning behind the call, from a client that has a place for it; others carry it in <see cref="Id"/>.</summary>
    public JsonString? Signature { get; init; }
}

/// <summary>What a tool returned.</summary>
public sealed class ToolResultPart : Part
{
    /// <summary>The id of the call that this answers.</summary>
    public required JsonString CallId { get; init; }

    /// <summary>Text and media, in order.</summary>
    public List<Part> Content { get; } = [];

    /// <summary>Whether the tool failed.</summary>
    public bool IsError { get; init; }
}

/// <summary>Reasoning of an earlier turn.</summary>
public sealed class ReasoningPart(JsonString text) : Part
{
    /// <summary>The reasoning.</summary>
    public JsonString Text { get; } = text;

    /// <summary>The provider's signature over it; without one, Anthropic does not take it back.</summary>
    public JsonString? Signature { get; init; }
}

/// <summary>Encrypted reasoning of an earlier turn, opaque to all but its provider.</summary>
public sealed class RedactedReasoningPart(JsonString data) : Part
{
    /// <summary>The provider's data.</summary>
    public JsonString Data { get; } = data;
}

/// <summary>
/// A block that only the client's own wire format knows (server tools and their results); <see cref="Name"/> is its type.
/// An upstream of the same wire format gets <see cref="Json"/> as it stood; others do not get it.
/// </summary>
public sealed class OpaquePart(string name, ReadOnlyMemory<byte> json) : Part
{
    /// <summary>The block's type.</summary>
    public string Name { get; } = name;

    /// <summary>The block as raw JSON.</summary>
    public ReadOnlyMemory<byte> Json { get; } = json;
}
