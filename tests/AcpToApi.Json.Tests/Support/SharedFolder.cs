namespace AcpToApi.Json.Tests.Support;

/// <summary>
/// Other people's recordings and specifications, which stay outside the repository: beside <c>ACPTOAPI_FIXTURES</c>, or in <c>shared</c> beside
/// one of the folders above this one.
/// </summary>
static class SharedFolder
{
    /// <summary>A folder or file; null when it is not at hand.</summary>
    public static string? Find(string path)
    {
        if (Environment.GetEnvironmentVariable("ACPTOAPI_FIXTURES") is { Length: > 0 } told) return Existing(Path.Combine(told, "..", path));
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (Existing(Path.Combine(folder.FullName, "shared", path)) is { } found) return found;
        }
        return null;
    }

    static string? Existing(string path) => Path.Exists(path) ? path : null;
}
