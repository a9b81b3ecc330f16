using AcpToApi.Cli;
using AcpToApi.Json.Model;

namespace AcpToApi.Backends;

/// <summary>
/// Watches a quiet stream from a timer: tells the client now and then that it is alive, and ends the wait for an upstream that has said
/// nothing for too long, so that the pings never hide a dead one.
/// </summary>
sealed class Heartbeat : IAsyncDisposable
{
    readonly ClientResponse _response;
    readonly long _keepaliveMs;
    readonly CancellationTokenSource _silence;
    readonly ITimer _timer;
    long _limitMs;
    long _lastRead = Environment.TickCount64;

    /// <summary>Starts watching. The first limit is for the upstream's first byte.</summary>
    public Heartbeat(ClientResponse response, ServerOptions options, CancellationToken cancel)
    {
        _response = response;
        _keepaliveMs = (long)options.Keepalive.TotalMilliseconds;
        _limitMs = (long)options.FirstByteTimeout.TotalMilliseconds;
        _silence = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var shortest = Math.Min(Math.Min(_keepaliveMs, _limitMs), options.StreamIdleTimeout.TotalMilliseconds);
        var period = TimeSpan.FromMilliseconds(Math.Clamp(shortest / 4, 20, 1000));
        _timer = TimeProvider.System.CreateTimer(state => _ = ((Heartbeat)state!).TickAsync(), this, period, period);
    }

    /// <summary>Cancelled when the upstream has been silent too long, or with the request.</summary>
    public CancellationToken Token => _silence.Token;

    /// <summary>Whether the upstream has been silent too long.</summary>
    public bool TimedOut { get; private set; }

    /// <summary>From now on this is the longest silence.</summary>
    public void Limit(TimeSpan silence)
    {
        Volatile.Write(ref _limitMs, (long)silence.TotalMilliseconds);
        Heard();
    }

    /// <summary>The upstream said something.</summary>
    public void Heard() => Volatile.Write(ref _lastRead, Environment.TickCount64);

    /// <summary>What the client is told of the silence.</summary>
    public BridgeError Error(string provider) =>
        new(ErrorKind.Timeout, 504, $"{provider} has sent nothing for {Volatile.Read(ref _limitMs) / 1000.0:0.###} s.");

    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync();
        _silence.Dispose();
    }

    // A timer has nobody to report to: a client that is gone shows up in the pump, a bug in the log.
    async Task TickAsync()
    {
        try
        {
            // Whoever holds the gate writes to the client: while a slow one is waited for, nobody listens to the upstream.
            if (_response.Gate.CurrentCount == 0) return;
            var now = Environment.TickCount64;
            if (now - Volatile.Read(ref _lastRead) >= Volatile.Read(ref _limitMs))
            {
                TimedOut = true;
                await _silence.CancelAsync();
            }
            else if (_response.IsStream && now - _response.LastWrite >= _keepaliveMs) await PingAsync();
        }
        catch (Exception gone) when (gone is ObjectDisposedException or OperationCanceledException or IOException or InvalidOperationException)
        {
            // The stream has ended meanwhile.
        }
        catch (Exception bug)
        {
            _response.Report(bug);
        }
    }

    async Task PingAsync()
    {
        // Whoever holds the gate is writing, which is a sign of life too.
        if (!_response.Gate.Wait(0, CancellationToken.None)) return;
        try
        {
            if (_response.Sink.Failure is not null || _response.Sink.Finished is not null) return;
            _response.Writer.Ping();
            await _response.FlushAsync(_silence.Token);
        }
        finally
        {
            _response.Gate.Release();
        }
    }
}
