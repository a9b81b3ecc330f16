using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace AcpToApi.Tests.Support;

/// <summary>HTTP by hand, for what HttpClient would not send.</summary>
public static class RawHttp
{
    /// <summary>Sends these bytes and reads one answer, up to its length or the end of the connection.</summary>
    public static async Task<(int Status, string Head, string Body)> SendAsync(int port, string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", port);
        await client.Client.SendAsync(Encoding.UTF8.GetBytes(request));
        return await ReadAsync(client);
    }

    /// <summary>Posts a body piece by piece, and reads the answer even when it comes before the body's end.</summary>
    public static async Task<(int Status, string Body)> PostAsync(int port, string path, IEnumerable<byte[]> pieces, long? length)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", port);
        var framing = length is null ? "Transfer-Encoding: chunked" : $"Content-Length: {length}";
        await client.Client.SendAsync(Encoding.ASCII.GetBytes($"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{framing}\r\n\r\n"));
        var answer = ReadAsync(client);
        try
        {
            foreach (var piece in pieces)
            {
                if (answer.IsCompleted) break;
                if (length is null) await client.Client.SendAsync(Encoding.ASCII.GetBytes($"{piece.Length:x}\r\n"));
                await client.Client.SendAsync(piece);
                if (length is null) await client.Client.SendAsync("\r\n"u8.ToArray());
            }
        }
        catch (SocketException)
        {
            // The server has heard enough; what it answered was read beside.
        }
        var (status, _, body) = await answer;
        return (status, body);
    }

    static async Task<(int Status, string Head, string Body)> ReadAsync(TcpClient client)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var bytes = new MemoryStream();
        var buffer = new byte[16384];
        while (true)
        {
            var text = Encoding.UTF8.GetString(bytes.ToArray());
            var split = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (split >= 0)
            {
                var (head, body) = (text[..split], text[(split + 4)..]);
                var length = head.Split("\r\n").FirstOrDefault(l => l.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase));
                var complete = length is not null ? Encoding.UTF8.GetByteCount(body) >= int.Parse(length[15..], CultureInfo.InvariantCulture)
                    : body.EndsWith("0\r\n\r\n", StringComparison.Ordinal);
                if (complete) return (int.Parse(head.Split(' ')[1], CultureInfo.InvariantCulture), head, length is null ? Unchunk(body) : body);
            }
            var count = await client.Client.ReceiveAsync(buffer, limit.Token);
            if (count == 0) throw new InvalidDataException($"the connection ended within an answer: {text}");
            bytes.Write(buffer, 0, count);
        }
    }

    static string Unchunk(string body)
    {
        var text = new StringBuilder();
        var lines = body.Split("\r\n");
        for (var i = 1; i < lines.Length; i += 2) text.Append(lines[i]);
        return text.ToString();
    }
}
