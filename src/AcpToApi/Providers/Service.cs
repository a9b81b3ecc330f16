namespace AcpToApi.Providers;

/// <summary>What a provider offers besides chats.</summary>
[Flags]
enum Services
{
    None = 0,
    Embeddings = 1 << 0,
    Images = 1 << 1,
    ImageEdits = 1 << 2,
    Moderations = 1 << 3,
    Rerank = 1 << 4,
    Speech = 1 << 5,
    Transcriptions = 1 << 6,
    Translations = 1 << 7,
}

/// <summary>A service and the path that it has, here and at the providers below their API path.</summary>
/// <param name="Kind">The service.</param>
/// <param name="Path">The path below <c>/v1</c>.</param>
sealed record Service(Services Kind, string Path)
{
    /// <summary>Ranking documents by a query.</summary>
    public static Service Rerank { get; } = new(Services.Rerank, "/rerank");

    /// <summary>Turning texts into vectors.</summary>
    public static Service Embeddings { get; } = new(Services.Embeddings, "/embeddings");

    /// <summary>Those that are passed through in OpenAI's form.</summary>
    public static IReadOnlyList<Service> Passed { get; } =
    [
        new(Services.Images, "/images/generations"),
        new(Services.ImageEdits, "/images/edits"),
        new(Services.Moderations, "/moderations") { ModelIsOptional = true },
        new(Services.Speech, "/audio/speech"),
        new(Services.Transcriptions, "/audio/transcriptions"),
        new(Services.Translations, "/audio/translations"),
    ];

    /// <summary>Whether a request may leave out the model; the first provider that has the service then answers.</summary>
    public bool ModelIsOptional { get; init; }

    /// <summary>The name for messages.</summary>
    public string Name => Path[1..];
}
