using System.Text.Json;
using System.Text.Json.Nodes;

namespace AcpToApi.Tests.Support;

/// <summary>A real tool in a home and a working folder of its own, which holds note.txt.</summary>
public sealed class ToolRun : IDisposable
{
    readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("acptoapi-tool-");

    public ToolRun()
    {
        Directory.CreateDirectory(Home);
        Directory.CreateDirectory(Work);
        File.WriteAllText(Note, "the words of note.txt\n");
    }

    public string Home => Path.Combine(_root.FullName, "home");

    public string Work => Path.Combine(_root.FullName, "work");

    public string Note => Path.Combine(Work, "note.txt");

    /// <summary>Runs the tool and returns the JSON lines that it prints.</summary>
    public async Task<List<JsonNode>> RunAsync(string program, IEnumerable<string> arguments, Dictionary<string, string> environment, ITestOutputHelper output)
    {
        environment["HOME"] = Home;
        environment["TMPDIR"] = _root.FullName;
        environment["LANG"] = "C.UTF-8";
        environment["TERM"] = "dumb";
        environment["NO_COLOR"] = "1";
        var run = await NpmPackage.TryRunAsync(program, arguments, Work, environment, TimeSpan.FromSeconds(90));
        Assert.NotNull(run);
        output.WriteLine(run.All.Length > 20_000 ? run.All[..20_000] : run.All);
        Assert.True(run.ExitCode == 0, $"exit code {run.ExitCode}: {(run.All.Length > 4000 ? run.All[^4000..] : run.All)}");
        var lines = new List<JsonNode>();
        foreach (var line in run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            try
            {
                lines.Add(JsonNode.Parse(line)!);
            }
            catch (JsonException)
            {
                output.WriteLine($"not JSON: {line}");
            }
        }
        return lines;
    }

    public void Dispose()
    {
        try
        {
            _root.Delete(recursive: true);
        }
        catch (IOException)
        {
            // A grandchild may still write its cache; the folder is in the machine's temporary place anyway.
        }
    }
}
