using System.Threading.Channels;
using AcpToApi.Agents.ToolBridge;
using AcpToApi.Json.Acp;
using AcpToApi.Json.Framing;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Agents.Acp;

/// <summary>A conversation with an agent: what is said to it waits in a queue of limited size until its client has taken it.</summary>
sealed class AcpSession : IAgentSession
{
    const int MostQueued = 4 * 1024 * 1024;
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    readonly AcpProcess _process;
    readonly AcpSessionInfo _info;
    readonly Channel<byte[]> _queue = Channel.CreateUnbounded<byte[]>(new UnboundedChannelOptions { SingleReader = true });
    AcpStreamReader? _turn;
    bool _resumed;
    string? _model;
    string? _effort;
    int _queued;
    volatile bool _overrun;
    bool _dead;

    AcpSession(AcpProcess process, string id, AcpSessionInfo info, ToolEndpoint? tools, bool resumed)
    {
        (_process, Id, _info, Tools, _resumed) = (process, id, info, tools, resumed);
        // Wakes up whoever reads the queue.
        if (tools is not null) tools.Called = () => _queue.Writer.TryWrite([]);
    }

    /// <summary>The agent's id of the session.</summary>
    public string Id { get; }

    /// <summary>The client's tools, if it brought any.</summary>
    public ToolEndpoint? Tools { get; }

    /// <summary>The commands that the agent runs in this session.</summary>
    public AcpTerminals Terminals { get; } = new();

    /// <summary>The models that the session offers.</summary>
    public IReadOnlyList<string> Models => _info.Model?.Values ?? [];

    public bool IsAlive => !_dead && _process.IsAlive;

    public bool IsParked => Tools?.Told.Count > 0;

    public string? ResumeId => _process.Info.LoadsSessions ? AcpAgent.ResumeIdOf(_process.Row, Id) : null;

    public bool WaitsFor(string callId) => Tools?.WaitsFor(callId) == true;

    /// <summary>Opens a session, or takes one up again. Throws <see cref="BridgeException"/> and <see cref="AgentGoneException"/>.</summary>
    public static async Task<AcpSession> OpenAsync(AcpProcess process, AgentRequest request, string? resumeId, ToolEndpoint? tools, CancellationToken cancel)
    {
        var server = tools is null ? null : new AcpToolServer(tools.Url, tools.Secret);
        if (resumeId is not null && process.Info.LoadsSessions)
        {
            // What it replays is said to nobody: the session is not heard yet.
            var loaded = await process.AskAsync((id, line) => AcpRequests.Open(id, resumeId, process.Folder, server, line), cancel);
            if (!loaded.IsError) return await AddedAsync(new AcpSession(process, resumeId, AcpSessionInfo.Read(loaded.Result), tools, resumed: true), cancel);
        }
        // A new one has heard nothing.
        request.FirstNew = 0;
        var opened = await BeginAsync(process, server, cancel);
        if (opened.IsError && AcpErrors.WantsLogin(opened.Error) && LoginOf(process) is { } login)
        {
            var answer = await process.AskAsync((id, line) => AcpRequests.Authenticate(id, login, line), cancel);
            if (answer.IsError) throw Refused(process, answer.Error);
            opened = await BeginAsync(process, server, cancel);
        }
        if (opened.IsError) throw Refused(process, opened.Error);
        var info = AcpSessionInfo.Read(opened.Result);
        if (info.Id is not { } newId) throw new BridgeException(BridgeError.UpstreamProtocol($"{process.Row.Name} opened a session without an id."));
        return await AddedAsync(new AcpSession(process, newId, info, tools, resumed: false), cancel);
    }

    public async Task RunAsync(AgentRequest request, AgentOutput output, CancellationToken cancel)
    {
        try
        {
            if (IsParked) await AnswerAsync(request, output, cancel);
            else await PromptAsync(request, output, cancel);
            await FollowAsync(output, cancel);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            await StopAsync();
            throw;
        }
    }

    /// <summary>Something was said to the session; called from the one place that reads the agent's output.</summary>
    public void Hear(ReadOnlySpan<byte> line)
    {
        // Whoever does not read loses the turn, not the other sessions their time.
        if (_queued > 0 && _queued + line.Length > MostQueued)
        {
            _overrun = true;
            return;
        }
        Interlocked.Add(ref _queued, line.Length);
        _queue.Writer.TryWrite(line.ToArray());
    }

