using AcpToApi.Cli;

namespace AcpToApi.Providers;

/// <summary>
/// Where a provider's key and base URL come from: the config file, the environment, and last the untrusted <c>.env</c>, which never overrides
/// the environment, and whose base URL counts only together with the same row's key from the same file (else it could send a key of the
/// environment to a stranger).
/// </summary>
sealed class Credentials(EnvironmentVariables environment)
{
    /// <summary>A key and the variable it came from.</summary>
    public sealed record Found(string? Key, bool KeyIsToken, string? BaseUrl, string BaseUrlFrom, bool BaseUrlFromConfig);

    /// <summary>What is configured for a row.</summary>
    public Found Of(ProviderRow row, ProviderConfig? config)
    {
        string[] names = config?.KeyVariable is { } own ? [own] : [row.KeyVariable, .. row.KeyAliases];
        var trusted = config?.Key ?? names.Select(environment.Get).FirstOrDefault(key => key is not null);
        var token = trusted is null && row.TokenVariable is { } variable ? environment.Get(variable) : null;
        trusted ??= token;
        var local = trusted is null ? names.Select(name => environment.DotEnv.GetValueOrDefault(name)).FirstOrDefault(key => !string.IsNullOrEmpty(key)) : null;
        Found With(string? url, string from, bool fromConfig) => new(trusted ?? local, token is not null, url, from, fromConfig);
        if (config?.BaseUrl is { } configured) return With(configured, $"'providers.{row.Name}.base-url'", true);
        foreach (var name in new[] { row.BaseUrlVariable }.Concat(row.BaseUrlAliases))
        {
            if (environment.Get(name) is { } exported) return With(exported, name, false);
        }
        var localUrl = local is null ? null : environment.DotEnv.GetValueOrDefault(row.BaseUrlVariable);
        return With(string.IsNullOrEmpty(localUrl) ? null : localUrl, row.BaseUrlVariable + " in .env", false);
    }

    /// <summary>A variable that is no secret, from the environment or else from <c>.env</c>.</summary>
    public string? Variable(string name) => environment.Get(name) ?? environment.DotEnv.GetValueOrDefault(name);
}
