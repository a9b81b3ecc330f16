using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace FakeProvider;

/// <summary>A step of a raw script: bytes to send, after a pause.</summary>
public readonly record struct RawStep(byte[] Bytes, TimeSpan PauseBefore = default);

/// <summary>An answer given byte for byte. <paramref name="Reset"/>: the connection is reset at the end instead of closed.</summary>
public sealed record RawScript(IReadOnlyList<RawStep> Steps, bool Reset = false);

/// <summary>
/// A model provider on loopback that speaks every wire format (<see cref="DialectEntry"/>) over plain sockets, so that every byte and
/// every pause is its own. What it answers is told by directives in the last user text (<see cref="Plan"/>) or by raw scripts.
/// </summary>
public sealed class FakeServer : IAsyncDisposable
{
    readonly TcpListener _listener;
    readonly CancellationTokenSource _stop = new();
    readonly List<SeenRequest> _requests = [];
    readonly ConcurrentDictionary<Task, byte> _connections = new();
    readonly ConcurrentQueue<RawScript> _scripts = new();
    readonly ConcurrentDictionary<string, int> _failuresGiven = new();
    readonly Task _accepting;
    TaskCompletionSource _arrival = new(TaskCreationOptions.RunContinuationsAsynchronously);
    int _ids;

    FakeServer(int port)
    {
        _listener = new TcpListener(IPAddress.Loopback, port);
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _accepting = AcceptAsync();
    }

    public int Port { get; }

    /// <summary>The base URL as Anthropic's SDK wants it.</summary>
    public string Url => $"http://127.0.0.1:{Port}";

    /// <summary>The base URL as OpenAI's SDK wants it.</summary>
    public string OpenAiUrl => $"{Url}/v1";

    /// <summary>What was asked so far: the POSTs, or with <paramref name="all"/> everything.</summary>
    public IReadOnlyList<SeenRequest> Requests(bool all = false)
    {
        lock (_requests) return _requests.Where(r => all || r.Method == "POST").ToList();
    }

    public static FakeServer Start(int port = 0) => new(port);

    /// <summary>
    /// The next request is answered with exactly these bytes, and the connection is closed after them. A head has to say so: a client that takes
    /// the connection for reusable may send its next request into the close.
    /// </summary>
    public void Script(RawScript script)
    {
        var beginning = script.Steps.Count == 0 ? "" : Encoding.Latin1.GetString(script.Steps[0].Bytes);
        var head = beginning.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        if (head >= 0 && !script.Reset && !beginning.AsSpan(0, head).Contains("connection: close", StringComparison.OrdinalIgnoreCase))
        {
            throw new ArgumentException($"A raw script closes the connection without having said so: {beginning[..head]}");
        }
        _scripts.Enqueue(script);
    }

    /// <inheritdoc cref="Script(RawScript)"/>
    public void Script(params byte[][] parts) => Script(new RawScript([.. parts.Select(p => new RawStep(p))]));

    /// <summary>Waits until a POST number <paramref name="count"/> has arrived, and returns it.</summary>
    public async Task<SeenRequest> RequestAsync(int count = 1, CancellationToken cancellation = default)
    {
        while (true)
        {
            Task arrival;
            lock (_requests)
            {
                var posts = _requests.Where(r => r.Method == "POST").ToList();
                if (posts.Count >= count) return posts[count - 1];
                arrival = _arrival.Task;
            }
            await arrival.WaitAsync(TimeSpan.FromSeconds(20), cancellation);
        }
    }

    public void Clear()
    {
        lock (_requests) _requests.Clear();
        _failuresGiven.Clear();
        _scripts.Clear();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        await Task.WhenAll(_connections.Keys);
        _stop.Dispose();
    }

    internal ResponseShelf Responses { get; } = new();

    internal int NextId() => Interlocked.Increment(ref _ids);

    internal bool TakeScript(out RawScript? script) => _scripts.TryDequeue(out script);

    /// <summary>Counts a failure that was asked for `n` times; false once they are used up.</summary>
    internal bool StillFails(string text, int times) => _failuresGiven.AddOrUpdate(text, 1, (_, given) => given + 1) <= times;

    internal void Record(SeenRequest request)
    {
        TaskCompletionSource arrived;
        lock (_requests)
        {
            _requests.Add(request);
            arrived = _arrival;
            _arrival = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
        arrived.SetResult();
    }

    async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            Socket socket;
            try
            {
                socket = await _listener.AcceptSocketAsync(_stop.Token);
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
            socket.NoDelay = true;
            var serving = new Connection(this, socket).RunAsync(_stop.Token);
            _connections.TryAdd(serving, 0);
            _ = serving.ContinueWith(done => _connections.TryRemove(done, out _), TaskScheduler.Default);
        }
    }
}
