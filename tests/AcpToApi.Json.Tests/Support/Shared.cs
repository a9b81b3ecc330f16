namespace AcpToApi.Json.Tests.Support;

/// <summary>
/// Other people's recordings and specifications, which stay outside the repository: in <c>shared</c> beside one of the folders above this one, or
/// where <c>ACPTOAPI_FIXTURES</c> (the folder <c>shared/fixtures</c>) says.
/// </summary>
static class Shared
{
    /// <summary>The folder of recorded answers; null when there is none.</summary>
    public static string? Fixtures { get; } = Find("fixtures", "index.json");

    /// <summary>The folder of specifications; null when there is none.</summary>
    public static string? Specs { get; } = Find("specs", "README.md");

    static string? Find(string name, string file)
    {
        if (Environment.GetEnvironmentVariable("ACPTOAPI_FIXTURES") is { Length: > 0 } told)
        {
            var folder = name == "fixtures" ? told : Path.Combine(told, "..", name);
            return File.Exists(Path.Combine(folder, file)) ? folder : null;
        }
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var shared = Path.Combine(folder.FullName, "shared", name);
            if (File.Exists(Path.Combine(shared, file))) return shared;
        }
        return null;
    }
}
