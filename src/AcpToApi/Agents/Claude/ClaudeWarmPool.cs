using AcpToApi.Cli;

namespace AcpToApi.Agents.Claude;

/// <summary>
/// Processes of the CLI that boot before anybody needs them, so that a request does not wait for it. Each serves one conversation; its place is taken
/// by another one when the first answer is out.
/// </summary>
sealed class ClaudeWarmPool(ClaudeCommand command, ServerOptions options) : IAsyncDisposable
{
    readonly Lock _gate = new();
    readonly Queue<ClaudeWorker> _warm = [];
    bool _isClosed;

    /// <summary>A process that has booted, or has begun to. Throws <see cref="IOException"/>.</summary>
    public ClaudeWorker Take(string program)
    {
        lock (_gate)
        {
            while (_warm.TryDequeue(out var warm))
            {
                if (warm.IsAlive) return warm;
                // It has ended: nothing is to be waited for.
                _ = warm.DisposeAsync().AsTask();
            }
        }
        return Start(program);
    }

    /// <summary>Starts as many as are missing.</summary>
    public void Fill(string program)
    {
        lock (_gate)
        {
            try
            {
                while (!_isClosed && _warm.Count < options.Agents.ClaudeWarm) _warm.Enqueue(Start(program));
            }
            catch (IOException)
            {
                // The next request says what is wrong.
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        List<ClaudeWorker> all;
        lock (_gate)
        {
            _isClosed = true;
            all = [.. _warm];
            _warm.Clear();
        }
        await Task.WhenAll(all.Select(worker => worker.DisposeAsync().AsTask()));
    }

    ClaudeWorker Start(string program) => ClaudeWorker.Start(command.ForText(program), grantsPermissions: false);
}
