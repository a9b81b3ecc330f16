using System.Text.Json;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Rerank;

/// <summary>What a client's body says of its own form, and the documents that may have to be put into the answer.</summary>
public sealed class RerankQuestion
{
    bool _hasObjects;
    bool _hasOlderFields;
    bool _wantsDocuments;
    readonly List<ReadOnlyMemory<byte>> _documents = [];

    /// <summary>The form of the client: only Voyage's say <c>top_k</c>.</summary>
    public RerankForm Form { get; private set; }

    /// <summary>Reads a body; what is wrong with it is told by who writes or takes it.</summary>
    public static RerankQuestion Of(ReadOnlyMemory<byte> body)
    {
        var question = new RerankQuestion();
        var reader = new BodyReader(body);
        while (reader.NextProperty())
        {
            if (reader.Is("documents"u8)) question.TakeDocuments(ref reader);
            else if (reader.Is("return_documents"u8))
            {
                question._hasOlderFields = true;
                question._wantsDocuments = reader.Value() && reader.Token == JsonTokenType.True;
                reader.Skip();
            }
            else
            {
                if (reader.Is("top_k"u8)) question.Form = RerankForm.Data;
                question._hasOlderFields |= reader.Is("rank_fields"u8) || reader.Is("max_chunks_per_doc"u8);
                reader.SkipValue();
            }
        }
        return question;
    }

    /// <summary>Whether a provider takes the body as it is, and answers as the client expects.</summary>
    public bool Fits(RerankForm native) => Form == native || (Form == RerankForm.Results && native == RerankForm.Texts && !_hasObjects && !_hasOlderFields);

    /// <summary>The documents as the client sent them, where it wants them back from a provider that gives none; else null.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>>? Missing(RerankForm native) => _wantsDocuments && native == RerankForm.Texts ? _documents : null;

    void TakeDocuments(ref BodyReader reader)
    {
        if (!reader.Value() || reader.Token != JsonTokenType.StartArray)
        {
            reader.Skip();
            return;
        }
        while (reader.NextElement())
        {
            _hasObjects |= reader.Token == JsonTokenType.StartObject;
            _documents.Add(reader.Raw());
        }
    }
}
