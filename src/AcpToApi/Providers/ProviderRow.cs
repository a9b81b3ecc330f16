using AcpToApi.Json.Embeddings;
using AcpToApi.Json.Model;
using AcpToApi.Json.Rerank;

namespace AcpToApi.Providers;

/// <summary>A provider as data: everything that is known of it before anybody configures it.</summary>
/// <param name="Name">The prefix of its model ids.</param>
/// <param name="BaseUrl">Scheme, host and the path before <paramref name="ApiPath"/>; empty when only configuration can tell.</param>
/// <param name="ApiPath">The path that all of its endpoints share, such as <c>/v1</c>.</param>
sealed record ProviderRow(string Name, string BaseUrl, string ApiPath = "/v1")
{
    /// <summary>The wire formats that it speaks natively, the preferred one first.</summary>
    public IReadOnlyList<NativeFormat> Formats { get; init; } = [NativeFormat.Chat];

    /// <summary>Names that its vendor uses for the key, besides <c>NAME_API_KEY</c>.</summary>
    public IReadOnlyList<string> KeyAliases { get; init; } = [];

    /// <summary>Names that its vendor uses for the base URL, besides <c>NAME_BASE_URL</c>.</summary>
    public IReadOnlyList<string> BaseUrlAliases { get; init; } = [];

    /// <summary>Where it listens on this machine if nobody moved it; such a provider needs no key, only to be told that it is there.</summary>
    public string? LocalUrl { get; init; }

    /// <summary>Bare ids (without a prefix) that are this provider's when it has a key.</summary>
    public Func<string, bool>? BareIds { get; init; }

    /// <summary>Whether its answers deviate from their dialect so that a client may stumble, and are read and rewritten instead of passed through.</summary>
    public bool Mend { get; init; }

    /// <summary>How its requests and answers deviate.</summary>
    public Quirks Quirks { get; init; }

    /// <summary>Whether it counts no more of tools than their names and descriptions.</summary>
    public bool CountsBareTools { get; init; }

    /// <summary>What it offers besides chats.</summary>
    public Services Services { get; init; }

    /// <summary>How it is asked for embeddings, if not in the way that goes with its preferred wire format.</summary>
    public EmbeddingForm? Embeddings { get; init; }

    /// <summary>The path of its embeddings, if not the form's own.</summary>
    public string? EmbeddingsPath { get; init; }

    /// <summary>How it is asked to rerank.</summary>
    public RerankForm Rerank { get; init; }

    /// <summary>A variable whose value replaces <c>{account}</c> in <see cref="BaseUrl"/> and <see cref="ApiPath"/>.</summary>
    public string? AccountVariable { get; init; }

    /// <summary>A variable that may hold a token instead of the key, which goes out as <c>Authorization: Bearer</c>.</summary>
    public string? TokenVariable { get; init; }

    /// <summary>What else of the environment changes the row.</summary>
    public IReadOnlyList<RowVariant> Variants { get; init; } = [];

    /// <summary>
    /// The AWS service that it is, if it is one: without a key its requests are signed with AWS's own, and <c>{region}</c> in URLs is AWS's region.
    /// </summary>
    public string? AwsService { get; init; }

    /// <summary>The coding agent that answers; null for providers that are asked over HTTP.</summary>
    public AgentRow? Agent { get; init; }

    /// <summary>Whether it is answered in this process, without any network.</summary>
    public bool IsEmbedded { get; init; }

    /// <summary>The path of its model list below <see cref="ApiPath"/>; null when it has none.</summary>
    public string? ModelsPath { get; init; } = "/models";

    /// <summary>The path of a second list, of what can be asked for like a model (inference profiles).</summary>
    public string? MoreModelsPath { get; init; }

    /// <summary>Where its model list is, when that is another host; a base URL that somebody gives is for both.</summary>
    public string? ModelsUrl { get; init; }

    /// <summary>The variable that holds the key.</summary>
    public string KeyVariable => VariablePrefix + "_API_KEY";

    /// <summary>The variable that overrides the base URL.</summary>
    public string BaseUrlVariable => VariablePrefix + "_BASE_URL";

    /// <summary>Whether it has a service.</summary>
    public bool Has(Services service) => (Services & service) != 0 || (service == Services.Embeddings && Embeddings is not null);

    string VariablePrefix => Name.ToUpperInvariant().Replace('-', '_');
}
