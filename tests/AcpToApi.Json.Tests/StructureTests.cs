using System.Text.RegularExpressions;
using AcpToApi.Json.Model;

namespace AcpToApi.Json.Tests;

/// <summary>The shape of the code: what it may reference, where names may stand, how long files may be, and that the README agrees with it.</summary>
public class StructureTests
{
    static readonly string Root = Support.Corpus.RepositoryRoot;

    [Fact]
    public void The_translators_know_no_web_server_socket_or_process()
    {
        var referenced = typeof(WireFormat).Assembly.GetReferencedAssemblies().Select(assembly => assembly.Name!).ToList();
        Assert.NotEmpty(referenced);
        Assert.DoesNotContain(referenced, name => name.StartsWith("Microsoft.", StringComparison.Ordinal)
            || name is "System.Net.Http" or "System.Net.Sockets" or "System.Diagnostics.Process" or "System.IO.Pipelines");
    }

    [Fact]
    public void A_providers_name_stands_in_the_table_only()
    {
        var names = ProviderNames().Append("kilo").Append("upstream").ToList();
        Assert.True(names.Count > 15, "the table was not understood");
        var misplaced =
            from file in Sources()
            where Path.GetFileName(file) is not ("ProviderTable.cs" or "AcpAgentTable.cs") && !IsFormat(file)
            from line in File.ReadLines(file)
            let code = Regex.Replace(line, @"///?.*", "")
            from name in names
            where Regex.IsMatch(code, $"\"{name}(/[^\"]*)?\"") && !IsOptionName(code, name) && !IsFamily(file, name)
            select $"{Path.GetFileName(file)}: {line.Trim()}";
        Assert.Empty(misplaced);
    }

    [Fact]
    public void Files_stay_small()
    {
        var tooLong = Sources().Select(file => (File: Path.GetRelativePath(Root, file), Lines: File.ReadLines(file).Count())).Where(entry => entry.Lines > 410);
        Assert.Empty(tooLong);
    }

    // What such a method throws ends the process, whoever called it.
    [Fact]
    public void Nothing_is_async_void() =>
        Assert.Empty(Sources().Where(file => Regex.IsMatch(File.ReadAllText(file), @"async void|(Timer|Thread|Register|QueueUserWorkItem)\(async\b")).Select(Path.GetFileName));

    [Fact]
    public void Format_folders_have_the_same_file_names()
    {
        string[] roles = ["Format", "RequestReader", "RequestWriter", "StreamReader", "StreamWriter", "ResponseWriter", "Errors"];
        foreach (var format in new[] { "OpenAiChat", "AnthropicMessages", "OpenAiResponses", "Gemini", "Ollama" })
        {
            foreach (var role in roles) Assert.True(File.Exists(Path.Combine(Root, "src/AcpToApi.Json", format, $"{format}{role}.cs")), $"{format}{role}.cs");
        }
        // Spoken by providers only: nothing is read from clients or written to them.
        string[] upstreamRoles = ["Format", "RequestWriter", "StreamReader", "Errors"];
        foreach (var format in new[] { "CohereChat", "BedrockConverse", "OpenCode" })
        {
            foreach (var role in upstreamRoles) Assert.True(File.Exists(Path.Combine(Root, "src/AcpToApi.Json", format, $"{format}{role}.cs")), $"{format}{role}.cs");
        }
    }

    [Fact]
    public void The_readme_lists_every_provider_with_its_key()
    {
        var readme = File.ReadAllText(Path.Combine(Root, "README.md"));
        foreach (var name in AgentNames()) Assert.Contains($"`{name}", readme, StringComparison.Ordinal);
        foreach (var name in ProviderNames().Except(AgentNames()).Where(name => name != "demo"))
        {
            Assert.Contains($"| `{name}` | `{name.ToUpperInvariant()}_API_KEY`", readme, StringComparison.Ordinal);
        }
        foreach (Match alias in Regex.Matches(Table(), "KeyAliases = \\[\"([A-Z_]+)\"\\]")) Assert.Contains($"`{alias.Groups[1].Value}`", readme, StringComparison.Ordinal);
    }

    [Fact]
    public void The_configuration_document_lists_every_quirk()
    {
        var document = File.ReadAllText(Path.Combine(Root, "docs/configuration.md"));
        foreach (var quirk in Enum.GetNames<Quirks>().Where(name => name != nameof(Quirks.None)))
        {
            Assert.Contains($"`{Regex.Replace(quirk, "(?<=.)([A-Z])", "-$1").ToLowerInvariant()}`", document, StringComparison.Ordinal);
        }
    }

    // The names of wire formats are their own, even where a provider is called like its format.
    static bool IsFormat(string file) => file.EndsWith("Format.cs", StringComparison.Ordinal);

    // Families of models are called like the agent that their vendor makes; the translators know families and no agents.
    static bool IsFamily(string file, string name) => name == "claude" && file.Contains("AcpToApi.Json", StringComparison.Ordinal);

    static bool IsOptionName(string code, string name) => code.Contains($"new(\"{name}\"", StringComparison.Ordinal) || code.Contains($"ForAgents(\"{name}\"", StringComparison.Ordinal);

    static string Table() => File.ReadAllText(Path.Combine(Root, "src/AcpToApi/Providers/ProviderTable.cs"));

    static IEnumerable<string> ProviderNames() => Regex.Matches(Table(), "^        new\\((?:\"([a-z-]+)\"|(Demo)),", RegexOptions.Multiline)
        .Select(match => match.Groups[1].Success ? match.Groups[1].Value : "demo");

    static List<string> AgentNames() => [.. Regex.Matches(Table(), "^        new\\(\"([a-z-]+)\", \"\"\\) \\{.*Agent = ", RegexOptions.Multiline).Select(match => match.Groups[1].Value)];

    static IEnumerable<string> Sources() => Directory.EnumerateFiles(Path.Combine(Root, "src"), "*.cs", SearchOption.AllDirectories)
        .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal));
}
