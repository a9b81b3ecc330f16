using System.Globalization;
using System.Text.RegularExpressions;

namespace AcpToApi.Tests.Support;

/// <summary>What /metrics says: its samples, by name and labels.</summary>
public static partial class Scrape
{
    /// <summary>A request is counted after its answer was sent: what is read counts once this scrape is the only request under way.</summary>
    public static async Task<Dictionary<string, double>> SettledAsync(HttpClient http, Server server)
    {
        await OnceAsync(http, server);
        for (var attempt = 0; ; attempt++)
        {
            var series = await OnceAsync(http, server);
            if (series["acptoapi_requests_in_flight"] == 1) return series;
            Assert.True(attempt < 100, "Requests stay in flight.");
            await Task.Delay(20);
        }
    }

    // The text format, strictly: a comment, or a name with labels and a number.
    static async Task<Dictionary<string, double>> OnceAsync(HttpClient http, Server server)
    {
        using var answer = await http.GetAsync($"{server.Url}/metrics");
        Assert.StartsWith("text/plain; version=0.0.4", answer.Content.Headers.ContentType!.ToString(), StringComparison.Ordinal);
        var series = new Dictionary<string, double>();
        foreach (var line in (await answer.Content.ReadAsStringAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.StartsWith("# HELP ", StringComparison.Ordinal) || line.StartsWith("# TYPE ", StringComparison.Ordinal)) continue;
            var sample = Sample().Match(line);
            Assert.True(sample.Success, line);
            Assert.True(series.TryAdd(sample.Groups[1].Value, double.Parse(sample.Groups[2].Value, CultureInfo.InvariantCulture)), "twice: " + line);
        }
        return series;
    }

    [GeneratedRegex("""^([a-z_]+(?:\{[a-z_]+="[^"\\]*"(?:,[a-z_]+="[^"\\]*")*\})?) (-?[0-9.E+-]+)$""")]
    private static partial Regex Sample();
}
