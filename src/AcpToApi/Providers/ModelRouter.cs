using System.Diagnostics.CodeAnalysis;
using AcpToApi.Cli;
using AcpToApi.Json.Model;

namespace AcpToApi.Providers;

/// <summary>Finds the provider of a model id; never a silent substitute.</summary>
sealed class ModelRouter(ServerOptions options, ConfigFile config, ProviderSet providers)
{
    // Claude Code's suffix for the window of a million tokens.
    const string LongContextSuffix = "[1m]";

    /// <summary>The route of an id; else an error that lists what would work.</summary>
    public bool TryResolve(string id, [NotNullWhen(true)] out ModelRoute? route, [NotNullWhen(false)] out BridgeError? error)
    {
        route = null;
        error = null;
        id = id.Trim();
        var longContext = TakeLongContext(ref id);
        if (id.Length == 0) error = BridgeError.InvalidRequest("'model' must not be empty.", "model");
        else if (Find(id, ref longContext, out error) is var (provider, model)) route = new ModelRoute(provider, provider.FixedModel ?? model, longContext);
        return route is not null;
    }

    static bool TakeLongContext(ref string id)
    {
        var found = id.EndsWith(LongContextSuffix, StringComparison.OrdinalIgnoreCase);
        if (found) id = id[..^LongContextSuffix.Length];
        return found;
    }

    (Provider Provider, string Model)? Find(string id, ref bool longContext, out BridgeError? error)
    {
        error = null;
        var (prefix, rest) = Split(id);
        if (Named(prefix, rest) is { } named) return named;
        if (rest.Length == 0 && id.EndsWith('/') && providers.Find(prefix) is not null)
        {
            error = BridgeError.InvalidRequest($"'model' names a provider only; a model's name must follow '{id}'.", "model");
            return null;
        }
        if (config.Aliases.TryGetValue(id, out var target))
        {
            longContext |= TakeLongContext(ref target);
            var (aliasPrefix, aliasRest) = Split(target);
            if (Named(aliasPrefix, aliasRest) is { } aliased) return aliased;
            error = NotFound($"The alias '{id}' stands for '{target}', which no configured provider has.");
            return null;
        }
        if (providers.Upstream is { } upstream) return (upstream, id);
        if (IsAgent(id))
        {
            error = NotFound($"'{id}' is answered by the Claude Code CLI, which this version cannot run yet.");
            return null;
        }
        if (rest.Length == 0)
        {
            if (providers.Configured.FirstOrDefault(provider => provider.Row.BareIds?.Invoke(id) == true && provider.Key is not null) is { } owner) return (owner, id);
            if (providers.Find(options.DefaultBackend) is { IsConfigured: true } fallback) return (fallback, id);
            error = NotFound($"No provider is configured for the model '{id}', and the default backend '{options.DefaultBackend}' is not available.");
            return null;
        }
        error = providers.Find(prefix) is { } known ? MissingKey(known, id) : NotFound($"'{prefix}' in the model id '{id}' is not a known provider.");
        return null;
    }

    (Provider Provider, string Model)? Named(string prefix, string rest) =>
        rest.Length > 0 && providers.Find(prefix) is { IsConfigured: true } provider ? (provider, rest) : null;

    static (string Prefix, string Model) Split(string id)
    {
        var slash = id.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 ? (id, "") : (id[..slash], id[(slash + 1)..]);
    }

    static bool IsAgent(string id) =>
        id is "sonnet" or "opus" or "haiku" or "claude-code" || id.StartsWith("claude-code:", StringComparison.Ordinal);

    BridgeError NotFound(string what) => new(ErrorKind.ModelNotFound, 404, $"{what} {WhatWorks()}") { Code = "model_not_found", Param = "model" };

    static BridgeError MissingKey(Provider provider, string id)
    {
        if (provider.Row.LocalUrl is { } local)
        {
            return new(ErrorKind.Authentication, 401, $"The model '{id}' needs to know where {provider.Name} is: set {provider.Row.BaseUrlVariable}={local} and start the server again.")
            {
                Code = "missing_provider_key",
                Param = "model",
            };
        }
        var place = provider.Row.AccountVariable ?? (provider.Row.BaseUrl.Length > 0 ? null : provider.Row.BaseUrlAliases is [var usual, ..] ? usual : provider.Row.BaseUrlVariable);
        var account = provider.BaseUrl is null && place is not null ? $" and {place}" : "";
        return new(ErrorKind.Authentication, 401, $"The model '{id}' needs a key for {provider.Name}: set {provider.Row.KeyVariable}{account} and start the server again.")
        {
            Code = "missing_provider_key",
            Param = "model",
        };
    }

    string WhatWorks()
    {
        var names = providers.Configured.Select(provider => $"{provider.Name}/<model>").Concat(config.Aliases.Keys);
        return $"What works here: {string.Join(", ", names)}; GET /v1/models lists the models.";
    }
}
