using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using AcpToApi.Json.Model;
using AcpToApi.Json.Sinks;
using AcpToApi.Json.Tests.Support;

namespace AcpToApi.Json.Tests;

/// <summary>
/// Answers that providers really gave, read whole and in small pieces, against what they mean. The recordings are other people's and stay
/// outside the repository: <c>ACPTOAPI_FIXTURES</c>, or <c>shared/fixtures</c> beside one of the folders above this one.
/// </summary>
public class FixtureTests(ITestOutputHelper output)
{
    static readonly Dictionary<string, WireFormat> Formats = new()
    {
        ["openai-chat"] = WireFormat.OpenAiChat,
        ["anthropic-messages"] = WireFormat.AnthropicMessages,
        ["gemini"] = WireFormat.Gemini,
        ["openai-responses"] = WireFormat.OpenAiResponses,
        ["openai-completions"] = WireFormat.OpenAiCompletions,
        ["ollama-chat"] = WireFormat.Ollama,
        ["ollama-generate"] = WireFormat.OllamaGenerate,
        ["cohere-v2-chat"] = WireFormat.CohereChat,
        ["bedrock-converse"] = WireFormat.BedrockConverse,
    };

    /// <summary>Fixtures whose expectation is not what a bridge must do, and why.</summary>
    static readonly Dictionary<string, string> Excused = new()
    {
        ["bedrock-converse/bedrock.arch-with-bedrock-amazon-nova-2-lite-v1-0-streams-grounded-turns.9edab6"] = "a tool that the provider ran itself is no call for the client to run",
        ["bedrock-converse/bedrock.test-bedrock-model-with-code-execution-tool.54cd15"] = "a tool that the provider ran itself is no call for the client to run",
        ["bedrock-converse/bedrock.test-bedrock-model-with-code-execution-tool.7f46c3"] = "a tool that the provider ran itself is no call for the client to run",
        ["gemini/gemini.stream-tool-call-array-arguments-missing-terminal-function-call.f7e5a6"] = "the call that came in pieces is a call, though its end mark is missing",
        ["gemini/vertexai.lling-Vertex-AI-with-streaming-function-calling-arguments-stream.7ccfb0"] = "a call whose arguments are all in partialArgs is a call",
        ["gemini/vertexai.streaming-success-quotes-escaped.0700f3"] = "a stream without any finish reason was cut",
        ["gemini/vertexai.unary-failure-invalid-response.337d09"] = "a body that is no answer at all is an error, not an empty answer",
        ["openai-completions/writer.test-writer-async-streaming-completions-legacy.c1c063"] = "its events hold a field of the vendor's own instead of choices, and no end",
        ["openai-responses/azure.azure-reasoning-encrypted-content-1.c2ac1c"] = "Four answers in one file, the expectation is of the last; a client has one answer a request.",
        ["openai-responses/openai.openai-shell-container-1.e82950"] = "Its last text is not what its deltas say, and what was streamed cannot be taken back.",
    };

    public static TheoryData<string, int> Replays
    {
        get
        {
            var replays = new TheoryData<string, int>();
            foreach (var dialect in Formats.Keys)
            {
                foreach (var size in (int[])[int.MaxValue, 1, 2, 3, 7, 64]) replays.Add(dialect, size);
            }
            return replays;
        }
    }

    [Theory, MemberData(nameof(Replays))]
    public void Recorded_answers_mean_what_they_should(string dialect, int pieceSize) =>
        Check(dialect, $"pieces of {(pieceSize == int.MaxValue ? "any size" : pieceSize)}", skipWhole: pieceSize != int.MaxValue, (format, fixture, streamed, body) =>
            Differences(format, fixture, streamed, body, pieceSize, QuirksOf(fixture)));

