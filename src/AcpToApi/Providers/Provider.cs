namespace AcpToApi.Providers;

/// <summary>A provider as configured: its row, where it is, and its key.</summary>
sealed record Provider(ProviderRow Row)
{
    /// <summary>Base URL with the API path, without a slash at the end; null for an embedded provider, or when it is not known.</summary>
    public Uri? BaseUrl { get; init; }

    /// <summary>The key; null when there is none.</summary>
    public string? Key { get; init; }

    /// <summary>Whether the key is a token, which goes out as <c>Authorization: Bearer</c> whatever header a key would take.</summary>
    public bool KeyIsToken { get; init; }

    /// <summary>How requests are signed when there is no key; null where nothing is.</summary>
    public AwsAccess? Aws { get; init; }

    /// <summary>Base URL of its model list, where that is another host.</summary>
    public Uri? ModelsUrl { get; init; }

    /// <summary>Whether the client's own key is passed on when there is no other (<c>--upstream</c> only).</summary>
    public bool PassesClientKey { get; init; }

    /// <summary>Whether somebody gave it a key or a base URL, so that it can be used.</summary>
    public bool IsConfigured { get; init; }

    /// <summary>Replaces every model's name, if set (<c>--model</c>).</summary>
    public string? FixedModel { get; init; }

    /// <summary>Further request headers.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>Models to list where it has no list of its own.</summary>
    public IReadOnlyList<string> Models { get; init; } = [];

    public string Name => Row.Name;

    /// <summary>The same provider where its model list is.</summary>
    public Provider Catalog => ModelsUrl is { } url ? this with { BaseUrl = url } : this;

    /// <summary>The provider as it serves a model: an ARN names the region that the model is in.</summary>
    public Provider Serving(string model) =>
        Aws is { } aws && ModelsUrl is not null && AwsAccess.RegionOf(model) is { } region && region != aws.Region
            ? this with { Aws = aws.In(region), BaseUrl = new Uri(Row.BaseUrl.Replace("{region}", region, StringComparison.Ordinal)) }
            : this;

    /// <summary>The wire format whose credentials and headers it takes; OpenAI's for providers without chats.</summary>
    public NativeFormat Preferred => Row.Formats.FirstOrDefault(native => !native.PassesOnly) ?? NativeFormat.Chat;

    /// <summary>The URL of an endpoint below the API path; a path that begins with <c>~/</c> stands beside it, where the API path itself begins.</summary>
    public Uri At(string path) => new(path.StartsWith("~/", StringComparison.Ordinal) ? BaseUrls.Root(BaseUrl!, Row.ApiPath) + path[1..] : BaseUrl!.OriginalString + path);
}
