using AcpToApi.Json.Model;

namespace AcpToApi.Dialects;

/// <summary>What a client speaks: the wire format of its requests and answers, by path.</summary>
static class Dialect
{
    public static readonly WireFormat OpenAiChat = WireFormat.OpenAiChat;

    public static readonly WireFormat AnthropicMessages = WireFormat.AnthropicMessages;

    public static readonly WireFormat Ollama = WireFormat.Ollama;

    /// <summary>The dialect to answer in where no endpoint has been found yet: by the path, else by the headers that only one family sends.</summary>
    public static WireFormat Of(HttpRequest request) =>
        request.Path.StartsWithSegments("/api") ? Ollama
        : request.Path.StartsWithSegments("/v1/messages") || request.Headers.ContainsKey("anthropic-version") ? AnthropicMessages
        : OpenAiChat;
}
