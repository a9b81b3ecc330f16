using AcpToApi.Cli;
using AcpToApi.Transport;

namespace AcpToApi.Providers;

/// <summary>A profile of AWS's own files, <c>~/.aws/credentials</c> and <c>~/.aws/config</c>, as far as it can be used without starting a program.</summary>
sealed class AwsProfile
{
    // Settings of profiles whose keys somebody else must fetch first, and what they are called.
    static readonly (string Setting, string Kind)[] Foreign =
    [
        ("sso_session", "single sign-on"), ("sso_start_url", "single sign-on"), ("login_session", "a login session"), ("credential_process", "a program"),
        ("role_arn", "a role"), ("web_identity_token_file", "a web identity"),
    ];

    readonly Dictionary<string, string> _settings = new(StringComparer.OrdinalIgnoreCase);
    readonly string _name;
    string? _unreadable;

    AwsProfile(string name) => _name = name;

    public string? Region => _settings.GetValueOrDefault("region");

    /// <summary>Whether one of the files has it.</summary>
    public bool IsThere { get; private set; }

    /// <summary>Its keys, when it has some.</summary>
    public AwsKeys? Keys =>
        _settings.GetValueOrDefault("aws_access_key_id") is { } id && _settings.GetValueOrDefault("aws_secret_access_key") is { } secret
            ? new AwsKeys(id, secret, _settings.GetValueOrDefault("aws_session_token"))
            : null;

    /// <summary>Why it has no keys, and what to do; null when it has, or when there is nothing about it.</summary>
    public string? Problem
    {
        get
        {
            if (Keys is not null) return null;
            if (_unreadable is not null) return _unreadable;
            foreach (var (setting, kind) in Foreign)
            {
                if (_settings.ContainsKey(setting))
                {
                    return $"The AWS profile '{_name}' gets its keys from {kind}, which is not done from here: set the variables that 'aws configure export-credentials --profile {_name} --format env' prints, or AWS_BEARER_TOKEN_BEDROCK, and start the server again.";
                }
            }
            return _settings.Count == 0 ? null : $"The AWS profile '{_name}' has no aws_access_key_id and aws_secret_access_key.";
        }
    }

    /// <summary>Reads a profile; one that is nowhere is empty. What stands in the credentials file counts more.</summary>
    public static AwsProfile Read(string name, EnvironmentVariables environment)
    {
        var profile = new AwsProfile(name);
        profile.ReadFile(environment.Get("AWS_CONFIG_FILE") ?? InHome("config"), name == "default" ? ["default", "profile default"] : ["profile " + name]);
        profile.ReadFile(environment.Get("AWS_SHARED_CREDENTIALS_FILE") ?? InHome("credentials"), [name]);
        return profile;
    }

    static string InHome(string file) => Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".aws", file);

    void ReadFile(string path, string[] sections)
    {
        try
        {
            if (!File.Exists(path)) return;
            var found = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
            var isOurs = false;
            foreach (var line in File.ReadLines(path))
            {
                // Indented lines belong to a setting with settings of its own.
                if (line.Length == 0 || line[0] is ' ' or '\t' or '#' or ';') continue;
                if (line[0] == '[')
                {
                    var end = line.IndexOf(']', StringComparison.Ordinal);
                    isOurs = end > 0 && Array.IndexOf(sections, string.Join(' ', line[1..end].Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries))) >= 0;
                    IsThere |= isOurs;
                    continue;
                }
                var equals = line.IndexOf('=', StringComparison.Ordinal);
                if (isOurs && equals > 0) Set(found, line[..equals].Trim(), line[(equals + 1)..]);
            }
            // Keys belong together: a session token in one file says nothing of keys in the other.
            if (found.ContainsKey("aws_access_key_id")) _settings.Remove("aws_session_token");
            foreach (var (name, value) in found) _settings[name] = value;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            // Somebody may want other providers only.
            _unreadable = $"Cannot read {path}: {unreadable.Message}";
        }
    }

    static void Set(Dictionary<string, string> settings, string name, string text)
    {
        var comment = text.IndexOf(" #", StringComparison.Ordinal);
        var value = (comment < 0 ? text : text[..comment]).Trim();
        if (value.Length > 0) settings[name] = value;
    }
}