    // Through the writer of the same dialect and back: nothing of the meaning is lost on the way to a client.
    [Theory, InlineData("openai-chat"), InlineData("anthropic-messages"), InlineData("gemini"), InlineData("openai-responses"), InlineData("openai-completions"), InlineData("ollama-chat"), InlineData("ollama-generate")]
    public void Recorded_answers_survive_being_written(string dialect) => Check(dialect, "written and read again", skipWhole: false, (format, fixture, streamed, body) =>
    {
        if (StatusOf(fixture) >= 400) return [];
        using var output = new Json.Text.PooledBuffer();
        var writer = format.CreateWriter(output, new ResponseContext("id", JsonString.Of("model"), 1700000000, EstimatedInputTokens: 1));
        Feed(format, body, streamed, int.MaxValue, writer, QuirksOf(fixture), keepExtras: true);
        if (dialect == "openai-chat") OpenAiChat.WireRules.Check(Encoding.UTF8.GetString(output.Written));
        if (dialect == "openai-responses") OpenAiResponses.ResponsesRules.Check(Encoding.UTF8.GetString(output.Written));
        return Differences(format, fixture, streamed: true, output.Written.ToArray(), int.MaxValue, Quirks.None).ToList();
    });

    // To a client of the dialect with the strictest events, and back.
    [Theory, InlineData("openai-chat"), InlineData("anthropic-messages"), InlineData("cohere-v2-chat"), InlineData("bedrock-converse")]
    public void Recorded_answers_survive_as_responses(string dialect) => Check(dialect, "written as responses and read again", skipWhole: false, (format, fixture, streamed, body) =>
    {
        if (StatusOf(fixture) >= 400) return [];
        using var output = new Json.Text.PooledBuffer();
        using var writer = WireFormat.OpenAiResponses.CreateWriter(output, new ResponseContext("id", JsonString.Of("model"), 1700000000));
        Feed(format, body, streamed, int.MaxValue, writer, QuirksOf(fixture), keepExtras: false);
        var written = Encoding.UTF8.GetString(output.Written);
        OpenAiResponses.ResponsesRules.Check(written);
        return Differences(WireFormat.OpenAiResponses, fixture, streamed: true, output.Written.ToArray(), int.MaxValue, Quirks.None).ToList();
    });

    // The requests that those answers were given to: understood, and written so that they read and write as the same bytes.
    [Theory, InlineData("openai-chat"), InlineData("anthropic-messages"), InlineData("gemini"), InlineData("openai-responses")]
    public void Recorded_requests_are_understood(string dialect) => Check(dialect, "requests", skipWhole: false, (format, fixture, streamed, body) =>
    {
        if (StatusOf(fixture) >= 400 || Text(fixture, "request_file") is not { } file) return [];
        try
        {
            var once = Rewritten(format, File.ReadAllBytes(Path.Combine(SharedFixtures.Root!, file)));
            return once.AsSpan().SequenceEqual(Rewritten(format, once)) ? [] : ["differs when written again"];
        }
        catch (BridgeException refused)
        {
            return [refused.Message];
        }
    });

    static byte[] Rewritten(WireFormat format, byte[] body)
    {
        var request = format.ReadRequest(body);
        using var output = new Json.Text.PooledBuffer();
        format.WriteRequest(request, new UpstreamTarget(request.Model, Quirks.None, request.Stream), output, new IgnoredFields());
        JsonDocument.Parse(output.WrittenMemory).Dispose();
        return output.Written.ToArray();
    }

