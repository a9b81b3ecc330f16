using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using AcpToApi.Json.Acp;
using AcpToApi.Json.Text;
using AcpToApi.Transport;

namespace AcpToApi.Agents.Acp;

/// <summary>A command that an agent runs through us, and the end of what it has said on both of its streams.</summary>
sealed class AcpTerminal : IAsyncDisposable
{
    const int UsualLimit = 1024 * 1024;
    const int ReadSize = 16 * 1024;
    static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    readonly ChildProcess _child;
    readonly int _limit;
    readonly Task _reading;
    readonly Lock _gate = new();
    readonly PooledBuffer _said = new();
    bool _truncated;
    int _exitCode;

    /// <summary>Starts the command. Throws <see cref="IOException"/>.</summary>
    public AcpTerminal(ChildStart start, long? limit)
    {
        _limit = (int)Math.Min(limit ?? UsualLimit, Limits.MaxBytes);
        _child = ChildProcess.Start(start);
        // Nobody types.
        _child.CloseInput();
        _reading = ReadAsync();
        Ended = FollowAsync();
    }

    /// <summary>What the agent calls it.</summary>
    public string Id { get; } = RandomNumberGenerator.GetHexString(16, lowercase: true);

    /// <summary>That it has ended and its output has been read.</summary>
    public Task Ended { get; }

    /// <summary>Its exit code, as <see cref="ChildProcess.Exited"/> has it; null until it has ended.</summary>
    public int? ExitCode => Ended.IsCompleted ? _exitCode : null;

    /// <summary>Ends the command and all that it started; what it said stays.</summary>
    public async Task KillAsync()
    {
        await _child.EndAsync();
        await Ended;
    }

    /// <summary>Appends the answer to <c>terminal/output</c>.</summary>
    public void WriteOutput(ReadOnlySpan<byte> id, PooledBuffer reply)
    {
        var exitCode = ExitCode;
        string said;
        bool truncated;
        lock (_gate)
        {
            var end = _said.Written;
            truncated = _truncated || end.Length > _limit;
            if (end.Length > _limit) end = end[^_limit..];
            // Half a character at the beginning, and, while more comes, at the end.
            for (var cut = 0; truncated && cut < 3 && !end.IsEmpty && (end[0] & 0xC0) == 0x80; cut++) end = end[1..];
            if (exitCode is null && Rune.DecodeLastFromUtf8(end, out _, out var half) == OperationStatus.NeedMoreData) end = end[..^half];
            said = Encoding.UTF8.GetString(end);
        }
        AcpTerminalReplies.Output(id, said, truncated, exitCode, reply);
    }

    public async ValueTask DisposeAsync()
    {
        await _child.DisposeAsync();
        await _reading;
        lock (_gate) _said.Dispose();
    }

    async Task ReadAsync()
    {
        // What never ends must not be read by who started it.
        await Task.Yield();
        var buffer = new byte[ReadSize];
        try
        {
            while (await _child.Output.ReadAsync(buffer) is > 0 and var read) Keep(buffer.AsSpan(0, read));
        }
        catch (Exception gone) when (gone is IOException or ObjectDisposedException)
        {
            // It was ended.
        }
    }

    async Task FollowAsync()
    {
        _exitCode = await _child.Exited;
        // Who it left behind may hold its output open for ever.
        await _reading.WaitAsync(Patience).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    void Keep(ReadOnlySpan<byte> said)
    {
        lock (_gate)
        {
            _said.Write(said);
            // The end is moved to the front once in a while only.
            if (_said.Length < 2 * Math.Max(_limit, ReadSize)) return;
            _said.RemoveFirst(_said.Length - _limit);
            _truncated = true;
        }
    }
}
