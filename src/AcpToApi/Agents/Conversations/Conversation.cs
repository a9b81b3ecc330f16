using AcpToApi.Providers;

namespace AcpToApi.Agents.Conversations;

/// <summary>One conversation of a caller with an agent, whether the agent has it in memory or not.</summary>
sealed class Conversation(string id, string owner, Provider provider, string model)
{
    /// <summary>The name that the caller gave it, or was told.</summary>
    public string Id { get; } = id;

    /// <summary>Whose it is (<see cref="AgentRequest.Owner"/>).</summary>
    public string Owner { get; } = owner;

    /// <summary>The agent's row.</summary>
    public Provider Provider { get; } = provider;

    /// <summary>The model that was asked for last.</summary>
    public string Model { get; set; } = model;

    /// <summary>Held by the request whose turn it is; others of the same conversation wait in their order.</summary>
    public SemaphoreSlim Turn { get; } = new(1, 1);

    /// <summary>Cancelled to end the request whose turn it is; each turn has its own.</summary>
    public CancellationTokenSource Stop { get; set; } = new();

    /// <summary>The agent's side; null when it has none in memory.</summary>
    public IAgentSession? Session { get; set; }

    /// <summary>Whether its session is a process that has a place in the pool.</summary>
    public bool HoldsWorker { get; set; }

    /// <summary>What the agent can go on from without a session in memory; null when it keeps nothing.</summary>
    public string? ResumeId { get; set; }

    /// <summary>The fingerprint of all that was said, its last answer included; null when that is not known (a turn that failed or was left).</summary>
    public string? Fingerprint { get; set; }

    /// <summary>The fingerprint of what was asked in the turn that is parked.</summary>
    public string? Asked { get; set; }

    /// <summary>The fingerprint of its setup (<see cref="History.Setup"/>).</summary>
    public string? Setup { get; set; }

    /// <summary>How many turns were answered.</summary>
    public int Turns { get; set; }

    /// <summary>When it began.</summary>
    public DateTimeOffset Created { get; init; }

    /// <summary>When its last turn ended.</summary>
    public DateTimeOffset LastUsed { get; set; }

    /// <summary>Whether it was taken out of the table while somebody waited for it.</summary>
    public bool IsGone { get; set; }

    /// <summary>Whether a request is being answered in it.</summary>
    public bool IsBusy => Turn.CurrentCount == 0;

    /// <summary>Whether a request belongs to it by its agent: for agents behind agents the model's first part tells which.</summary>
    public bool IsWith(AgentRequest request) => Provider.Name == request.Provider.Name && AgentOf(Model) == AgentOf(request.Model);

    string AgentOf(string id) => Provider.Row.Agent!.Kind == AgentKind.Acp ? id.Split('/')[0] : "";
}