    void Check(string dialect, string how, bool skipWhole, Func<WireFormat, JsonElement, bool, byte[], IEnumerable<string>> differencesOf)
    {
        var root = SharedFixtures.Root;
        Assert.SkipWhen(root is null, SharedFixtures.Absent);
        using var index = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(root, "index.json")));
        var failures = new List<string>();
        var (read, excused) = (0, 0);
        foreach (var fixture in index.RootElement.EnumerateArray())
        {
            if (Text(fixture, "dialect") != dialect) continue;
            var streamed = fixture.GetProperty("stream").GetBoolean();
            if (!streamed && skipWhole) continue;
            read++;
            var body = File.ReadAllBytes(Path.Combine(root, Text(fixture, "file")!));
            var differences = string.Join(", ", differencesOf(Formats[dialect], fixture, streamed, body));
            if (differences.Length == 0) continue;
            if (Excused.ContainsKey(Text(fixture, "id")!)) excused++;
            else failures.Add($"{Text(fixture, "id")}: {differences}");
        }
        output.WriteLine($"{dialect}, {how}: {read - failures.Count - excused} ok, {failures.Count} not ok, {excused} excused");
        Assert.True(failures.Count == 0, $"{failures.Count} of {read}:\n{string.Join("\n", failures)}");
    }

    static IEnumerable<string> Differences(WireFormat format, JsonElement fixture, bool streamed, byte[] body, int pieceSize, Quirks quirks)
    {
        var expected = fixture.TryGetProperty("expected", out var e) && e.ValueKind == JsonValueKind.Object ? e : default(JsonElement?);
        var status = StatusOf(fixture);
        if (status >= 400) return ErrorDifferences(format.ReadError(status, body), status, expected);
        using var got = new ResponseCollector();
        var sink = new GrammarCheckingSink(got);
        Feed(format, body, streamed, pieceSize, sink, quirks, keepExtras: false);
        return AnswerDifferences(got, sink.Ended, fixture, expected).ToList();
    }

    static void Feed(WireFormat format, byte[] body, bool streamed, int pieceSize, IEventSink sink, Quirks quirks, bool keepExtras)
    {
        if (streamed)
        {
            Replay.Feed(format, body, pieceSize == int.MaxValue ? Replay.Whole : Replay.Every(pieceSize), sink, quirks, keepExtras);
            return;
        }
        using var reader = format.CreateReader(quirks, keepExtras);
        reader.ReadResponse(body, sink);
    }

    static int StatusOf(JsonElement fixture) =>
        fixture.TryGetProperty("http_status", out var status) && status.ValueKind == JsonValueKind.Number ? status.GetInt32() : 200;

    static IEnumerable<string> ErrorDifferences(BridgeError error, int status, JsonElement? expected)
    {
        if (error.Status != status) yield return $"status {error.Status}!={status}";
        if (expected?.TryGetProperty("error", out var told) == true && told.ValueKind == JsonValueKind.Object && Text(told, "message") is { } message
            && error.Message != message) yield return $"message {error.Message}";
    }

    static IEnumerable<string> AnswerDifferences(ResponseCollector got, bool ended, JsonElement fixture, JsonElement? expected)
    {
        if (!ended) yield return "neither Finish nor Error";
        if (expected is not { } want) yield break; // no single right answer; it must only end
        if (want.TryGetProperty("error", out var error) && error.ValueKind is not (JsonValueKind.Null or JsonValueKind.Undefined))
        {
            if (got.Failure is null) yield return "the error became an answer";
            yield break;
        }
        if (got.Failure is { } failure)
        {
            yield return $"failed: {failure.Message}";
            yield break;
        }
        var text = Joined(got, AnswerBlockKind.Text);
        if (text != (Text(want, "text") ?? "")) yield return $"text {Short(text)} != {Short(Text(want, "text"))}";
        if (Text(want, "reasoning") is { } reasoning && Joined(got, AnswerBlockKind.Reasoning) != reasoning) yield return "reasoning";
        if (!want.TryGetProperty("partial_args_fragments", out _) && CallsOf(want) is var calls && CallsOf(got) is var mine && calls != mine)
        {
            yield return $"tool_calls {mine} != {calls}";
        }
        // Gemini: a source is told once for every place that leans on it, and may lean on none.
        var sources = got.Blocks.Sum(block => block.Citations.Count);
        var isGrounded = Text(fixture, "dialect") == "gemini";
        if (Count(want, "citation_count") is { } cited && (isGrounded ? (sources == 0) != (cited == 0) : cited != sources)) yield return $"sources {sources}!={cited}";
        var pictures = got.Blocks.Count(block => block.Kind == AnswerBlockKind.Media);
        if (want.TryGetProperty("media", out var media) && media.ValueKind == JsonValueKind.Array && media.GetArrayLength() != pictures) yield return $"pictures {pictures}!={media.GetArrayLength()}";
        var finish = FinishName(got.Finished);
        if (Text(want, "finish_reason_openai") is { } reason && reason != finish) yield return $"finish {finish}!={reason}";
        if (CountsOf(fixture, want) is var (input, output) && (got.Counts?.Input != input || got.Counts?.Output != output))
        {
            yield return $"usage {got.Counts?.Input}/{got.Counts?.Output}!={input}/{output}";
        }
    }

    static Quirks QuirksOf(JsonElement fixture) => (Text(fixture, "dialect"), Text(fixture, "provider")) switch
    {
        ("openai-chat", "xai") => Quirks.OutputExcludesReasoning,
        _ => Quirks.None,
    };

    // What each provider counts, brought to one meaning: input with cached tokens, output with reasoning.
    static (long Input, long Output)? CountsOf(JsonElement fixture, JsonElement want)
    {
        if (!want.TryGetProperty("usage", out var usage) || usage.ValueKind != JsonValueKind.Object) return null;
        if (Text(fixture, "dialect") == "gemini")
        {
            if (Count(usage, "input") is not { } prompt) return null;
            return (prompt + (Count(usage, "tool_use_prompt") ?? 0), (Count(usage, "output") ?? 0) + (Count(usage, "reasoning") ?? 0));
        }
        if (Count(usage, "input") is not { } input || Count(usage, "output") is not { } output) return null;
        if (Text(fixture, "dialect") is "anthropic-messages" or "bedrock-converse")
        {
            return (input + (Count(usage, "cached_input") ?? 0) + (Count(usage, "cache_write") ?? 0), output);
        }
        return (input, QuirksOf(fixture) == Quirks.OutputExcludesReasoning ? output + (Count(usage, "reasoning") ?? 0) : output);
    }

    static string Joined(ResponseCollector answer, AnswerBlockKind kind)
    {
        using var joined = new Json.Text.PooledBuffer();
        foreach (var block in answer.Blocks.Where(block => block.Kind == kind)) joined.Write(block.Content.Written);
        return JsonText.Escaped(joined.Written).ToString();
    }

    static string CallsOf(ResponseCollector answer) =>
        string.Join("; ", answer.Blocks.Where(block => block.Kind == AnswerBlockKind.ToolCall)
            .Select(block => $"{block.Name} {Canonical(JsonText.Escaped(block.Content.Written).ToString())}"));

    static string CallsOf(JsonElement want) =>
        !want.TryGetProperty("tool_calls", out var calls) || calls.ValueKind != JsonValueKind.Array
            ? ""
            : string.Join("; ", calls.EnumerateArray()
                .Where(call => !(call.TryGetProperty("server_side", out var side) && side.ValueKind == JsonValueKind.True))
                .Select(call => $"{Text(call, "name")} {Canonical(Arguments(call))}"));

    static string Arguments(JsonElement call) =>
        !call.TryGetProperty("arguments", out var arguments) || arguments.ValueKind == JsonValueKind.Null ? "{}"
        : arguments.ValueKind == JsonValueKind.String ? arguments.GetString()!
        : arguments.GetRawText();

    static string Canonical(string json)
    {
        if (json.Length == 0) return "{}";
        try
        {
            var text = new StringBuilder();
            Canonical(JsonNode.Parse(json), text);
            return text.ToString();
        }
        catch (JsonException)
        {
            return json;
        }
    }

    static void Canonical(JsonNode? node, StringBuilder text)
    {
        switch (node)
        {
            case JsonObject item:
                text.Append('{');
                foreach (var (name, value) in item.OrderBy(field => field.Key, StringComparer.Ordinal))
                {
                    text.Append(JsonValue.Create(name)!.ToJsonString()).Append(':');
                    Canonical(value, text);
                    text.Append(',');
                }
                text.Append('}');
                break;
            case JsonArray items:
                text.Append('[');
                foreach (var item in items)
                {
                    Canonical(item, text);
                    text.Append(',');
                }
                text.Append(']');
                break;
            case JsonValue value when value.GetValueKind() == JsonValueKind.Number:
                text.Append(value.GetValue<double>().ToString("R", CultureInfo.InvariantCulture));
                break;
            default:
                text.Append(node?.ToJsonString() ?? "null");
                break;
        }
    }

    static string? FinishName(StopReason? reason) => reason switch
    {
        null => null,
        StopReason.MaxTokens or StopReason.ContextWindow => "length",
        StopReason.ToolCalls => "tool_calls",
        StopReason.ContentFilter => "content_filter",
        _ => "stop",
    };

    static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    static long? Count(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetInt64() : null;

    static string Short(string? text) => text is null ? "nothing" : text.Length <= 60 ? $"'{text}'" : $"'{text[..60]}…' ({text.Length})";
}
