using System.Text.Json;

namespace AcpToApi.Cli;

/// <summary>What the config file says about one agent of the Agent Client Protocol: a new one, or changes to a known one. Null means "not said".</summary>
sealed class AgentConfig
{
    static readonly string[] Keys = ["command", "env", "auth", "mode"];

    /// <summary>The program and its arguments.</summary>
    public IReadOnlyList<string>? Command { get; private set; }

    /// <summary>Variables that it is started with.</summary>
    public Dictionary<string, string> Environment { get; } = new(StringComparer.Ordinal);

    /// <summary>The id of the way to log in.</summary>
    public string? Login { get; private set; }

    /// <summary>The mode that its sessions are put in.</summary>
    public string? Mode { get; private set; }

    public static AgentConfig Read(ConfigFile file, JsonProperty agent)
    {
        var config = new AgentConfig();
        var under = $"agents.{agent.Name}.";
        foreach (var property in file.Members(agent.Value, $"agents.{agent.Name}"))
        {
            var (value, key) = (property.Value, under + property.Name);
            switch (property.Name)
            {
                case "command":
                    config.Command = file.Texts(value, key);
                    if (config.Command.Count == 0) throw new StartupException($"{file.Path}: '{key}' must begin with a program.");
                    break;
                case "env":
                    foreach (var variable in file.Members(value, key)) config.Environment[variable.Name] = file.Text(variable.Value, $"{key}.{variable.Name}");
                    break;
                case "auth": config.Login = file.Text(value, key); break;
                case "mode": config.Mode = file.Text(value, key); break;
                default: throw file.Unknown(property.Name, under, Keys);
            }
        }
        return config;
    }
}
