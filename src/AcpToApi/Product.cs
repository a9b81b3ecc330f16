using System.Reflection;

namespace AcpToApi;

/// <summary>Who we are.</summary>
static class Product
{
    /// <summary>The version, as <c>--version</c> prints it.</summary>
    public static string Version { get; } =
        typeof(Product).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";

    /// <summary>The version of Ollama whose API is spoken: its clients refuse older ones.</summary>
    public const string OllamaApi = "0.12.0";

    /// <summary>How we name ourselves to providers.</summary>
    public static string UserAgent { get; } = "acptoapi/" + Version;
}
