using System.Net;

namespace AcpToApi.Cli;

/// <summary>The options of a server, checked and typed.</summary>
sealed record ServerOptions
{
    public required string Host { get; init; }

    public required int Port { get; init; }

    public string? Upstream { get; init; }

    /// <summary>Where <see cref="Upstream"/> was given.</summary>
    public OptionSource UpstreamSource { get; init; }

    public string? UpstreamModel { get; init; }

    public string? UpstreamKey { get; init; }

    public required string DefaultBackend { get; init; }

    /// <summary>Where <see cref="DefaultBackend"/> was given.</summary>
    public required string DefaultBackendFrom { get; init; }

    public required IReadOnlyList<string> AllowedHosts { get; init; }

    public required IReadOnlyList<string> AllowedOrigins { get; init; }

    public required TimeSpan ConnectTimeout { get; init; }

    public required TimeSpan FirstByteTimeout { get; init; }

    public required TimeSpan StreamIdleTimeout { get; init; }

    public required TimeSpan Keepalive { get; init; }

    public required int MaxConnections { get; init; }

    public required int MaxConnectionsPerHost { get; init; }

    public string? CaFile { get; init; }

    /// <summary>The folder for stored responses; null for memory.</summary>
    public string? ResponseStore { get; init; }

    public required LogLevel LogLevel { get; init; }

    public required bool LogJson { get; init; }

    public string? ApiKey { get; init; }

    /// <summary>What is for coding agents.</summary>
    public required AgentOptions Agents { get; init; }

    /// <summary>Checks the values; throws <see cref="StartupException"/> with one line that names the option and where the value came from.</summary>
    public static ServerOptions From(OptionValues values)
    {
        var upstream = values.Get(OptionTable.Upstream);
        var options = new ServerOptions
        {
            Host = values.Get(OptionTable.Host)!.Single,
            Port = Number(values, OptionTable.Port, 0, 65535),
            Upstream = upstream?.Single,
            UpstreamSource = upstream?.Source ?? OptionSource.Default,
            UpstreamModel = values.Get(OptionTable.Model)?.Single,
            UpstreamKey = values.Get(OptionTable.UpstreamKey)?.Single,
            DefaultBackend = values.Get(OptionTable.DefaultBackend)!.Single,
            DefaultBackendFrom = values.Get(OptionTable.DefaultBackend)!.From,
            AllowedHosts = values.Get(OptionTable.AllowHost)?.Values ?? [],
            AllowedOrigins = values.Get(OptionTable.AllowOrigin)?.Values ?? [],
            ConnectTimeout = Time(values, OptionTable.ConnectTimeout),
            FirstByteTimeout = Time(values, Stronger(values, OptionTable.Timeout, OptionTable.FirstByteTimeout)),
            StreamIdleTimeout = Time(values, OptionTable.StreamIdleTimeout),
            Keepalive = Time(values, OptionTable.Keepalive),
            MaxConnections = Number(values, OptionTable.MaxConnections, 1, 1_000_000),
            MaxConnectionsPerHost = Number(values, OptionTable.MaxConnectionsPerHost, 1, 1_000_000),
            CaFile = values.Get(OptionTable.CaFile)?.Single,
            ResponseStore = values.Get(OptionTable.ResponseStore)?.Single,
            LogLevel = Stronger(values, OptionTable.Debug, OptionTable.LogLevel) == OptionTable.Debug && Switch(values, OptionTable.Debug) ? LogLevel.Debug : Level(values),
            LogJson = Switch(values, OptionTable.LogJson),
            ApiKey = values.Get(OptionTable.ApiKey)?.Single,
            Agents = AgentOptions.From(values),
        };
        if (options.ApiKey is null && !IsLoopback(options.Host))
        {
            throw new StartupException(
                $"Refusing to listen on {options.Host} without a key: everybody there could spend your tokens. Set ACPTOAPI_API_KEY=<a long random string>, or listen on 127.0.0.1.");
        }
        return options;
    }

    /// <summary>Whether only this machine can reach the address.</summary>
    public static bool IsLoopback(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));

    // Two names for one thing: the one from the stronger source counts, and the short one where both come from the same.
    static OptionDefinition Stronger(OptionValues values, OptionDefinition shorter, OptionDefinition longer) =>
        values.Get(shorter) is { } value && value.Source <= values.Get(longer)!.Source ? shorter : longer;

    internal static int Number(OptionValues values, OptionDefinition option, int least, int most)
    {
        var value = values.Get(option)!;
        return int.TryParse(value.Single, out var number) && number >= least && number <= most
            ? number
            : throw new StartupException($"{value.From}: '{value.Single}' is not a number from {least} to {most}.");
    }

    internal static TimeSpan Time(OptionValues values, OptionDefinition option)
    {
        var value = values.Get(option)!;
        return Duration.TryParse(value.Single, out var time)
            ? time
            : throw new StartupException($"{value.From}: '{value.Single}' is not a time; write 30, 30s, 500ms or 5m.");
    }

    static bool Switch(OptionValues values, OptionDefinition option) => values.Get(option) is { } value && value.Single.ToLowerInvariant() switch
    {
        "true" or "1" or "yes" or "on" => true,
        "false" or "0" or "no" or "off" => false,
        _ => throw new StartupException($"{value.From}: '{value.Single}' is neither true nor false."),
    };

    static LogLevel Level(OptionValues values)
    {
        var value = values.Get(OptionTable.LogLevel)!;
        return value.Single.ToLowerInvariant() switch
        {
            "trace" => LogLevel.Trace,
            "debug" => LogLevel.Debug,
            "info" or "information" => LogLevel.Information,
            "warn" or "warning" => LogLevel.Warning,
            "error" => LogLevel.Error,
            "none" => LogLevel.None,
            _ => throw new StartupException($"{value.From}: '{value.Single}' is not a log level; use trace, debug, information, warning, error or none."),
        };
    }
}
