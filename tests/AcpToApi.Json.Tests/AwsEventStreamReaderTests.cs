using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using AcpToApi.Json.Framing;
using AcpToApi.Json.Tests.Support;

namespace AcpToApi.Json.Tests;

/// <summary>AWS's binary framing: every cut, every header type, every flaw, and the vectors of AWS's own tools.</summary>
public class AwsEventStreamReaderTests(ITestOutputHelper output)
{
    static readonly byte[] Stream = [.. AwsMessage.Event("one", "{\"a\":1}"), .. AwsMessage.Event("two", "é"), .. AwsMessage.Exception("throttlingException", "{\"message\":\"slow\"}"), .. AwsMessage.Error("InternalError", "oops")];

    [Fact]
    public void The_checksum_is_the_one_of_zip() => Assert.Equal(0xCBF43926u, Crc32.Of("123456789"u8));

    [Fact]
    public void Messages_are_the_same_at_every_cut()
    {
        for (var size = 1; size <= Stream.Length; size++)
        {
            Assert.Equal(["one {\"a\":1}", "two é", "! throttlingException {\"message\":\"slow\"}", "! InternalError oops"], Read(Stream, size));
        }
        for (var cut = 0; cut <= Stream.Length; cut++) Assert.Equal(4, Read(Stream, cut, Stream.Length).Count);
    }

