namespace AcpToApi.Cli;

/// <summary>Where an option's value came from, the strongest first.</summary>
enum OptionSource
{
    CommandLine,
    Environment,
    DotEnv,
    ConfigFile,
    Default,
}

/// <summary>An option's value and where it came from; lists hold several.</summary>
sealed record OptionValue(IReadOnlyList<string> Values, OptionSource Source, string From)
{
    public string Single => Values[^1];
}

/// <summary>The values of all options, taken from the command line, the environment, <c>.env</c> and the config file, in this order of strength.</summary>
sealed class OptionValues(IReadOnlyDictionary<OptionDefinition, IReadOnlyList<string>> commandLine, EnvironmentVariables environment, ConfigFile config)
{
    /// <summary>The environment of the process.</summary>
    public EnvironmentVariables Environment => environment;

    /// <summary>The value of an option, its default included; null when there is none.</summary>
    public OptionValue? Get(OptionDefinition option)
    {
        if (commandLine.TryGetValue(option, out var given)) return new(given, OptionSource.CommandLine, "--" + option.Name);
        foreach (var name in option.EnvironmentAlias is { } alias ? [option.EnvironmentName, alias] : new[] { option.EnvironmentName })
        {
            if (environment.Get(name) is { } value) return new(Split(option, value), OptionSource.Environment, name);
        }
        if (option.FromDotEnv && environment.DotEnv.GetValueOrDefault(option.EnvironmentName) is { Length: > 0 } local)
        {
            return new(Split(option, local), OptionSource.DotEnv, $"{option.EnvironmentName} in .env");
        }
        if (config.Options.TryGetValue(option, out var configured)) return new(configured, OptionSource.ConfigFile, $"'{option.Name}' in {config.Path}");
        return option.Default is { } fallback ? new([fallback], OptionSource.Default, "--" + option.Name) : null;
    }

    static string[] Split(OptionDefinition option, string value) =>
        option.IsList ? value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) : [value];
}
