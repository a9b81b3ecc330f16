using System.Text;
using AcpToApi.Json.Framing;

namespace AcpToApi.Json.Tests;

public class LineReaderTests
{
    [Theory]
    [InlineData("{\"a\":1}\n{\"b\":2}\n")]
    [InlineData("{\"a\":1}\r\n\r\n{\"b\":2}\r\n")]
    [InlineData("{\"a\":1}\n\n{\"b\":2}")]
    public void Lines_are_the_same_at_every_cut(string stream)
    {
        var bytes = Encoding.UTF8.GetBytes(stream);
        for (var size = 1; size <= bytes.Length; size++) Assert.Equal(["{\"a\":1}", "{\"b\":2}"], Read(bytes, size));
    }

    static List<string> Read(byte[] bytes, int size)
    {
        var lines = new List<string>();
        using var reader = new LineReader();
        var start = 0;
        for (var end = Math.Min(size, bytes.Length); ; end = Math.Min(end + size, bytes.Length))
        {
            while (reader.TryRead(bytes.AsSpan(start, end - start), isFinal: end == bytes.Length, out var found, out var consumed))
            {
                start += consumed;
                if (found.HasData) lines.Add(Encoding.UTF8.GetString(found.Data));
            }
            if (end == bytes.Length) return lines;
        }
    }
}
