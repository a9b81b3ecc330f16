using System.Net;
using System.Net.Sockets;
using System.Text;
using AcpToApi.Tests.Support;

namespace AcpToApi.Tests;

/// <summary>A client that does not read is not read ahead for.</summary>
[Collection(Alone.Name)]
public class BackpressureTests(ITestOutputHelper output)
{
    const double MostPulled = 2.5;
    const string Event = """data: {"id":"x","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"word word word word"},"finish_reason":null}]}""" + "\n\n";

    [Theory]
    [InlineData("chat")]
    [InlineData("messages")]
    public async Task A_client_that_reads_nothing_stops_the_provider_within_a_few_megabytes(string frontName)
    {
        if (!OperatingSystem.IsLinux()) Assert.Skip("how much a system buffers is its own affair");
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var pulled = 0L;
        var provider = SendAsync(listener, sent => Interlocked.Add(ref pulled, sent));
        await using var server = await Server.StartAsync(new()
        {
            Environment = new() { ["OPENAI_BASE_URL"] = $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/v1", ["OPENAI_API_KEY"] = Bridge.OpenAiKey },
        });
        var front = Front.Of(frontName);
        var body = front.Body("openai/m", "hi", stream: true).ToJsonString();
        using var client = new TcpClient { ReceiveBufferSize = 64 * 1024 };
        await client.ConnectAsync(IPAddress.Loopback, server.Port);
        await client.Client.SendAsync(Encoding.UTF8.GetBytes($"POST {front.Path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}"));
        var before = -1L;
        await Eventually.TrueAsync(() => Interlocked.Read(ref pulled) > 0, "the provider is read");
        while (before != Interlocked.Read(ref pulled))
        {
            before = Interlocked.Read(ref pulled);
            await Task.Delay(500);
        }
        output.WriteLine(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{before / 1e6:0.00} MB"));
        Assert.InRange(before / 1e6, 0, MostPulled);
        client.Close();
        listener.Stop();
        await provider;
    }

    // Its own system keeps next to nothing for it, so that what it has sent is what was taken.
    static async Task SendAsync(TcpListener listener, Action<int> sent)
    {
        using var socket = await listener.AcceptSocketAsync();
        socket.SendBufferSize = 16 * 1024;
        var events = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(Event, 50)));
        try
        {
            await socket.SendAsync("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"u8.ToArray());
            while (true) sent(await socket.SendAsync(events));
        }
        catch (SocketException)
        {
            // The client left, and so did the server.
        }
    }
}
