using AcpToApi.Backends;
using AcpToApi.Json.Model;
using AcpToApi.Json.Sinks;

namespace AcpToApi.Agents;

/// <summary>
/// Where a session says its answer: the client's response, watched over by a heartbeat, until <paramref name="ended"/> is cancelled.
/// <paramref name="finished"/> is called once, when the answer is complete and the client has not been told so yet.
/// </summary>
sealed class AgentOutput(ClientResponse response, Heartbeat heartbeat, IAgentSink sink, StopSequences? stops, Action finished, CancellationToken ended)
{
    bool _isFinished;

    /// <summary>Hears the answer; only between <see cref="EnterAsync"/> and its end.</summary>
    public IAgentSink Sink => sink;

    /// <summary>Cancelled when the agent has been silent too long, with the request or with the conversation.</summary>
    public CancellationToken Token => ended;

    /// <summary>Whether Finish or Error has been said.</summary>
    public bool IsDone => response.Sink.Finished is not null || response.Sink.Failure is not null || response.IsRefused;

    /// <summary>Why the answer ended; null while it has not, or when it failed.</summary>
    public StopReason? Finished => response.Sink.Finished;

    /// <summary>Whether a stop sequence has come up: the answer has only to be finished, and the agent to be stopped.</summary>
    public bool HasStopped => stops?.HasStopped == true;

    /// <summary>Whether anything of the answer has been said; signs of life are nothing of it.</summary>
    public bool HasContent => response.Sink.HasStarted || response.Sink.HasContent;

    /// <summary>Tells the client what could not be carried, if anything; within an own <see cref="EnterAsync"/>.</summary>
    public async Task IgnoreAsync(IgnoredFields ignored, CancellationToken cancel)
    {
        using var entered = await EnterAsync(cancel);
        response.Ignore(ignored);
    }

    /// <summary>The agent said something, if only that it is alive.</summary>
    public void Heard() => heartbeat.Heard();

    /// <summary>Enters the response to write; disposing what comes back leaves it.</summary>
    public ValueTask<ClientResponse.Entered> EnterAsync(CancellationToken cancel) => response.EnterAsync(cancel);

    /// <summary>Sends what was said to the client; awaiting it is the back-pressure. Within <see cref="EnterAsync"/>.</summary>
    public async ValueTask FlushAsync(CancellationToken cancel)
    {
        // With the end in its hands the client may come back at once.
        if (Finished is not null && !_isFinished)
        {
            _isFinished = true;
            finished();
        }
        // A client that wants the whole answer gets it at the end.
        if (response.IsStream) await response.FlushAsync(cancel);
        heartbeat.Heard();
    }

    /// <summary>What the client is told when <see cref="Token"/> was cancelled for silence; null when it was not.</summary>
    public BridgeError? Silence(string agent) => heartbeat.TimedOut ? heartbeat.Error(agent) : null;

    /// <summary>Says a failure, within an own <see cref="EnterAsync"/>.</summary>
    public async Task FailAsync(BridgeError error, CancellationToken cancel)
    {
        using var entered = await response.EnterAsync(cancel);
        if (!IsDone) sink.Error(error);
    }
}
