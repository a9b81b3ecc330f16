using AcpToApi.Backends;
using AcpToApi.Cli;
using AcpToApi.Providers;

namespace AcpToApi.Endpoints;

/// <summary>What is active here and whether the providers answer. Secrets are told as set or unset; no URL is taken from the caller.</summary>
sealed class DebugEndpoint(OptionValues values, ConfigFile config, ProviderSet providers, ProviderProbes probes)
{
    /// <summary><c>GET /debug/config</c>: every option with its value and where that came from, and every provider.</summary>
    public Task ConfigAsync(HttpContext http)
    {
        var options = OptionTable.All.Select(Describe);
        var answer = new DebugConfig([.. options], config.Aliases, [.. providers.All.Select(Describe)]);
        return JsonAnswer.WriteAsync(http, answer, BridgeJsonContext.Default.DebugConfig);
    }

    /// <summary><c>GET /debug/providers</c>: asks every provider that is configured, at once, for what costs nothing.</summary>
    public async Task ProvidersAsync(HttpContext http) =>
        await JsonAnswer.WriteAsync(http, new DebugProviders(await probes.AskAllAsync(http.RequestAborted)), BridgeJsonContext.Default.DebugProviders);

    DebugOption Describe(OptionDefinition option)
    {
        if (values.Get(option) is not { } value) return new DebugOption(option.Name, "", "unset");
        // What is handed to agents may be a key: its name is enough.
        var shown = option.IsSecret ? "set" : string.Join(", ", option == OptionTable.AgentEnv ? value.Values.Select(given => given.Split('=')[0]) : value.Values);
        return new DebugOption(option.Name, shown, value.Source == OptionSource.Default ? "default" : value.From);
    }

    static DebugProvider Describe(Provider provider) => new(
        provider.Name,
        provider.IsConfigured,
        provider.BaseUrl?.OriginalString,
        provider.Key is not null ? "set" : provider.PassesClientKey ? "the client's" : "unset",
        [.. provider.Row.Formats.Select(native => native.Format.Name)],
        provider.Row.Mend,
        provider.Key is null ? provider.Aws?.Description : null);
}
