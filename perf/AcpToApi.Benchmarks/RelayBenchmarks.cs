using System.Text;
using AcpToApi.Json.Model;
using AcpToApi.Json.Relays;
using AcpToApi.Json.Sinks;
using AcpToApi.Json.Text;
using BenchmarkDotNet.Attributes;

namespace AcpToApi.Benchmarks;

/// <summary>Time and allocation per streamed event: <c>dotnet run -c Release --project perf/AcpToApi.Benchmarks -- --filter '*'</c>.</summary>
[MemoryDiagnoser]
public class RelayBenchmarks : IDisposable
{
    const int Events = 1000;

    static readonly byte[] ChatStart = Encoding.UTF8.GetBytes(
        "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"gpt-4o\",\"system_fingerprint\":\"fp_1\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"logprobs\":null,\"finish_reason\":null}]}\n\n");

    static readonly byte[] ChatPieces = Repeat(
        "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"gpt-4o\",\"system_fingerprint\":\"fp_1\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\" token\"},\"logprobs\":null,\"finish_reason\":null}]}\n\n");

    static readonly byte[] MessagesStart = Encoding.UTF8.GetBytes(
        "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"claude\",\"content\":[],\"stop_reason\":null,\"usage\":{\"input_tokens\":3,\"output_tokens\":1}}}\n\n"
        + "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n");

    static readonly byte[] MessagesPieces = Repeat(
        "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\" token\"}}\n\n");

    readonly PooledBuffer _output = new();
    Relay _relay = null!;
    byte[] _pieces = [];

    [Params("chat to messages", "messages to chat", "chat passed through", "messages passed through")]
    public string Path { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        var upstream = Path.StartsWith("chat", StringComparison.Ordinal) ? WireFormat.OpenAiChat : WireFormat.AnthropicMessages;
        var passes = Path.EndsWith("through", StringComparison.Ordinal);
        var dialect = passes ? upstream : upstream == WireFormat.OpenAiChat ? WireFormat.AnthropicMessages : WireFormat.OpenAiChat;
        var writer = dialect.CreateWriter(_output, new ResponseContext("id", JsonString.Of("model"), 1_700_000_000));
        var reader = upstream.CreateReader(Quirks.None, keepExtras: false);
        _relay = passes ? new PassthroughRelay(upstream, reader, new UsageTap(NullSink.Instance), writer, _output) : new TranslatingRelay(upstream.CreateFraming(), reader, new UsageTap(writer));
        _relay.Feed(upstream == WireFormat.OpenAiChat ? ChatStart : MessagesStart, isFinal: false);
        _pieces = upstream == WireFormat.OpenAiChat ? ChatPieces : MessagesPieces;
    }

    [Benchmark(OperationsPerInvoke = Events)]
    public int PerEvent()
    {
        _output.Clear();
        return _relay.Feed(_pieces, isFinal: false);
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _relay.Dispose();
        _output.Dispose();
        GC.SuppressFinalize(this);
    }

    static byte[] Repeat(string text) => Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(text, Events)));
}
