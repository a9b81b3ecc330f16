using System.Text.Json;

namespace AcpToApi.Cli;

/// <summary>The JSON config file: options by name, <c>aliases</c>, <c>providers</c> and <c>agents</c>. Comments and trailing commas are allowed; unknown keys are errors.</summary>
sealed class ConfigFile
{
    const string AliasesKey = "aliases";
    const string ProvidersKey = "providers";
    const string AgentsKey = "agents";

    /// <summary>Nothing configured.</summary>
    public static ConfigFile Empty { get; } = new() { Path = "" };

    public required string Path { get; init; }

    public Dictionary<OptionDefinition, IReadOnlyList<string>> Options { get; } = [];

    /// <summary>Names that stand for model ids.</summary>
    public Dictionary<string, string> Aliases { get; } = new(StringComparer.Ordinal);

    /// <summary>Custom providers, and changes to built-in ones, by name.</summary>
    public Dictionary<string, ProviderConfig> Providers { get; } = new(StringComparer.Ordinal);

    /// <summary>Custom agents of the Agent Client Protocol, and changes to known ones, by name.</summary>
    public Dictionary<string, AgentConfig> Agents { get; } = new(StringComparer.Ordinal);

    /// <summary>The file that --config or its variable names, else the user's own if there is one.</summary>
    public static ConfigFile Find(IReadOnlyDictionary<OptionDefinition, IReadOnlyList<string>> commandLine, EnvironmentVariables environment)
    {
        if (new OptionValues(commandLine, environment, Empty).Get(OptionTable.Config) is { } given) return Read(given.Single);
        var home = environment.Get("XDG_CONFIG_HOME") ?? System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".config");
        var own = System.IO.Path.Combine(home, "acptoapi", "config.json");
        return File.Exists(own) ? Read(own) : Empty;
    }

    /// <summary>Reads a file; throws <see cref="StartupException"/> with one line that names the key.</summary>
    public static ConfigFile Read(string path)
    {
        var config = new ConfigFile { Path = path };
        try
        {
            ReadOnlyMemory<byte> file = File.ReadAllBytes(path);
            // Some editors put a byte order mark in front.
            if (file.Span.StartsWith("\uFEFF"u8)) file = file[3..];
            using var document = JsonDocument.Parse(
                file, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
            if (document.RootElement.ValueKind != JsonValueKind.Object) throw new StartupException($"{path}: the file must hold one JSON object.");
            foreach (var property in document.RootElement.EnumerateObject()) config.Take(property);
        }
        catch (JsonException broken)
        {
            throw new StartupException($"{path}: not valid JSON (line {broken.LineNumber + 1}, byte {broken.BytePositionInLine + 1}).");
        }
        catch (InvalidOperationException)
        {
            // What JsonElement throws for half a surrogate pair, which the parser lets through.
            throw new StartupException($"{path}: a string in it is not valid Unicode.");
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new StartupException($"Cannot read the config file {path}: {unreadable.Message}");
        }
        return config;
    }

    void Take(JsonProperty property)
    {
        if (property.NameEquals(AliasesKey))
        {
            foreach (var alias in Members(property.Value, AliasesKey))
            {
                if (string.IsNullOrWhiteSpace(alias.Name)) throw new StartupException($"{Path}: '{AliasesKey}' has an alias without a name.");
                Aliases[alias.Name] = Filled(alias.Value, $"{AliasesKey}.{alias.Name}");
            }
            return;
        }
        if (property.NameEquals(ProvidersKey))
        {
            foreach (var provider in Members(property.Value, ProvidersKey)) Providers[provider.Name] = ProviderConfig.Read(this, provider);
            return;
        }
        if (property.NameEquals(AgentsKey))
        {
            foreach (var agent in Members(property.Value, AgentsKey)) Agents[agent.Name] = AgentConfig.Read(this, agent);
            return;
        }
        var option = OptionTable.All.FirstOrDefault(o => property.NameEquals(o.Name) && o != OptionTable.Config)
            ?? throw Unknown(property.Name, "", OptionTable.All.Select(o => o.Name).Append(AliasesKey).Append(ProvidersKey).Append(AgentsKey));
        Options[option] = property.Value.ValueKind switch
        {
            JsonValueKind.Array when option.IsList => Texts(property.Value, option.Name),
            JsonValueKind.True or JsonValueKind.False when option.IsSwitch => [property.Value.GetRawText()],
            JsonValueKind.Number => [property.Value.GetRawText()],
            _ => [Text(property.Value, option.Name)],
        };
    }

    internal JsonElement.ObjectEnumerator Members(JsonElement value, string key) =>
        value.ValueKind == JsonValueKind.Object ? value.EnumerateObject() : throw new StartupException($"{Path}: '{key}' must be an object.");

    internal string Text(JsonElement value, string key) =>
        value.ValueKind == JsonValueKind.String ? value.GetString()! : throw new StartupException($"{Path}: '{key}' must be a string.");

    /// <summary>A text that must say something.</summary>
    internal string Filled(JsonElement value, string key) =>
        Text(value, key) is var text && !string.IsNullOrWhiteSpace(text) ? text : throw new StartupException($"{Path}: '{key}' is empty; fill it in, or leave it out.");

    /// <summary>The texts of an array.</summary>
    internal List<string> Texts(JsonElement value, string key)
    {
        if (value.ValueKind != JsonValueKind.Array) throw new StartupException($"{Path}: '{key}' must be an array of strings.");
        var texts = new List<string>();
        foreach (var item in value.EnumerateArray()) texts.Add(Text(item, key));
        return texts;
    }

    internal bool Switch(JsonElement value, string key) =>
        value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : throw new StartupException($"{Path}: '{key}' must be true or false.");

    internal StartupException Unknown(string key, string under, IEnumerable<string> known) =>
        new($"{Path}: unknown key '{under}{key}'; did you mean '{under}{Nearest.Of(key, known)}'?");
}
