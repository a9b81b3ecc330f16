using System.Text;
using AcpToApi.Json.Framing;
using AcpToApi.Json.Model;
using AcpToApi.Json.Relays;
using AcpToApi.Json.Sinks;
using AcpToApi.Json.Tests.Support;
using AcpToApi.Json.Text;

namespace AcpToApi.Json.Tests;

/// <summary>What the pump does with a stream: translating it, or passing it through byte for byte, and what either allocates.</summary>
public class RelayTests
{
    static readonly ResponseContext Context = new("id", JsonString.Of("model"), 1_700_000_000);

    static readonly string ChatStart = Event("""{"id":"c1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}""");
    static readonly string ChatPiece = Event("""{"id":"c1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":" \u00e9\n piece"},"finish_reason":null}]}""");
    static readonly string ChatEnd = Event("""{"id":"c1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}""") + Event("[DONE]");

    static readonly string MessagesStart = Event("""{"type":"message_start","message":{"id":"m1","type":"message","role":"assistant","model":"m","content":[],"stop_reason":null,"usage":{"input_tokens":3,"output_tokens":1}}}""", "message_start")
        + Event("""{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}""", "content_block_start");
    static readonly string MessagesPiece = Event("""{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" \u00e9\n piece"}}""", "content_block_delta");
    static readonly string MessagesEnd = Event("""{"type":"content_block_stop","index":0}""", "content_block_stop")
        + Event("""{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":9}}""", "message_delta")
        + Event("""{"type":"message_stop"}""", "message_stop");

    static readonly string GeminiStart = Chunk("""{"candidates":[{"content":{"parts":[{"text":"First"}],"role":"model"},"index":0}],"modelVersion":"m","responseId":"r1"}""");
    static readonly string GeminiPiece = Chunk("""{"candidates":[{"content":{"parts":[{"text":" \u00e9\n piece"}],"role":"model"},"index":0}],"modelVersion":"m","responseId":"r1"}""");
    static readonly string GeminiEnd = Chunk("""{"candidates":[{"content":{"parts":[{"text":""}],"role":"model"},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":3}}""");
    static readonly string ResponsesStart = Event("""{"type":"response.created","sequence_number":0,"response":{"id":"r1","model":"m","status":"in_progress","output":[]}}""", "response.created");
    static readonly string ResponsesPiece = Event("""{"type":"response.output_text.delta","sequence_number":1,"item_id":"i","output_index":0,"content_index":0,"delta":" \u00e9\n piece"}""", "response.output_text.delta");
    static readonly string ResponsesEnd = Event("""{"type":"response.completed","sequence_number":2,"response":{"id":"r1","model":"m","status":"completed","error":null,"output":[]}}""", "response.completed");

    static readonly string CohereStart = Event("""{"id":"c1","type":"message-start","delta":{"message":{"role":"assistant","content":[],"tool_plan":"","tool_calls":[],"citations":[]}}}""", "message-start");
    static readonly string CoherePiece = Event("""{"type":"content-delta","index":0,"delta":{"message":{"content":{"text":" \u00e9\n piece"}}}}""", "content-delta");
    static readonly string CohereEnd = Event("""{"type":"message-end","delta":{"finish_reason":"COMPLETE","usage":{"tokens":{"input_tokens":3,"output_tokens":9}}}}""", "message-end");
    const string OllamaPiece = """{"model":"m","created_at":"2026-01-01T00:00:00Z","message":{"role":"assistant","content":" \u00e9\n piece"},"done":false}""" + "\n";
    const string OllamaEnd = """{"model":"m","created_at":"2026-01-01T00:00:00Z","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop"}""" + "\n";

    // Binary: one character a byte.
    static readonly string BedrockStart = Message("messageStart", """{"p":"abc","role":"assistant"}""");
    static readonly string BedrockPiece = Message("contentBlockDelta", """{"contentBlockIndex":0,"delta":{"text":" \u00e9\n piece"},"p":"abcdefg"}""");
    static readonly string BedrockEnd = Message("messageStop", """{"p":"a","stopReason":"end_turn"}""") + Message("metadata", """{"metrics":{"latencyMs":1},"usage":{"inputTokens":3,"outputTokens":9,"totalTokens":12}}""");

