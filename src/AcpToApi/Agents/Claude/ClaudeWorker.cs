using System.Globalization;
using System.Text.Json;
using AcpToApi.Json.ClaudeStream;
using AcpToApi.Json.Framing;
using AcpToApi.Json.Mcp;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;
using AcpToApi.Transport;

namespace AcpToApi.Agents.Claude;

/// <summary>One process of the CLI and its control protocol. Used by one turn at a time.</summary>
sealed class ClaudeWorker : IAsyncDisposable
{
    const string Unknown = "?";

    readonly ChildProcess _process;
    readonly bool _grantsPermissions;
    readonly InputBuffer _input = new();
    readonly LineReader _lines = new();
    readonly PooledBuffer _replies = new();
    readonly PooledBuffer _reply = new();
    readonly Dictionary<string, MadeCall> _calls = new(StringComparer.Ordinal);
    readonly CancellationTokenSource _needed = new();
    Task _waiting = Task.CompletedTask;
    string? _model;
    string? _effort;
    int _requests;
    bool _isTorn;

    ClaudeWorker(ChildProcess process, bool grantsPermissions) => (_process, _grantsPermissions) = (process, grantsPermissions);

    /// <summary>Whether the process lives and can be talked to.</summary>
    public bool IsAlive => !_isTorn && !_process.Exited.IsCompleted;

    /// <summary>What the process was told before its first turn; null when nothing yet.</summary>
    public ClaudeSetup? Setup { get; private set; }

    /// <summary>Starts a process; it boots by itself until somebody needs it. Throws <see cref="IOException"/>.</summary>
    public static ClaudeWorker Start(ChildStart start, bool grantsPermissions) => new(ChildProcess.Start(start), grantsPermissions);

    /// <summary>
    /// Tells a process what the next request will probably ask for: the model, and <paramref name="setup"/> unless it is null. What it says to that is
    /// answered until somebody needs it.
    /// </summary>
    public void Expect(string? model, ClaudeSetup? setup) => _waiting = WaitAsync(model, setup);

    /// <summary>Tells the process how to behave, unless it knows already.</summary>
    public async Task SetUpAsync(ClaudeSetup setup, CancellationToken cancel)
    {
        await _needed.CancelAsync();
        await _waiting.WaitAsync(cancel);
        if (_isTorn) throw await GoneAsync();
        if (Setup is not null) return;
        Setup = setup;
        await WriteAsync(setup.Initialize, cancel);
    }

    /// <summary>
    /// Asks for a model; returns why it was refused, null when it was not. The answer is waited for: the CLI would else go on with another model.
    /// </summary>
    public async Task<string?> ChooseModelAsync(string? model, CancellationToken cancel)
    {
        if (model == _model) return null;
        var before = _model;
        var id = await AskForModelAsync(model, cancel);
        ClaudeAnswer? answer = null;
        while (true)
        {
            TakeLines(line => (answer = ClaudeAnswer.Read(line, id)) is null);
            await ReplyAsync(cancel);
            if (answer is not null) break;
            await FillAsync(cancel);
        }
        _model = answer.Refusal is null ? model : before;
        return answer.Refusal;
    }

    /// <summary>Asks for an effort of reasoning; null for the CLI's own.</summary>
    public async Task ChooseEffortAsync(string? effort, CancellationToken cancel)
    {
        if (effort == _effort) return;
        using var output = new PooledBuffer();
        ClaudeControl.WriteEffort(NextId(), effort, output);
        await WriteAsync(output, cancel);
        _effort = effort;
    }

    /// <summary>Writes the lines of a request; after one that the process only takes note of, its note is waited for.</summary>
    public async Task SayAsync(ReadOnlyMemory<byte> lines, CancellationToken cancel)
    {
        while (!lines.IsEmpty)
        {
            var end = lines.Span.IndexOf(ClaudeControl.NoQuery);
            var length = end < 0 ? lines.Length : end + ClaudeControl.NoQuery.Length;
            await WriteAsync(lines[..length], cancel);
            lines = lines[length..];
            if (end >= 0) await NotedAsync(cancel);
        }
    }

    /// <summary>Whether a call waits for its result.</summary>
    public bool HasCall(string id) => _calls.ContainsKey(id);

    /// <summary>Hands the process the result of a call that it has made; null when the client brought none.</summary>
    public async Task AnswerAsync(string id, ToolResultPart? result, CancellationToken cancel)
    {
        if (!_calls.Remove(id, out var call)) return;
        _reply.Clear();
        if (result is null) McpToolServer.WriteFailure(call.Call, "no result was returned", _reply);
        else McpToolServer.WriteResult(call.Call, result, _reply);
        using var output = new PooledBuffer();
        ClaudeControl.WriteMcpReply(call.RequestId, _reply.Written, output);
        await WriteAsync(output, cancel);
    }

    /// <summary>Has the turn end, and waits a moment until it has; false when it does not.</summary>
    public async Task<bool> InterruptAsync()
    {
        if (!IsAlive) return false;
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        try
        {
            using var output = new PooledBuffer();
            ClaudeControl.WriteInterrupt(NextId(), output);
            await WriteAsync(output, limit.Token);
            await NotedAsync(limit.Token);
            return true;
        }
        catch (Exception silent) when (silent is OperationCanceledException or AgentGoneException)
        {
            return false;
        }
    }

