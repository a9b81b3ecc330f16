using System.Buffers;
using AcpToApi.Agents;
using AcpToApi.Cli;
using AcpToApi.Transport;

namespace AcpToApi.Providers;

/// <summary>All providers of this server, configured or not, by name.</summary>
sealed class ProviderSet
{
    static readonly SearchValues<char> NameCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-_");

    const string Account = "{account}";

    readonly Dictionary<string, Provider> _byName = new(StringComparer.Ordinal);

    /// <summary>Warnings for the banner, one line each.</summary>
    public List<string> Warnings { get; } = [];

    /// <summary>All of them, in the table's order, custom ones last.</summary>
    public IReadOnlyCollection<Provider> All => _byName.Values;

    /// <summary>Those that can be used.</summary>
    public IEnumerable<Provider> Configured => All.Where(provider => provider.IsConfigured);

    /// <summary>The provider of <c>--upstream</c>; null when it was not given.</summary>
    public Provider? Upstream { get; private init; }

    ProgramFinder Programs { get; init; } = null!;

    /// <summary>Secrets that must never be printed.</summary>
    public IEnumerable<string> Secrets => All.SelectMany(SecretsOf);

    public Provider? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>Joins table, config and environment; throws <see cref="StartupException"/> where they contradict.</summary>
    public static ProviderSet Build(ServerOptions options, ConfigFile config, EnvironmentVariables environment)
    {
        var credentials = new Credentials(environment);
        var set = new ProviderSet { Upstream = UpstreamOf(options), Programs = new ProgramFinder(environment) };
        foreach (var row in ProviderTable.Rows)
        {
            set._byName[row.Name] = set.Configure(row, config.Providers.GetValueOrDefault(row.Name), credentials, options);
        }
        foreach (var (name, custom) in config.Providers)
        {
            if (set._byName.ContainsKey(name)) continue;
            if (name.Length == 0 || name == ProviderTable.Upstream || name.AsSpan().ContainsAnyExcept(NameCharacters))
            {
                throw new StartupException($"{config.Path}: 'providers.{name}' is not a usable name; use lower-case letters, digits, - and _.");
            }
            if (custom.BaseUrl is null) throw new StartupException($"{config.Path}: 'providers.{name}' needs a 'base-url'.");
            set._byName[name] = set.Configure(CustomRow(name, custom), custom, credentials, options);
        }
        if (set.Upstream is { } upstream) set._byName[upstream.Name] = upstream;
        set.CheckNames(options, config);
        return set;
    }

    // What names nobody would be a 404 for every request.
    void CheckNames(ServerOptions options, ConfigFile config)
    {
        if (Find(options.DefaultBackend) is null)
        {
            throw new StartupException($"{options.DefaultBackendFrom}: '{options.DefaultBackend}' is not a known provider; did you mean '{Nearest.Of(options.DefaultBackend, _byName.Keys)}'?");
        }
        foreach (var (alias, target) in config.Aliases)
        {
            var slash = target.IndexOf('/', StringComparison.Ordinal);
            if (slash > 0 && slash + 1 < target.Length && Find(target[..slash]) is not null) continue;
            var why = config.Aliases.ContainsKey(target) ? "is another alias" : slash > 0 ? "is of no known provider" : "has no provider";
            throw new StartupException($"{config.Path}: 'aliases.{alias}' stands for '{target}', which {why}; write it as provider/model.");
        }
    }

    static ProviderRow CustomRow(string name, ProviderConfig config)
    {
        var preferred = config.Formats is [var first, ..] ? first : NativeFormat.Chat;
        return new ProviderRow(name, "", preferred.ApiPath) { ModelsPath = preferred.ModelsPath };
    }

