using AcpToApi.Cli;
using AcpToApi.Transport;

namespace AcpToApi.Providers;

/// <summary>The region and the keys that requests to a provider at AWS are signed for, and where they came from.</summary>
/// <param name="Region">The region.</param>
/// <param name="RegionFrom">Who said so.</param>
sealed record AwsAccess(string Region, string RegionFrom)
{
    const string FromDotEnv = "AWS_ACCESS_KEY_ID in .env";
    const string DefaultProfile = "default";
    const string DefaultRegion = "us-east-1";

    /// <summary>The keys; null when there are none.</summary>
    public AwsKeys? Keys { get; private init; }

    /// <summary>Where the keys came from.</summary>
    public string KeysFrom { get; private init; } = "";

    /// <summary>Why there are no keys although somebody meant to give some, and what to do; null when nobody did.</summary>
    public string? Problem { get; private init; }

    /// <summary>Whether keys were looked for in a profile that is nowhere.</summary>
    public bool IsProfileMissing { get; private init; }

    /// <summary>What is wrong with the region that was given, of which <see cref="Region"/> knows nothing; null when nothing is.</summary>
    public string? RegionProblem { get; private init; }

    /// <summary>Whether there are keys that somebody gave on purpose, not the <c>.env</c> of a folder.</summary>
    public bool IsTrusted => Keys is not null && KeysFrom != FromDotEnv;

    /// <summary>What a signed request is told to be in diagnostics.</summary>
    public string Description => $"{(Keys is null ? Problem ?? "no keys" : $"keys from {KeysFrom}")}; region {Region} from {RegionFrom}";

    /// <summary>
    /// Looks in the order of AWS's own tools: the variables, then the profile that <c>AWS_PROFILE</c> names, or the default one. A profile that the
    /// config file names comes first. The untrusted <c>.env</c> may give keys of its own, but choose no profile.
    /// </summary>
    public static AwsAccess Find(ProviderConfig? config, EnvironmentVariables environment)
    {
        var name = config?.Profile ?? environment.Get("AWS_PROFILE");
        var profile = AwsProfile.Read(name ?? DefaultProfile, environment);
        var (region, from) = RegionOf(config, profile, environment);
        // It becomes part of a host's name.
        var access = IsRegion(region) ? new AwsAccess(region, from)
            : new AwsAccess(DefaultRegion, "default") { RegionProblem = $"{from}: '{region}' is not an AWS region; write it like {DefaultRegion}." };
        var ofProfile = access with { Keys = profile.Keys, KeysFrom = $"the AWS profile '{name ?? DefaultProfile}'" };
        if (config?.Profile is not null && profile.Keys is not null) return Checked(ofProfile);
        if (config?.Profile is null && OfVariables(environment.Get, environment) is var (keys, source)) return Checked(access with { Keys = keys, KeysFrom = source });
        if (profile.Keys is not null) return Checked(ofProfile);
        return access with { Problem = profile.Problem ?? Missing(config, name, environment), IsProfileMissing = !profile.IsThere };
    }

    /// <summary>The same keys in another region.</summary>
    public AwsAccess In(string region) => this with { Region = region, RegionFrom = "the model's ARN" };

    /// <summary>The region of an ARN; null when the text is none, or has none.</summary>
    public static string? RegionOf(string arn) =>
        arn.StartsWith("arn:", StringComparison.Ordinal) && arn.Split(':') is { Length: > 4 } parts && IsRegion(parts[3]) ? parts[3] : null;

    static (AwsKeys Keys, string From)? OfVariables(Func<string, string?> process, EnvironmentVariables environment)
    {
        if (KeysOf(process) is { } keys) return (keys, "AWS_ACCESS_KEY_ID");
        // Both or none of them from the file: half of a pair is nobody's.
        if (process("AWS_ACCESS_KEY_ID") is null && process("AWS_SECRET_ACCESS_KEY") is null && KeysOf(variable => environment.DotEnv.GetValueOrDefault(variable)) is { } local)
        {
            return (local, FromDotEnv);
        }
        return null;
    }

    static AwsKeys? KeysOf(Func<string, string?> get) =>
        get("AWS_ACCESS_KEY_ID") is { Length: > 0 } id && get("AWS_SECRET_ACCESS_KEY") is { Length: > 0 } secret
            ? new AwsKeys(id, secret, get("AWS_SESSION_TOKEN") is { Length: > 0 } token ? token : null)
            : null;

    static string? Missing(ProviderConfig? config, string? profile, EnvironmentVariables environment)
    {
        if (config?.Profile is null && environment.Get("AWS_ACCESS_KEY_ID") is not null) return "AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not; set both and start the server again.";
        return profile is null ? null : $"The AWS profile '{profile}' stands in neither of AWS's files, ~/.aws/credentials and ~/.aws/config.";
    }

    static (string Region, string From) RegionOf(ProviderConfig? config, AwsProfile profile, EnvironmentVariables environment)
    {
        (string? Region, string From)[] candidates =
        [
            (config?.Region, "the config file"),
            (environment.Get("AWS_REGION"), "AWS_REGION"),
            (environment.Get("AWS_DEFAULT_REGION"), "AWS_DEFAULT_REGION"),
            (profile.Region, "the AWS profile"),
            (environment.DotEnv.GetValueOrDefault("AWS_REGION"), "AWS_REGION in .env"),
        ];
        foreach (var (region, from) in candidates)
        {
            if (!string.IsNullOrEmpty(region)) return (region, from);
        }
        return (DefaultRegion, "default");
    }

    static bool IsRegion(string text)
    {
        foreach (var c in text)
        {
            if (!char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c) && c != '-') return false;
        }
        return text.Length is > 0 and <= 32;
    }

    static AwsAccess Checked(AwsAccess access)
    {
        var keys = access.Keys!;
        if (!HeaderText.IsValue(keys.AccessKeyId) || !HeaderText.IsValue(keys.SessionToken ?? ""))
        {
            throw new StartupException($"{access.KeysFrom}: a key holds a line break or another character that cannot stand in a header.");
        }
        return access;
    }
}
