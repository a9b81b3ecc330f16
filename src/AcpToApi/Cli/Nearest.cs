namespace AcpToApi.Cli;

/// <summary>Finds what a mistyped name was probably meant to be.</summary>
static class Nearest
{
    /// <summary>The candidate with the smallest edit distance to <paramref name="name"/>.</summary>
    public static string Of(string name, IEnumerable<string> candidates) => candidates.MinBy(candidate => Distance(name, candidate)) ?? "";

    /// <summary>The same, unless more than half of <paramref name="name"/> would have to be changed; then null.</summary>
    public static string? Close(string name, IEnumerable<string> candidates) =>
        Of(name, candidates) is var nearest && 2 * Distance(name, nearest) <= name.Length ? nearest : null;

    // Levenshtein, one row at a time.
    static int Distance(string a, string b)
    {
        var row = new int[b.Length + 1];
        for (var j = 0; j <= b.Length; j++) row[j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var substituted = diagonal + (char.ToLowerInvariant(a[i - 1]) == char.ToLowerInvariant(b[j - 1]) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(substituted, Math.Min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.Length];
    }
}
