using AcpToApi.Json.Model;

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

    /// <summary>What it offers besides chats.</summary>
    public Services Services { get; init; }

    /// <summary>A variable whose value replaces <c>{account}</c> in <see cref="BaseUrl"/>.</summary>
    public string? AccountVariable { get; init; }

    /// <summary>Whether it is answered in this process, without any network.</summary>
    public bool IsEmbedded { get; init; }

    /// <summary>The path of its model list below <see cref="ApiPath"/>; null when it has none.</summary>
    public string? ModelsPath { get; init; } = "/models";

    /// <summary>The variable that holds the key.</summary>
    public string KeyVariable => VariablePrefix + "_API_KEY";

    /// <summary>The variable that overrides the base URL.</summary>
    public string BaseUrlVariable => VariablePrefix + "_BASE_URL";

    string VariablePrefix => Name.ToUpperInvariant().Replace('-', '_');
}
