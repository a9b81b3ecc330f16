using System.Text.Json;
using AcpToApi.Agents.ToolBridge;
using AcpToApi.Json.Model;
using AcpToApi.Json.OpenCode;
using AcpToApi.Json.Text;

namespace AcpToApi.Agents.OpenCode;

/// <summary>
/// A conversation as a session of an agent's server. What the agent says comes as events; that a turn is over is told by the reply to its prompt,
/// on another connection, so the last events may come after it.
/// </summary>
sealed class OpenCodeSession : IAgentSession
{
    static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(2);
    static readonly TimeSpan LastEventsLimit = TimeSpan.FromSeconds(1);

    readonly OpenCodeServer _server;
    readonly string _id;
    readonly EventQueue _events;
    ToolEndpoint? _tools;
    string? _toolServer;
    OpenCodeTurn? _turn;
    bool _isNamed;
    bool _isLost;

    OpenCodeSession(OpenCodeServer server, AgentRequest request, string id)
    {
        (_server, _id, _isNamed) = (server, id, request.ConversationId is not null);
        _events = server.Join(id);
    }

    public bool IsAlive => _server.IsAlive && !_isLost;

    public bool IsParked => _tools?.Told.Count > 0;

    // A server of our own ends with us. Elsewhere only what a client can name again is worth keeping among the user's own sessions.
    public string? ResumeId => _isNamed && !_server.IsOurs && !_isLost ? _id : null;

    public bool WaitsFor(string callId) => _tools?.WaitsFor(callId) == true;

    /// <summary>The path of a session.</summary>
    public static string PathOf(string id) => "/session/" + Uri.EscapeDataString(id);

    /// <summary>Begins a session.</summary>
    public static async Task<OpenCodeSession> CreateAsync(OpenCodeServer server, AgentRequest request, CancellationToken cancel)
    {
        using var limit = new CancellationTokenSource();
        var asked = AskForOneAsync(server, request.ConversationId ?? "acptoapi", limit.Token);
        try
        {
            await asked.WaitAsync(cancel);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // The server would have the session all the same.
            await DropAsync(server, asked, limit);
            throw;
        }
        using var answer = await asked;
        if (!answer.IsSuccess || IdIn(answer.Body.Written) is not { } id) throw new BridgeException(answer.Error);
        return new OpenCodeSession(server, request, id);
    }

    static async Task<OpenCodeAnswer> AskForOneAsync(OpenCodeServer server, string title, CancellationToken cancel)
    {
        using var body = new PooledBuffer();
        // Without a title it asks a model for one.
        body.Write("{\"title\":\""u8);
        JsonString.Of(title).Text.WriteEscaped(body);
        body.Write("\"}"u8);
        return await server.Api.SendAsync(HttpMethod.Post, "/session", body.WrittenMemory, cancel);
    }

    static async Task DropAsync(OpenCodeServer server, Task<OpenCodeAnswer> asked, CancellationTokenSource limit)
    {
        limit.CancelAfter(StopLimit);
        try
        {
            using var answer = await asked;
            if (answer.IsSuccess && IdIn(answer.Body.Written) is { } id) await server.Api.TellAsync(HttpMethod.Delete, PathOf(id), default, StopLimit);
        }
        catch (Exception gone) when (OpenCodeApi.IsGone(gone))
        {
            // It has not said what it made.
        }
    }

    /// <summary>Goes on with a session of earlier; null when the server does not know it.</summary>
    public static async Task<OpenCodeSession?> ResumeAsync(OpenCodeServer server, AgentRequest request, string id, CancellationToken cancel)
    {
        using var answer = await server.Api.SendAsync(HttpMethod.Get, PathOf(id), default, cancel);
        return answer.IsSuccess && IdIn(answer.Body.Written) == id ? new OpenCodeSession(server, request, id) : null;
    }

    /// <summary>Gives the session a client's tools.</summary>
    public async Task OfferAsync(ToolEndpoint tools, TimeSpan patience, CancellationToken cancel)
    {
        _tools = tools;
        tools.Called = _events.Wake;
        _toolServer = await _server.OfferAsync(tools, patience, cancel);
    }

