using System.Text;
using System.Text.Json;
using AcpToApi.Json.Framing;
using AcpToApi.Json.Model;
using AcpToApi.Json.Sinks;
using AcpToApi.Json.Tests.Support;

namespace AcpToApi.Json.Tests;

/// <summary>The published cases for server-sent events (web-platform-tests and others) and for JSON (JSONTestSuite), where they are at hand.</summary>
public sealed class PublishedSuitesTests(ITestOutputHelper output)
{
    // A body of another media type is none of the framing's business.
    const string OtherMediaType = "wpt-mime-bogus";

    // The standard drops an event whose blank line never came; some providers leave it out, so it is handed out at the end of the input.
    static readonly Dictionary<string, string> WithoutBlankLine = new()
    {
        ["wpt-data-before-final-empty-line"] = "message|test2",
        ["esp-mixed-comments"] = "message|5",
    };

    public static TheoryData<string> Dialects => new(WireFormat.Dialects.Select(format => format.Name));

    [Fact]
    public void Server_sent_events_mean_what_the_standard_says_at_every_split()
    {
        Assert.SkipWhen(SharedFixtures.Root is null, SharedFixtures.Absent);
        using var suite = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(SharedFixtures.Root, "sse", "sse-cases.json")));
        var read = 0;
        foreach (var @case in suite.RootElement.GetProperty("cases").EnumerateArray())
        {
            var name = @case.GetProperty("name").GetString()!;
            if (name == OtherMediaType) continue;
            var body = @case.GetProperty("body_base64").GetBytesFromBase64();
            var expected = @case.GetProperty("expected_events").EnumerateArray().Select(e => $"{e.GetProperty("event").GetString()}|{e.GetProperty("data").GetString()}").ToList();
            if (WithoutBlankLine.TryGetValue(name, out var last)) expected.Add(last);
            for (var size = 1; size <= body.Length; size = size < 64 ? size + 1 : size * 2) AssertEvents(name, expected, body, size);
            AssertEvents(name, expected, body, body.Length);
            read++;
        }
        output.WriteLine($"{read} cases");
        Assert.True(read > 40);
    }

    [Theory, MemberData(nameof(Dialects))]
    public void Json_is_taken_as_the_standard_says_and_refused_as_a_bad_request(string dialect)
    {
        Assert.SkipWhen(SharedFixtures.Root is null, SharedFixtures.Absent);
        var format = WireFormat.All.Single(format => format.Name == dialect);
        var wrong = new List<string>();
        var files = Directory.GetFiles(Path.Combine(SharedFixtures.Root, "json-test-suite", "test_parsing"));
        foreach (var file in files)
        {
            var name = Path.GetFileName(file);
            var json = File.ReadAllBytes(file);
            // As a field of a request that is good but for it, and as a request of its own.
            var asField = Refusal(format, [.. Prefix(dialect), .. json, (byte)'}']);
            Refusal(format, json);
            if (name[0] == 'y' && asField is not null) wrong.Add($"{name}: {asField}");
            if (name[0] == 'n' && asField is null) wrong.Add($"{name} was taken");
            if (name[0] == 'n' && !FailsFromUpstream(format, json)) wrong.Add($"{name} was taken from a provider");
        }
        output.WriteLine($"{dialect}: {files.Length} files, {wrong.Count} wrong");
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    static void AssertEvents(string name, List<string> expected, byte[] body, int size)
    {
        var events = new List<string>();
        using var reader = new SseReader();
        var start = 0;
        for (var end = Math.Min(size, body.Length); ; end = Math.Min(end + size, body.Length))
        {
            while (reader.TryRead(body.AsSpan(start, end - start), isFinal: end == body.Length, out var found, out var consumed))
            {
                if (found.HasData) events.Add($"{(found.Name.IsEmpty ? "message" : Encoding.UTF8.GetString(found.Name))}|{Encoding.UTF8.GetString(found.Data)}");
                start += consumed;
            }
            if (end == body.Length) break;
        }
        Assert.True(expected.SequenceEqual(events), $"{name}, {size} bytes at a time: {string.Join(" ", events)} instead of {string.Join(" ", expected)}");
    }

    static byte[] Prefix(string dialect) => Encoding.UTF8.GetBytes(dialect switch
    {
        "responses" => """{"model":"m","input":"x","vendor_field":""",
        "gemini" => """{"contents":[{"parts":[{"text":"x"}]}],"vendor_field":""",
        _ => """{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"x"}],"vendor_field":""",
    });

    // Nothing but a 400 may come out.
    static string? Refusal(WireFormat format, byte[] body)
    {
        try
        {
            format.ReadRequest(body);
            return null;
        }
        catch (BridgeException refused)
        {
            Assert.Equal(400, refused.Error.Status);
            return refused.Error.Message;
        }
    }

    static bool FailsFromUpstream(WireFormat format, byte[] body)
    {
        using var answer = new ResponseCollector();
        using var reader = format.CreateReader(Quirks.None, keepExtras: false);
        reader.ReadResponse(body, answer);
        return answer.Failure is not null;
    }
}
