using System.Globalization;
using AcpToApi.Tests.Support;

namespace AcpToApi.Tests;

/// <summary>What it says and costs to be there.</summary>
[Collection(Alone.Name)]
public class StartupTests(ITestOutputHelper output)
{
    const long MaxBinaryBytes = 15_000_000;
    const double MaxIdleMegabytes = 30;

    [Fact]
    public async Task Three_lines_say_where_with_what_and_how()
    {
        await using var server = await Server.StartAsync(new() { Environment = new() { ["GROQ_API_KEY"] = "sk-never-shown-0123" } });
        await server.OutputAsync(o => Banner(o).Count >= 3, "three lines");
        var lines = Banner(server.Output);
        Assert.Equal(3, lines.Count);
        Assert.Contains($"127.0.0.1:{server.Port}", lines[0], StringComparison.Ordinal);
        Assert.Contains("groq", lines[1], StringComparison.Ordinal);
        Assert.DoesNotContain("sk-never-shown", server.Output, StringComparison.Ordinal);
        Assert.Contains("curl", lines[2], StringComparison.Ordinal);
    }

    // Lines of the log begin with their time.
    static List<string> Banner(string output) => [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => !char.IsAsciiDigit(line[0]))];

    [Fact]
    public void The_binary_is_small()
    {
        var size = new FileInfo(PublishedBinary.Path).Length;
        output.WriteLine($"{size} bytes");
        Assert.InRange(size, 1, MaxBinaryBytes);
    }

    [Fact]
    public async Task It_starts_fast_and_idles_small()
    {
        var times = new List<double>();
        var megabytes = new List<double>();
        for (var i = 0; i < 20; i++)
        {
            await using var server = await Server.StartAsync();
            times.Add(server.StartTime.TotalMilliseconds);
            using var process = System.Diagnostics.Process.GetProcessById(server.ProcessId);
            megabytes.Add(process.WorkingSet64 / 1e6);
        }
        times.Sort();
        megabytes.Sort();
        // Time is the machine's affair: printed, not judged.
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"first 200 on /health: median {(times[9] + times[10]) / 2:0.0} ms of 20 (min {times[0]:0.0}, max {times[^1]:0.0}); idle RSS: median {megabytes[10]:0.0} MB (max {megabytes[^1]:0.0})"));
        Assert.InRange(megabytes[10], 1, MaxIdleMegabytes);
    }

    [Fact]
    public void Nothing_but_one_file_is_left_by_publishing()
    {
        Assert.Equal([Path.GetFileName(PublishedBinary.Path)], Directory.GetFiles(Path.GetDirectoryName(PublishedBinary.Path)!).Select(Path.GetFileName));
    }
}