    static readonly string[] Dialects = ["chat", "messages", "gemini", "responses"];

    // Those, and the one that no client speaks.
    static readonly string[] Upstreams = [.. Dialects, "cohere", "converse"];

    public static TheoryData<string, string> AllPairs => Combined(Dialects);

    // A client of Responses gets the whole answer again at the end: what is kept for it doubles now and then, and in between nothing is allocated.
    public static TheoryData<string, string> Pairs
    {
        get
        {
            string[] dialects = [.. Dialects, "ollama"];
            var pairs = Combined(dialects);
            foreach (var dialect in dialects) pairs.Add("ollama", dialect);
            return pairs;
        }
    }

    [Theory, MemberData(nameof(Pairs))]
    public void Nothing_is_allocated_per_event(string upstream, string dialect)
    {
        var (start, piece, _) = Recording(upstream);
        var (first, more) = (Encoding.Latin1.GetBytes(start), Encoding.Latin1.GetBytes(string.Concat(Enumerable.Repeat(piece, 16))));
        using var run = new Run(upstream, dialect, keep: false);
        run.Feed(first);
        for (var i = 0; i < 200; i++) run.Feed(more);
        Assert.Equal(0, Allocation.Least(() =>
        {
            for (var i = 0; i < 1000; i++) run.Feed(more);
        }));
        Assert.False(run.Relay.IsDone);
    }

    [Theory, InlineData("chat"), InlineData("messages"), InlineData("gemini"), InlineData("responses")]
    public void A_passed_stream_is_the_same_bytes_at_every_cut(string format)
    {
        var (start, piece, end) = Recording(format);
        var stream = Encoding.Latin1.GetBytes(": comment\n\n" + start + piece + piece.ReplaceLineEndings("\r\n") + end);
        for (var cut = 0; cut <= stream.Length; cut++)
        {
            using var run = new Run(format, format);
            run.Feed(stream.AsSpan(0, cut));
            run.Feed(stream.AsSpan(cut));
            run.End();
            Assert.Equal(Encoding.UTF8.GetString(stream), run.Written);
            Assert.Equal(StopReason.EndTurn, run.Tap.Finished);
            Assert.True(run.Tap.HasContent);
        }
    }

    [Theory, MemberData(nameof(AllPairs))]
    public void A_cut_stream_ends_in_an_error_and_no_end_mark(string upstream, string dialect)
    {
        var (start, piece, _) = Recording(upstream);
        foreach (var rest in new[] { "", "data: {\"id\":\"c1\",\"cho", "event: content_block_del" })
        {
            using var run = new Run(upstream, dialect);
            run.Feed(Encoding.Latin1.GetBytes(start + piece + rest));
            run.End();
            Assert.NotNull(run.Tap.Failure);
            Assert.DoesNotContain("[DONE]", run.Written, StringComparison.Ordinal);
            Assert.DoesNotContain("message_stop", run.Written, StringComparison.Ordinal);
            var last = run.Written.ReplaceLineEndings("\n").Split("\n\n", StringSplitOptions.RemoveEmptyEntries)[^1];
            Assert.Contains(dialect == "responses" && upstream == dialect ? "event: error" : "\"error\":", last, StringComparison.Ordinal);
            Assert.DoesNotContain("event: response.completed", run.Written, StringComparison.Ordinal);
            if (rest.Length > 0) Assert.DoesNotContain(rest + "\n", run.Written, StringComparison.Ordinal);
        }
    }

