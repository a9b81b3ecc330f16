using System.Text.Json;
using AcpToApi.Cli;
using AcpToApi.Json.Acp;
using AcpToApi.Json.Framing;
using AcpToApi.Json.Text;
using AcpToApi.Transport;

namespace AcpToApi.Agents.Acp;

/// <summary>
/// A running agent: one process for all sessions. Its output is read at once and handed to the sessions, so that none of them holds up another; its own
/// requests are answered here, by policy.
/// </summary>
sealed class AcpProcess : IAsyncDisposable
{
    // How much is written before it is looked whether that was taken, and how long a live program may take for it.
    const int WriteSize = 64 * 1024;
    static readonly TimeSpan LongestWrite = TimeSpan.FromSeconds(10);

    readonly ChildProcess _child;
    readonly AgentOptions _options;
    readonly AcpWorkspace? _workspace;
    readonly Lock _gate = new();
    readonly List<Question> _open = [];
    readonly Dictionary<string, AcpSession> _sessions = new(StringComparer.Ordinal);
    readonly SemaphoreSlim _writing = new(1, 1);
    readonly Task _reading;
    Task? _ending;
    long _lastId;

    AcpProcess(AcpAgentRow row, ChildStart start, AgentOptions options, AcpWorkspace? workspace)
    {
        (Row, Folder, Environment, _options, _workspace) = (row, start.Folder, start.Environment, options, workspace);
        _child = ChildProcess.Start(start);
        _reading = ReadAsync();
    }

    /// <summary>The agent's row.</summary>
    public AcpAgentRow Row { get; }

    /// <summary>Where its sessions work.</summary>
    public string Folder { get; }

    /// <summary>What it was started with.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; }

    /// <summary>What it says of itself.</summary>
    public AcpAgentInfo Info { get; private set; } = new();

    /// <summary>Whether it can be talked to.</summary>
    public bool IsAlive { get; private set; } = true;

    /// <summary>How long an answer to anything but a prompt may take.</summary>
    public TimeSpan Timeout => _options.Timeout;

    /// <summary>Since when it has had no session, on <see cref="System.Environment.TickCount64"/>; null while it has one.</summary>
    public long? IdleSince
    {
        get
        {
            lock (_gate) return _sessions.Count == 0 ? field : null;
        }

        private set;
    } = System.Environment.TickCount64;

