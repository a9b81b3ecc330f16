using AcpToApi.Cli;
using AcpToApi.Json.Model;

namespace AcpToApi.Agents.Conversations;

/// <summary>
/// All conversations, and which of them a request goes on with. At most --pool-size have a worker process; whoever has not been used for longest
/// gives its own up, and a worker that nobody comes back to is ended after a while.
/// </summary>
sealed class ConversationTable : IAsyncDisposable
{
    const int MostKept = 1000;
    const int RetryAfterSeconds = 5;
    static readonly TimeSpan LongestQueue = TimeSpan.FromSeconds(30);
    static readonly TimeSpan BetweenStops = TimeSpan.FromMilliseconds(100);
    static readonly TimeSpan LongestStop = TimeSpan.FromSeconds(5);

    readonly AgentOptions _options;
    readonly TimeProvider _clock;
    readonly ConversationStore _store;
    readonly Lock _gate = new();
    readonly List<Conversation> _all = [];
    readonly SemaphoreSlim _workers;
    readonly ITimer _timer;
    int _queued;
    bool _loaded;

    public ConversationTable(ServerOptions options, TimeProvider clock, ConversationStore store)
    {
        (_options, _clock, _store) = (options.Agents, clock, store);
        _workers = new SemaphoreSlim(_options.PoolSize, _options.PoolSize);
        var period = TimeSpan.FromMilliseconds(Math.Clamp(Math.Min(_options.WorkerIdleTimeout.TotalMilliseconds, _options.Timeout.TotalMilliseconds) / 4, 50, 5000));
        _timer = clock.CreateTimer(state => _ = ((ConversationTable)state!).CleanAsync(), this, period, period);
    }

    /// <summary>A caller's conversations, the last used one first.</summary>
    public IReadOnlyList<Conversation> Of(string owner)
    {
        lock (_gate)
        {
            Load();
            var own = _all.FindAll(conversation => conversation.Owner == owner);
            own.Sort((one, other) => other.LastUsed.CompareTo(one.LastUsed));
            return own;
        }
    }

    /// <summary>How many conversations have a session in memory, and how many of these are busy.</summary>
    public (int Sessions, int Busy) Counts
    {
        get
        {
            lock (_gate) return (_all.Count(conversation => conversation.Session is not null), _all.Count(conversation => conversation.IsBusy));
        }
    }

    /// <summary>Finds the conversation that a request goes on with, or begins one; waits for its turn.</summary>
    public async Task<Conversation> EnterAsync(AgentRequest request, CancellationToken cancel)
    {
        while (true)
        {
            Conversation? found;
            var isNamed = request.ConversationId is not null;
            lock (_gate)
            {
                Load();
                found = request.ConversationId is { } id ? Named(request, id) : Parked(request) ?? Known(request) ?? Add(request, Guid.NewGuid().ToString("N"));
            }
            // One that was not named is found only at the very end of its turn: its client has the answer already.
            await found.Turn.WaitAsync(cancel);
            lock (_gate)
            {
                if (!found.IsGone && (isNamed || found.Turns == 0 || Parked(request) == found || Known(request) == found))
                {
                    found.Stop = new();
                    return found;
                }
            }
            found.Turn.Release();
        }
    }

    /// <summary>Ends a request's turn.</summary>
    public async Task LeaveAsync(Conversation conversation)
    {
        try
        {
            conversation.LastUsed = _clock.GetUtcNow();
            // After a failed turn nobody knows what a session has heard that cannot be resumed.
            if (conversation.Session is { } session && (!session.IsAlive || (session.ResumeId is null && conversation.Fingerprint is null))) await CloseAsync(conversation);
            conversation.ResumeId = conversation.Session?.ResumeId ?? conversation.ResumeId;
            if (conversation.Session is null && conversation.ResumeId is null) Remove(conversation);
            else if (conversation.ResumeId is not null && !conversation.IsGone) _store.Write(conversation);
        }
        finally
        {
            conversation.Turn.Release();
        }
        if (Volatile.Read(ref _queued) > 0) await EvictAsync();
    }

    /// <summary>Takes a worker's place in the pool; another one's worker is ended for it if need be. Throws a 503 when all stay busy.</summary>
    public async Task TakeWorkerAsync(CancellationToken cancel)
    {
        if (_workers.Wait(0, CancellationToken.None)) return;
        Interlocked.Increment(ref _queued);
        try
        {
            await EvictAsync();
            if (await _workers.WaitAsync(LongestQueue, cancel)) return;
        }
        finally
        {
            Interlocked.Decrement(ref _queued);
        }
        throw new BridgeException(new BridgeError(ErrorKind.Overloaded, 503, $"All {_options.PoolSize} workers of coding agents are busy; try again in a moment, or allow more with --pool-size.") { RetryAfterSeconds = RetryAfterSeconds });
    }

    /// <summary>Gives a worker's place back that no session took.</summary>
    public void ReturnWorker() => _workers.Release();

