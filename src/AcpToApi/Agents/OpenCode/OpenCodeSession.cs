using System.Text.Json;
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
    bool _isNamed;
    bool _isLost;

    OpenCodeSession(OpenCodeServer server, AgentRequest request, string id)
    {
        (_server, _id, _isNamed) = (server, id, request.ConversationId is not null);
        _events = server.Join(id);
    }

    public bool IsAlive => _server.IsAlive && !_isLost;

    public bool IsParked => false;

    // A server of our own ends with us. Elsewhere only what a client can name again is worth keeping among the user's own sessions.
    public string? ResumeId => _isNamed && !_server.IsOurs && !_isLost ? _id : null;

    public bool WaitsFor(string callId) => false;

    /// <summary>The path of a session.</summary>
    public static string PathOf(string id) => "/session/" + Uri.EscapeDataString(id);

    /// <summary>Begins a session.</summary>
    public static async Task<OpenCodeSession> CreateAsync(OpenCodeServer server, AgentRequest request, CancellationToken cancel)
    {
        using var body = new PooledBuffer();
        // Without a title it asks a model for one.
        body.Write("{\"title\":\""u8);
        JsonString.Of(request.ConversationId ?? "acptoapi").Text.WriteEscaped(body);
        body.Write("\"}"u8);
        using var answer = await server.Api.SendAsync(HttpMethod.Post, "/session", body.WrittenMemory, cancel);
        if (!answer.IsSuccess || IdIn(answer.Body.Written) is not { } id) throw new BridgeException(answer.Error);
        return new OpenCodeSession(server, request, id);
    }

    /// <summary>Goes on with a session of earlier; null when the server does not know it.</summary>
    public static async Task<OpenCodeSession?> ResumeAsync(OpenCodeServer server, AgentRequest request, string id, CancellationToken cancel)
    {
        using var answer = await server.Api.SendAsync(HttpMethod.Get, PathOf(id), default, cancel);
        return answer.IsSuccess && IdIn(answer.Body.Written) == id ? new OpenCodeSession(server, request, id) : null;
    }

    public async Task RunAsync(AgentRequest request, AgentOutput output, CancellationToken cancel)
    {
        _isNamed |= request.ConversationId is not null;
        using var prompt = new PooledBuffer();
        output.Ignore(await WriteAsync(request, prompt, cancel));
        using var reader = new OpenCodeStreamReader(request.Chat.ResponseFormat?.Schema is not null);
        _events.Clear();
        using var stop = new CancellationTokenSource();
        var reply = _server.Api.SendAsync(HttpMethod.Post, PathOf(_id) + "/message", prompt.WrittenMemory, stop.Token);
        _ = reply.ContinueWith(_ => _events.Wake(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        try
        {
            await ListenAsync(reply, reader, output, cancel);
        }
        finally
        {
            if (!reply.IsCompleted) await StopAsync(reply);
            await stop.CancelAsync();
            await ((Task)reply).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (reply.IsCompletedSuccessfully) (await reply).Dispose();
        }
    }

    public async ValueTask DisposeAsync()
    {
        _server.Leave(_events);
        if (ResumeId is null && _server.IsAlive) await _server.Api.TellAsync(HttpMethod.Delete, PathOf(_id), default, StopLimit);
    }

    async Task<IgnoredFields> WriteAsync(AgentRequest request, PooledBuffer prompt, CancellationToken cancel)
    {
        var model = (await _server.ModelsAsync(anew: false, cancel)).Find(request.Model);
        var ignored = new IgnoredFields();
        var target = new UpstreamTarget(JsonString.Of(model.FullId), Quirks.None, Stream: true) { FirstMessage = request.FirstNew, Efforts = model.Efforts };
        WireFormat.OpenCode.WriteRequest(request.Chat, target, prompt, ignored);
        return ignored;
    }

    async Task ListenAsync(Task<OpenCodeAnswer> reply, OpenCodeStreamReader reader, AgentOutput output, CancellationToken cancel)
    {
        using var last = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        while (true)
        {
            try
            {
                await _events.WaitAsync(last.Token);
            }
            catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
            {
                // The last events did not come; the reply holds the last message once more.
                await EndAsync(reply, reader, output, cancel);
                return;
            }
            output.Heard();
            await ReadAsync(reader, output, cancel);
            if (reader.IsDone) return;
            if (_events.Overflowed)
            {
                await output.FailAsync(new BridgeError(ErrorKind.Overloaded, 503, "The answer was not taken fast enough: the agent had said more than is kept for a slow client."), cancel);
                return;
            }
            if (!reply.IsCompleted) continue;
            if (await IsHeardAsync(reply, reader))
            {
                await EndAsync(reply, reader, output, cancel);
                return;
            }
            last.CancelAfter(LastEventsLimit);
        }
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

    async Task<bool> IsHeardAsync(Task<OpenCodeAnswer> reply, OpenCodeStreamReader reader)
    {
        if (!_server.IsAlive || !reply.IsCompletedSuccessfully) return true;
        var answer = await reply;
        return answer.IsSuccess ? reader.HasHeard(answer.Body.Written) : reader.Failure is not null || answer.Status < 500;
    }

    async Task EndAsync(Task<OpenCodeAnswer> reply, OpenCodeStreamReader reader, AgentOutput output, CancellationToken cancel)
    {
        OpenCodeAnswer answer;
        try
        {
            answer = await reply;
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
        if (answer.IsSuccess) reader.ReadResponse(answer.Body.Written, output.Sink);
        else output.Sink.Error(reader.Failure ?? answer.Error);
        await output.FlushAsync(cancel);
    }

    // The client has left, or the answer is not wanted any more: what the agent does is stopped too.
    async Task StopAsync(Task<OpenCodeAnswer> reply)
    {
        var told = _server.IsAlive && await _server.Api.TellAsync(HttpMethod.Post, PathOf(_id) + "/abort", default, StopLimit);
        await Task.WhenAny(reply, Task.Delay(told ? StopLimit : TimeSpan.Zero));
        if (!reply.IsCompleted) _isLost = true;
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
