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
        var conversation = TakeConversation(ref id);
        if (id.Length == 0) error = BridgeError.InvalidRequest("'model' must not be empty.", "model");
        else if (Find(id, ref longContext, out error) is var (provider, model)) route = new ModelRoute(provider.Serving(model), provider.FixedModel ?? model, longContext) { Conversation = conversation };
        return route is not null;
    }

    static bool TakeLongContext(ref string id)
    {
        var found = id.EndsWith(LongContextSuffix, StringComparison.OrdinalIgnoreCase);
        if (found) id = id[..^LongContextSuffix.Length];
        return found;
    }

    // agent[/model][:conversation]
    string? TakeConversation(ref string id)
    {
        foreach (var provider in providers.All)
        {
            if (provider.Row.Agent?.NamesConversations != true || !id.StartsWith(provider.Name, StringComparison.Ordinal)) continue;
            var rest = id[provider.Name.Length..];
            if (rest.Length > 0 && rest[0] is not (':' or '/')) continue;
            var colon = rest.IndexOf(':', StringComparison.Ordinal);
            var model = colon < 0 ? rest : rest[..colon];
            id = provider.Name + (model.Length > 1 ? model : "/default");
            return colon < 0 || colon + 1 == rest.Length ? null : rest[(colon + 1)..];
        }
        return null;
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
        if (rest.Length == 0)
        {
            if (providers.All.FirstOrDefault(provider => provider.Row.BareIds?.Invoke(id) == true && (provider.Key is not null || provider.Row.Agent is not null)) is { } owner) return (owner, id);
            if (providers.Find(options.DefaultBackend) is { IsConfigured: true } fallback) return (fallback, id);
            error = NotFound($"No provider is configured for the model '{id}', and the default backend '{options.DefaultBackend}' is not available.");
            return null;
        }
        error = providers.Find(prefix) is { } known ? MissingKey(known, id) : NotFound($"'{prefix}' in the model id '{id}' is not a known provider.");
        return null;
    }

    (Provider Provider, string Model)? Named(string prefix, string rest) =>
        // An agent that is not there says itself what to do about it.
        rest.Length > 0 && providers.Find(prefix) is { } provider && (provider.IsConfigured || provider.Row.Agent is not null) ? (provider, rest) : null;

    static (string Prefix, string Model) Split(string id)
    {
        var slash = id.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 ? (id, "") : (id[..slash], id[(slash + 1)..]);
    }

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
        if (provider.Aws is { } aws)
        {
            var fix = aws.Problem ?? $"Set {provider.Row.KeyAliases[0]}, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, and start the server again.";
            return new(ErrorKind.Authentication, 401, $"The model '{id}' needs a key for {provider.Name}. {fix}") { Code = "missing_provider_key", Param = "model" };
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
