using AcpToApi.Tests.Support;
using FakeProvider;

namespace AcpToApi.Tests;

/// <summary>
/// Every front end against every kind of backend: the official SDKs (tests/clients) drive the binary, with the scripted provider behind it.
/// Prints the matrix and holds it against the README's.
/// </summary>
public sealed class MatrixTests(ITestOutputHelper output)
{
    // Column of the matrix, which is also what tests/clients calls the upstream, and the model that reaches it.
    static readonly (string Upstream, string Model)[] Backends =
    [
        ("chat", "openai/fake-model"),
        ("responses", "own-responses/fake-model"),
        ("messages", "anthropic/fake-model"),
        ("gemini", "gemini/gemini-3-fake"),
        ("ollama", "ollama/fake-model"),
        ("cohere", "cohere/fake-model"),
        ("bedrock", "bedrock/anthropic.fake-model-v1:0"),
    ];

    [Fact]
    public async Task Official_SDKs_notice_nothing_on_any_front_end_before_any_backend()
    {
        var folder = await NpmPackage.InstallAsync("");
        await using var upstream = FakeServer.Start();
        await using var server = await Server.StartAsync(new()
        {
            Arguments = ["--config", "config.json"],
            Environment = new(Bridge.Behind(upstream)) { ["COHERE_BASE_URL"] = upstream.Url, ["COHERE_API_KEY"] = "k" },
            Files = new() { ["config.json"] = $$$"""{"providers":{"own-responses":{"base-url":"{{{upstream.OpenAiUrl}}}","key":"k","formats":["responses"] } } }""" },
        });
        var matrix = new Matrix();
        await Parallel.ForEachAsync(Backends, new ParallelOptions { MaxDegreeOfParallelism = 3 }, async (backend, _) =>
        {
            var run = await NpmPackage.TryRunAsync("node", ["sdk.mjs"], folder, new()
            {
                ["BASE"] = server.Url,
                ["MODEL"] = backend.Model,
                ["UPSTREAM"] = backend.Upstream,
            });
            matrix.Add(backend.Upstream, run!);
        });
        output.WriteLine(matrix.ToString());
        using var http = Wire.NewClient();
        var counted = await Scrape.SettledAsync(http, server);
        output.WriteLine($"/metrics: {counted.Count} series");
        foreach (var (_, model) in Backends)
        {
            var backend = model.Split('/')[0];
            Assert.True(counted[$"acptoapi_upstream_attempts_total{{backend=\"{backend}\",outcome=\"ok\"}}"] > 50, backend);
            Assert.True(counted[$"acptoapi_tokens_total{{backend=\"{backend}\",kind=\"output\"}}"] > 500, backend);
        }
        Assert.True(matrix.Failures.Count == 0, $"{matrix}\n{string.Join('\n', matrix.Failures)}");
        ReadmeTable.AssertHolds(matrix.Rows([.. Backends.Select(b => b.Upstream)]));
    }
}