    public async Task RunAsync(AgentRequest request, AgentOutput output, CancellationToken cancel)
    {
        _isNamed |= request.ConversationId is not null;
        var goesOn = false;
        try
        {
            if (_turn is null) await PromptAsync(request, output, cancel);
            else await AnswerAsync(request, output, cancel);
            await ListenAsync(_turn!, output, cancel);
            goesOn = IsParked;
        }
        finally
        {
            if (!goesOn) await StopAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _tools?.Dispose();
        _server.Leave(_events);
        if (!_server.IsAlive) return;
        if (_toolServer is not null) await _server.WithdrawAsync(_toolServer);
        if (ResumeId is null) await _server.Api.TellAsync(HttpMethod.Delete, PathOf(_id), default, StopLimit);
    }

    async Task PromptAsync(AgentRequest request, AgentOutput output, CancellationToken cancel)
    {
        var prompt = new PooledBuffer();
        try
        {
            await output.IgnoreAsync(await WriteAsync(request, prompt, cancel), cancel);
        }
        catch
        {
            prompt.Dispose();
            throw;
        }
        _events.Clear();
        var reader = new OpenCodeStreamReader(request.Chat.ResponseFormat?.Schema is not null, _toolServer);
        _turn = new OpenCodeTurn(_server.Api, PathOf(_id) + "/message", prompt, reader, _events);
    }

    async Task AnswerAsync(AgentRequest request, AgentOutput output, CancellationToken cancel)
    {
        using (var unused = new PooledBuffer()) await output.IgnoreAsync(await WriteAsync(request, unused, cancel), cancel);
        _turn!.Reader.Continue();
        _tools!.Answer(request);
    }

    async Task<IgnoredFields> WriteAsync(AgentRequest request, PooledBuffer prompt, CancellationToken cancel)
    {
        var model = (await _server.ModelsAsync(anew: false, cancel)).Find(request.Model);
        var ignored = new IgnoredFields();
        var target = new UpstreamTarget(JsonString.Of(model.FullId), Quirks.None, Stream: true) { FirstMessage = request.FirstNew, Efforts = model.Efforts, ToolServer = _toolServer };
        WireFormat.OpenCode.WriteRequest(request.Chat, target, prompt, ignored);
        return ignored;
    }

    async Task ListenAsync(OpenCodeTurn turn, AgentOutput output, CancellationToken cancel)
    {
        while (true)
        {
            var calls = _tools?.Waiting ?? [];
            var limit = calls.Count > 0 ? _tools!.QuietFor(calls.Count, turn.Reader.ClientCalls.Count) : turn.Reply.IsCompleted ? LastEventsLimit : Timeout.InfiniteTimeSpan;
            var isQuiet = limit == TimeSpan.Zero || !await _events.WaitAsync(limit, cancel);
            if (isQuiet && calls.Count > 0)
            {
                if (_tools!.QuietFor(calls.Count, turn.Reader.ClientCalls.Count) > TimeSpan.Zero) continue;
                await ParkAsync(calls, turn.Reader, output, cancel);
                return;
            }
            if (isQuiet)
            {
                // The last events did not come; the reply holds the last message once more.
                await EndAsync(turn, output, cancel);
                return;
            }
            output.Heard();
            await ReadAsync(turn.Reader, output, cancel);
            if (turn.Reader.IsDone) return;
            if (_events.Overflowed)
            {
                await output.FailAsync(new BridgeError(ErrorKind.Overloaded, 503, "The answer was not taken fast enough: the agent had said more than is kept for a slow client."), cancel);
                return;
            }
            if (turn.Reply.IsCompleted && await IsHeardAsync(turn))
            {
                await EndAsync(turn, output, cancel);
                return;
            }
        }
    }

    async Task ParkAsync(IReadOnlyList<WaitingCall> calls, OpenCodeStreamReader reader, AgentOutput output, CancellationToken cancel)
    {
        using var entered = await output.EnterAsync(cancel);
        reader.Begin(output.Sink);
        _tools!.Tell(calls, reader.ClientCalls, output.Sink);
        await output.FlushAsync(cancel);
    }

    async Task ReadAsync(OpenCodeStreamReader reader, AgentOutput output, CancellationToken cancel)
    {
        var taken = _events.Take();
        if (taken.Length == 0) return;
        using var entered = await output.EnterAsync(cancel);
        var position = 0;
        while (EventQueue.TryRead(taken, ref position, out var data)) reader.Read(default, data, output.Sink);
        await output.FlushAsync(cancel);
    }

    async Task<bool> IsHeardAsync(OpenCodeTurn turn)
    {
        if (!_server.IsAlive || !turn.Reply.IsCompletedSuccessfully) return true;
        var answer = await turn.Reply;
        return answer.IsSuccess ? turn.Reader.HasHeard(answer.Body.Written) : turn.Reader.Failure is not null || answer.Status < 500;
    }

    async Task EndAsync(OpenCodeTurn turn, AgentOutput output, CancellationToken cancel)
    {
        OpenCodeAnswer answer;
        try
        {
            answer = await turn.Reply;
        }
        catch (Exception gone) when (OpenCodeApi.IsGone(gone))
        {
            _isLost = true;
            if (!output.HasContent) throw new AgentGoneException($"The agent's server went away. {_server.LastErrors}".TrimEnd());
            await output.FailAsync(BridgeError.UpstreamProtocol("The agent's server went away before the answer was complete."), cancel);
            return;
        }
        if (answer.Status == 404 && !output.HasContent)
        {
            _isLost = true;
            throw new AgentGoneException("The agent's server does not know the session any more.");
        }
        using var entered = await output.EnterAsync(cancel);
        if (answer.IsSuccess) turn.Reader.ReadResponse(answer.Body.Written, output.Sink);
        else output.Sink.Error(turn.Reader.Failure ?? answer.Error);
        await output.FlushAsync(cancel);
    }

    // The turn is over; if the agent still works on it (the client has left, say), it is stopped.
    async Task StopAsync()
    {
        if (_turn is not { } turn) return;
        _turn = null;
        _tools?.FailAll("The client has given this call up.");
        if (!turn.Reply.IsCompleted)
        {
            var told = _server.IsAlive && await _server.Api.TellAsync(HttpMethod.Post, PathOf(_id) + "/abort", default, StopLimit);
            await Task.WhenAny(turn.Reply, Task.Delay(told ? StopLimit : TimeSpan.Zero));
            _isLost |= !turn.Reply.IsCompleted;
        }
        await turn.DisposeAsync();
    }

    static string? IdIn(ReadOnlySpan<byte> session)
    {
        try
        {
            var reader = new Utf8JsonReader(session);
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isId = reader.ValueTextEquals("id"u8);
                reader.Read();
                if (isId && reader.TokenType == JsonTokenType.String) return reader.GetString();
                reader.Skip();
            }
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException)
        {
            // Not a session.
        }
        return null;
    }
}
