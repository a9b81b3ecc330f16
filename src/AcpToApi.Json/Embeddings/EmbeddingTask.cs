using AcpToApi.Json.Model;

namespace AcpToApi.Json.Embeddings;

/// <summary>What vectors are for; every provider has its own words for it.</summary>
public enum EmbeddingTask
{
    /// <summary>The client did not say.</summary>
    None,

    /// <summary>To search with.</summary>
    Query,

    /// <summary>To be found.</summary>
    Document,

    /// <summary>To be compared with each other.</summary>
    Similarity,

    /// <summary>To be classified.</summary>
    Classification,

    /// <summary>To be grouped.</summary>
    Clustering,
}

/// <summary>Reads a task from the words of any provider.</summary>
static class EmbeddingTasks
{
    /// <summary>Whether a field of OpenAI's form, as its likenesses extend it, tells the task.</summary>
    public static bool IsField(string name) => name is "input_type" or "task" or "task_type";

    /// <summary>The task that a word such as <c>RETRIEVAL_QUERY</c>, <c>search_document</c> or <c>text-matching</c> means.</summary>
    public static EmbeddingTask Of(JsonString word)
    {
        var text = word.ToString();
        // Questions to answer, facts to check and code to find are searched for too.
        if (Has("query") || Has("QUESTION") || Has("FACT")) return EmbeddingTask.Query;
        if (Has("document") || Has("passage")) return EmbeddingTask.Document;
        if (Has("similarity") || Has("matching")) return EmbeddingTask.Similarity;
        if (Has("classification")) return EmbeddingTask.Classification;
        return Has("clustering") || Has("separation") ? EmbeddingTask.Clustering : EmbeddingTask.None;

        bool Has(string part) => text.Contains(part, StringComparison.OrdinalIgnoreCase);
    }
}
