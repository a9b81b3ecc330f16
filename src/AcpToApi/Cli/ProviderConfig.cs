using System.Text;
using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Providers;
using AcpToApi.Transport;

namespace AcpToApi.Cli;

/// <summary>What the config file says about one provider: a new one, or changes to a built-in one. Null means "not said".</summary>
sealed class ProviderConfig
{
    static readonly string[] FormatKeys = ["format", "path", "stream-path", "key-header"];
    static readonly string[] Keys = ["base-url", "key", "key-env", "formats", "mend", "quirks", "headers", "models", "services", "region", "profile"];

    public string? BaseUrl { get; private set; }

    public string? Key { get; private set; }

    /// <summary>The environment variable that holds the key.</summary>
    public string? KeyVariable { get; private set; }

    /// <summary>The AWS region, for a provider at AWS.</summary>
    public string? Region { get; private set; }

    /// <summary>The profile of AWS's own files, for a provider at AWS.</summary>
    public string? Profile { get; private set; }

    public IReadOnlyList<NativeFormat>? Formats { get; private set; }

    public bool? Mend { get; private set; }

    public Quirks? Quirks { get; private set; }

    /// <summary>Further request headers.</summary>
    public Dictionary<string, string> Headers { get; } = new(StringComparer.OrdinalIgnoreCase);

    public Services? Services { get; private set; }

    /// <summary>Models to list where the provider has no list of its own.</summary>
    public IReadOnlyList<string> Models { get; private set; } = [];

    public static ProviderConfig Read(ConfigFile file, JsonProperty provider)
    {
        var config = new ProviderConfig();
        var under = $"providers.{provider.Name}.";
        foreach (var property in file.Members(provider.Value, $"providers.{provider.Name}"))
        {
            var (value, key) = (property.Value, under + property.Name);
            switch (property.Name)
            {
                case "base-url": config.BaseUrl = file.Filled(value, key); break;
                case "key": config.Key = file.Filled(value, key); break;
                case "key-env": config.KeyVariable = file.Filled(value, key); break;
                case "region": config.Region = file.Filled(value, key); break;
                case "profile": config.Profile = file.Filled(value, key); break;
                case "formats": config.Formats = FormatsOf(file, value, key); break;
                case "mend": config.Mend = file.Switch(value, key); break;
                case "quirks":
                    config.Quirks = default(Quirks);
                    foreach (var name in file.Texts(value, key)) config.Quirks |= Named<Quirks>(file, name, key);
                    break;
                case "services":
                    config.Services = default(Services);
                    foreach (var name in file.Texts(value, key)) config.Services |= Named<Services>(file, name, key);
                    break;
                case "headers":
                    foreach (var header in file.Members(value, key)) config.Headers[header.Name] = HeaderOf(file, header, $"{key}.{header.Name}");
                    break;
                case "models": config.Models = file.Texts(value, key); break;
                default: throw file.Unknown(property.Name, under, Keys);
            }
        }
        return config;
    }

    static string HeaderOf(ConfigFile file, JsonProperty header, string key)
    {
        var value = file.Text(header.Value, key);
        if (HeaderText.IsOfBody(header.Name)) throw new StartupException($"{file.Path}: '{key}' tells of the body, which is acptoapi's to say; leave it out.");
        return HeaderText.IsName(header.Name) && HeaderText.IsValue(value) ? value : throw new StartupException($"{file.Path}: '{key}' is not a header; name and value must be visible ASCII.");
    }

    // A name, or an object of a name and what differs from the usual form: "path", "stream-path", "key-header".
    static List<NativeFormat> FormatsOf(ConfigFile file, JsonElement value, string key)
    {
        if (value.ValueKind != JsonValueKind.Array) throw new StartupException($"{file.Path}: '{key}' must be an array of names, or of objects with a 'format'.");
        var formats = new List<NativeFormat>();
        foreach (var item in value.EnumerateArray()) formats.Add(item.ValueKind == JsonValueKind.Object ? FormatOf(file, item, key) : FormatOf(file, file.Text(item, key), key));
        return formats;
    }

    static NativeFormat FormatOf(ConfigFile file, JsonElement item, string key)
    {
        var fields = new Dictionary<string, string>();
        foreach (var field in file.Members(item, key))
        {
            if (!FormatKeys.Contains(field.Name)) throw file.Unknown(field.Name, key + ".", FormatKeys);
            fields[field.Name] = file.Text(field.Value, $"{key}.{field.Name}");
        }
        var usual = FormatOf(file, fields.GetValueOrDefault("format") ?? throw new StartupException($"{file.Path}: '{key}' has an object without a 'format'."), key);
        var path = fields.GetValueOrDefault("path");
        foreach (var given in new[] { path, fields.GetValueOrDefault("stream-path") }.OfType<string>())
        {
            if (!given.StartsWith('/') && !given.StartsWith("~/", StringComparison.Ordinal)) throw new StartupException($"{file.Path}: '{key}' has the path '{given}'; it must begin with / (below the base URL) or ~/ (beside its API path).");
        }
        var header = fields.GetValueOrDefault("key-header") ?? usual.KeyHeader;
        if (!HeaderText.IsName(header) || HeaderText.IsOfBody(header)) throw new StartupException($"{file.Path}: '{key}.key-header' is not the name of a header that can take a key.");
        return usual with { Path = path ?? usual.Path, StreamPath = fields.GetValueOrDefault("stream-path") ?? (path is null ? usual.StreamPath : null), KeyHeader = header };
    }

    static NativeFormat FormatOf(ConfigFile file, string name, string key) =>
        WireFormat.All.FirstOrDefault(format => format.Name == name) is { } found
        ? NativeFormat.Of(found)
        : throw new StartupException($"{file.Path}: '{key}' has no wire format '{name}'; known are {string.Join(", ", WireFormat.All.Select(f => f.Name))}.");

    // Flags are written in the file's own style: max-completion-tokens for MaxCompletionTokens. Numbers are no names.
    static TFlags Named<TFlags>(ConfigFile file, string name, string key)
        where TFlags : struct, Enum =>
        Enum.GetNames<TFlags>().FirstOrDefault(flag => flag.Equals(name.Replace("-", "", StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase)) is { } found
            ? Enum.Parse<TFlags>(found)
            : throw new StartupException($"{file.Path}: '{key}' does not know '{name}'; did you mean '{Nearest.Of(name, Enum.GetNames<TFlags>().Select(Written))}'?");

    // As the file writes it.
    static string Written(string flag)
    {
        var text = new StringBuilder();
        foreach (var c in flag) text.Append(char.IsUpper(c) && text.Length > 0 ? "-" : "").Append(char.ToLowerInvariant(c));
        return text.ToString();
    }
}
