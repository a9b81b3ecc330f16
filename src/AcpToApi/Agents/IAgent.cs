using AcpToApi.Json.Model;
using AcpToApi.Providers;

namespace AcpToApi.Agents;

/// <summary>One kind of coding agent, whichever programs are of that kind.</summary>
interface IAgent
{
    /// <summary>Whether a session for this request is a process of its own, which counts for --pool-size.</summary>
    bool TakesProcess(AgentRequest request);

    /// <summary>
    /// Opens a session for a request: a new one, or the one that <paramref name="resumeId"/> stands for. Throws <see cref="BridgeException"/> when the
    /// agent is not there or refuses.
    /// </summary>
    Task<IAgentSession> OpenAsync(AgentRequest request, string? resumeId, CancellationToken cancel);

    /// <summary>Deletes what the agent itself has kept of a session, as far as it can.</summary>
    Task ForgetAsync(Provider provider, string resumeId);

    /// <summary>The models that can be asked for now, without the provider's prefix; never starts a program.</summary>
    Task<IReadOnlyList<string>> ListModelsAsync(Provider provider, CancellationToken cancel);

    /// <summary>Why the agent would not answer now; null when it would. Never starts a program.</summary>
    Task<string?> ProblemAsync(Provider provider, CancellationToken cancel);
}

/// <summary>A conversation as an agent holds it in its own memory. Used by one request at a time.</summary>
interface IAgentSession : IAsyncDisposable
{
    /// <summary>Whether it can take another turn.</summary>
    bool IsAlive { get; }

    /// <summary>Whether its turn waits for the results of the client's tools.</summary>
    bool IsParked { get; }

    /// <summary>What a later session can be resumed from; null when nothing is kept.</summary>
    string? ResumeId { get; }

    /// <summary>Whether its turn waits for the result of this call.</summary>
    bool WaitsFor(string callId);

    /// <summary>
    /// Says the request's new messages to the agent (or hands a parked turn the results that it waits for) and its answer to <paramref name="output"/>,
    /// up to Finish or Error. When cancelled it has the agent stop. Throws <see cref="AgentGoneException"/> when the agent is found dead before it said
    /// anything.
    /// </summary>
    Task RunAsync(AgentRequest request, AgentOutput output, CancellationToken cancel);
}

/// <summary>The agent turned out to be dead before it said a word, so that another one may be asked.</summary>
sealed class AgentGoneException(string message) : Exception(message)
{
    /// <summary>Whether asking another one makes sense; not where the request has waited long enough already.</summary>
    public bool MayTryAgain { get; init; } = true;
}
