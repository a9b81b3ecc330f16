using System.Runtime.CompilerServices;
using System.Text;

namespace AcpToApi.Json.Tests.Support;

/// <summary>
/// The recorded and hand-made bodies of <c>tests/corpus/FORMAT/CASE.{request.json,stream.sse,response.json}</c> and the goldens beside them.
/// <c>UPDATE_GOLDENS=1</c> writes goldens anew; the difference is reviewed like code.
/// </summary>
static class Corpus
{
    /// <summary>Where the sources of this checkout are.</summary>
    public static readonly string RepositoryRoot = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Here())!, "../../.."));

    static readonly string Root = Path.Combine(RepositoryRoot, "tests", "corpus");

    /// <summary>Names of the cases of a format that have a file with this ending.</summary>
    public static IEnumerable<string> Cases(string format, string ending) =>
        Directory.Exists(Path.Combine(Root, format))
            ? Directory.GetFiles(Path.Combine(Root, format), "*." + ending).Select(f => Path.GetFileName(f)[..^(ending.Length + 1)]).Order(StringComparer.Ordinal)
            : [];

    /// <summary>The bytes of a case's file.</summary>
    public static byte[] Read(string format, string name, string ending) => File.ReadAllBytes(Path.Combine(Root, format, $"{name}.{ending}"));

    /// <summary>Compares with the golden, or writes it when asked to.</summary>
    public static void MatchGolden(string format, string name, string ending, string actual)
    {
        var file = Path.Combine(Root, format, $"{name}.{ending}");
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDENS") == "1") File.WriteAllText(file, actual, new UTF8Encoding(false));
        Assert.True(File.Exists(file), $"No golden {file}; run with UPDATE_GOLDENS=1 and review it.");
        Assert.Equal(File.ReadAllText(file), actual);
    }

    static string Here([CallerFilePath] string file = "") => file;
}