    /// <summary>The agent has ended, and its commands do.</summary>
    public Task EndAsync()
    {
        _queue.Writer.TryComplete();
        return Terminals.EndAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_turn is not null) await StopAsync();
        Tools?.Dispose();
        _process.Remove(this);
        await Terminals.EndAsync();
        if (_process.IsAlive) await CloseAsync(_process, Id);
    }

    // A client that leaves meanwhile would leave behind a session that nobody knows.
    static Task<AcpReply> BeginAsync(AcpProcess process, AcpToolServer? server, CancellationToken cancel) =>
        process.AskAsync((id, line) => AcpRequests.Open(id, null, process.Folder, server, line), cancel, late: async opened =>
        {
            if (opened.IsError || AcpSessionInfo.Read(opened.Result).Id is not { } session) return;
            await CloseAsync(process, session);
            if (process.Info.DeletesSessions) await process.AskAsync((id, line) => AcpRequests.About(id, "session/delete"u8, session, line), CancellationToken.None);
        });

    static async Task CloseAsync(AcpProcess process, string session)
    {
        if (!process.Info.ClosesSessions) return;
        try
        {
            await process.AskAsync((id, line) => AcpRequests.About(id, "session/close"u8, session, line), CancellationToken.None).WaitAsync(Patience);
        }
        catch (Exception failure) when (failure is AgentGoneException or TimeoutException)
        {
            // It keeps the session's memory until it ends.
        }
    }

    async Task PromptAsync(AgentRequest request, AgentOutput output, CancellationToken cancel)
    {
        await ChooseModelAsync(AcpAgent.Split(request.Model).Model, cancel);
        var carriesEffort = await ChooseEffortAsync(request.Chat.Reasoning?.Effort, cancel);
        // What was said outside of a turn is nothing of its answer.
        while (_queue.Reader.TryRead(out var stale)) Interlocked.Add(ref _queued, -stale.Length);
        _overrun = false;
        var format = new AcpFormat(_process.Info.Accepts) { RepeatsInstructions = _resumed, CarriesEffort = carriesEffort };
        _resumed = false;
        var ignored = new IgnoredFields();
        await _process.AskAsync(this, (id, line) =>
        {
            AcpRequests.Prompt(id, Id, request.Chat, format, request.FirstNew, line, ignored);
            _turn = new AcpStreamReader(Tools?.Server) { HowToLogIn = _process.Row.HowToLogIn };
        });
        await output.IgnoreAsync(ignored, cancel);
    }

    async Task AnswerAsync(AgentRequest request, AgentOutput output, CancellationToken cancel)
    {
        var ignored = new IgnoredFields();
        using (var unused = new PooledBuffer())
        {
            AcpRequests.Prompt(0, Id, request.Chat, new AcpFormat(_process.Info.Accepts) { CarriesEffort = _effort is not null }, request.FirstNew, unused, ignored);
        }
        await output.IgnoreAsync(ignored, cancel);
        _turn!.Continue();
        Tools!.Answer(request);
    }

    async Task FollowAsync(AgentOutput output, CancellationToken cancel)
    {
        var next = _queue.Reader.WaitToReadAsync(cancel).AsTask();
        while (true)
        {
            var calls = Tools?.Waiting ?? [];
            if (calls.Count == 0) await next;
            else
            {
                var left = Tools!.QuietFor(calls.Count, _turn!.ClientCalls.Count);
                if (left > TimeSpan.Zero) await Task.WhenAny(next, Task.Delay(left, cancel));
                cancel.ThrowIfCancellationRequested();
                if (left == TimeSpan.Zero && !next.IsCompleted)
                {
                    await ParkAsync(calls, output, cancel);
                    return;
                }
            }
            if (!next.IsCompleted) continue;
            if (!await next)
            {
                Fail(output);
                await output.FailAsync(BridgeError.UpstreamProtocol(_process.Gone("has ended in the middle of its answer").Message), cancel);
                return;
            }
            await ReadAsync(output, cancel);
            if (_turn!.IsDone)
            {
                CloseTurn();
                return;
            }
            if (_overrun)
            {
                await StopAsync();
                await output.FailAsync(new BridgeError(ErrorKind.Timeout, 504, "The client reads the answer too slowly: more than 4 MiB of it are waiting."), cancel);
                return;
            }
            next = _queue.Reader.WaitToReadAsync(cancel).AsTask();
        }
    }

    async Task ReadAsync(AgentOutput output, CancellationToken cancel)
    {
        using var entered = await output.EnterAsync(cancel);
        while (!_turn!.IsDone && _queue.Reader.TryRead(out var line))
        {
            if (line.Length == 0) continue;
            Interlocked.Add(ref _queued, -line.Length);
            if (!output.HasContent && JsonRpcMessage.Read(line) is { IsReply: true, Error.IsEmpty: false } reply) Refuse(reply.Error);
            _turn.Read(default, line, output.Sink);
        }
        await output.FlushAsync(cancel);
    }

    // Failures of a prompt that are not the answer's.
    void Refuse(ReadOnlySpan<byte> error)
    {
        if (AcpErrors.IsUnknownSession(error))
        {
            CloseTurn();
            _dead = true;
            // The next one is told everything.
            throw new AgentGoneException($"{_process.Row.Name} does not know the session any more.");
        }
        if (_model is not { } model || _info.Model is not { } choice || choice.Values.Contains(model) || !AcpErrors.IsOfModel(error, model)) return;
        CloseTurn();
        // It would ask for that model again.
        _dead = true;
        throw NoModel($"{NotOffered(model, choice)} It said: {AcpErrors.Read(error).Message}");
    }

    async Task ParkAsync(IReadOnlyList<WaitingCall> calls, AgentOutput output, CancellationToken cancel)
    {
        using var entered = await output.EnterAsync(cancel);
        _turn!.Begin(output.Sink);
        Tools!.Tell(calls, _turn.ClientCalls, output.Sink);
        await output.FlushAsync(cancel);
    }

    // The process is dead: before a word was said, another one may be asked.
    void Fail(AgentOutput output)
    {
        CloseTurn();
        _dead = true;
        if (!output.HasContent) throw _process.Gone("has ended");
    }

    // Has the agent give the turn up; if it does not do so in time, the session is not used again.
    async Task StopAsync()
    {
        Tools?.FailAll("The client has given this call up.");
        if (_turn is null || !_process.IsAlive) return;
        try
        {
            using (var line = new PooledBuffer())
            {
                AcpRequests.Cancel(Id, line);
                await _process.SendAsync(line);
            }
            using var limit = new CancellationTokenSource(Patience);
            while (await _queue.Reader.WaitToReadAsync(limit.Token))
            {
                while (_queue.Reader.TryRead(out var line))
                {
                    Interlocked.Add(ref _queued, -line.Length);
                    if (line.Length == 0 || !JsonRpcMessage.Read(line).IsReply) continue;
                    CloseTurn();
                    return;
                }
            }
            _dead = true;
        }
        catch (Exception failure) when (failure is AgentGoneException or OperationCanceledException)
        {
            _dead = true;
        }
        CloseTurn();
    }

    void CloseTurn()
    {
        _turn?.Dispose();
        _turn = null;
    }

    async Task ChooseModelAsync(string? model, CancellationToken cancel)
    {
        // Without a wish it is the one that the session began with.
        if (_model is not null) model ??= _info.Model?.Current;
        if (model is null || model == _model) return;
        var id = $"{_process.Row.Name}/{model}";
        if (_info.Model is not { } choice) throw NoModel($"The agent does not let its model be chosen; leave out '/{model}'.");
        // Where they are a closed list it is told; gemini-cli takes more than it offers.
        if (choice.ConfigId is not null && choice.Values.Count > 0 && !choice.Values.Contains(model)) throw NoModel(NotOffered(model, choice));
        var answer = await _process.AskAsync((question, line) => AcpRequests.Choose(question, Id, choice, isModel: true, model, line), cancel);
        if (answer.IsError) throw NoModel($"The agent did not take the model '{model}': {AcpErrors.Read(answer.Error).Message}");
        _model = model;
    }

    static string NotOffered(string model, AcpChoice choice) => $"The agent has no model '{model}'; it offers {string.Join(", ", choice.Values)}.";

    static BridgeException NoModel(string message) => new(new BridgeError(ErrorKind.ModelNotFound, 404, message) { Code = "model_not_found", Param = "model" });

    async Task<bool> ChooseEffortAsync(string? effort, CancellationToken cancel)
    {
        if (_effort is not null) effort ??= _info.Effort?.Current;
        if (effort is null || _info.Effort is not { } choice || !choice.Values.Contains(effort)) return false;
        if (effort == _effort) return true;
        var answer = await _process.AskAsync((question, line) => AcpRequests.Choose(question, Id, choice, isModel: false, effort, line), cancel);
        if (!answer.IsError) _effort = effort;
        return !answer.IsError;
    }

    static async Task<AcpSession> AddedAsync(AcpSession session, CancellationToken cancel)
    {
        session._process.Add(session);
        if (session._process.Row.Mode is not { } mode) return session;
        try
        {
            if (session._info.Mode is not { } choice) throw WrongMode($"{session._process.Row.Name} has no modes; take 'mode' out of its entry in the config file.");
            var answer = await session._process.AskAsync((id, line) => AcpRequests.Choose(id, session.Id, choice, isModel: false, mode, line), cancel);
            if (answer.IsError) throw WrongMode($"{session._process.Row.Name} has no mode '{mode}'; it offers {string.Join(", ", choice.Values)}.");
            return session;
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }

    static BridgeException WrongMode(string why) => new(new BridgeError(ErrorKind.UpstreamFailed, 502, why));

    // Without a person: what was configured, else what it was handed a key for.
    static string? LoginOf(AcpProcess process)
    {
        if (process.Row.Login is { } given) return given;
        foreach (var login in process.Row.Logins)
        {
            if (process.Environment.ContainsKey(login.Value) && process.Info.Logins.Contains(login.Name)) return login.Name;
        }
        return null;
    }

    static BridgeException Refused(AcpProcess process, byte[] error)
    {
        var read = AcpErrors.Read(error);
        return new BridgeException(AcpErrors.WantsLogin(error) ? read with { Message = $"{process.Row.Name}: {read.Message.TrimEnd('.')}. To log in, {process.Row.HowToLogIn}, or hand it a key with --agent-env." } : read);
    }
}
