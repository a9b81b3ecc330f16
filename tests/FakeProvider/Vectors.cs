using System.Buffers.Binary;
using System.Text.Json.Nodes;

namespace FakeProvider;

/// <summary>Embeddings and ranks in the forms of all vendors. A text's vector is its length, a half and minus one.</summary>
static class Vectors
{
    /// <summary>The answer; null when the path is nobody's.</summary>
    public static JsonObject? Answer(SeenRequest request)
    {
        if (request.Body is not [(byte)'{', ..]) return null;
        var (path, body) = (request.Path, request.Json);
        if (path.EndsWith("/invoke", StringComparison.Ordinal)) return Invoked(body);
        if (path.EndsWith("/embeddings", StringComparison.Ordinal)) return OpenAi(body);
        if (path.EndsWith(":batchEmbedContents", StringComparison.Ordinal))
        {
            return new() { ["embeddings"] = new JsonArray([.. body["requests"]!.AsArray().Select(one => new JsonObject { ["values"] = Of((string)one!["content"]!["parts"]![0]!["text"]!) })]) };
        }
        if (path.EndsWith(":embedContent", StringComparison.Ordinal)) return new() { ["embedding"] = new JsonObject { ["values"] = Of((string)body["content"]!["parts"]![0]!["text"]!) } };
        if (path.EndsWith("/api/embed", StringComparison.Ordinal)) return new() { ["model"] = (string?)body["model"], ["embeddings"] = All(Texts(body["input"])), ["total_duration"] = 1, ["prompt_eval_count"] = 7 };
        if (path == "/v2/embed")
        {
            if (body["input_type"] is null || body["texts"]!.AsArray().Count > 96) return new() { ["message"] = "refused" };
            return new()
            {
                ["id"] = "fake",
                ["embeddings"] = new JsonObject { ["float"] = All(Texts(body["texts"])) },
                ["meta"] = new JsonObject { ["billed_units"] = new JsonObject { ["input_tokens"] = 7 } },
            };
        }
        // Cohere's second version takes texts, and has no documents in its answers.
        if (path == "/v2/rerank" && (body.ContainsKey("return_documents") || body["documents"]!.AsArray().Any(document => document is JsonObject))) return new() { ["message"] = "refused" };
        if (path == "/inference/v1/rerank") return Ranks(body, isList: true);
        return path.EndsWith("/rerank", StringComparison.Ordinal) ? Ranks(body, body.ContainsKey("top_k")) : null;
    }

    // Amazon's Titan takes one text.
    static JsonObject Invoked(JsonObject body) => body["inputText"] is { } text
        ? new() { ["embedding"] = Of((string)text!), ["inputTextTokenCount"] = 7 }
        : new() { ["id"] = "fake", ["embeddings"] = new JsonObject { ["float"] = All(Texts(body["texts"])) } };

    static JsonObject OpenAi(JsonObject body)
    {
        var isBase64 = (string?)(body["encoding_format"] ?? body["embedding_type"]) == "base64";
        var data = Texts(body["input"]).Select((text, index) => new JsonObject { ["object"] = "embedding", ["index"] = index, ["embedding"] = isBase64 ? Base64(text) : Of(text) });
        return new() { ["object"] = "list", ["data"] = new JsonArray([.. data]), ["model"] = (string?)body["model"], ["usage"] = new JsonObject { ["prompt_tokens"] = 7, ["total_tokens"] = 7 } };
    }

    static JsonObject Ranks(JsonObject body, bool isList)
    {
        var most = (int?)(body["top_n"] ?? body["top_k"]) ?? int.MaxValue;
        var ranks = Texts(body["documents"]).Select((text, index) => (Text: text, Index: index)).OrderByDescending(document => document.Text.Length).Take(most).Select(document =>
        {
            var rank = new JsonObject { ["index"] = document.Index, ["relevance_score"] = document.Text.Length / 10.0 };
            if ((bool?)body["return_documents"] == true) rank["document"] = isList ? document.Text : new JsonObject { ["text"] = document.Text };
            return rank;
        });
        return new() { [isList ? "data" : "results"] = new JsonArray([.. ranks]), ["usage"] = new JsonObject { ["total_tokens"] = 7 } };
    }

    static IEnumerable<string> Texts(JsonNode? input) => input is JsonArray array ? array.Select(item => item is JsonValue ? item.ToString() : item!["text"]!.ToString()) : [(string)input!];

    static JsonArray All(IEnumerable<string> texts) => new([.. texts.Select(Of)]);

    static JsonArray Of(string text) => new(text.Length, 0.5, -1);

    static string Base64(string text)
    {
        var bytes = new byte[12];
        BinaryPrimitives.WriteSingleLittleEndian(bytes, text.Length);
        BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(4), 0.5f);
        BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(8), -1);
        return Convert.ToBase64String(bytes);
    }
}
