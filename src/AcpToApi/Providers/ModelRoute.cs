using AcpToApi.Json.Model;

namespace AcpToApi.Providers;

/// <summary>Where a model id leads.</summary>
/// <param name="Provider">Who answers.</param>
/// <param name="Model">The model's name as that provider knows it.</param>
/// <param name="LongContext">Whether the id asked for the long context window with <c>[1m]</c>.</param>
sealed record ModelRoute(Provider Provider, string Model, bool LongContext)
{
    /// <summary>The conversation that the id names (<c>claude-code:name</c>); null when it names none.</summary>
    public string? Conversation { get; init; }

    /// <summary>The native form in which this model can be asked in a dialect; null when it has to be translated.</summary>
    public NativeFormat? Speaks(WireFormat dialect) =>
        Provider.Row.Formats.FirstOrDefault(native => native.Format == dialect.Native && native.Models?.Invoke(Model) != false);

    /// <summary>The native form in which this model is asked by clients of a dialect: theirs, or what it is translated into.</summary>
    public NativeFormat FormFor(WireFormat dialect) =>
        Speaks(dialect) ?? Provider.Row.Formats.FirstOrDefault(native => !native.PassesOnly && native.Models?.Invoke(Model) != false) ?? Provider.Preferred;

    /// <summary>The native form in which the provider counts tokens, best in the dialect that is asked in; null when it cannot.</summary>
    public NativeFormat? Counts(WireFormat dialect) =>
        Speaks(dialect) is { CountPath: not null } own ? own : Provider.Row.Formats.FirstOrDefault(native => native.CountPath is not null);
}
