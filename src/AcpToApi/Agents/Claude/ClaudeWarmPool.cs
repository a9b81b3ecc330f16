using AcpToApi.Cli;

namespace AcpToApi.Agents.Claude;

/// <summary>
/// Processes of the CLI that boot before anybody needs them, so that a request does not wait for it. Each serves one conversation; its place is taken
/// by another one when the first answer is out. When two conversations in a row began alike, the next process is told at once what it would be told
/// then; should the next one begin differently, that process is ended unused, and has seen nobody's text but its own caller's.
/// </summary>
sealed class ClaudeWarmPool(ClaudeCommand command, ServerOptions options) : IAsyncDisposable
{
    readonly Lock _gate = new();
    readonly List<ClaudeWorker> _warm = [];
    ClaudeSetup? _last;
    bool _isRepeated;
    bool _isClosed;

    /// <summary>A process that has booted, or has begun to, and can be set up as is asked. Throws <see cref="IOException"/>.</summary>
    public ClaudeWorker Take(string program, ClaudeSetup setup)
    {
        lock (_gate)
        {
            (_isRepeated, _last) = (_last?.Fits(setup) == true, setup);
            while (_warm.Count > 0)
            {
                var found = _warm.Find(worker => worker.Setup?.Fits(setup) == true) ?? _warm.Find(worker => worker.Setup is null) ?? _warm[0];
                _warm.Remove(found);
                if (found.IsAlive && found.Setup?.Fits(setup) != false) return found;
                // It has ended, or is of no use to this one: nothing is to be waited for.
                _ = found.DisposeAsync().AsTask();
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
                while (!_isClosed && _warm.Count < options.Agents.ClaudeWarm)
                {
                    var worker = Start(program);
                    worker.Expect(_last?.KnownModel, _isRepeated ? _last : null);
                    _warm.Add(worker);
                }
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