    /// <summary>Starts the program and has it introduce itself. Throws <see cref="IOException"/> or <see cref="AgentGoneException"/>.</summary>
    public static async Task<AcpProcess> StartAsync(AcpAgentRow row, ChildStart start, AgentOptions options, AcpWorkspace? workspace)
    {
        var process = new AcpProcess(row, start, options, workspace);
        try
        {
            var reply = await process.AskAsync((id, line) => AcpRequests.Initialize(id, workspace is not null, workspace is not null && options.GrantsPermissions, Product.Version, line), CancellationToken.None);
            if (reply.IsError) throw new AgentGoneException($"{row.Name} refused to be initialized: {AcpErrors.Read(reply.Error).Message}");
            process.Info = AcpAgentInfo.Read(reply.Result);
            return process;
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    /// <summary>From now on a session hears what is said to it.</summary>
    public void Add(AcpSession session)
    {
        lock (_gate) _sessions[session.Id] = session;
    }

    /// <summary>A session that has ended.</summary>
    public void Remove(AcpSession session)
    {
        lock (_gate)
        {
            if (_sessions.GetValueOrDefault(session.Id) == session) _sessions.Remove(session.Id);
            _open.RemoveAll(question => question.Session == session);
            IdleSince = System.Environment.TickCount64;
        }
    }

    /// <summary>
    /// Asks and waits for the answer. Throws <see cref="AgentGoneException"/> when none will come. What comes when nobody waits any more goes to
    /// <paramref name="late"/>, if that is given.
    /// </summary>
    public async Task<AcpReply> AskAsync(Action<long, PooledBuffer> write, CancellationToken cancel, Func<AcpReply, Task>? late = null)
    {
        var question = new Question(Interlocked.Increment(ref _lastId), null);
        using var line = new PooledBuffer();
        write(question.Id, line);
        Open(question);
        var isLate = false;
        try
        {
            await SendAsync(line);
            return new AcpReply(await question.Answer.Task.WaitAsync(Timeout, cancel));
        }
        catch (TimeoutException)
        {
            throw Gone($"has not answered for {Timeout.TotalSeconds:0.###} s");
        }
        catch (OperationCanceledException) when (late is not null)
        {
            isLate = true;
            _ = HearLateAsync(question, late);
            throw;
        }
        finally
        {
            if (!isLate) Close(question);
        }
    }

    /// <summary>Asks; the session hears the answer among what else is said to it.</summary>
    public async Task AskAsync(AcpSession session, Action<long, PooledBuffer> write)
    {
        var question = new Question(Interlocked.Increment(ref _lastId), session);
        using var line = new PooledBuffer();
        write(question.Id, line);
        Open(question);
        await SendAsync(line);
    }

    /// <summary>Sends a line, whole. Throws <see cref="AgentGoneException"/>.</summary>
    public async Task SendAsync(PooledBuffer line)
    {
        line.Write((byte)'\n');
        await _writing.WaitAsync();
        try
        {
            using var limit = new CancellationTokenSource();
            for (var rest = line.WrittenMemory; !rest.IsEmpty; rest = rest[Math.Min(rest.Length, WriteSize)..])
            {
                limit.CancelAfter(LongestWrite < Timeout ? LongestWrite : Timeout);
                await _child.Input.WriteAsync(rest[..Math.Min(rest.Length, WriteSize)], limit.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // Nobody could talk to it any more: it is ended now, with what others wait for.
            IsAlive = false;
            _ = EndAsync();
            throw Gone("does not read what is said to it, and has been ended", mayTryAgain: false);
        }
        catch (Exception failure) when (failure is IOException or ObjectDisposedException)
        {
            // Half a line may have gone out: nothing that follows would be understood.
            IsAlive = false;
            throw Gone("has ended");
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>That the agent is not there (any more), with the last words of its standard error.</summary>
    public AgentGoneException Gone(string what, bool mayTryAgain = true)
    {
        var words = _child.LastErrors;
        return new AgentGoneException(words.Length == 0 ? $"{Row.Name} {what}." : $"{Row.Name} {what}; its last words: {words}") { MayTryAgain = mayTryAgain };
    }

    public ValueTask DisposeAsync() => new(EndAsync());

    // Whoever comes later waits for the same end.
    Task EndAsync()
    {
        lock (_gate) return _ending ??= KillAsync();
    }

    async Task KillAsync()
    {
        IsAlive = false;
        // Out of the lock.
        await Task.Yield();
        await _child.DisposeAsync();
        await _reading;
    }

    void Open(Question question)
    {
        lock (_gate)
        {
            if (!IsAlive) throw Gone("has ended");
            _open.Add(question);
        }
    }

    void Close(Question question)
    {
        lock (_gate) _open.Remove(question);
    }

    async Task HearLateAsync(Question question, Func<AcpReply, Task> late)
    {
        try
        {
            await late(new AcpReply(await question.Answer.Task.WaitAsync(Timeout)));
        }
        catch (Exception gone) when (gone is AgentGoneException or TimeoutException)
        {
            // Nothing comes any more.
        }
        finally
        {
            Close(question);
        }
    }

    async Task ReadAsync()
    {
        await Task.Yield();
        using var input = new InputBuffer();
        using var lines = new LineReader();
        try
        {
            while (await _child.Output.ReadAsync(input.Room()) is > 0 and var read)
            {
                input.Received(read);
                while (lines.TryRead(input.Unread, isFinal: false, out var line, out var consumed))
                {
                    if (line.HasData) Take(line.Data);
                    input.Consume(consumed);
                }
                if (input.Unread.Length >= Limits.MaxBytes) break;
                input.Trim();
            }
        }
        catch (Exception gone) when (gone is IOException or ObjectDisposedException)
        {
            // It has ended.
        }
        await DieAsync();
    }

    Task DieAsync()
    {
        List<Question> open;
        List<AcpSession> sessions;
        lock (_gate)
        {
            IsAlive = false;
            (open, sessions) = ([.. _open], [.. _sessions.Values]);
            _open.Clear();
        }
        foreach (var question in open) question.Answer.TrySetException(Gone("has ended"));
        var ending = new Task[sessions.Count];
        for (var i = 0; i < ending.Length; i++) ending[i] = sessions[i].EndAsync();
        return Task.WhenAll(ending);
    }

    void Take(ReadOnlySpan<byte> line)
    {
        try
        {
            var message = JsonRpcMessage.Read(line);
            if (message.IsReply) Answered(message, line);
            else if (message.IsRequest) Asked(message, line);
            else if (message.Method.Is("session/update"u8)) SessionOf(message)?.Hear(line);
        }
        catch (JsonException)
        {
            // A line that is no message: programs print what they like.
        }
    }

    void Answered(in JsonRpcMessage reply, ReadOnlySpan<byte> line)
    {
        Question? question = null;
        lock (_gate)
        {
            foreach (var open in _open)
            {
                if (reply.Id.SequenceEqual(open.Name)) question = open;
            }
            if (question is null) return;
            _open.Remove(question);
        }
        if (question.Session is { } session) session.Hear(line);
        else question.Answer.TrySetResult(line.ToArray());
    }

    void Asked(in JsonRpcMessage request, ReadOnlySpan<byte> line)
    {
        var reply = new PooledBuffer();
        var written = Task.CompletedTask;
        if (request.Method.Is("session/request_permission"u8))
        {
            var session = SessionOf(request);
            var isForTool = session?.Tools is { } tools && AcpRequests.IsForTool(request, tools.Server);
            session?.Hear(line);
            AcpRequests.Permit(request, isForTool || _options.GrantsPermissions, reply);
        }
        else if (_workspace is not null && AcpFiles.Takes(request)) AcpFiles.Answer(request, _workspace, reply);
        else if (AcpTerminals.Takes(request)) written = AnswerTerminal(request, reply);
        else JsonRpcMessage.WriteError(request.Id, JsonRpcMessage.MethodNotFound, "This client has no such method.", reply);
        _ = ReplyAsync(reply, written);
    }

    // Commands are run for whom permission is granted anyway: nobody gets round the policy through us.
    Task AnswerTerminal(in JsonRpcMessage request, PooledBuffer reply)
    {
        if (_workspace is null) JsonRpcMessage.WriteError(request.Id, JsonRpcMessage.MethodNotFound, "Commands are run only in a workspace, which --workspace names.", reply);
        else if (!_options.GrantsPermissions) JsonRpcMessage.WriteError(request.Id, JsonRpcMessage.MethodNotFound, "Commands are run only with --permissions allow.", reply);
        else if (SessionOf(request) is { } session) return session.Terminals.AnswerAsync(request, _workspace, reply);
        else JsonRpcMessage.WriteError(request.Id, JsonRpcMessage.InvalidParams, "There is no such session.", reply);
        return Task.CompletedTask;
    }

    async Task ReplyAsync(PooledBuffer reply, Task written)
    {
        using (reply)
        {
            try
            {
                await written;
                await SendAsync(reply);
            }
            catch (AgentGoneException)
            {
                // Whoever waits for it hears so.
            }
        }
    }

    AcpSession? SessionOf(in JsonRpcMessage message)
    {
        var id = message.Parameter("sessionId"u8).ToString();
        lock (_gate) return _sessions.GetValueOrDefault(id);
    }

    sealed class Question(long id, AcpSession? session)
    {
        public long Id => id;

        public byte[] Name { get; } = System.Text.Encoding.ASCII.GetBytes(id.ToString(System.Globalization.CultureInfo.InvariantCulture));

        public AcpSession? Session => session;

        public TaskCompletionSource<byte[]> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}

/// <summary>An agent's answer: a result, or an error, as raw JSON.</summary>
sealed class AcpReply
{
    public AcpReply(byte[] line)
    {
        var message = JsonRpcMessage.Read(line);
        (Result, Error) = (message.Result.ToArray(), message.Error.ToArray());
    }

    public byte[] Result { get; }

    public byte[] Error { get; }

    public bool IsError => Error.Length > 0;
}
