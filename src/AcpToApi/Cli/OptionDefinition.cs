namespace AcpToApi.Cli;

/// <summary>One option, said once: <c>--some-name</c>, <c>ACPTOAPI_SOME_NAME</c> and the config key <c>some-name</c>.</summary>
/// <param name="Name">The name without dashes in front.</param>
/// <param name="Help">One line for <c>--help</c>.</param>
sealed record OptionDefinition(string Name, string Help)
{
    /// <summary>Shown for the value in <c>--help</c>.</summary>
    public string Value { get; init; } = "VALUE";

    /// <summary>The value when nobody gives one; null for none.</summary>
    public string? Default { get; init; }

    /// <summary>Whether it is on or off.</summary>
    public bool IsSwitch { get; init; }

    /// <summary>Whether it may be given several times.</summary>
    public bool IsList { get; init; }

    /// <summary>Whether a <c>.env</c> file in the working directory, which may come with a cloned repository, may set it.</summary>
    public bool FromDotEnv { get; init; }

    /// <summary>Another environment variable that means the same.</summary>
    public string? EnvironmentAlias { get; init; }

    /// <summary>Whether its value is a secret: never printed, and no flag, since command lines are visible to others.</summary>
    public bool IsSecret { get; init; }

    /// <summary>The environment variable.</summary>
    public string EnvironmentName => "ACPTOAPI_" + Name.ToUpperInvariant().Replace('-', '_');
}
