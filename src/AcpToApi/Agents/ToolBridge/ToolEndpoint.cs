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
    readonly Lock _gate = new();
    readonly List<WaitingCall> _waiting = [];

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

    /// <summary>When a tool was called last, on <see cref="Environment.TickCount64"/>.</summary>
    public long LastCalled { get; private set; }

    /// <summary>The calls that wait for results.</summary>
    public IReadOnlyList<WaitingCall> Waiting
    {
        get
        {
            lock (_gate) return [.. _waiting];
        }
    }

    /// <summary>Whether a call waits under this id.</summary>
    public bool WaitsFor(string id)
    {
        lock (_gate) return _waiting.Exists(call => call.Id == id);
    }

    /// <summary>Parks a call; the agent's request stays open until it is answered or taken back.</summary>
    public WaitingCall Park(McpCall call)
    {
        var waiting = new WaitingCall(call);
        lock (_gate) _waiting.Add(waiting);
        LastCalled = Environment.TickCount64;
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
        FailAll("The conversation has ended.");
    }
}
