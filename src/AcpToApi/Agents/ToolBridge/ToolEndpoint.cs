using System.Security.Cryptography;
using AcpToApi.Json.Mcp;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Agents.ToolBridge;

/// <summary>A call of one of the client's tools that an agent waits for, under the id that the client knows it by.</summary>
sealed class WaitingCall(McpCall call)
{
    readonly TaskCompletionSource<byte[]> _reply = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The id that the client is told.</summary>
    public string Id { get; } = "call_" + RandomNumberGenerator.GetHexString(24, lowercase: true);

    /// <summary>What is called.</summary>
    public McpCall Call => call;

    /// <summary>The reply to the agent, when there is one.</summary>
    public Task<byte[]> Reply => _reply.Task;

    /// <summary>Hands the agent what the client's tool returned.</summary>
    public void Answer(ToolResultPart result)
    {
        using var reply = new PooledBuffer();
        McpToolServer.WriteResult(call, result, reply);
        _reply.TrySetResult(reply.Written.ToArray());
    }

    /// <summary>Tells the agent that no result will come.</summary>
    public void Fail(string why)
    {
        using var reply = new PooledBuffer();
        McpToolServer.WriteFailure(call, why, reply);
        _reply.TrySetResult(reply.Written.ToArray());
    }
}

/// <summary>The client's tools as one session of an agent reaches them: an address and a secret of its own.</summary>
sealed class ToolEndpoint(ToolBridge bridge, IEnumerable<ToolDefinition> tools) : IDisposable
{
    const string Ended = "The conversation has ended.";

    // Calls that a model makes together come one after the other. Those that were announced are waited for a little longer, and so is the announcement of
    // those that came: what was said before them is on the same way.
    const int QuietMs = 150;
    const int QuietWhenOneLagsMs = 600;

    readonly Lock _gate = new();
    readonly List<WaitingCall> _waiting = [];
    long _lastCalled;
    bool _announcesNone;
    bool _isClosed;

    /// <summary>Its name in the address.</summary>
    public string Id { get; } = RandomNumberGenerator.GetHexString(16, lowercase: true);

    /// <summary>What the agent must send as its bearer token: 256 bits.</summary>
    public string Secret { get; } = RandomNumberGenerator.GetHexString(64, lowercase: true);

    /// <summary>The address.</summary>
    public string Url => bridge.UrlOf(Id);

    /// <summary>Speaks with the agent.</summary>
    public McpToolServer Server { get; } = new(tools);

    /// <summary>Called when the agent calls a tool; the call is in <see cref="Waiting"/> then.</summary>
    public Action? Called { get; set; }

    /// <summary>The calls that wait for results.</summary>
    public IReadOnlyList<WaitingCall> Waiting
    {
        get
        {
            lock (_gate) return [.. _waiting];
        }
    }

    /// <summary>The calls that the client was told of, and brings results for.</summary>
    public IReadOnlyList<WaitingCall> Told { get; private set; } = [];

    /// <summary>Whether the client was told of a call under this id.</summary>
    public bool WaitsFor(string id)
    {
        foreach (var call in Told)
        {
            if (call.Id == id) return true;
        }
        return false;
    }

    /// <summary>How long to wait for more to come before the client is told of calls; <paramref name="announced"/> says how many the agent has told of.</summary>
    public TimeSpan QuietFor(int calls, int announced)
    {
        var left = (calls == announced || _announcesNone ? QuietMs : QuietWhenOneLagsMs) - (Environment.TickCount64 - Volatile.Read(ref _lastCalled));
        return TimeSpan.FromMilliseconds(Math.Max(left, 0));
    }

    /// <summary>Tells the client of calls, which ends its answer, in the order that the agent announced them in.</summary>
    public void Tell(IReadOnlyList<WaitingCall> waiting, IReadOnlyList<AnnouncedCall> announced, IEventSink sink)
    {
        _announcesNone = announced.Count == 0;
        var calls = InOrder(waiting, announced);
        for (var i = 0; i < calls.Count; i++)
        {
            sink.ToolCallStart(i, JsonString.Of(calls[i].Id).Text, JsonString.Of(calls[i].Call.Name).Text);
            sink.ToolCallArguments(i, JsonText.Plain(calls[i].Call.Arguments));
            sink.ToolCallEnd(i);
        }
        sink.Finish(StopReason.ToolCalls, default);
        Told = calls;
    }

    // Those that were not announced come last as they came. An agent may announce a call with other arguments than it makes it with: then the name decides.
    List<WaitingCall> InOrder(IReadOnlyList<WaitingCall> waiting, IReadOnlyList<AnnouncedCall> announced)
    {
        var rest = new List<WaitingCall>(waiting);
        var places = new WaitingCall?[announced.Count];
        for (var round = 0; round < 2; round++)
        {
            for (var i = 0; i < places.Length; i++)
            {
                var next = announced[i];
                var at = places[i] is not null ? -1 : rest.FindIndex(call => call.Call.Name == Server.Original(next.Name) && (round > 0 || next.Arguments.AsSpan().SequenceEqual(call.Call.Arguments)));
                if (at < 0) continue;
                places[i] = rest[at];
                rest.RemoveAt(at);
            }
        }
        return [.. places.OfType<WaitingCall>(), .. rest];
    }

    /// <summary>Hands the agent the results of the calls that were told. What else the client says comes with the last one, for the turn is still going on.</summary>
    public void Answer(AgentRequest request)
    {
        var calls = Told;
        Told = [];
        var results = request.Results.ToList();
        foreach (var call in calls)
        {
            if (results.Find(result => result.CallId.ToString() == call.Id) is { } found)
            {
                if (call == calls[^1]) found.Content.AddRange(request.Chat.Messages.Skip(request.FirstOfTurn).Where(message => message.Role == Role.User).SelectMany(message => message.Parts).OfType<TextPart>());
                call.Answer(found);
            }
            else call.Fail("The client brought no result for this call.");
        }
        foreach (var call in calls) Remove(call);
    }

    /// <summary>Parks a call; the agent's request stays open until it is answered or taken back.</summary>
    public WaitingCall Park(McpCall call)
    {
        var waiting = new WaitingCall(call);
        lock (_gate)
        {
            if (_isClosed) waiting.Fail(Ended);
            else _waiting.Add(waiting);
        }
        Volatile.Write(ref _lastCalled, Environment.TickCount64);
        Called?.Invoke();
        return waiting;
    }

    /// <summary>A call that was answered, or that the agent does not wait for any more.</summary>
    public void Remove(WaitingCall call)
    {
        lock (_gate) _waiting.Remove(call);
    }

    /// <summary>Tells the agent that no results will come.</summary>
    public void FailAll(string why)
    {
        Told = [];
        foreach (var call in Waiting)
        {
            call.Fail(why);
            Remove(call);
        }
    }

    /// <summary>Takes the address away.</summary>
    public void Dispose()
    {
        bridge.Close(this);
        lock (_gate) _isClosed = true;
        FailAll(Ended);
    }
}
