using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Rerank;

/// <summary>The forms of reranking: they differ in a word of the request, in what a document may be, and in the shape of the answer.</summary>
public enum RerankForm
{
    /// <summary>Jina's, and Cohere's first: <c>top_n</c>, answered with <c>results</c>.</summary>
    Results,

    /// <summary>Cohere's second: the same, but documents are texts, and are not given back.</summary>
    Texts,

    /// <summary>Voyage's: <c>top_k</c>, answered with a list whose <c>data</c> holds documents as bare texts.</summary>
    Data,

    /// <summary>Fireworks': asked like Cohere's second, answered like Voyage's.</summary>
    TextsAsData,
}

/// <summary>Carries requests and answers from one form to the other, whole bodies at a time.</summary>
public static class RerankTranslation
{
    /// <summary>
    /// Writes a client's body for a provider of the other form; <paramref name="ignored"/> names what that has no word for. Throws
    /// <see cref="BridgeException"/> (400) that names the field.
    /// </summary>
    public static void WriteRequest(ReadOnlyMemory<byte> body, string model, RerankForm to, PooledBuffer output, IgnoredFields ignored)
    {
        var reader = new BodyReader(body);
        output.Write("{\"model\":"u8);
        output.WriteString(model);
        var (hasQuery, hasDocuments, hasLimit) = (false, false, false);
        while (reader.NextProperty())
        {
            var name = reader.Name();
            if (!reader.Value() || name == "model")
            {
                reader.Skip();
                continue;
            }
            if (name == "return_documents" && to == RerankForm.Texts)
            {
                reader.Skip();
                continue;
            }
            if (name is "truncation" or "max_chunks_per_doc" or "rank_fields" || (name == "max_tokens_per_doc" && to != RerankForm.Texts))
            {
                ignored.Add(name);
                reader.Skip();
                continue;
            }
            var isLimit = name is "top_n" or "top_k";
            if (isLimit)
            {
                if (hasLimit) reader.Fail("must not stand beside its other name: 'top_n' and 'top_k' are the same");
                reader.ExpectWhole();
            }
            else if (name == "documents") reader.ExpectArray();
            hasLimit |= isLimit;
            hasQuery |= name == "query";
            hasDocuments |= name == "documents";
            output.Write((byte)',');
            output.WriteString(isLimit ? to == RerankForm.Data ? "top_k" : "top_n" : name);
            output.Write((byte)':');
            if (name == "documents" && to != RerankForm.Results) WriteTexts(ref reader, output);
            else output.Write(reader.Raw().Span);
        }
        if (!hasQuery) reader.Missing("query");
        if (!hasDocuments) reader.Missing("documents");
        reader.ExpectEnd();
        output.Write((byte)'}');
    }

