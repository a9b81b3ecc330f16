namespace AcpToApi.Json.Model;

/// <summary>How a provider deviates from its wire format; the provider table names them, the translators act on them.</summary>
[Flags]
public enum Quirks
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>The output limit is called <c>max_completion_tokens</c> (OpenAI; its reasoning models refuse <c>max_tokens</c>), and the rest of OpenAI's fields is known too.</summary>
    MaxCompletionTokens = 1 << 0,

    /// <summary><c>reasoning_content</c> must be replayed in tool loops (DeepSeek, Kimi: 400 without it).</summary>
    ReplaysReasoningContent = 1 << 1,

    /// <summary>Reasoning is replayed as <c>reasoning</c> (OpenRouter, Groq).</summary>
    ReplaysReasoning = 1 << 2,

    /// <summary><c>completion_tokens</c> does not include reasoning tokens (xAI).</summary>
    OutputExcludesReasoning = 1 << 3,

    /// <summary><c>stream_options</c> is refused (Mistral); usage comes unasked.</summary>
    NoStreamOptions = 1 << 4,

    /// <summary><c>reasoning_effort</c> is refused.</summary>
    NoReasoningEffort = 1 << 5,

    /// <summary><c>parallel_tool_calls</c> is refused.</summary>
    NoParallelToolCalls = 1 << 6,

    /// <summary>Tool-call ids must be exactly nine letters or digits (Mistral).</summary>
    ShortToolCallIds = 1 << 7,

    /// <summary>A required tool call is asked for with <c>"any"</c> (Mistral).</summary>
    ToolChoiceAny = 1 << 8,

    /// <summary><c>seed</c> is called <c>random_seed</c> (Mistral).</summary>
    RandomSeed = 1 << 9,

    /// <summary>Reasoning is asked for with a <c>reasoning</c> object (OpenRouter).</summary>
    ReasoningObject = 1 << 10,

    /// <summary><c>cache_control</c> markers on content parts are understood (OpenRouter, Qwen).</summary>
    CacheControl = 1 << 11,

    /// <summary>Schemas must be written in the OpenAPI subset that Gemini took before it knew JSON Schema (older Vertex AI models).</summary>
    OpenApiSchema = 1 << 12,

    /// <summary>Gemini as a cloud has it: tokens are counted of the request's own fields, and a file behind a URL must have its media type (Vertex AI).</summary>
    CloudGemini = 1 << 13,

    /// <summary>Documents are <c>document_url</c> parts, and sound is base64 without its format (Mistral).</summary>
    DocumentUrls = 1 << 14,

    /// <summary>Fields that only OpenAI has are refused: <c>user</c>, <c>logprobs</c>, <c>store</c> and their like (Mistral).</summary>
    NoOpenAiFields = 1 << 15,

    /// <summary><c>reasoning_effort</c> is for some models only, each with words of its own (Mistral, Groq, xAI); the others refuse it.</summary>
    EffortByModel = 1 << 16,
}
