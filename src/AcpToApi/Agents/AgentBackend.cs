using AcpToApi.Agents.Conversations;
using AcpToApi.Backends;
using AcpToApi.Cli;
using AcpToApi.Json.Model;
using AcpToApi.Json.Sinks;

namespace AcpToApi.Agents;

/// <summary>Answers with a coding agent: finds the conversation that a request goes on with, and has the agent say only what it has not heard.</summary>
sealed class AgentBackend(AgentSet agents, ConversationTable conversations, ServerOptions options) : IBackend
{
    const int MostAttempts = 3;

    public async Task RunAsync(ChatTurn turn, CancellationToken cancel)
    {
        var agent = agents.Of(turn.Route.Provider);
        using var request = new AgentRequest(turn);
        if (request.ConversationId is { } named) Name(named, turn.Response);
        // Others may be in front; their agents are watched for them.
        await using var heartbeat = new Heartbeat(turn.Response, options, cancel);
        heartbeat.Limit(TimeSpan.MaxValue);
        var conversation = await conversations.EnterAsync(request, cancel);
        try
        {
            using (await turn.Response.EnterAsync(cancel)) if (!turn.Response.IsCommitted) Name(conversation.Id, turn.Response);
            conversation.Model = request.Model;
            using var recorder = new AnswerRecorder(turn.Response.Sink);
            using var ended = CancellationTokenSource.CreateLinkedTokenSource(heartbeat.Token, conversation.Stop.Token);
            heartbeat.Limit(options.Agents.Timeout);
            // No agent knows stop sequences.
            using var stops = request.Chat.Sampling.Stop.Count > 0 ? new StopSequences(request.Chat.Sampling.Stop, recorder) : null;
            var output = new AgentOutput(turn.Response, heartbeat, new OwnToolPresenter(stops is null ? recorder : stops, Presentation(request)), stops, () => Remember(conversation, request, recorder), ended.Token);
            await AskAsync(agent, conversation, request, output, cancel);
            await turn.Response.CompleteAsync(cancel);
        }
        finally
        {
            await conversations.LeaveAsync(conversation);
        }
    }

    static void Name(string conversation, ClientResponse response) => response.Headers[AgentRequest.IdHeader] = ForwardedHeaders.Printable(conversation);

    async Task AskAsync(IAgent agent, Conversation conversation, AgentRequest request, AgentOutput output, CancellationToken cancel)
    {
        var isKnown = conversation.Fingerprint;
        conversation.Fingerprint = null;
        for (var attempt = 1; ; attempt++)
        {
            var resumed = false;
            try
            {
                resumed = await OpenAsync(agent, conversation, request, isKnown, output.Token);
                await conversation.Session!.RunAsync(request, output, output.Token);
                return;
            }
            catch (AgentGoneException gone)
            {
                // It died while nobody used it: it is resumed, and if that cannot be, what the client has sent is told to a new one.
                await conversations.CloseAsync(conversation);
                if (resumed) conversation.ResumeId = null;
                if (gone.MayTryAgain && attempt < MostAttempts && !output.HasContent) continue;
                await output.FailAsync(BridgeError.UpstreamProtocol(gone.Message), cancel);
                return;
            }
            catch (BridgeException refused) when (!cancel.IsCancellationRequested)
            {
                await output.FailAsync(refused.Error, cancel);
                return;
            }
            catch (OperationCanceledException) when (output.Silence(request.Provider.Name) is { } silence && !cancel.IsCancellationRequested)
            {
                await conversations.CloseAsync(conversation);
                await output.FailAsync(silence, cancel);
                return;
            }
            catch (OperationCanceledException) when (conversation.Stop.IsCancellationRequested && !cancel.IsCancellationRequested)
            {
                await output.FailAsync(new BridgeError(ErrorKind.UpstreamUnavailable, 503, $"The conversation '{conversation.Id}' was ended while it was being answered in."), cancel);
                return;
            }
        }
    }

    // True when a session was opened for it. Leaves the conversation with a session, and the request with the index of the first message that this session has not heard.
    async Task<bool> OpenAsync(IAgent agent, Conversation conversation, AgentRequest request, string? fingerprint, CancellationToken cancel)
    {
        if (conversation.Session is not null && (!conversation.Session.IsAlive || !Fits(conversation, request))) await conversations.CloseAsync(conversation);
        var isHeard = conversation.Session is not null || conversation.ResumeId is not null;
        request.FirstNew = isHeard ? FirstUnheard(request, fingerprint) : 0;
        conversation.Setup = request.History.Setup;
        if (conversation.Session is not null) return false;
        var takesProcess = agent.TakesProcess(request);
        if (takesProcess) await conversations.TakeWorkerAsync(cancel);
        try
        {
            conversation.Session = await agent.OpenAsync(request, conversation.ResumeId, cancel);
            conversation.HoldsWorker = takesProcess;
            return true;
        }
        finally
        {
            if (takesProcess && conversation.Session is null) conversations.ReturnWorker();
        }
    }

    // A parked turn goes on only with its results, asked by the same history; tools and instructions cannot change within a session.
    static bool Fits(Conversation conversation, AgentRequest request)
    {
        if (conversation.Setup != request.History.Setup) return false;
        if (!conversation.Session!.IsParked) return true;
        return request.Results.Any(result => conversation.Session.WaitsFor(result.CallId.ToString())) && conversation.Asked == request.History.Before(request.FirstOfAnswer);
    }

    static int FirstUnheard(AgentRequest request, string? fingerprint)
    {
        for (var count = request.Chat.Messages.Count - 1; count > 0; count--)
        {
            if (request.History.Before(count) == fingerprint) return count;
        }
        return request.FirstOfTurn;
    }

    static void Remember(Conversation conversation, AgentRequest request, AnswerRecorder recorder)
    {
        conversation.Turns++;
        conversation.Asked = request.History.Before(request.Chat.Messages.Count);
        conversation.Fingerprint = request.History.With(recorder.SaidText, recorder.Calls);
    }

    // A client that has tools of its own would run whatever is told as a call.
    OwnTools Presentation(AgentRequest request) => options.Agents.OwnTools ?? (request.Chat.Tools.Count > 0 ? OwnTools.Reasoning : OwnTools.Calls);
}
