using AcpToApi.Json.ClaudeStream;
using AcpToApi.Json.Framing;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;

namespace AcpToApi.Agents.Claude;

/// <summary>A conversation with one process of the CLI.</summary>
sealed class ClaudeSession(ClaudeWorker worker, string? resumeId, TimeProvider clock, Action? answered) : IAgentSession
{
    ClaudeTurn? _turn;
    // Whole, and replaced as a whole: who looks for the conversation of a result reads it while the turn goes on.
    string[] _parked = [];
    bool _isBroken;

    public bool IsAlive => !_isBroken && worker.IsAlive;

    public bool IsParked => _parked.Length > 0;

    public string? ResumeId => resumeId;

    /// <summary>Opens a session with a process that <paramref name="start"/> gives, and that behaves as <paramref name="setup"/> says.</summary>
    public static async Task<IAgentSession> OpenAsync(Func<ClaudeWorker> start, ClaudeSetup setup, string? resumeId, TimeProvider clock, Action? answered, CancellationToken cancel)
    {
        ClaudeWorker? worker = null;
        try
        {
            worker = start();
            await worker.SetUpAsync(setup, cancel);
            return new ClaudeSession(worker, resumeId, clock, answered);
        }
        catch (IOException refused)
        {
            throw new BridgeException(new BridgeError(ErrorKind.UpstreamUnavailable, 503, $"The Claude Code CLI cannot be started: {refused.Message}."));
        }
        catch
        {
            if (worker is not null) await worker.DisposeAsync();
            throw;
        }
    }

    public bool WaitsFor(string callId) => Array.IndexOf(_parked, callId) >= 0;

    public async Task RunAsync(AgentRequest request, AgentOutput output, CancellationToken cancel)
    {
        var isDone = false;
        try
        {
            // What a parked turn waits for, and what the client has brought of it.
            var results = new Dictionary<string, ToolResultPart?>(StringComparer.Ordinal);
            foreach (var id in _parked) results[id] = request.Results.FirstOrDefault(result => result.CallId.ToString() == id);
            _parked = [];
            if (results.Count == 0) await AskAsync(request, output, cancel);
            _turn!.Now = clock.GetUtcNow().ToUnixTimeSeconds();
            await ListenAsync(results, output, cancel);
            isDone = true;
        }
        catch (BridgeException)
        {
            // Nothing has been asked yet.
            isDone = true;
            throw;
        }
        finally
        {
            answered?.Invoke();
            if (!isDone) await StopAsync();
        }
    }

    public ValueTask DisposeAsync() => worker.DisposeAsync();

    async Task AskAsync(AgentRequest request, AgentOutput output, CancellationToken cancel)
    {
        using var lines = new PooledBuffer();
        var ignored = new IgnoredFields();
        var target = new UpstreamTarget(JsonString.Of(request.Model), Quirks.None, Stream: true) { FirstMessage = request.FirstNew };
        WireFormat.ClaudeStream.WriteRequest(request.Chat, target, lines, ignored);
        await output.IgnoreAsync(ignored, cancel);
        _turn = new ClaudeTurn { Tools = worker.Setup!.Tools, IsStructured = worker.Setup.IsStructured };
        if (await worker.ChooseModelAsync(ClaudeSetup.ModelOf(request), cancel) is { } refusal)
        {
            throw new BridgeException(new BridgeError(ErrorKind.ModelNotFound, 404, $"Claude Code: {refusal}.") { Code = "model_not_found", Param = "model" });
        }
        await worker.ChooseEffortAsync(EffortOf(request.Chat.Reasoning), cancel);
        await worker.SayAsync(lines.WrittenMemory, cancel);
    }

    async Task ListenAsync(Dictionary<string, ToolResultPart?> results, AgentOutput output, CancellationToken cancel)
    {
        using var reader = ClaudeStreamFormat.CreateReader(_turn!);
        Func<ReadOnlySpan<byte>, bool> take = line =>
        {
            reader.Read(new Frame { Data = line, HasData = true }, output.Sink);
            return !reader.IsDone && !output.HasStopped;
        };
        while (true)
        {
            using (await output.EnterAsync(cancel))
            {
                worker.TakeLines(take);
                if (output.HasStopped && !reader.IsDone) output.Sink.Finish(StopReason.EndTurn, default);
                await FlushAsync(output, cancel);
            }
            if (output.IsDone) break;
            await worker.ReplyAsync(cancel);
            await AnswerAsync(results, cancel);
            // A call that came without its message having been streamed.
            if (!reader.IsInMessage && _turn!.Waiting.Count > 0 && _turn.Waiting.All(worker.HasCall))
            {
                using (await output.EnterAsync(cancel))
                {
                    reader.Park(output.Sink);
                    await FlushAsync(output, cancel);
                }
                break;
            }
            try
            {
                await worker.FillAsync(cancel);
            }
            catch (AgentGoneException) when (output.HasContent)
            {
                using (await output.EnterAsync(cancel)) reader.End(output.Sink);
                _isBroken = true;
                break;
            }
        }
        // The CLI would go on, and the next answer would begin with the rest of this one.
        if (!_isBroken && !IsParked && !reader.IsTurnOver) _isBroken = !await worker.InterruptAsync();
    }

    ValueTask FlushAsync(AgentOutput output, CancellationToken cancel)
    {
        if (output.Finished is StopReason.ToolCalls) _parked = [.. _turn!.Waiting];
        return output.FlushAsync(cancel);
    }

    // Calls that the client has brought results for are answered when the process makes them, which may be after it has told of them.
    async Task AnswerAsync(Dictionary<string, ToolResultPart?> results, CancellationToken cancel)
    {
        foreach (var (id, result) in results)
        {
            if (!worker.HasCall(id)) continue;
            results.Remove(id);
            _turn!.Waiting.Remove(id);
            await worker.AnswerAsync(id, result, cancel);
        }
    }

    // The client has left, or the CLI is silent: what goes on costs money and nobody hears it.
    async Task StopAsync()
    {
        _parked = [];
        _isBroken = resumeId is null || !worker.IsAlive || !await worker.InterruptAsync();
    }

    // The CLI knows these efforts; a budget in tokens it does not.
    static string? EffortOf(ReasoningRequest? asked) => asked?.Effort switch
    {
        "minimal" => "low",
        "low" or "medium" or "high" or "max" => asked.Effort,
        "xhigh" => "max",
        _ => null,
    };
}