    /// <summary>
    /// Writes a provider's answer in the client's form, and puts in the <paramref name="documents"/> if they are given. Throws
    /// <see cref="JsonException"/> when it is no answer.
    /// </summary>
    public static void WriteResponse(ReadOnlyMemory<byte> body, string model, RerankForm to, IReadOnlyList<ReadOnlyMemory<byte>>? documents, PooledBuffer output)
    {
        var reader = new Utf8JsonReader(body.Span, BodyReader.Options);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject) throw new JsonException();
        output.Write(to == RerankForm.Data ? "{\"object\":\"list\",\"data\":"u8 : "{\"results\":"u8);
        var found = false;
        long? tokens = null;
        JsonText id = default;
        ReadOnlySpan<byte> meta = default;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("results"u8) || reader.ValueTextEquals("data"u8))
            {
                found = true;
                WriteResults(ref reader, body.Span, to, documents, output);
            }
            else if (reader.ValueTextEquals("usage"u8)) tokens = TotalTokens(ref reader);
            else if (reader.ValueTextEquals("id"u8)) id = reader.ReadText();
            else if (reader.ValueTextEquals("meta"u8) && to == RerankForm.Results)
            {
                reader.Read();
                meta = reader.Raw(body.Span);
            }
            else reader.SkipValue();
        }
        if (!found) throw new JsonException();
        if (!id.IsEmpty)
        {
            output.Write(",\"id\":"u8);
            output.WriteString(id);
        }
        output.Write(",\"model\":"u8);
        output.WriteString(model);
        if (tokens is { } total)
        {
            output.Write(",\"usage\":{\"total_tokens\":"u8);
            output.Write(total);
            output.Write((byte)'}');
        }
        if (!meta.IsEmpty)
        {
            output.Write(",\"meta\":"u8);
            output.Write(meta);
        }
        output.Write((byte)'}');
    }

    static void WriteTexts(ref BodyReader reader, PooledBuffer output)
    {
        output.Write((byte)'[');
        for (var some = false; reader.NextElement(); some = true)
        {
            if (some) output.Write((byte)',');
            if (reader.Token == JsonTokenType.String)
            {
                output.Write(reader.Raw().Span);
                continue;
            }
            reader.ExpectObject();
            JsonString? text = null;
            while (reader.NextProperty())
            {
                if (reader.Is("text"u8)) text = reader.ReadString();
                else reader.SkipValue();
            }
            if (text is null) reader.Missing("text");
            output.WriteString(text.Value.Text);
        }
        output.Write((byte)']');
    }

    static void WriteResults(ref Utf8JsonReader reader, ReadOnlySpan<byte> body, RerankForm to, IReadOnlyList<ReadOnlyMemory<byte>>? documents, PooledBuffer output)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray) throw new JsonException();
        output.Write((byte)'[');
        for (var some = false; reader.Read() && reader.TokenType == JsonTokenType.StartObject; some = true)
        {
            if (some) output.Write((byte)',');
            WriteResult(ref reader, body, to, documents, output);
        }
        if (reader.TokenType != JsonTokenType.EndArray) throw new JsonException();
        output.Write((byte)']');
    }

    static void WriteResult(ref Utf8JsonReader reader, ReadOnlySpan<byte> body, RerankForm to, IReadOnlyList<ReadOnlyMemory<byte>>? documents, PooledBuffer output)
    {
        output.Write((byte)'{');
        var index = int.MaxValue;
        var more = false;
        for (; reader.Read() && reader.TokenType == JsonTokenType.PropertyName; more = true)
        {
            if (more) output.Write((byte)',');
            var (isDocument, isIndex) = (reader.ValueTextEquals("document"u8), reader.ValueTextEquals("index"u8));
            output.WriteString(JsonText.Of(ref reader));
            output.Write((byte)':');
            reader.Read();
            if (isIndex && reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var number)) index = number;
            if (isDocument) WriteDocument(ref reader, body, to, output);
            else output.Write(reader.Raw(body));
        }
        if (index >= 0 && index < documents?.Count)
        {
            output.Write(more ? ",\"document\":"u8 : "\"document\":"u8);
            var document = documents[index].Span;
            var given = new Utf8JsonReader(document, BodyReader.Options);
            given.Read();
            WriteDocument(ref given, document, to, output);
        }
        output.Write((byte)'}');
    }

    // A bare text here, {"text":…} there.
    static void WriteDocument(ref Utf8JsonReader reader, ReadOnlySpan<byte> body, RerankForm to, PooledBuffer output)
    {
        var isText = reader.TokenType == JsonTokenType.String;
        var document = reader;
        var raw = reader.Raw(body);
        if (to == RerankForm.Results && isText)
        {
            output.Write("{\"text\":"u8);
            output.Write(raw);
            output.Write((byte)'}');
            return;
        }
        if (to == RerankForm.Data && document.TokenType == JsonTokenType.StartObject)
        {
            while (document.Read() && document.TokenType == JsonTokenType.PropertyName)
            {
                if (document.ValueTextEquals("text"u8))
                {
                    output.WriteString(document.ReadText());
                    return;
                }
                document.SkipValue();
            }
        }
        output.Write(raw);
    }

    static long? TotalTokens(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject) return null;
        long? total = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("total_tokens"u8)) total = reader.ReadCount();
            else reader.SkipValue();
        }
        return total;
    }
}
