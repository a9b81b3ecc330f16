using AcpToApi.Json.OpenCode;
using AcpToApi.Json.Text;

namespace AcpToApi.Agents.OpenCode;

/// <summary>A prompt that was sent, until its reply has come and been read: several requests of the client, when it brings results of its tools.</summary>
sealed class OpenCodeTurn : IAsyncDisposable
{
    readonly CancellationTokenSource _stop = new();
    readonly PooledBuffer _prompt;

    /// <summary>Sends a prompt, which becomes the turn's own.</summary>
    public OpenCodeTurn(OpenCodeApi api, string path, PooledBuffer prompt, OpenCodeStreamReader reader, EventQueue events)
    {
        (_prompt, Reader) = (prompt, reader);
        Reply = api.SendAsync(HttpMethod.Post, path, prompt.WrittenMemory, _stop.Token);
        _ = Reply.ContinueWith(_ => events.Wake(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    /// <summary>The reply, which comes when the agent is done.</summary>
    public Task<OpenCodeAnswer> Reply { get; }

    /// <summary>Reads what the agent says in it.</summary>
    public OpenCodeStreamReader Reader { get; }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await ((Task)Reply).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (Reply.IsCompletedSuccessfully) (await Reply).Dispose();
        Reader.Dispose();
        _prompt.Dispose();
        _stop.Dispose();
    }
}