    [Theory, InlineData("chat"), InlineData("messages"), InlineData("gemini"), InlineData("responses")]
    public void A_last_event_without_its_blank_line_is_completed(string format)
    {
        var (start, piece, end) = Recording(format);
        using var run = new Run(format, format);
        run.Feed(Encoding.Latin1.GetBytes((start + piece + end).TrimEnd('\r', '\n')));
        run.End();
        Assert.Equal(start + piece + end, run.Written);
        Assert.Null(run.Tap.Failure);
    }

    [Theory, MemberData(nameof(AllPairs))]
    public void A_failure_from_outside_is_told_once(string upstream, string dialect)
    {
        var (start, piece, end) = Recording(upstream);
        using var run = new Run(upstream, dialect);
        run.Feed(Encoding.Latin1.GetBytes(start + piece));
        run.Relay.Fail(BridgeError.UpstreamProtocol("It went silent."));
        run.Feed(Encoding.Latin1.GetBytes(end));
        run.End();
        Assert.Equal(2, run.Written.Split("It went silent.").Length);
        Assert.DoesNotContain("[DONE]", run.Written, StringComparison.Ordinal);
    }

    static (string Start, string Piece, string End) Recording(string format) => format switch
    {
        "chat" => (ChatStart, ChatPiece, ChatEnd),
        "messages" => (MessagesStart, MessagesPiece, MessagesEnd),
        "gemini" => (GeminiStart, GeminiPiece, GeminiEnd),
        "cohere" => (CohereStart, CoherePiece, CohereEnd),
        "ollama" => (OllamaPiece, OllamaPiece, OllamaEnd),
        "converse" => (BedrockStart, BedrockPiece, BedrockEnd),
        _ => (ResponsesStart, ResponsesPiece, ResponsesEnd),
    };

    static TheoryData<string, string> Combined(string[] dialects)
    {
        var pairs = new TheoryData<string, string>();
        foreach (var upstream in Upstreams)
        {
            foreach (var dialect in dialects) pairs.Add(upstream, dialect);
        }
        return pairs;
    }

    static string Message(string type, string json) => Encoding.Latin1.GetString(AwsMessage.Event(type, json));

    static string Chunk(string data) => $"data: {data}\r\n\r\n";

    static string Event(string data, string? name = null) => (name is null ? "" : $"event: {name}\n") + $"data: {data}\n\n";

    sealed class Run : IDisposable
    {
        readonly PooledBuffer _output = new();
        readonly InputBuffer _input = new();
        readonly StringBuilder _written = new();
        readonly bool _keep;

        public Run(string upstream, string dialect, bool keep = true)
        {
            _keep = keep;
            var from = WireFormat.All.Single(format => format.Name == upstream);
            var writer = WireFormat.All.Single(format => format.Name == dialect).CreateWriter(_output, Context);
            var reader = from.CreateReader(Quirks.None, keepExtras: false);
            Tap = new UsageTap(upstream == dialect ? NullSink.Instance : writer);
            Relay = upstream == dialect ? new PassthroughRelay(from, reader, Tap, writer, _output) : new TranslatingRelay(from.CreateFraming(), reader, Tap);
        }

        public Relay Relay { get; }

        public UsageTap Tap { get; }

        public string Written
        {
            get
            {
                Flush();
                return _written.ToString();
            }
        }

        public void Feed(ReadOnlySpan<byte> bytes)
        {
            while (!bytes.IsEmpty)
            {
                var room = _input.Room();
                var count = Math.Min(room.Length, bytes.Length);
                bytes[..count].CopyTo(room.Span);
                _input.Received(count);
                bytes = bytes[count..];
                _input.Consume(Relay.Feed(_input.Unread, isFinal: false));
            }
            Flush();
        }

        public void End() => Relay.Feed(_input.Unread, isFinal: true);

        public void Dispose()
        {
            Relay.Dispose();
            _input.Dispose();
            _output.Dispose();
        }

        // The allocation test throws away what is written, as a flush would.
        void Flush()
        {
            if (_keep) _written.Append(Encoding.UTF8.GetString(_output.Written));
            _output.Clear();
        }
    }
}
