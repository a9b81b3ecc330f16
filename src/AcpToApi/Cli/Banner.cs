using AcpToApi.Providers;

namespace AcpToApi.Cli;

/// <summary>What the server says when it has started: three helpful lines, and a line for each warning.</summary>
static class Banner
{
    public static void Print(TextWriter terminal, string address, ProviderSet providers, EnvironmentVariables environment)
    {
        var ready = providers.Configured.Where(provider => !provider.Row.IsEmbedded).Select(provider => provider.Name).ToList();
        terminal.WriteLine($"acptoapi {Product.Version} listens on {address} (OpenAI: {address}/v1, Anthropic: {address}).");
        terminal.WriteLine(ready.Count > 0
            ? $"Providers ready: {string.Join(", ", ready)}."
            : $"No provider has a key yet; the embedded {ProviderTable.Demo}/ answers. Set OPENAI_API_KEY, ANTHROPIC_API_KEY, ... or give --upstream URL.");
        terminal.WriteLine($"Try: curl -N {address}/v1/chat/completions -H 'Content-Type: application/json' -d '{{\"model\":\"{ProviderTable.Demo}/{ProviderTable.Demo}\",\"stream\":true,\"messages\":[{{\"role\":\"user\",\"content\":\"Hello\"}}]}}'");
        if (environment.DotEnvPath is { } file) terminal.WriteLine($"Read {file}.");
        foreach (var warning in providers.Warnings) terminal.WriteLine("Warning: " + warning);
        terminal.Flush();
    }
}
