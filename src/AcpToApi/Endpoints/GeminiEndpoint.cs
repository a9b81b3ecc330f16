using AcpToApi.Dialects;
using AcpToApi.Hosting;
using AcpToApi.Json.Embeddings;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Endpoints;

/// <summary>Gemini's endpoints, whose path is <c>models/MODEL:verb</c>; the model's id may hold slashes and colons.</summary>
sealed class GeminiEndpoint(ChatEndpoint chat, CountTokensEndpoint counts, EmbeddingsEndpoint embeddings)
{
    /// <summary>Does what the verb says.</summary>
    public Task HandleAsync(HttpContext http, string modelAndVerb)
    {
        const string Collection = "models/";
        if (modelAndVerb.StartsWith(Collection, StringComparison.Ordinal)) modelAndVerb = modelAndVerb[Collection.Length..];
        var colon = modelAndVerb.LastIndexOf(':');
        var (model, verb) = colon < 0 ? (modelAndVerb, "") : (modelAndVerb[..colon], modelAndVerb[(colon + 1)..]);
        return verb switch
        {
            "generateContent" => chat.HandleAsync(http, Dialect.Gemini, model, stream: false),
            "streamGenerateContent" => chat.HandleAsync(http, Dialect.OfGemini(http.Request), model, stream: true),
            "countTokens" => CountAsync(http, model),
            "embedContent" => embeddings.HandleAsync(http, EmbeddingDialect.GeminiSingle, model),
            "batchEmbedContents" => embeddings.HandleAsync(http, EmbeddingDialect.GeminiBatch, model),
            _ => throw new BridgeException(new BridgeError(ErrorKind.NotFound, 404, $"'{verb}' cannot be done with a model here; there are generateContent, streamGenerateContent, countTokens, embedContent and batchEmbedContents.")),
        };
    }

    async Task CountAsync(HttpContext http, string model)
    {
        using var body = new PooledBuffer();
        await RequestBody.ReadAsync(http.Request, body, http.RequestAborted);
        // The contents may stand in a generateContentRequest.
        var head = RequestHead.InUrl(body.WrittenMemory, JsonString.Of(model), stream: false, "contents", isRequired: false);
        await counts.AnswerAsync(http, Dialect.Gemini, head, body.WrittenMemory);
    }
}
