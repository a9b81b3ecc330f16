using AcpToApi.Json.Model;

namespace AcpToApi.Dialects;

/// <summary>What a client speaks: the wire format of its requests and answers, by path.</summary>
static class Dialect
{
    public static readonly WireFormat OpenAiChat = WireFormat.OpenAiChat;

    public static readonly WireFormat AnthropicMessages = WireFormat.AnthropicMessages;

    public static readonly WireFormat Ollama = WireFormat.Ollama;

    public static readonly WireFormat OpenAiCompletions = WireFormat.OpenAiCompletions;

    public static readonly WireFormat OllamaGenerate = WireFormat.OllamaGenerate;

    public static readonly WireFormat OpenAiResponses = WireFormat.OpenAiResponses;

    public static readonly WireFormat Gemini = WireFormat.Gemini;

    public static readonly WireFormat GeminiArray = WireFormat.GeminiArray;

    /// <summary>The dialect that the caller speaks: by the path, and on the paths that both families share by the headers that only one of them sends.</summary>
    public static WireFormat Of(HttpRequest request) => request.Path switch
    {
        var path when path.StartsWithSegments("/v1/messages") => AnthropicMessages,
        var path when path.StartsWithSegments("/v1/chat") => OpenAiChat,
        var path when path.StartsWithSegments("/v1/completions") => OpenAiCompletions,
        var path when path.StartsWithSegments("/v1/responses") => OpenAiResponses,
        var path when path.StartsWithSegments("/v1beta") => Gemini,
        var path when path.StartsWithSegments("/v1/models") && HttpMethods.IsPost(request.Method) => Gemini,
        var path when path.StartsWithSegments("/api") => Ollama,
        _ => request.Headers.ContainsKey("anthropic-version") || request.Headers.ContainsKey("x-api-key") ? AnthropicMessages : OpenAiChat,
    };
}
