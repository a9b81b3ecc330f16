using System.Text.Json;
using AcpToApi.Json.Model;
using AcpToApi.Json.Tests.Support;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Tests;

/// <summary>
/// Estimates against the counts that providers told for the recorded requests. Left out is what no estimate can know: tools and pages that the
/// provider itself brings in, and files that only it has.
/// </summary>
public class TokenEstimateFixtureTests(ITestOutputHelper output)
{
    static readonly Dictionary<string, WireFormat> Formats = new()
    {
        ["openai-chat"] = WireFormat.OpenAiChat,
        ["anthropic-messages"] = WireFormat.AnthropicMessages,
        ["anthropic-count-tokens"] = WireFormat.AnthropicMessages,
        ["gemini"] = WireFormat.Gemini,
        ["gemini-countTokens"] = WireFormat.Gemini,
        ["openai-responses"] = WireFormat.OpenAiResponses,
        ["ollama-chat"] = WireFormat.Ollama,
    };

    [Fact]
    public void Most_are_within_15_percent_of_what_was_counted()
    {
        Assert.SkipWhen(SharedFixtures.Root is null, "No recorded answers here: set ACPTOAPI_FIXTURES to the folder that holds index.json.");
        using var index = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(SharedFixtures.Root, "index.json")));
        var errors = new Dictionary<string, List<double>>();
        foreach (var fixture in index.RootElement.EnumerateArray())
        {
            if (CountedIn(fixture) is not { } counted || Estimated(fixture) is not { } estimate) continue;
            // Of a few tokens 15 % is less than one.
            var error = Math.Abs(estimate.Tokens - counted) <= 2 ? 0 : (estimate.Tokens - counted) / (double)counted;
            if (!errors.TryGetValue(estimate.Family, out var known)) errors[estimate.Family] = known = [];
            known.Add(error);
            if (Math.Abs(error) > 0.15) output.WriteLine($"{fixture.GetProperty("id").GetString()}: {estimate.Tokens} for {counted} ({error:+0%;-0%})");
        }
        var all = errors.Values.SelectMany(each => each).ToList();
        errors["all"] = all;
        foreach (var (family, known) in errors)
        {
            output.WriteLine($"{family}: {known.Count(error => Math.Abs(error) <= 0.15)} of {known.Count} within 15 %, median error {Median(known):0.0%}");
        }
        Assert.True(all.Count > 200, "the fixtures were not understood");
        Assert.True(Median(all) <= 0.15, $"median error {Median(all):0.0%}");
        Assert.InRange(all.Count(error => Math.Abs(error) <= 0.15), all.Count * 6 / 10, all.Count);
    }

    static double Median(List<double> errors) => errors.Select(Math.Abs).Order().ElementAt(errors.Count / 2);

    static (long Tokens, string Family)? Estimated(JsonElement fixture)
    {
        if (Text(fixture, "request_file") is not { } file || Text(fixture, "dialect") is not { } dialect || !Formats.TryGetValue(dialect, out var format)) return null;
        try
        {
            var request = format.ReadTokenCountRequest(File.ReadAllBytes(Path.Combine(SharedFixtures.Root!, file)));
            var foreign = request.Extras.Exists(extra => extra.Name.StartsWith("tools.", StringComparison.Ordinal) || extra.Name is "mcp_servers" or "plugins")
                || request.Messages.Exists(message => message.Parts.Exists(part => part is OpaquePart or MediaPart { Url: not null } or MediaPart { FileId: not null }));
            if (foreign) return null;
            var model = dialect.StartsWith("gemini", StringComparison.Ordinal) ? "gemini-" : request.Model.ToString();
            return (TokenEstimate.Of(request, model), Family(model));
        }
        catch (BridgeException)
        {
            return null; // a request that was meant to be refused
        }
    }

    static string Family(string model) =>
        Array.Find(["claude", "gpt-oss", "gemini", "deepseek", "grok", "stral", "llama", "gpt"], name => model.Contains(name, StringComparison.OrdinalIgnoreCase)) ?? "other";

    static long? CountedIn(JsonElement fixture)
    {
        if (!fixture.TryGetProperty("expected", out var expected) || expected.ValueKind != JsonValueKind.Object) return null;
        foreach (var name in (string[])["input_tokens", "total_tokens"])
        {
            if (Count(expected, name) is { } told) return told;
        }
        if (!expected.TryGetProperty("usage", out var usage) || usage.ValueKind != JsonValueKind.Object || Count(usage, "input") is not { } input || input == 0) return null;
        return Text(fixture, "dialect") == "anthropic-messages" ? input + (Count(usage, "cached_input") ?? 0) + (Count(usage, "cache_write") ?? 0) : input;
    }

    static string? Text(JsonElement element, string name) => element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    static long? Count(JsonElement element, string name) => element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetInt64() : null;
}
