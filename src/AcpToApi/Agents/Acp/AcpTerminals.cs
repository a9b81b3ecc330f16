using AcpToApi.Json.Acp;
using AcpToApi.Json.Framing;
using AcpToApi.Json.Model;
using AcpToApi.Json.Text;
using AcpToApi.Transport;

namespace AcpToApi.Agents.Acp;

/// <summary>The commands that an agent runs through us in one session, and that end with it.</summary>
sealed class AcpTerminals
{
    const int MostOpen = 100;
    const string Release = "terminal/release";
    const string WaitForExit = "terminal/wait_for_exit";

    readonly Lock _gate = new();
    ChildProcess[] _open = [];
    bool _ended;

    /// <summary>Whether the request is for terminals.</summary>
    public static bool Takes(in JsonRpcMessage request) => request.Method.ToString().StartsWith("terminal/", StringComparison.Ordinal);

    /// <summary>Does what is asked; the reply is written when the task has ended.</summary>
    public Task AnswerAsync(in JsonRpcMessage request, AcpWorkspace workspace, PooledBuffer reply)
    {
        var method = request.Method.ToString();
        if (method == "terminal/create") Create(request, workspace, reply);
        else if (Find(request.Parameter("terminalId"u8).ToString(), isReleased: method == Release) is { } command) return AnswerAsync(method, command, request.Id.ToArray(), reply);
        else JsonRpcMessage.WriteError(request.Id, JsonRpcMessage.InvalidParams, "The session has no such terminal.", reply);
        return Task.CompletedTask;
    }

    /// <summary>Ends them all.</summary>
    public Task EndAsync()
    {
        ChildProcess[] left;
        lock (_gate) (left, _open, _ended) = (_open, [], true);
        var ending = new Task[left.Length];
        for (var i = 0; i < left.Length; i++) ending[i] = left[i].DisposeAsync().AsTask();
        return Task.WhenAll(ending);
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
                if (_open.Length == MostOpen) throw new IOException("The session has too many terminals; release some.");
                var child = ChildProcess.Start(start);
                _open = [.. _open, child];
                AcpTerminalReplies.Created(request.Id, child.Mark, reply);
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            JsonRpcMessage.WriteError(request.Id, JsonRpcMessage.ResourceNotFound, failure.Message, reply);
        }
        catch (Exception wrong) when (wrong is BridgeException or ArgumentException)
        {
            JsonRpcMessage.WriteError(request.Id, JsonRpcMessage.InvalidParams, wrong.Message, reply);
        }
    }

    ChildProcess? Find(string id, bool isReleased)
    {
        lock (_gate)
        {
            for (var i = 0; i < _open.Length; i++)
            {
                var command = _open[i];
                if (command.Mark != id) continue;
                if (isReleased) _open = [.. _open.AsSpan(0, i), .. _open.AsSpan(i + 1)];
                return command;
            }
        }
        return null;
    }

    static async Task AnswerAsync(string method, ChildProcess command, byte[] id, PooledBuffer reply)
    {
        if (method is "terminal/kill" or Release)
        {
            await command.DisposeAsync();
            AcpRequests.Done(id, reply);
            return;
        }
        int? exitCode = method == WaitForExit || command.Exited.IsCompleted ? await command.Exited : null;
        if (exitCode is not null) await command.Drained;
        if (method == "terminal/output") AcpTerminalReplies.Output(id, command.ReadEnd(out var isCut), isCut, exitCode, reply);
        else if (method == WaitForExit) AcpTerminalReplies.Exited(id, exitCode!.Value, reply);
        else JsonRpcMessage.WriteError(id, JsonRpcMessage.MethodNotFound, "This client has no such method.", reply);
    }
}
