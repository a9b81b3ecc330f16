using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace FakeProvider;

/// <summary>The writing side of one answer: head, body or chunks, and the ways of ending badly.</summary>
sealed class Reply(Socket socket, CancellationToken left)
{
    /// <summary>The connection takes no further request.</summary>
    public bool IsOver { get; private set; }

    public bool HasStarted { get; private set; }

    public async Task RawAsync(ReadOnlyMemory<byte> bytes)
    {
        HasStarted = true;
        while (bytes.Length > 0) bytes = bytes[await socket.SendAsync(bytes, left)..];
    }

    /// <summary>A whole answer with its length.</summary>
    public Task WholeAsync(int status, string contentType, byte[] body, params IEnumerable<(string Name, string Value)> headers) =>
        RawAsync((byte[])[.. Head(status, contentType, [.. headers, ("Content-Length", body.Length.ToString(CultureInfo.InvariantCulture))]), .. body]);

    /// <summary>The head of an answer in chunks.</summary>
    public Task StartChunksAsync(string contentType, params IEnumerable<(string Name, string Value)> headers) =>
        RawAsync(Head(200, contentType, [.. headers, ("Transfer-Encoding", "chunked"), ("Cache-Control", "no-cache")]));

    public Task ChunkAsync(byte[] bytes) =>
        RawAsync((byte[])[.. Encoding.ASCII.GetBytes($"{bytes.Length:x}\r\n"), .. bytes, .. "\r\n"u8]);

    public Task EndChunksAsync() => RawAsync("0\r\n\r\n"u8.ToArray());

    /// <summary>Drops the connection with a reset.</summary>
    public void Reset()
    {
        IsOver = true;
        socket.LingerState = new LingerOption(true, 0);
        socket.Close();
    }

    /// <summary>Says nothing more until the peer leaves.</summary>
    public Task StallAsync() => Task.Delay(Timeout.Infinite, left);

    static byte[] Head(int status, string contentType, IEnumerable<(string Name, string Value)> headers)
    {
        var head = new StringBuilder($"HTTP/1.1 {status} {(status < 400 ? "OK" : "Failed")}\r\nContent-Type: {contentType}\r\n");
        foreach (var (name, value) in headers) head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        return Encoding.Latin1.GetBytes(head.Append("\r\n").ToString());
    }
}
