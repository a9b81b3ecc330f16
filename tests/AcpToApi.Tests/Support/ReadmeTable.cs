namespace AcpToApi.Tests.Support;

/// <summary>The matrix in the README, which a run of the tests must confirm; <c>UPDATE_GOLDENS=1</c> rewrites it.</summary>
public static class ReadmeTable
{
    public static void AssertHolds(IReadOnlyList<string> rows)
    {
        var path = Path.Combine(PublishedBinary.Root, "README.md");
        var lines = File.ReadAllLines(path).ToList();
        var start = lines.FindIndex(line => line.StartsWith("| client |", StringComparison.Ordinal));
        Assert.True(start >= 0, "README.md has no table that begins with '| client |'.");
        var end = lines.FindIndex(start, line => !line.StartsWith('|'));
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDENS") == "1")
        {
            lines.RemoveRange(start, end - start);
            lines.InsertRange(start, rows);
            File.WriteAllLines(path, lines);
            return;
        }
        Assert.Equal(rows, lines[start..end]);
    }
}
