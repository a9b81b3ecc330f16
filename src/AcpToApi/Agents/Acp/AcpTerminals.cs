using System.Text.Json;
using AcpToApi.Json.Acp;
using AcpToApi.Json.Framing;
using AcpToApi.Json.Text;

namespace AcpToApi.Agents.Acp;

/// <summary>The commands that an agent runs through us in one session, and that end with it.</summary>
sealed class AcpTerminals : IAsyncDisposable
{
    const int MethodNotFound = -32601;
    const int InvalidParams = -32602;
    const int NotFound = -32002;

    readonly Lock _gate = new();
    readonly Dictionary<string, AcpTerminal> _open = new(StringComparer.Ordinal);
    bool _ended;

    /// <summary>Whether the request is for terminals.</summary>
    public static bool Takes(in JsonRpcMessage request) => request.Method.ToString().StartsWith("terminal/", StringComparison.Ordinal);

    /// <summary>Does what is asked; the reply is written when the task has ended.</summary>
    public Task AnswerAsync(in JsonRpcMessage request, AcpWorkspace workspace, PooledBuffer reply)
    {
        if (request.Method.Is("terminal/create"u8)) Create(request, workspace, reply);
        else if (Find(request.Parameter("terminalId"u8).ToString()) is not { } terminal) JsonRpcMessage.WriteError(request.Id, InvalidParams, "The session has no such terminal.", reply);
        else if (request.Method.Is("terminal/output"u8)) terminal.WriteOutput(request.Id, reply);
        else if (request.Method.Is("terminal/wait_for_exit"u8)) return AnswerAfterAsync(terminal.Ended, terminal, request.Id.ToArray(), reply);
        else if (request.Method.Is("terminal/kill"u8)) return AnswerAfterAsync(terminal.KillAsync(), null, request.Id.ToArray(), reply);
        else if (request.Method.Is("terminal/release"u8)) return AnswerAfterAsync(ReleaseAsync(terminal), null, request.Id.ToArray(), reply);
        else JsonRpcMessage.WriteError(request.Id, MethodNotFound, "This client has no such method.", reply);
        return Task.CompletedTask;
    }

    /// <summary>Ends them all.</summary>
    public async ValueTask DisposeAsync()
    {
        List<AcpTerminal> left;
        lock (_gate)
        {
            (left, _ended) = ([.. _open.Values], true);
            _open.Clear();
        }
        await Task.WhenAll(left.ConvertAll(terminal => terminal.DisposeAsync().AsTask()));
    }

    void Create(in JsonRpcMessage request, AcpWorkspace workspace, PooledBuffer reply)
    {
        try
        {
            var command = AcpCommand.Read(request);
            var start = workspace.StartOf(command);
            lock (_gate)
            {
                if (_ended) throw new IOException("The session has ended.");
                var terminal = new AcpTerminal(start, command.OutputLimit);
                _open[terminal.Id] = terminal;
                AcpTerminalReplies.Created(request.Id, terminal.Id, reply);
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            JsonRpcMessage.WriteError(request.Id, NotFound, failure.Message, reply);
        }
        catch (Exception wrong) when (wrong is JsonException or ArgumentException)
        {
            JsonRpcMessage.WriteError(request.Id, InvalidParams, wrong is ArgumentException ? wrong.Message : "The parameters are not as the protocol says.", reply);
        }
    }

    AcpTerminal? Find(string id)
    {
        lock (_gate) return _open.GetValueOrDefault(id);
    }

    Task ReleaseAsync(AcpTerminal terminal)
    {
        lock (_gate) _open.Remove(terminal.Id);
        return terminal.DisposeAsync().AsTask();
    }

    static async Task AnswerAfterAsync(Task done, AcpTerminal? waitedFor, byte[] id, PooledBuffer reply)
    {
        await done;
        if (waitedFor?.ExitCode is { } code) AcpTerminalReplies.Exited(id, code, reply);
        else AcpRequests.Done(id, reply);
    }
}
