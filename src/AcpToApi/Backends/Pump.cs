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
        using var held = new HeldBytes();
        var total = 0L;
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
                total += read;
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
                if (response.KeepsAnswer && total > Limits.MaxKeptStream) failure ??= BridgeError.UpstreamProtocol($"{provider} sent a stream of more than {2 * Limits.MaxMiB} MiB.");
                if (failure is not null) relay.Fail(failure);
                else Feed(relay, input, held, read == 0, provider);
                await response.FlushAsync(cancel);
                // The client may have taken its time: the upstream's silence begins now.
                heartbeat.Heard();
            }
            input.Trim();
        }
    }

    static void Feed(Relay relay, InputBuffer input, HeldBytes held, bool isFinal, string provider)
    {
        input.Consume(relay.Feed(input.Unread, isFinal));
        if (held.Hold(input.Unread.Length, provider, "an event") is { } tooLarge) relay.Fail(tooLarge);
    }
}