    /// <summary>Ends a conversation's session; what it can be resumed from is kept.</summary>
    public async Task CloseAsync(Conversation conversation)
    {
        IAgentSession? session;
        bool heldWorker;
        lock (_gate)
        {
            (session, heldWorker) = (conversation.Session, conversation.HoldsWorker);
            (conversation.Session, conversation.HoldsWorker) = (null, false);
        }
        if (session is null) return;
        conversation.ResumeId = session.ResumeId ?? conversation.ResumeId;
        try
        {
            await session.DisposeAsync();
        }
        finally
        {
            if (heldWorker) _workers.Release();
        }
    }

    /// <summary>Ends a conversation's session, and whatever is being answered in it; takes it out, from the disk too, when it is to be forgotten.</summary>
    public async Task DropAsync(Conversation conversation, bool forget)
    {
        // Who waits for its turn begins anew.
        if (forget) Remove(conversation);
        do conversation.Stop.Cancel();
        while (!await conversation.Turn.WaitAsync(BetweenStops));
        if (forget) _store.Delete(conversation);
        await CloseAndLeaveAsync(conversation);
    }

    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync();
        List<Conversation> all;
        lock (_gate) all = [.. _all];
        await Task.WhenAll(all.Select(EndAsync));
        _workers.Dispose();
    }

    Conversation Named(AgentRequest request, string id) =>
        _all.Find(known => known.Id == id && known.Owner == request.Owner && known.IsWith(request)) ?? Add(request, id);

    Conversation? Parked(AgentRequest request)
    {
        foreach (var result in request.Results)
        {
            var id = result.CallId.ToString();
            if (_all.Find(known => known.Owner == request.Owner && known.IsWith(request) && known.Session?.WaitsFor(id) == true) is { } parked) return parked;
        }
        return null;
    }

    // The longest beginning of the history that an agent knows.
    Conversation? Known(AgentRequest request)
    {
        var candidates = _all.FindAll(known => known.Fingerprint is not null && known.Setup == request.History.Setup && known.Owner == request.Owner && known.IsWith(request));
        for (var count = request.FirstOfTurn; count > 0 && candidates.Count > 0; count--)
        {
            if (request.Chat.Messages[count - 1].Role != Role.Assistant) continue;
            var fingerprint = request.History.Before(count);
            if (candidates.Find(known => known.Fingerprint == fingerprint) is { } found) return found;
        }
        return null;
    }

    Conversation Add(AgentRequest request, string id)
    {
        var now = _clock.GetUtcNow();
        var added = new Conversation(id, request.Owner, request.Provider, request.Model) { Created = now, LastUsed = now };
        _all.Add(added);
        if (_all.Count > MostKept && LongestUnused(known => known.Session is null && known != added) is { } oldest)
        {
            Remove(oldest);
            _store.Delete(oldest);
        }
        return added;
    }

    Conversation? LongestUnused(Predicate<Conversation> isMeant)
    {
        Conversation? found = null;
        foreach (var known in _all)
        {
            if (!known.IsBusy && isMeant(known) && (found is null || known.LastUsed < found.LastUsed)) found = known;
        }
        return found;
    }

    void Load()
    {
        if (_loaded) return;
        _loaded = true;
        _all.AddRange(_store.ReadAll(MostKept));
    }

    void Remove(Conversation conversation)
    {
        lock (_gate)
        {
            conversation.IsGone = true;
            _all.Remove(conversation);
        }
    }

    // Idle workers first; then one whose client has not come back with its tool's result.
    async Task EvictAsync()
    {
        Conversation? victim;
        lock (_gate)
        {
            victim = LongestUnused(known => known.HoldsWorker && known.Session?.IsParked != true) ?? LongestUnused(known => known.HoldsWorker);
            if (victim is null || !victim.Turn.Wait(0, CancellationToken.None)) return;
        }
        await CloseAndLeaveAsync(victim);
    }

    async Task CleanAsync()
    {
        List<Conversation> idle = [];
        lock (_gate)
        {
            var now = _clock.GetUtcNow();
            foreach (var known in _all)
            {
                if (known.Session is not { } session) continue;
                var limit = session.IsParked ? _options.Timeout : _options.WorkerIdleTimeout;
                if (session.IsAlive && now - known.LastUsed < limit) continue;
                if (known.Turn.Wait(0, CancellationToken.None)) idle.Add(known);
            }
        }
        foreach (var conversation in idle) await CloseAndLeaveAsync(conversation);
    }

    async Task CloseAndLeaveAsync(Conversation conversation)
    {
        try
        {
            if (conversation.Session?.IsParked == true) conversation.Fingerprint = null;
            await CloseAsync(conversation);
            if (conversation.ResumeId is null) Remove(conversation);
        }
        finally
        {
            conversation.Turn.Release();
        }
    }

    // A session is used by one at a time: who uses it is told to stop before it is taken away.
    async Task EndAsync(Conversation conversation)
    {
        await conversation.Stop.CancelAsync();
        await conversation.Turn.WaitAsync(LongestStop);
        await CloseAsync(conversation);
    }
}
