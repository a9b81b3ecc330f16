using System.Text;
using AcpToApi.Agents.ToolBridge;
using AcpToApi.Json.Framing;
using AcpToApi.Json.Model;
using AcpToApi.Json.OpenCode;
using AcpToApi.Json.Text;
using AcpToApi.Transport;

namespace AcpToApi.Agents.OpenCode;

/// <summary>
/// A server that answers: its one stream of events, which is open before any prompt is sent and goes to the sessions' queues, and the policy
/// by which everything that the agent asks is answered at once.
/// </summary>
sealed class OpenCodeServer : IAsyncDisposable
{
    static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(10);
    static readonly TimeSpan BetweenAttempts = TimeSpan.FromMilliseconds(200);
    static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(10);
    const int MostAttempts = 10;

    readonly ChildProcess? _process;
    readonly byte[] _permission;
    readonly CancellationTokenSource _stop = new();
    readonly TaskCompletionSource _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly Lock _gate = new();
    readonly List<EventQueue> _queues = [];
    readonly Stack<string> _freeTools = [];
    readonly Task _listening;
    int _toolServers;
    OpenCodeModels? _models;
    volatile bool _isGone;

    OpenCodeServer(OpenCodeApi api, ChildProcess? process, bool grants)
    {
        (Api, _process) = (api, process);
        _permission = Encoding.UTF8.GetBytes(grants ? """{"reply":"once"}""" : """{"reply":"reject"}""");
        _listening = ListenAsync();
    }

    /// <summary>HTTP to it.</summary>
    public OpenCodeApi Api { get; }

    /// <summary>Whether we started it.</summary>
    public bool IsOurs => _process is not null;

    /// <summary>Whether it can be asked; a server that went away does not come back.</summary>
    public bool IsAlive => !_isGone && _process?.Exited.IsCompleted != true;

    /// <summary>It takes no connections any more: whoever waits for an event will not get it.</summary>
    public void MarkGone()
    {
        _isGone = true;
        lock (_gate)
        {
            foreach (var queue in _queues) queue.Wake();
        }
    }

    /// <summary>Why it ended, as far as it said.</summary>
    public string LastErrors => _process?.LastErrors ?? "";