    Provider Configure(ProviderRow row, ProviderConfig? config, Credentials credentials, ServerOptions options)
    {
        if (row.IsEmbedded) return new Provider(row) { IsConfigured = true };
        if (row.Agent is { } agent) return new Provider(row) { IsConfigured = Programs.IsPresent(agent, options.Agents) };
        row = Located(row, credentials);
        if (config is not null) row = Adapt(row, config);
        if (config?.Formats is [] && row.Services == Services.None) throw new StartupException($"'providers.{row.Name}.formats' is empty, so that nothing could be asked for; name a wire format, or leave it out.");
        var aws = row.AwsService is null ? null : credentials.OfAws(config);
        var found = credentials.Of(row, config, aws is { IsTrusted: true });
        if (aws?.RegionProblem is { } wrong && (config?.Region ?? found.Key ?? aws.Keys?.AccessKeyId) is not null) throw new StartupException(wrong);
        // AWS_PROFILE may be set for other programs: what is wrong with that one is told to who asks for a model.
        if (aws is { IsProfileMissing: true } && config?.Profile is not null) throw new StartupException($"'providers.{row.Name}.profile': {aws.Problem}");
        if (aws is null && config?.Region is not null) throw new StartupException($"'providers.{row.Name}.region' means nothing: it is not at AWS.");
        if (aws is null && config?.Profile is not null) throw new StartupException($"'providers.{row.Name}.profile' means nothing: it is not at AWS.");
        var url = found.BaseUrl is { } text ? Complete(text, row, found.BaseUrlFrom) : Known(row.BaseUrl, row, aws);
        var given = found.BaseUrl is not null;
        if (given && BaseUrls.IsSelf(url!, options.Host, options.Port))
        {
            if (found.BaseUrlFromConfig) throw new StartupException($"{found.BaseUrlFrom} is this very server ({found.BaseUrl}); a request would go round in circles.");
            Warnings.Add($"{found.BaseUrlFrom} points at this very server and is ignored (it is meant for clients).");
            url = Known(row.BaseUrl, row, aws);
            given = false;
        }
        if (url is not null && url.OriginalString.Contains(Account, StringComparison.Ordinal)) url = null;
        if (given && config?.Formats is null && url != Known(row.LocalUrl ?? row.BaseUrl, row, aws)) row = row with { Formats = [.. row.Formats.Where(native => !native.AtVendorOnly)] };
        CheckKey(found.Key, row.KeyVariable);
        return new Provider(row)
        {
            BaseUrl = url,
            Key = found.Key,
            KeyIsToken = found.KeyIsToken,
            Aws = aws,
            ModelsUrl = given || row.ModelsUrl is null ? null : Known(row.ModelsUrl, row, aws),
            IsConfigured = url is not null && (found.Key is not null || aws?.Keys is not null || (given && aws?.Problem is null)),
            Headers = config?.Headers ?? [],
            Models = config?.Models ?? [],
        };
    }

    static ProviderRow Located(ProviderRow row, Credentials credentials)
    {
        foreach (var variant in row.Variants) row = variant.Of(row, credentials);
        if (row.AccountVariable is not { } variable || credentials.Variable(variable) is not { } account) return row;
        account = Uri.EscapeDataString(account);
        return row with
        {
            BaseUrl = row.BaseUrl.Replace(Account, account, StringComparison.Ordinal),
            ApiPath = row.ApiPath.Replace(Account, account, StringComparison.Ordinal),
        };
    }

    static IEnumerable<string> SecretsOf(Provider provider)
    {
        string?[] secrets = [provider.Key, provider.Aws?.Keys?.AccessKeyId, provider.Aws?.Keys?.SecretAccessKey, provider.Aws?.Keys?.SessionToken, .. provider.Headers.Values];
        return secrets.OfType<string>();
    }

    static void CheckKey(string? key, string variable)
    {
        if (key is not null && !HeaderText.IsValue(key)) throw new StartupException($"{variable}: the key holds a line break or another character that cannot stand in a header.");
    }

    static ProviderRow Adapt(ProviderRow row, ProviderConfig config) => row with
    {
        Formats = config.Formats ?? row.Formats,
        Mend = config.Mend ?? row.Mend,
        Quirks = config.Quirks ?? row.Quirks,
        Services = config.Services ?? row.Services,
    };

    static Uri Complete(string text, ProviderRow row, string from) => BaseUrls.Complete(text, row.ApiPath, row.LocalUrl)
        // What is too much in it may be a secret.
        ?? throw new StartupException($"{from}: {(text.AsSpan().ContainsAny('@', '?', '#') ? "a base URL has no user, password, query or fragment" : $"'{text}' is not a base URL")}; write it like http://localhost:8000/v1.");

    static Uri? Known(string text, ProviderRow row, AwsAccess? aws)
    {
        if (aws is not null) text = text.Replace("{region}", aws.Region, StringComparison.Ordinal);
        return text.Length == 0 || text.Contains(Account, StringComparison.Ordinal) ? null : BaseUrls.Complete(text, row.ApiPath);
    }

    static Provider? UpstreamOf(ServerOptions options)
    {
        if (options.Upstream is not { } text) return null;
        CheckKey(options.UpstreamKey, OptionTable.UpstreamKey.EnvironmentName);
        var row = ProviderTable.UpstreamRow;
        var url = Complete(text, row, "--upstream");
        if (BaseUrls.IsSelf(url, options.Host, options.Port)) throw new StartupException($"--upstream is this very server ({text}); a request would go round in circles.");
        return new Provider(row) { BaseUrl = url, Key = options.UpstreamKey, PassesClientKey = options.UpstreamKey is null, IsConfigured = true, FixedModel = options.UpstreamModel, Models = options.UpstreamModel is { } model ? [model] : [] };
    }
}