    /// <summary>Waits until there is more to read. Throws <see cref="AgentGoneException"/> at the end of the process's output.</summary>
    public async ValueTask FillAsync(CancellationToken cancel)
    {
        var read = 0;
        try
        {
            if (_input.Unread.IsEmpty) _ = await _process.Output.ReadAsync(Memory<byte>.Empty, cancel);
            read = await _process.Output.ReadAsync(_input.Room(), cancel);
        }
        catch (Exception closed) when (closed is IOException or ObjectDisposedException)
        {
            // A process that is killed may reset its end.
        }
        if (read == 0) throw await GoneAsync();
        _input.Received(read);
        if (_input.Unread.Length >= Limits.MaxBytes) throw new AgentGoneException($"Claude Code wrote a line of more than {Limits.MaxMiB} MiB.");
    }

    /// <summary>
    /// Hands on the whole lines that have been read, until <paramref name="take"/> says that it has enough. Requests of the process are no lines: they
    /// are answered here, with <see cref="ReplyAsync"/>.
    /// </summary>
    public void TakeLines(Func<ReadOnlySpan<byte>, bool> take)
    {
        var goesOn = true;
        while (goesOn && _lines.TryRead(_input.Unread, isFinal: false, out var line, out var consumed))
        {
            // Programs print what they like; only objects are for us.
            if (line.HasData && line.Data[0] == (byte)'{' && !TakeRequest(line.Data)) goesOn = take(line.Data);
            _input.Consume(consumed);
        }
        _input.Trim();
    }

    /// <summary>Sends what requests of the process were answered while lines were taken.</summary>
    public async ValueTask ReplyAsync(CancellationToken cancel)
    {
        if (_replies.Length == 0) return;
        await WriteAsync(_replies, cancel);
        _replies.Clear();
    }

    public async ValueTask DisposeAsync()
    {
        await _needed.CancelAsync();
        await _process.DisposeAsync();
        await _waiting;
        _needed.Dispose();
        _input.Dispose();
        _lines.Dispose();
        _replies.Dispose();
        _reply.Dispose();
    }

    async Task WaitAsync(string? model, ClaudeSetup? setup)
    {
        try
        {
            Setup = setup;
            if (setup is not null) await WriteAsync(setup.Initialize, CancellationToken.None);
            var id = model is null ? "" : await AskForModelAsync(model, CancellationToken.None);
            while (true)
            {
                TakeLines(line =>
                {
                    if (ClaudeAnswer.Read(line, id) is { } answer) _model = answer.Refusal is null ? model : null;
                    return true;
                });
                await ReplyAsync(CancellationToken.None);
                await FillAsync(_needed.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The request has come.
        }
        catch (Exception broken) when (broken is AgentGoneException or JsonException)
        {
            // Who takes it sees that it is not alive.
            _isTorn = true;
        }
    }

    async Task<string> AskForModelAsync(string? model, CancellationToken cancel)
    {
        var id = NextId();
        using var output = new PooledBuffer();
        ClaudeControl.WriteModel(id, model, output);
        _model = Unknown;
        await WriteAsync(output, cancel);
        return id;
    }

    async Task NotedAsync(CancellationToken cancel)
    {
        for (var noted = false; ;)
        {
            TakeLines(line => !(noted = TypeOf(line) == ClaudeLineType.Result));
            await ReplyAsync(cancel);
            if (noted) return;
            await FillAsync(cancel);
        }
    }

    bool TakeRequest(ReadOnlySpan<byte> data)
    {
        if (TypeOf(data) != ClaudeLineType.ControlRequest) return false;
        var line = ClaudeLine.Read(data);
        var id = line.RequestId.ToString();
        var request = ClaudeRequest.Read(line.Request);
        if (request.Subtype.Is("can_use_tool"u8)) ClaudeControl.WritePermission(id, _grantsPermissions, request.Input, _replies);
        else if (request.Subtype.Is("mcp_message"u8) && Setup?.Tools is not null) TakeMessage(id, request.Message);
        else ClaudeControl.WriteRefusal(id, _replies);
        return true;
    }

    static ClaudeLineType TypeOf(ReadOnlySpan<byte> data)
    {
        try
        {
            return ClaudeLine.Read(data).Type;
        }
        catch (JsonException)
        {
            // What a broken line means for the answer is its reader's business.
            return ClaudeLineType.Unknown;
        }
    }

    void TakeMessage(string id, ReadOnlySpan<byte> message)
    {
        _reply.Clear();
        if (Setup!.Tools!.Take(message, _reply) is { } call) _calls[call.ToolUseId ?? id] = new MadeCall(id, call);
        else ClaudeControl.WriteMcpReply(id, _reply.Written, _replies);
    }

    Task WriteAsync(PooledBuffer output, CancellationToken cancel) => WriteAsync(output.WrittenMemory, cancel);

    async Task WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        try
        {
            await _process.Input.WriteAsync(bytes, cancel);
        }
        catch (OperationCanceledException)
        {
            // Half a line may have gone out: nothing that follows would be understood.
            _isTorn = true;
            throw;
        }
        catch (Exception closed) when (closed is IOException or ObjectDisposedException)
        {
            throw await GoneAsync();
        }
    }

    async Task<AgentGoneException> GoneAsync()
    {
        // Its last words may still be on their way.
        await Task.WhenAny(_process.Exited, Task.Delay(500));
        var how = !_process.Exited.IsCompletedSuccessfully ? "" : await _process.Exited is < 0 and var signal ? $" by signal {-signal}" : $" with exit code {await _process.Exited}";
        return new AgentGoneException($"Claude Code ended{how}{(_process.LastErrors is { Length: > 0 } errors ? ": " + errors : ".")}");
    }

    sealed record MadeCall(string RequestId, McpCall Call);

    string NextId() => "acptoapi-" + (++_requests).ToString(CultureInfo.InvariantCulture);
}
