using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Text;

namespace FakeProvider;

/// <summary>One connection: requests in, answers out, and an eye on the peer the whole time.</summary>
sealed class Connection(FakeServer server, Socket socket)
{
    readonly Pipe _incoming = new(new PipeOptions(pauseWriterThreshold: 1 << 20, resumeWriterThreshold: 1 << 19));
    readonly TaskCompletionSource _peerLeft = new(TaskCreationOptions.RunContinuationsAsynchronously);
    SeenRequest? _current;
    bool _answering;

    public async Task RunAsync(CancellationToken stop)
    {
        var receiving = ReceiveAsync();
        using (stop.Register(socket.Dispose))
        {
            try
            {
                while (await ReadRequestAsync() is { } request)
                {
                    _answering = true;
                    _current = request;
                    server.Record(request);
                    using var left = new CancellationTokenSource();
                    _ = _peerLeft.Task.ContinueWith(_ => Cancel(left), TaskScheduler.Default);
                    var goOn = await AnswerAsync(request, left.Token);
                    _answering = false;
                    if (!goOn) break;
                }
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException or IOException or FormatException)
            {
                // The peer left, or this side was told to stop: both are what tests look at from outside.
            }
            finally
            {
                if (!_answering) TryShutdown();
                socket.Dispose();
                await _incoming.Reader.CompleteAsync();
            }
        }
        await receiving;
    }

    async Task<bool> AnswerAsync(SeenRequest request, CancellationToken left)
    {
        var reply = new Reply(socket, left);
        if (server.TakeScript(out var script))
        {
            foreach (var step in script!.Steps)
            {
                await Task.Delay(step.PauseBefore, left);
                await reply.RawAsync(step.Bytes);
            }
            if (script.Reset) reply.Reset();
            return false;
        }
        await new Answer(server, request, reply, left).SendAsync();
        return !reply.IsOver;
    }

    static void Cancel(CancellationTokenSource source)
    {
        try
        {
            source.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The answer was complete before the peer left.
        }
    }

    void TryShutdown()
    {
        try
        {
            socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It is gone already.
        }
    }

    async Task ReceiveAsync()
    {
        try
        {
            while (true)
            {
                var count = await socket.ReceiveAsync(_incoming.Writer.GetMemory(16384));
                if (count == 0) break;
                _incoming.Writer.Advance(count);
                var flushed = await _incoming.Writer.FlushAsync();
                if (flushed.IsCompleted) break;
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // A reset is a way of leaving.
        }
        _current?.MarkClosed(new PeerClose(Stopwatch.GetTimestamp(), _answering));
        _peerLeft.TrySetResult();
        await _incoming.Writer.CompleteAsync();
    }

    async Task<SeenRequest?> ReadRequestAsync()
    {
        var head = await ReadUntilAsync("\r\n\r\n"u8.ToArray());
        if (head is null) return null;
        var lines = Encoding.Latin1.GetString(head).Split("\r\n");
        var first = lines[0].Split(' ');
        var headers = lines.Skip(1).Where(l => l.Length > 0).Select(l => l.Split(':', 2))
            .Select(p => KeyValuePair.Create(p[0], p.Length > 1 ? p[1].Trim() : "")).ToList();
        string? Value(string name) => headers.Where(h => h.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(h => h.Value).FirstOrDefault();
        if (Value("expect") is not null) await socket.SendAsync("HTTP/1.1 100 Continue\r\n\r\n"u8.ToArray());
        var body = Value("transfer-encoding") is not null ? await ReadChunksAsync()
            : await ReadCountAsync(int.Parse(Value("content-length") ?? "0", CultureInfo.InvariantCulture));
        return body is null ? null : new SeenRequest(first[0], first.ElementAtOrDefault(1) ?? "", headers, body);
    }

    async Task<byte[]?> ReadChunksAsync()
    {
        var body = new MemoryStream();
        while (true)
        {
            var size = await ReadUntilAsync("\r\n"u8.ToArray());
            if (size is null) return null;
            var count = int.Parse(Encoding.Latin1.GetString(size).Split(';')[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            var chunk = await ReadCountAsync(count);
            if (chunk is null || await ReadUntilAsync("\r\n"u8.ToArray()) is null) return null;
            if (count == 0) return body.ToArray();
            body.Write(chunk);
        }
    }

    async Task<byte[]?> ReadUntilAsync(byte[] mark)
    {
        while (true)
        {
            var read = await _incoming.Reader.ReadAsync();
            var found = new SequenceReader<byte>(read.Buffer);
            if (found.TryReadTo(out ReadOnlySequence<byte> before, mark))
            {
                var bytes = before.ToArray();
                _incoming.Reader.AdvanceTo(found.Position);
                return bytes;
            }
            _incoming.Reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            if (read.IsCompleted) return null;
        }
    }

    async Task<byte[]?> ReadCountAsync(int count)
    {
        var body = new byte[count];
        for (var filled = 0; filled < count;)
        {
            var read = await _incoming.Reader.ReadAsync();
            var part = read.Buffer.Slice(0, Math.Min(read.Buffer.Length, count - filled));
            part.CopyTo(body.AsSpan(filled));
            filled += (int)part.Length;
            _incoming.Reader.AdvanceTo(part.End);
            if (read.IsCompleted && filled < count) return null;
        }
        return body;
    }
}