    [Fact]
    public void Any_changed_bit_is_an_error_and_ends_the_stream()
    {
        for (var at = 0; at < Stream.Length * 8; at++)
        {
            var broken = Stream.ToArray();
            broken[at / 8] ^= (byte)(1 << (at % 8));
            var read = Read(broken, broken.Length);
            Assert.StartsWith("broken", read[^1], StringComparison.Ordinal);
            Assert.DoesNotContain(read[..^1], line => line.StartsWith("broken", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void A_stream_that_ends_in_a_message_is_cut()
    {
        var boundaries = new HashSet<int> { 0 };
        for (var at = 0; at < Stream.Length; boundaries.Add(at)) at += BinaryPrimitives.ReadInt32BigEndian(Stream.AsSpan(at));
        for (var length = 0; length <= Stream.Length; length++)
        {
            var last = Read(Stream[..length], 5).LastOrDefault() ?? "";
            Assert.Equal(!boundaries.Contains(length), last.StartsWith("broken", StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData(uint.MaxValue, 0u)]
    [InlineData(64u << 20, 0u)]
    [InlineData(20u << 20, 19u << 20)]
    [InlineData(15u, 0u)]
    [InlineData(100u, 85u)]
    [InlineData(100u, uint.MaxValue)]
    public void Impossible_lengths_are_found_before_anything_is_waited_for(uint length, uint headers)
    {
        using var reader = new AwsEventStreamReader();
        Assert.True(reader.TryRead(AwsMessage.Prelude(length, headers), isFinal: false, out var found, out var consumed));
        Assert.NotNull(found.Broken);
        Assert.Equal(12, consumed);
        Assert.False(reader.TryRead(Stream, isFinal: true, out _, out _));
    }

    [Theory]
    [InlineData(new byte[] { 5 })]
    [InlineData(new byte[] { 1, (byte)'a' })]
    [InlineData(new byte[] { 1, (byte)'a', 10 })]
    [InlineData(new byte[] { 1, (byte)'a', 4, 0, 0 })]
    [InlineData(new byte[] { 1, (byte)'a', 7, 0 })]
    [InlineData(new byte[] { 1, (byte)'a', 7, 0, 9, 1 })]
    public void Broken_headers_are_an_error(byte[] headers)
    {
        var read = Read(AwsMessage.Of(headers, "{}"u8.ToArray()), 3);
        Assert.StartsWith("broken", Assert.Single(read), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_type_of_header_is_passed_over()
    {
        byte[] headers =
        [
            .. Header("t", 0), .. Header("f", 1), .. Header("b", 2, 1), .. Header("s", 3, 1, 2), .. Header("i", 4, 1, 2, 3, 4), .. Header("l", 5, 1, 2, 3, 4, 5, 6, 7, 8),
            .. Header("y", 6, 0, 2, 8, 9), .. Header("d", 8, 1, 2, 3, 4, 5, 6, 7, 8), .. Header("u", 9, new byte[16]), .. Header(":event-type", 7, [0, 1, (byte)'e']),
        ];
        Assert.Equal(["e {}"], Read(AwsMessage.Of(headers, "{}"u8.ToArray()), 7));
        Assert.Equal(["t", "f", "b", "s", "i", "l", "y", "d", "u", ":event-type"], Names(headers));
    }

    [Fact]
    public void A_message_costs_no_memory()
    {
        using var reader = new AwsEventStreamReader();
        Assert.Equal(0, Allocation.Least(() =>
        {
            for (var i = 0; i < 1000; i++) Assert.True(reader.TryRead(Stream, isFinal: false, out _, out _));
        }));
    }

    // Gate C: what the specification's own vectors say, where they are at hand.
    [Fact]
    public void The_vectors_of_AWS_are_read_and_refused()
    {
        var folder = SharedFixtures.Specification("bedrock/eventstream-vectors");
        Assert.SkipWhen(folder is null, "No event stream vectors here: shared/specs is not beside this repository.");
        var (good, bad) = (0, 0);
        foreach (var file in Directory.GetFiles(Path.Combine(folder, "encoded/positive")))
        {
            using var told = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "decoded/positive", Path.GetFileName(file))));
            var bytes = File.ReadAllBytes(file);
            using var reader = new AwsEventStreamReader();
            Assert.True(reader.TryRead(bytes, isFinal: true, out var found, out var consumed));
            Assert.Null(found.Broken);
            Assert.Equal(bytes.Length, consumed);
            Assert.Equal(told.RootElement.GetProperty("payload").GetBytesFromBase64(), found.Data.ToArray());
            var headers = bytes.AsSpan(12, told.RootElement.GetProperty("headers_length").GetInt32()).ToArray();
            Assert.Equal(told.RootElement.GetProperty("headers").EnumerateArray().Select(Shown), Shown(headers));
            good++;
        }
        foreach (var file in Directory.GetFiles(Path.Combine(folder, "encoded/negative")))
        {
            using var reader = new AwsEventStreamReader();
            Assert.True(reader.TryRead(File.ReadAllBytes(file), isFinal: true, out var found, out _));
            var wanted = File.ReadAllText(Path.Combine(folder, "decoded/negative", Path.GetFileName(file)));
            Assert.Contains("checksum", found.Broken!.Message, StringComparison.Ordinal);
            Assert.Equal(wanted.Contains("Prelude", StringComparison.Ordinal), found.Broken.Message.Contains("prelude", StringComparison.Ordinal));
            bad++;
        }
        output.WriteLine($"event stream vectors: {good} read, {bad} refused");
        Assert.True(good >= 5 && bad >= 4);
    }

    static string Shown(JsonElement header)
    {
        var (type, value) = (header.GetProperty("type").GetInt32(), header.GetProperty("value"));
        var text = type switch { 0 or 1 => "", 2 or 3 or 4 or 5 or 8 => $"{value.GetInt64()}", _ => Convert.ToHexString(value.GetBytesFromBase64()) };
        return $"{header.GetProperty("name").GetString()} {type} {text}";
    }

    static List<string> Shown(ReadOnlySpan<byte> headers)
    {
        var shown = new List<string>();
        while (!headers.IsEmpty)
        {
            Assert.True(AwsEventHeader.TryRead(ref headers, out var header));
            var text = header.Type switch
            {
                0 or 1 => "",
                2 => $"{(sbyte)header.Value[0]}",
                3 => $"{BinaryPrimitives.ReadInt16BigEndian(header.Value)}",
                4 => $"{BinaryPrimitives.ReadInt32BigEndian(header.Value)}",
                5 or 8 => $"{BinaryPrimitives.ReadInt64BigEndian(header.Value)}",
                _ => Convert.ToHexString(header.Value),
            };
            shown.Add($"{Encoding.UTF8.GetString(header.Name)} {header.Type} {text}");
        }
        return shown;
    }

    static List<string> Names(byte[] headers) => [.. Shown(headers).Select(line => line.Split(' ')[0])];

    static byte[] Header(string name, byte type, params byte[] value) => [(byte)name.Length, .. Encoding.ASCII.GetBytes(name), type, .. value];

    static List<string> Read(byte[] bytes, params int[] sizes)
    {
        var read = new List<string>();
        using var reader = new AwsEventStreamReader();
        var (start, end, step) = (0, 0, 0);
        do
        {
            end = Math.Min(end + Math.Max(sizes[Math.Min(step++, sizes.Length - 1)], step > 1 ? 1 : 0), bytes.Length);
            while (reader.TryRead(bytes.AsSpan(start, end - start), isFinal: end == bytes.Length, out var found, out var consumed))
            {
                start += consumed;
                read.Add(found.Broken is { } broken ? "broken " + broken.Message : $"{(found.IsError ? "! " : "")}{Encoding.UTF8.GetString(found.Name)} {Encoding.UTF8.GetString(found.Data)}");
            }
        }
        while (end < bytes.Length);
        return read;
    }
}
