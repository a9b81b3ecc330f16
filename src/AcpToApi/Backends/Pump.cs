using AcpToApi.Json.Framing;
using AcpToApi.Json.Model;
using AcpToApi.Json.Relays;
using AcpToApi.Transport;

namespace AcpToApi.Backends;

/// <summary>
/// The one loop that moves a stream: read the upstream, let the stream take its whole events, flush the client once per read. Awaiting the
/// flush is the back-pressure. It ends with the answer, and says which side failed.
/// </summary>
static class Pump
{
    /// <summary>Runs until the answer is over. Throws <see cref="OperationCanceledException"/> when the client has left.</summary>
    public static async Task RunAsync(Stream upstream, Relay relay, ClientResponse response, Heartbeat heartbeat, string provider, CancellationToken cancel)
    {
        using var input = new InputBuffer();
        while (!relay.IsDone && !response.IsRefused)
        {
            BridgeError? failure = null;
            var read = 0;
            try
            {
                // A read of nothing waits for data without holding a buffer.
                if (input.Unread.IsEmpty) _ = await upstream.ReadAsync(Memory<byte>.Empty, heartbeat.Token);
                read = await upstream.ReadAsync(input.Room(), heartbeat.Token);
                input.Received(read);
                heartbeat.Heard();
            }
            catch (OperationCanceledException) when (heartbeat.TimedOut && !cancel.IsCancellationRequested)
            {
                failure = heartbeat.Error(provider);
            }
            catch (Exception broken) when (broken is IOException or HttpRequestException)
            {
                failure = TransportErrors.BrokenOff(provider);
            }
            using (await response.EnterAsync(cancel))
            {
                if (failure is not null) relay.Fail(failure);
                else Feed(relay, input, read == 0, provider);
                await response.FlushAsync(cancel);
                // The client may have taken its time: the upstream's silence begins now.
                heartbeat.Heard();
            }
            input.Trim();
        }
    }

    static void Feed(Relay relay, InputBuffer input, bool isFinal, string provider)
    {
        input.Consume(relay.Feed(input.Unread, isFinal));
        if (input.Unread.Length > Limits.MaxBytes)
        {
            relay.Fail(BridgeError.UpstreamProtocol($"{provider} sent an event of more than {Limits.MaxMiB} MiB."));
        }
    }
}
