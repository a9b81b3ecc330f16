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

    /// <summary>What a client of Gemini gets: a stream without <c>alt=sse</c> is an array, errors included.</summary>
    public static WireFormat OfGemini(HttpRequest request) =>
        request.Path.Value!.EndsWith(":streamGenerateContent", StringComparison.Ordinal) && request.Query["alt"] != "sse" ? GeminiArray : Gemini;

    /// <summary>The dialect that the caller speaks: by the path, and on the paths that both families share by the headers that only one of them sends.</summary>
    public static WireFormat Of(HttpRequest request) => request.Path switch
    {
        var path when path.StartsWithSegments("/v1/messages") => AnthropicMessages,
        var path when path.StartsWithSegments("/v1/chat") => OpenAiChat,
        var path when path.StartsWithSegments("/v1/completions") => OpenAiCompletions,
        var path when path.StartsWithSegments("/v1/responses") => OpenAiResponses,
        var path when path.StartsWithSegments("/v1beta") || (path.StartsWithSegments("/v1/models") && HttpMethods.IsPost(request.Method)) => OfGemini(request),
        var path when path.StartsWithSegments("/api") => Ollama,
        _ => request.Headers.ContainsKey("anthropic-version") || request.Headers.ContainsKey("x-api-key") ? AnthropicMessages : OpenAiChat,
    };
}
