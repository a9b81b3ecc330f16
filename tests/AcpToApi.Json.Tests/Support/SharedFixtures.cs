namespace AcpToApi.Json.Tests.Support;

/// <summary>Recorded answers and published test suites, which are not part of this project; tests that need them are skipped where they are absent.</summary>
static class SharedFixtures
{
    /// <summary>What a skipped test prints.</summary>
    public const string Absent = "No recorded answers here: set ACPTOAPI_FIXTURES to the folder that holds index.json.";

    /// <summary>The folder that holds index.json; null when there is none.</summary>
    public static string? Root { get; } = Find();

    /// <summary>The vendors' specifications, in the folder beside it; null when there are none.</summary>
    public static string? Specs { get; } = Root is not null && Path.Combine(Root, "..", "specs") is var specs && Directory.Exists(specs) ? specs : null;

    /// <summary>A file or folder of the specifications; null when it is not there.</summary>
    public static string? Specification(string path) => Specs is not null && Path.Combine(Specs, path) is var found && Path.Exists(found) ? found : null;

    static string? Find()
    {
        if (Environment.GetEnvironmentVariable("ACPTOAPI_FIXTURES") is { Length: > 0 } told) return File.Exists(Path.Combine(told, "index.json")) ? told : null;
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var shared = Path.Combine(folder.FullName, "shared", "fixtures");
            if (File.Exists(Path.Combine(shared, "index.json"))) return shared;
        }
        return null;
    }
}