    /// <summary>Connects to a server that listens. Throws <see cref="HttpRequestException"/> or <see cref="IOException"/> when it does not tell its events.</summary>
    public static async Task<OpenCodeServer> ConnectAsync(OpenCodeApi api, ChildProcess? process, bool grants, CancellationToken cancel)
    {
        var server = new OpenCodeServer(api, process, grants);
        try
        {
            await server._connected.Task.WaitAsync(ConnectLimit, cancel);
            return server;
        }
        catch (TimeoutException)
        {
            await server.DisposeAsync();
            throw new IOException("it does not tell its events");
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Its models, asked for once; <paramref name="anew"/> asks again.</summary>
    public async Task<OpenCodeModels> ModelsAsync(bool anew, CancellationToken cancel)
    {
        if (_models is { } known && !anew) return known;
        using var answer = await Api.SendAsync(HttpMethod.Get, "/config/providers", default, cancel);
        if (!answer.IsSuccess) throw new BridgeException(answer.Error);
        return _models = OpenCodeModels.Read(answer.Body.Written);
    }

    /// <summary>From now on a session's events go to a queue, until <see cref="Leave"/>.</summary>
    public EventQueue Join(string session)
    {
        var queue = new EventQueue(session);
        lock (_gate) _queues.Add(queue);
        return queue;
    }

    /// <summary>Ends what <see cref="Join"/> began.</summary>
    public void Leave(EventQueue queue)
    {
        lock (_gate) _queues.Remove(queue);
        queue.Dispose();
    }

    /// <summary>
    /// Gives the agent a client's tools, as a server with the name that is returned. Names are used again, since none can be taken out of its list.
    /// Throws <see cref="BridgeException"/> when it does not take them.
    /// </summary>
    public async Task<string> OfferAsync(ToolEndpoint tools, TimeSpan patience, CancellationToken cancel)
    {
        string name;
        lock (_gate)
        {
            name = _freeTools.Count > 0 ? _freeTools.Pop() : $"{OpenCodeTools.Prefix}{++_toolServers}";
        }
        using var body = new PooledBuffer();
        var config = $"\"url\":\"{tools.Url}\",\"headers\":{{\"Authorization\":\"Bearer {tools.Secret}\"}},\"oauth\":false,\"timeout\":{(long)patience.TotalMilliseconds}";
        body.Write(Encoding.UTF8.GetBytes($"{{\"name\":\"{name}\",\"config\":{{\"type\":\"remote\",{config}}}}}"));
        try
        {
            using var answer = await Api.SendAsync(HttpMethod.Post, "/mcp", body.WrittenMemory, cancel);
            if (!answer.IsSuccess) throw new BridgeException(answer.Error);
            return name;
        }
        catch
        {
            lock (_gate) _freeTools.Push(name);
            throw;
        }
    }

    /// <summary>Takes a client's tools away again.</summary>
    public async Task WithdrawAsync(string name)
    {
        await Api.TellAsync(HttpMethod.Post, $"/mcp/{name}/disconnect", default, AnswerLimit);
        lock (_gate) _freeTools.Push(name);
    }

    public async ValueTask DisposeAsync()
    {
        MarkGone();
        await _stop.CancelAsync();
        await _listening;
        if (_process is not null) await _process.DisposeAsync();
        Api.Dispose();
        _stop.Dispose();
    }

    async Task ListenAsync()
    {
        for (var attempt = 0; attempt < MostAttempts && !_stop.IsCancellationRequested && IsAlive; attempt++)
        {
            try
            {
                if (attempt > 0) await Task.Delay(BetweenAttempts, _stop.Token);
                using var answer = await Api.OpenAsync(HttpMethod.Get, "/event", default, _stop.Token);
                if (!answer.IsSuccessStatusCode || answer.Content.Headers.ContentType?.MediaType != "text/event-stream") throw new HttpRequestException($"status {(int)answer.StatusCode} from /event");
                await ReadAsync(answer.Content, () => attempt = 0);
            }
            catch (Exception broken) when (OpenCodeApi.IsGone(broken))
            {
                // A stream may break for reasons of its own; a server that is gone refuses the next ones.
                if (!_connected.Task.IsCompleted && attempt + 1 == MostAttempts) _connected.TrySetException(new IOException(broken.Message));
            }
        }
        MarkGone();
        _connected.TrySetException(new IOException("it went away"));
        _ = _connected.Task.Exception;
    }

    async Task ReadAsync(HttpContent content, Action heard)
    {
        await using var stream = await content.ReadAsStreamAsync(_stop.Token);
        using var input = new InputBuffer();
        using var framing = new SseReader();
        while (await stream.ReadAsync(input.Room(), _stop.Token) is > 0 and var read)
        {
            input.Received(read);
            while (framing.TryRead(input.Unread, isFinal: false, out var frame, out var consumed))
            {
                if (frame.HasData && frame.Data.Length <= Limits.MaxBytes) Route(frame.Data, heard);
                input.Consume(consumed);
            }
            if (input.Unread.Length >= Limits.MaxBytes) throw new IOException("an event is too large");
            input.Trim();
        }
    }

    void Route(ReadOnlySpan<byte> data, Action heard)
    {
        heard();
        _connected.TrySetResult();
        var told = OpenCodeEvent.Read(data);
        if (told.Session.IsEmpty) return;
        lock (_gate)
        {
            foreach (var queue in _queues)
            {
                if (told.IsNewSession && IsOf(queue, told.Parent)) queue.Children.Add(told.Session.Bytes.ToArray());
                if (!IsOf(queue, told.Session)) continue;
                if (told.AsksPermission) Answer($"/permission/{Uri.EscapeDataString(told.Id.ToString())}/reply", _permission);
                else if (told.AsksQuestion) Answer($"/question/{Uri.EscapeDataString(told.Id.ToString())}/reject", default);
                // What its children do is a sign of life only.
                if (told.Session.Is(queue.Session)) queue.Add(data);
                else queue.Wake();
                return;
            }
        }
    }

    static bool IsOf(EventQueue queue, JsonText session)
    {
        if (session.IsEmpty) return false;
        if (session.Is(queue.Session)) return true;
        foreach (var child in queue.Children)
        {
            if (session.Is(child)) return true;
        }
        return false;
    }

    void Answer(string path, ReadOnlyMemory<byte> body) => _ = Api.TellAsync(HttpMethod.Post, path, body, AnswerLimit);
}
