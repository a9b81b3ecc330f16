using System.Net;
using AcpToApi.Tests.Support;

namespace AcpToApi.Tests;

/// <summary>The page at <c>/</c>: for browsers only, strict about what it may load, and working in a real one.</summary>
public class PlaygroundTests(BareServer server, ITestOutputHelper output) : IClassFixture<BareServer>
{
    static readonly string[] Browsers = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

    [Theory]
    [InlineData("/", "text/html,application/xhtml+xml", "text/html")]
    [InlineData("/", "application/json", "application/json")]
    [InlineData("/", "*/*", "application/json")]
    [InlineData("/playground.js", "*/*", "text/javascript")]
    [InlineData("/playground.css", "*/*", "text/css")]
    public async Task Browsers_get_the_page_and_others_JSON(string path, string accept, string mediaType)
    {
        using var http = Wire.NewClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, server.Url + path);
        request.Headers.TryAddWithoutValidation("Accept", accept);
        using var answer = await http.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(mediaType, answer.Content.Headers.ContentType!.MediaType);
        if (mediaType == "application/json") return;
        var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
        Assert.Contains("default-src 'none'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("http", policy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_works_in_a_real_browser()
    {
        var folder = await NpmPackage.InstallAsync("playground");
        var browser = Browsers.SelectMany(name => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Select(at => Path.Combine(at, name))).FirstOrDefault(File.Exists);
        if (browser is null) Assert.Skip("no Chromium is installed");
        var run = await NpmPackage.TryRunAsync("node", ["playground.mjs"], folder, new()
        {
            ["BASE"] = server.Url,
            ["CHROMIUM"] = browser,
            ["HOME"] = folder,
            ["SCREENSHOT"] = Path.Combine(folder, "streaming.png"),
        });
        output.WriteLine(run!.All);
        Assert.DoesNotContain("not ok", run.Output, StringComparison.Ordinal);
        Assert.True(run.ExitCode == 0, run.All);
        Assert.Equal(10, run.Output.Split('\n').Count(line => line.StartsWith("ok - ", StringComparison.Ordinal)));
    }
}
